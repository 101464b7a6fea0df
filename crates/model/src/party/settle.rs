//! What people wrote in an agreement, in the form that is kept.

use serde_json::{Map, Value, json};

use crate::failure::Problem;
use crate::forms::{self, Read};
use crate::pointer::join;
use crate::time;

/// What a value of an agreement is, by where it stands; `*` is any member or element.
const FORMS: [(&str, Form); 17] = [
    ("/effectiveFrom", Form::Instant),
    ("/currency", Form::Currency),
    ("/countries/*", Form::Country),
    ("/answers/*/country", Form::Country),
    ("/answers/*/within", Form::Span),
    ("/pilot/postcodes", Form::ByCountry),
    ("/pilot/requests/from", Form::Instant),
    ("/pilot/requests/until", Form::Instant),
    ("/pilot/completion/from", Form::Instant),
    ("/pilot/completion/until", Form::Instant),
    ("/promotions/*/requests/from", Form::Instant),
    ("/promotions/*/requests/until", Form::Instant),
    ("/promotions/*/terms/*", Form::Span),
    ("/ending/*/until", Form::Instant),
    ("/ending/*/since", Form::Instant),
    ("/unknownAttributes", Form::Word),
    ("/role", Form::Word),
];

#[derive(Clone, Copy)]
enum Form {
    Country,
    /// An object by country.
    ByCountry,
    Currency,
    Instant,
    Span,
    /// One of a few words of ours, in small letters.
    Word,
}

/// Brings an agreement, as JSON that people wrote, into the form that is kept. What changed, one
/// sentence each with the pointer in front, and what could not be settled.
pub fn settle(agreement: &mut Value) -> (Vec<String>, Vec<Problem>) {
    let mut told = Told::default();
    for (path, form) in FORMS {
        let steps: Vec<&str> = path.split('/').skip(1).collect();
        told.walk(agreement, &steps, (String::new(), form));
    }
    (told.changes, told.problems)
}

#[derive(Default)]
struct Told {
    changes: Vec<String>,
    problems: Vec<Problem>,
}

impl Told {
    fn walk(&mut self, value: &mut Value, steps: &[&str], (at, form): (String, Form)) {
        let Some((step, rest)) = steps.split_first() else {
            return self.value(value, &at, form);
        };
        match value {
            Value::Array(list) if *step == "*" => {
                for (index, entry) in list.iter_mut().enumerate() {
                    self.walk(entry, rest, (join(&at, index.to_string()), form));
                }
            }
            Value::Object(object) => {
                if let Some(member) = object.get_mut(*step) {
                    self.walk(member, rest, (join(&at, step), form));
                }
            }
            // Of another kind than it should be: the reader of agreements says so.
            _ => {}
        }
    }

    fn value(&mut self, value: &mut Value, at: &str, form: Form) {
        if let (Form::ByCountry, Value::Object(object)) = (form, &mut *value) {
            return self.by_country(object, at);
        }
        let Some(text) = value.as_str().map(str::to_owned) else {
            return;
        };
        let settled = match form {
            Form::Country => self.text(&text, at, forms::country(&text)).map(Value::String),
            Form::Currency => self.text(&text, at, forms::currency(&text)).map(Value::String),
            Form::Instant => self
                .text(&text, at, forms::instant(&text))
                .map(|at| json!(time::text(at))),
            Form::Span => self.text(&text, at, forms::span(&text)).map(time::Span::json),
            Form::Word => Some(Value::String(text.trim().to_lowercase())),
            Form::ByCountry => None,
        };
        if let Some(settled) = settled {
            *value = settled;
        }
    }

    fn text<T>(&mut self, text: &str, at: &str, read: Read<T>) -> Option<T> {
        match read {
            Ok(settled) => {
                self.changes
                    .extend(settled.note(text).map(|note| format!("{at}: {note}")));
                Some(settled.value)
            }
            Err(what) => {
                self.problems.push(Problem::invalid(at, format!("{what}.")));
                None
            }
        }
    }

    fn by_country(&mut self, object: &mut Map<String, Value>, at: &str) {
        for (name, value) in std::mem::take(object) {
            let at = join(at, &name);
            let code = self.text(&name, &at, forms::country(&name)).unwrap_or(name);
            if object.insert(code.clone(), value).is_some() {
                let what = format!("{code} is there under another name already.");
                self.problems.push(Problem::invalid(at, what));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agreement_is_kept_in_one_form_and_what_changed_is_told() {
        let mut agreement = json!({
            "role": "Seller",
            "currency": "euro",
            "countries": ["Germany", "NL"],
            "effectiveFrom": "1 Feb 2026",
            "answers": [{ "country": "Deutschland", "within": "2 working days" }],
            "pilot": { "postcodes": { "Polska": ["00"] }, "requests": { "until": "31.12.2026" } },
            "promotions": [{ "terms": ["3 years", { "amount": 12, "units": "months" }] }],
        });
        let (changes, problems) = settle(&mut agreement);
        assert_eq!(problems, []);
        assert_eq!(changes.len(), 7, "{changes:#?}");
        assert_eq!(
            changes[0],
            "/effectiveFrom: \"1 Feb 2026\" is taken as 2026-02-01T00:00:00.000Z"
        );
        let expected = json!({
            "role": "seller",
            "currency": "EUR",
            "countries": ["DE", "NL"],
            "effectiveFrom": "2026-02-01T00:00:00.000Z",
            "answers": [{ "country": "DE", "within": { "amount": 2, "units": "businessDays" } }],
            "pilot": { "postcodes": { "PL": ["00"] }, "requests": { "until": "2026-12-31T00:00:00.000Z" } },
            "promotions": [{ "terms": [{ "amount": 3, "units": "years" }, { "amount": 12, "units": "months" }] }],
        });
        assert_eq!(agreement, expected);
        assert_eq!(settle(&mut agreement), (Vec::new(), Vec::new()));
    }

    #[test]
    fn what_cannot_be_settled_is_told_all_at_once() {
        let mut agreement = json!({
            "currency": "$",
            "countries": ["Atlantis", "Congo"],
            "answers": [{ "within": "2 days" }],
            "pilot": { "postcodes": { "DE": [], "Germany": [] }, "requests": { "from": "03/04/2026" } },
        });
        let (_, problems) = settle(&mut agreement);
        let told: Vec<&str> = problems.iter().map(|problem| problem.property_path.as_str()).collect();
        let expected = [
            "/currency",
            "/countries/0",
            "/countries/1",
            "/answers/0/within",
            "/pilot/postcodes/Germany",
            "/pilot/requests/from",
        ];
        assert_eq!(told, expected);
    }
}
