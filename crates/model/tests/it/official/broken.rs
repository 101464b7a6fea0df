//! Values an official schema refuses, each because of one keyword.

use serde_json::{Value, json};

use super::tree::{Keyword, Node, TAG};
use super::valid;

/// Texts no pattern or format of the files takes, of which one at least has any length asked for.
const ODD_TEXTS: [&str; 10] = [
    "é",
    "\u{1}",
    "日本語",
    "00-11-22-33-44",
    "00:11:22:33:44:55",
    "g0-11-22-33-44-55",
    "tomorrow",
    "2026-01-31",
    "2026-02-30T00:00:00Z",
    "2026-01-31T09:30:00",
];

/// One value of each type.
pub fn one_of_each_type() -> [Value; 7] {
    [
        json!(null),
        json!(true),
        json!(7),
        json!(7.5),
        json!("seven"),
        json!([]),
        json!({}),
    ]
}

/// Replacements for the value at `node` that break `keyword`, as small a change each as can be;
/// `good` is what stands there. Empty for a keyword that refuses nothing.
pub fn candidates(node: &Node, keyword: &Keyword, good: &Value) -> Vec<Value> {
    let number = keyword.value.as_f64().unwrap_or_default();
    let count = || usize::try_from(keyword.value.as_u64().unwrap()).unwrap();
    let whole = node.kind() == Some("integer");
    match keyword.name.as_str() {
        "type" => one_of_each_type().to_vec(),
        "enum" => {
            let first = keyword.value[0].as_str().unwrap();
            let texts = [
                "no such value".to_owned(),
                String::new(),
                first.to_lowercase(),
                format!("{first} "),
            ];
            texts.map(Value::from).to_vec()
        }
        "required" => {
            let mut without = good.clone();
            without
                .as_object_mut()
                .unwrap()
                .shift_remove(keyword.value.as_str().unwrap());
            vec![without]
        }
        "minimum" if whole => vec![json!(number as i64 - 1), json!(-1_000_000_000_i64)],
        "minimum" => vec![json!(number - 0.001), json!(-1e30)],
        "maximum" if whole => vec![json!(number as i64 + 1), json!(1_000_000_000_000_i64)],
        "maximum" => vec![json!(number + 0.001), json!(1e30)],
        "minLength" if count() == 0 => Vec::new(),
        "minLength" => vec![json!("x".repeat(count() - 1))],
        "maxLength" => vec![
            json!("x".repeat(count() + 1)),
            json!(format!("x{}", "é".repeat(count()))),
        ],
        "pattern" | "format" => ODD_TEXTS.map(Value::from).to_vec(),
        "minItems" if count() == 0 => Vec::new(),
        "minItems" => vec![valid::list(node, count() - 1)],
        "maxItems" => vec![valid::list(node, count() + 1)],
        "uniqueItems" if keyword.value == false => Vec::new(),
        "uniqueItems" => {
            let count = node.count("minItems").unwrap_or(0).max(2);
            let mut list = valid::list(node, count);
            list[count - 1] = list[0].clone();
            vec![list]
        }
        "oneOf" => vec![json!({ TAG: "no such form" }), json!({})],
        other => panic!("{}: no way to break {other}", keyword.place),
    }
}

/// Where a fault against `keyword` at `at` is to be told: at the member that is missing, or at
/// the tag of a choice, else at the value itself.
pub fn pointer(keyword: &Keyword, at: &str) -> String {
    match keyword.name.as_str() {
        "required" => format!("{at}/{}", keyword.value.as_str().unwrap()),
        "oneOf" => format!("{at}/{TAG}"),
        _ => at.to_owned(),
    }
}
