//! From a configuration along a path to every object that has, or could have, the attribute.

use serde_json::Value;

use crate::document::Object;
use crate::pointer::join;

/// Stands for every element of a list.
pub(super) const EACH: &str = "*";

/// Calls `found` with every object that `steps` lead to, and where it is.
pub(super) fn each<'v>(value: &'v Value, at: &str, steps: &[&str], found: &mut dyn FnMut(&'v Object, &str)) {
    match (steps.split_first(), value) {
        (None, Value::Object(object)) => found(object, at),
        (Some((&EACH, rest)), Value::Array(elements)) => {
            for (index, element) in elements.iter().enumerate() {
                each(element, &join(at, index), rest, found);
            }
        }
        (Some((name, rest)), Value::Object(object)) => {
            if let Some(part) = object.get(*name) {
                each(part, &join(at, name), rest, found);
            }
        }
        // Of another form than the product's schema says: that is told by the schema.
        _ => {}
    }
}

/// [`each`], to change them.
pub(super) fn each_mut(value: &mut Value, steps: &[&str], found: &mut dyn FnMut(&mut Object)) {
    match (steps.split_first(), value) {
        (None, Value::Object(object)) => found(object),
        (Some((&EACH, rest)), Value::Array(elements)) => {
            for element in elements {
                each_mut(element, rest, found);
            }
        }
        (Some((name, rest)), Value::Object(object)) => {
            if let Some(part) = object.get_mut(*name) {
                each_mut(part, rest, found);
            }
        }
        _ => {}
    }
}
