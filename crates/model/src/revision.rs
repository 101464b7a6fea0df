//! What differs between two revisions of a document: kept instead of every body, and enough to go
//! back from the newest one.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::document::Object;
use crate::pointer::join;

/// One place that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// JSON Pointer of it.
    pub path: String,
    /// What was there; none where nothing was.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub old: Option<Value>,
    /// What is there now; none where nothing is.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub new: Option<Value>,
}

/// `null` is a value too: only what is not written is none.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// All places where `new` is other than `old`, as deep as both have the same kind of value.
/// Elements of lists are compared one by one: the standard appends to its lists.
pub fn differences(old: &Object, new: &Object) -> Vec<Difference> {
    let mut found = Vec::new();
    members("", (old, new), &mut found);
    found
}

/// The body that `differences` made into `new`; none where they do not belong to it.
pub fn before(new: &Object, differences: &[Difference]) -> Option<Object> {
    let mut body = Value::Object(new.clone());
    for difference in differences.iter().rev() {
        let (parent, name) = difference.path.rsplit_once('/')?;
        let name = name.replace("~1", "/").replace("~0", "~");
        let parent = body.pointer_mut(parent)?;
        match (parent, &difference.old) {
            (Value::Object(members), Some(old)) => drop(members.insert(name, old.clone())),
            (Value::Object(members), None) => drop(members.shift_remove(&name)?),
            (Value::Array(list), old) => back(list, name.parse().ok()?, (old.as_ref(), difference.new.is_some()))?,
            _ => return None,
        }
    }
    match body {
        Value::Object(body) => Some(body),
        _ => None,
    }
}

/// One element of a list becomes again what it was. Those that came or went did so at its end.
fn back(list: &mut Vec<Value>, index: usize, (old, is_there): (Option<&Value>, bool)) -> Option<()> {
    match old {
        Some(old) if is_there => *list.get_mut(index)? = old.clone(),
        Some(old) if index == list.len() => list.push(old.clone()),
        None if index + 1 == list.len() => drop(list.pop()),
        Some(_) | None => return None,
    }
    Some(())
}

fn members(at: &str, (old, new): (&Map<String, Value>, &Map<String, Value>), found: &mut Vec<Difference>) {
    for (name, value) in new {
        value_at(join(at, name), (old.get(name), Some(value)), found);
    }
    for (name, value) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        value_at(join(at, name), (Some(value), None), found);
    }
}

fn value_at(path: String, (old, new): (Option<&Value>, Option<&Value>), found: &mut Vec<Difference>) {
    match (old, new) {
        (old, new) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => members(&path, (old, new), found),
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for index in 0..old.len().min(new.len()) {
                value_at(join(&path, index), (old.get(index), new.get(index)), found);
            }
            // In an order in which each is at the end when it is added or taken away.
            for index in old.len()..new.len() {
                value_at(join(&path, index), (None, new.get(index)), found);
            }
            for index in (new.len()..old.len()).rev() {
                value_at(join(&path, index), (old.get(index), None), found);
            }
        }
        (old, new) => found.push(Difference {
            path,
            old: old.cloned(),
            new: new.cloned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> &Object {
        value.as_object().unwrap()
    }

    #[test]
    fn only_what_changed_is_told_and_where() {
        let old = json!({ "state": "acknowledged", "note": [{ "text": "a" }], "gone": 1, "same": { "x": [1, 2] } });
        let new = json!({
            "state": "inProgress", "note": [{ "text": "a" }, { "text": "b" }], "same": { "x": [1, 3] }, "a/b": null,
        });
        let told = differences(object(&old), object(&new));
        let expected = json!([
            { "path": "/state", "old": "acknowledged", "new": "inProgress" },
            { "path": "/note/1", "new": { "text": "b" } },
            { "path": "/same/x/1", "old": 2, "new": 3 },
            { "path": "/a~1b", "new": null },
            { "path": "/gone", "old": 1 },
        ]);
        assert_eq!(json!(told), expected);
        let read: Vec<Difference> = serde_json::from_value(expected).unwrap();
        assert_eq!(read, told);
    }

    #[test]
    fn differences_of_another_document_lead_nowhere() {
        let old = json!({ "list": [1, 2], "gone": { "x": 1 } });
        let new = json!({ "list": [1], "added": 1 });
        let told = differences(object(&old), object(&new));
        assert_eq!(before(object(&json!({ "other": true })), &told), None);
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            (0..3).prop_map(Value::from),
            "[a~/]{0,2}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[a~/]{0,2}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn from_the_newest_body_and_what_differs_comes_the_one_before(old in json_value(), new in json_value()) {
            let (old, new) = (json!({ "x": old }), json!({ "x": new }));
            let stored = serde_json::to_string(&differences(object(&old), object(&new))).unwrap();
            let read: Vec<Difference> = serde_json::from_str(&stored).unwrap();
            let back = before(object(&new), &read);
            prop_assert_eq!(back.as_ref(), Some(object(&old)));
        }
    }
}
