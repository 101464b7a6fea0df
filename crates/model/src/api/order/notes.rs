//! Notes in a change: the list comes whole, and only grows.

use serde_json::Value;

use crate::api::items::list;
use crate::document::Object;
use crate::failure::Problem;
use crate::pointer;
use crate::time::parse;

/// Compares the notes of `sent`, which stands at `base`, with those of `old`. Mplify 123.1 R22:
/// notes are neither changed nor removed; R59: new ones are added to those that are there; R58:
/// they are the Buyer's.
pub(super) fn check(old: &Object, sent: &Object, base: &str) -> Vec<Problem> {
    if !sent.contains_key("note") {
        return Vec::new();
    }
    let at = pointer::join(base, "note");
    let (old, sent) = (list(old, "note"), list(sent, "note"));
    let mut problems = Vec::new();
    for kept in old {
        if sent.iter().all(|note| note.get("id") != kept.get("id")) {
            let id = kept.get("id").and_then(Value::as_str).unwrap_or_default();
            let reason = format!("The note {id} is missing; send the whole list, the new notes behind the others.");
            problems.push(Problem::invalid(&at, reason));
        }
    }
    for (index, note) in sent.iter().enumerate() {
        let path = pointer::join(&at, index);
        if sent[..index].iter().any(|earlier| earlier.get("id") == note.get("id")) {
            let reason = "Another note of this list has this id.";
            problems.push(Problem::invalid(pointer::join(&path, "id"), reason));
        }
        match old.iter().find(|kept| kept.get("id") == note.get("id")) {
            Some(kept) if !same(kept, note) => {
                problems.push(Problem::invalid(path, "A note is not changed; add a new one."));
            }
            Some(_) => {}
            None if note.get("source").and_then(Value::as_str) == Some("buyer") => {}
            None => {
                let reason = "A note in a request has the source buyer.";
                problems.push(Problem::invalid(pointer::join(&path, "source"), reason));
            }
        }
    }
    problems
}

/// A date may come back in another form.
fn same(one: &Value, other: &Value) -> bool {
    let date = |note: &Value| note.get("date").and_then(|date| parse(date.as_str()?));
    let rest = ["author", "source", "text"]
        .iter()
        .all(|name| one.get(name) == other.get(name));
    rest && date(one) == date(other)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn note(id: &str, source: &str) -> Value {
        json!({"id": id, "author": "Ann", "date": "2026-11-24T08:00:00.000Z", "source": source, "text": "Hello"})
    }

    #[track_caller]
    fn check_notes(old: Value, sent: Value, expected: &[&str]) {
        let (old, sent) = (json!({ "note": old }), json!({ "note": sent }));
        let problems = check(old.as_object().unwrap(), sent.as_object().unwrap(), "");
        let paths: Vec<&str> = problems.iter().map(|problem| problem.property_path.as_str()).collect();
        assert_eq!(paths, expected);
    }

    #[test]
    fn a_new_note_comes_behind_the_others() {
        let mut again = note("1", "seller");
        again["date"] = json!("2026-11-24T09:00:00+01:00");
        check_notes(json!([note("1", "seller")]), json!([again, note("2", "buyer")]), &[]);
    }

    #[test]
    fn notes_are_neither_changed_nor_removed_nor_ours() {
        let old = json!([note("1", "seller"), note("2", "buyer")]);
        let mut changed = note("1", "seller");
        changed["text"] = json!("Goodbye");
        check_notes(
            old.clone(),
            json!([changed, note("3", "seller")]),
            &["/note", "/note/0", "/note/1/source"],
        );
        check_notes(old.clone(), json!([]), &["/note", "/note"]);
        let twice = json!([
            note("1", "seller"),
            note("2", "buyer"),
            note("3", "buyer"),
            note("3", "buyer")
        ]);
        check_notes(old, twice, &["/note/3/id"]);
    }
}
