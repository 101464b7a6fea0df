//! Reading an order: its items, and what their states make of it.

use serde_json::Value;

use crate::api::items::{list, text};
use crate::document::Object;

const ITEMS: &str = "productOrderItem";

/// The items of an order, to change them.
pub(super) fn items_mut(body: &mut Object) -> impl Iterator<Item = &mut Object> {
    let items = body.get_mut(ITEMS).and_then(Value::as_array_mut);
    items.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// The items of an order.
pub(super) fn items(body: &Object) -> impl Iterator<Item = &Object> {
    list(body, ITEMS).iter().filter_map(Value::as_object)
}

/// The item with this id.
pub(super) fn item<'a>(body: &'a Object, id: &str) -> Option<&'a Object> {
    items(body).find(|item| text(item, "id") == id)
}

/// The item with this id, to change it.
pub(super) fn item_mut<'a>(body: &'a mut Object, id: &str) -> Option<&'a mut Object> {
    items_mut(body).find(|item| text(item, "id") == id)
}

/// Ids of the items of the same order that `item` needs.
pub(super) fn needed(item: &Object) -> impl Iterator<Item = &str> {
    list(item, "productOrderItemRelationship")
        .iter()
        .filter_map(|relation| relation.get("id")?.as_str())
}

/// Mplify 123.1, item states to order state: what the order is once no item moves any more;
/// `None` before.
pub(super) fn ended(states: &[&str]) -> Option<&'static str> {
    let count = |names: &[&str]| states.iter().filter(|state| names.contains(state)).count();
    let completed = count(&["completed"]);
    let cancelled = count(&["cancelled"]);
    let rejected = count(&["rejected", "rejected.validated", "rejected.unassessed"]);
    let failed = count(&["failed"]);
    if states.is_empty() || completed + cancelled + rejected + failed < states.len() {
        None
    } else if completed == states.len() {
        Some("completed")
    } else if cancelled > 0 {
        Some("cancelled")
    } else if completed > 0 {
        Some("partial")
    } else if rejected == states.len() {
        Some("rejected")
    } else {
        Some("failed")
    }
}

#[cfg(test)]
mod tests {
    use super::ended;

    #[track_caller]
    fn check_ended(states: &[&str], expected: Option<&str>) {
        assert_eq!(ended(states), expected);
    }

    #[test]
    fn an_order_ends_when_its_last_item_does() {
        check_ended(&[], None);
        check_ended(&["completed", "inProgress"], None);
        check_ended(&["failed", "held"], None);
        check_ended(&["completed", "completed"], Some("completed"));
    }

    #[test]
    fn mixed_ends_are_partial_only_with_a_success() {
        check_ended(&["completed", "failed"], Some("partial"));
        check_ended(&["completed", "rejected"], Some("partial"));
        check_ended(&["failed", "failed"], Some("failed"));
        check_ended(&["failed", "rejected"], Some("failed"));
    }

    #[test]
    fn one_rejected_item_and_the_validated_rest_are_a_rejected_order() {
        check_ended(&["rejected", "rejected.validated"], Some("rejected"));
        check_ended(&["rejected", "rejected.unassessed"], Some("rejected"));
    }

    #[test]
    fn an_item_completed_before_a_cancellation_leaves_the_order_cancelled() {
        check_ended(&["completed", "cancelled"], Some("cancelled"));
    }
}
