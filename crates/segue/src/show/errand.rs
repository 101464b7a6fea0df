//! What people see of an errand: what it is about, and what the book would say.

use serde_json::{Map, Value, json};

use super::plain;

/// Left to `--json`: long, and seldom what the answer hangs on.
const CONFIGURATION: &str = "configuration";

/// One errand with its facts as lines and tables.
pub fn view(errand: &Value) -> Value {
    let members = errand.as_object().cloned().unwrap_or_default();
    let mut view = Map::new();
    for (name, value) in members {
        match (name.as_str(), &value) {
            ("facts", Value::Object(facts)) => view.extend(brief(facts)),
            ("about", about) => {
                view.insert(plain(about.get("resource")), about["id"].clone());
            }
            _ => {
                view.insert(name, value);
            }
        }
    }
    Value::Object(view)
}

/// Facts about the whole or about one item; items are rows.
fn brief(facts: &Map<String, Value>) -> Map<String, Value> {
    let mut brief = Map::new();
    for (name, value) in facts {
        match (name.as_str(), value) {
            (CONFIGURATION, _) => {}
            ("items", Value::Array(items)) => {
                let rows = items.iter().filter_map(Value::as_object);
                let rows = rows.map(|item| Value::Object(self::brief(item)));
                brief.insert(name.clone(), rows.collect());
            }
            ("term", term) => {
                brief.insert(name.clone(), term["name"].clone());
            }
            ("proposal", Value::Object(proposal)) => {
                brief.insert("book says".into(), json!(said(proposal)));
            }
            _ => {
                brief.insert(name.clone(), value.clone());
            }
        }
    }
    brief
}

/// In a line; prices stand in the lines already.
fn said(proposal: &Map<String, Value>) -> String {
    let said = proposal.iter().filter(|(name, _)| *name != "prices");
    let said = said.flat_map(|(_, value)| match value {
        Value::Array(lines) => lines.iter().map(|line| plain(Some(line))).collect(),
        one => vec![plain(Some(one))],
    });
    let said: Vec<String> = said.filter(|text| !text.is_empty()).collect();
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_errand_shows_its_items_and_what_the_book_says_and_no_configuration() {
        let errand = json!({
            "id": "1",
            "about": { "resource": "quote", "id": "Q" },
            "facts": { "wanted": "soon", "items": [{
                "item": "uni",
                "configuration": { "@type": "urn" },
                "term": { "name": "36 months", "duration": {} },
                "proposal": { "state": "approved.orderable", "lines": ["Green.", "Rent: 9 EUR."], "prices": [{}] },
            }]},
        });
        let expected = json!({
            "id": "1",
            "quote": "Q",
            "wanted": "soon",
            "items": [{ "item": "uni", "term": "36 months", "book says": "approved.orderable Green. Rent: 9 EUR." }],
        });
        assert_eq!(view(&errand), expected);
    }
}
