//! Requests of ours: one that was only to be shown, and what we had at the places that a partner
//! complains of.

use segue_model::failure::Problem;
use serde_json::Value;

/// Characters shown of a value: enough to recognise it.
const VALUE_MAX: usize = 160;

/// A request that did not leave, as people read it.
pub(super) fn rehearsed(shown: &Value) -> String {
    let text = |name: &str| shown[name].as_str().unwrap_or_default();
    let mut out = format!("{} {}\n", text("method"), text("url"));
    for (name, value) in shown["headers"].as_object().into_iter().flatten() {
        out.push_str(&format!("{name}: {}\n", value.as_str().unwrap_or_default()));
    }
    if let Some(body) = shown.get("body") {
        out.push_str(&format!(
            "\n{}\n",
            serde_json::to_string_pretty(body).unwrap_or_default()
        ));
    }
    for (list, title) in [("checked", "in order"), ("warnings", "warning")] {
        let lines = shown[list].as_array().into_iter().flatten().filter_map(Value::as_str);
        for (index, line) in lines.enumerate() {
            out.push_str(if index == 0 { "\n" } else { "" });
            out.push_str(&format!("  {title}  {line}\n"));
        }
    }
    out.push_str("\nNothing was sent.");
    out
}

/// What the request has where a problem points.
pub(super) fn sent_there(problem: &Problem, sent: &Value) -> String {
    let pointer = segue_buyer::pointer(&problem.property_path);
    if pointer.is_empty() {
        return "about the request as a whole".into();
    }
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    match (sent.pointer(&pointer), sent.pointer(parent)) {
        (Some(value), _) => format!("we sent: {}", short(&value.to_string())),
        (None, Some(Value::Object(_))) => "we sent nothing there".into(),
        (None, _) => "no such place in our request".into(),
    }
}

fn short(text: &str) -> String {
    if text.chars().count() <= VALUE_MAX {
        return text.to_owned();
    }
    let cut: String = text.chars().take(VALUE_MAX).collect();
    format!("{cut}...")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check_there(path: &str, expected: &str) {
        let sent = json!({ "quoteItem": [{ "id": "1", "action": "ad" }] });
        assert_eq!(sent_there(&Problem::invalid(path, "Why."), &sent), expected);
    }

    #[test]
    fn beside_a_problem_stands_what_we_sent_there() {
        check_there("/quoteItem/0/action", r#"we sent: "ad""#);
        check_there("$.quoteItem[0].action", r#"we sent: "ad""#);
        check_there("/quoteItem/0/product", "we sent nothing there");
        check_there("/quoteItem/7/product", "no such place in our request");
        check_there("", "about the request as a whole");
    }
}
