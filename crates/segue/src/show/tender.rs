//! What people see of a tender: offers side by side.

use segue_model::tender;
use serde_json::{Map, Value, json};

use super::plain;
use crate::command::Tender;

/// Columns of the table, and what they show of a row.
const COLUMNS: [(&str, &str); 13] = [
    ("site", "site"),
    ("seller", "seller"),
    ("mbit/s", "bandwidthMbps"),
    ("months", "termMonths"),
    ("rank", "rank"),
    ("per month", "perMonth"),
    ("once", "once"),
    ("total", "total"),
    ("level", "level"),
    ("interval", "interval"),
    ("valid until", "validUntil"),
    ("offer", "offer"),
    ("why not", "whyNot"),
];

/// An answer with its table, or without it where that went into a file.
pub fn view(action: &Tender, value: &Value) -> Value {
    let Value::Object(members) = value else {
        return value.clone();
    };
    let mut view = members.clone();
    let Some(rows) = view.shift_remove("rows") else {
        return Value::Object(view);
    };
    match action.out() {
        Some(path) => view.insert("table".into(), json!(path.display().to_string())),
        None => view.insert("rows".into(), rows.as_array().into_iter().flatten().map(row).collect()),
    };
    Value::Object(view)
}

fn row(row: &Value) -> Value {
    let cell = |name: &str| match (name, &row[name]) {
        ("perMonth" | "once" | "total", Value::Number(number)) => {
            let unit = if name == "total" {
                plain(row.get("currency"))
            } else {
                String::new()
            };
            json!(format!("{:.2} {unit}", number.as_f64().unwrap_or_default()).trim_end())
        }
        ("level", Value::String(level)) if level == "firmSubjectToFeasibilityCheck" => json!("firm after a survey"),
        // What is open has no reason yet, and a note stands where there is no reason.
        ("whyNot", Value::Null) if row["state"] == json!("open") => json!("no answer yet"),
        ("whyNot", Value::Null) => row["note"].clone(),
        (_, value) => json!(plain(Some(value))),
    };
    let cells = COLUMNS.iter().map(|(title, name)| ((*title).to_owned(), cell(name)));
    Value::Object(cells.collect::<Map<_, _>>())
}

/// Writes the table of an answer where the person wants it.
pub fn write(action: &Tender, value: &Value) -> std::io::Result<()> {
    match (action.out(), value["rows"].as_array()) {
        (Some(path), Some(rows)) => std::fs::write(path, tender::csv(rows)),
        _ => Ok(()),
    }
}
