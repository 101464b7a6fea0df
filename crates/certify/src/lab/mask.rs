//! What a report must not tell: people and secrets. A partner can be sent the report as it is.

use serde_json::Value;

/// What stands in place of what is hidden.
pub const MASK: &str = "***";

/// Members that name people, wherever an object has an `emailAddress`.
const OF_PEOPLE: [&str; 5] = ["name", "number", "numberExtension", "emailAddress", "organization"];

/// Members that are secret everywhere.
const SECRET: [&str; 4] = ["access_token", "client_secret", "client_assertion", "refresh_token"];

/// The same without people and secrets.
pub fn masked(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(masked).collect(),
        Value::Object(object) => {
            let is_person = object.contains_key("emailAddress");
            let hidden = |name: &str| SECRET.contains(&name) || (is_person && OF_PEOPLE.contains(&name));
            let member = |(name, value): (&String, &Value)| {
                let value = if hidden(name) { Value::from(MASK) } else { masked(value) };
                (name.clone(), value)
            };
            Value::Object(object.iter().map(member).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::masked;

    #[test]
    fn people_and_secrets_are_hidden_and_the_rest_is_told() {
        let body = json!({
            "name": "36 months",
            "relatedContactInformation": [{ "role": "sellerContact", "name": "Ann", "number": "1", "emailAddress": "a@b" }],
            "access_token": "x",
        });
        let expected = json!({
            "name": "36 months",
            "relatedContactInformation": [{ "role": "sellerContact", "name": "***", "number": "***", "emailAddress": "***" }],
            "access_token": "***",
        });
        assert_eq!(masked(&body), expected);
    }
}
