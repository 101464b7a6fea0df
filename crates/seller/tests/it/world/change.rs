//! Orders that change what is in service.

use serde_json::{Value, json};

/// The order of a circuit as one that changes `product`, or ends it: `modify` or `delete`.
pub fn change_of(mut order: Value, product: &Value, action: &str) -> Value {
    let mut item = order["productOrderItem"][1].clone();
    let members = item.as_object_mut().unwrap();
    members.retain(|name, _| !name.ends_with("Relationship"));
    members.insert("action".into(), json!(action));
    if action == "delete" {
        members.remove("requestedItemTerm");
    }
    item["product"] = json!({ "id": product["id"] });
    if action == "modify" {
        for name in ["productOffering", "productConfiguration", "productRelationship"] {
            item["product"][name] = product[name].clone();
        }
    }
    order["productOrderItem"] = json!([item]);
    order
}
