//! Sums of calls.

use segue_model::party::Role;
use segue_store::Traffic;

use crate::fixture::{Fixture, after, with};

fn counted(role: Role, version: u32, (calls, refused): (u64, u64), (first, last): (i64, i64)) -> Traffic {
    Traffic {
        scope: with("beta"),
        role,
        api: "quoteManagement".into(),
        version,
        calls,
        refused,
        first_at: after(first),
        last_at: after(last),
    }
}

#[tokio::test]
async fn calls_are_summed_by_role_and_version_whoever_adds_them_in_whatever_order() {
    let mut fixture = Fixture::new();
    let (seller, buyer) = (Role::Seller, Role::Buyer);
    let store = &fixture.store;
    let first = vec![
        counted(seller, 8, (3, 1), (10, 20)),
        counted(buyer, 8, (5, 0), (11, 12)),
    ];
    store.add_traffic(first).await.unwrap();
    // Another program that counted at the same time comes later.
    let second = vec![
        counted(seller, 8, (4, 2), (5, 15)),
        counted(seller, 10, (1, 0), (30, 30)),
    ];
    store.add_traffic(second).await.unwrap();
    let other = Traffic {
        scope: with("gamma"),
        ..counted(seller, 7, (1, 1), (0, 0))
    };
    store.add_traffic(vec![other.clone()]).await.unwrap();
    fixture.reopen(|_| {}).await;
    let expected = [
        counted(buyer, 8, (5, 0), (11, 12)),
        counted(seller, 8, (7, 3), (5, 20)),
        counted(seller, 10, (1, 0), (30, 30)),
    ];
    assert_eq!(fixture.store.traffic(&with("beta")).await.unwrap(), expected);
    assert_eq!(fixture.store.traffic(&with("gamma")).await.unwrap(), [other]);
}
