//! What the README says: no operation answers 501.

use serde_json::json;

use crate::described;
use crate::world::World;

#[tokio::test]
async fn no_operation_of_a_seller_is_unknown_to_it() {
    let world = World::new().await;
    let mut asked = 0;
    for operation in described::operations() {
        // Nothing is right about it; what matters is that somebody looks.
        let body = operation.request.map(|_| json!({}));
        let reply = world
            .call(&world.bravo, &operation, ("unknown", ""), body.as_ref())
            .await;
        assert_ne!(reply.status, 501, "{}: {}", operation.id, reply.text);
        asked += 1;
    }
    assert!(asked >= 40, "{asked}");
}
