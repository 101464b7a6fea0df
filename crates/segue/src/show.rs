//! What people see. Machines get the JSON itself; people get a view of it: tables for lists,
//! lines for objects, and for the documents of the standard the few things that matter.

use std::io::{IsTerminal, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, ContentArrangement, Table};
use segue_model::failure::Problem;
use segue_model::money::Money;
use serde_json::{Map, Value, json};

use self::documents::{address, explained, history, order, poq, product, quote, site, validation};
pub use self::progress::{Manner, Progress};
use crate::command::{
    Agreement, Audit, Book, Buy, Charge, Command, CommandError, Company, Errand, Kind, Partner, Product, Tender,
};

mod board;
mod documents;
mod errand;
mod progress;
mod request;
mod running;
mod stats;
pub mod tender;

/// Prints a line to standard output. A closed pipe (`| head`) is no reason to complain.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}
pub(crate) use say;

/// Prints an answer.
pub fn answer(command: &Command, value: &Value, as_json: bool) {
    let text = match value {
        value if as_json => value.to_string(),
        Value::String(text) => text.clone(),
        value if value["dryRun"] == true => request::rehearsed(value),
        value if is_file(command) => serde_json::to_string_pretty(value).unwrap_or_default(),
        value => draw(&view(command, value)),
    };
    say!("{}", text.trim_end());
}

/// Commands whose answer is a file for another program.
fn is_file(command: &Command) -> bool {
    matches!(
        command,
        Command::Company(Company::Card { .. })
            | Command::Partner(Partner::Export { .. })
            | Command::Agreement(Agreement::Export { .. })
            | Command::Product(Product::Sample { .. })
            | Command::Book(Book::Openapi { .. })
            | Command::History { revision: Some(_), .. }
    )
}

/// The few things of a document that matter to a person.
fn view(command: &Command, value: &Value) -> Value {
    match command {
        Command::Buy(buy) => match buy.as_ref() {
            Buy::Address { .. } => validation(value),
            Buy::Site { .. } => rows(value, &["id", "name", "siteRestrictionType", "networkType"]),
            Buy::Poq { .. } => poq(value),
            Buy::Quote { .. } => quote(value),
            Buy::Change { then, .. } | Buy::Disconnect { then, .. } if then.quote_only => quote(value),
            Buy::Order { .. } | Buy::Change { .. } | Buy::Disconnect { .. } => order(value),
            Buy::CancelQuote { .. } | Buy::DeclineQuote { .. } => without(quote(value), "items"),
            Buy::Cancel { .. } | Buy::Reschedule { .. } => running::request(value),
            Buy::Charge(Charge::List { .. }) => running::charges(value),
            Buy::Charge(Charge::Accept { .. } | Charge::Decline { .. }) => running::charge(value),
            Buy::Show { kind, .. } => match kind {
                Kind::Poq => poq(value),
                Kind::Quote => quote(value),
                Kind::Order => order(value),
                Kind::Cancel | Kind::Reschedule => running::request(value),
                Kind::Charge => running::charge(value),
                Kind::Validation => validation(value),
                Kind::Address => address(value),
                Kind::Site => site(value),
            },
            // The timeline was told while it happened.
            Buy::Track { .. } if value["quoteItem"].is_array() => quote(value),
            Buy::Track { .. } if value["productOfferingQualificationItem"].is_array() => poq(value),
            Buy::Track { .. } if value["submittedGeographicAddress"].is_object() => validation(value),
            Buy::Track { .. } if value["chargeItem"].is_array() => running::charge(value),
            Buy::Track { .. } if value["productOrderItem"].is_array() => without(order(value), "timeline"),
            Buy::Track { .. } => running::request(value),
            Buy::Inventory { id: None, .. } => rows(value, &["id", "status", "startDate", "externalId"]),
            Buy::Inventory { id: Some(_), .. } => product(value),
            Buy::Pending(_) | Buy::Send { .. } => value.clone(),
        },
        Command::Explain { replay: false, .. } => explained(value),
        Command::History { revision: None, .. } => history(value),
        Command::Stats(_) => stats::view(value),
        Command::Tender(Tender::Order { .. }) => order(value),
        Command::Tender(action) => tender::view(action, value),
        Command::Errand(Errand::Show { .. }) => errand::view(value),
        Command::Audit(Audit::List { .. }) => rows(
            value,
            &["sequence", "at", "company", "actor", "action", "object", "outcome"],
        ),
        _ => value.clone(),
    }
}

fn without(mut view: Value, name: &str) -> Value {
    if let Some(members) = view.as_object_mut() {
        members.shift_remove(name);
    }
    view
}

/// Columns of a list, by name; a column that is empty everywhere is left out.
fn rows(value: &Value, columns: &[&str]) -> Value {
    let elements = value.as_array().map_or(&[][..], Vec::as_slice);
    let filled: Vec<&&str> = columns
        .iter()
        .filter(|column| elements.iter().any(|element| element.get(**column).is_some()))
        .collect();
    let row = |element: &Value| {
        let cells = filled.iter().map(|column| {
            (
                (**column).to_owned(),
                element.get(**column).cloned().unwrap_or(Value::Null),
            )
        });
        Value::Object(cells.collect())
    };
    elements.iter().map(row).collect()
}

/// Rows made of pointers into each element.
fn picked(value: &Value, list: &str, columns: &[(&str, &str)]) -> Value {
    let elements = value.get(list).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let row = |element: &Value| {
        let cells = columns
            .iter()
            .map(|(name, pointer)| ((*name).to_owned(), json!(plain(element.pointer(pointer)))));
        Value::Object(cells.collect())
    };
    elements.iter().map(row).collect()
}

/// A value in one cell: a duration as `3 months`, money as `420 EUR`, scalars as they are.
pub fn plain(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(members)) => duration(members)
            .or_else(|| money(members))
            .unwrap_or_else(|| Value::Object(members.clone()).to_string()),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| plain(Some(item)))
            .collect::<Vec<_>>()
            .join(", "),
        Some(other) => other.to_string(),
    }
}

/// `5 business days`
fn duration(members: &Map<String, Value>) -> Option<String> {
    let amount = members.get("amount")?.as_u64()?;
    let units = members.get("units")?.as_str()?;
    Some(span_text(amount, units))
}

/// `5 business days` from 5 and `businessDays`; `1 month` from 1 and `months`.
pub fn span_text(amount: u64, units: &str) -> String {
    let mut words = String::new();
    for c in units.chars() {
        if c.is_uppercase() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    let words = if amount == 1 {
        words.trim_end_matches('s')
    } else {
        &words
    };
    format!("{amount} {words}")
}

/// `420.50 EUR`
fn money(members: &Map<String, Value>) -> Option<String> {
    let money = Money::read(&Value::Object(members.clone()))?;
    let mut amount = money.value;
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    Some(format!("{amount} {}", money.unit))
}

/// Draws any answer: a list of objects is a table, an object is lines and tables.
pub fn draw(value: &Value) -> String {
    match value {
        Value::Array(items) if items.is_empty() => "nothing\n".into(),
        Value::Array(items) if items.iter().all(Value::is_object) => table(value),
        Value::Object(members) => object(members),
        other => plain(Some(other)),
    }
}

fn object(members: &Map<String, Value>) -> String {
    let mut out = String::new();
    let is_table = |value: &Value| value.as_array().is_some_and(|items| items.iter().any(Value::is_object));
    let is_empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    if let Some(done) = members.get("done") {
        out.push_str(&format!("{}\n", plain(Some(done))));
    }
    let lines: Vec<(&String, &Value)> = members
        .iter()
        .filter(|(name, value)| *name != "done" && !is_table(value) && !is_empty(value))
        .collect();
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in lines {
        let text = match value {
            Value::Object(inner) if inner.len() > 2 => inner
                .iter()
                .map(|(name, value)| format!("{name} {}", plain(Some(value))))
                .collect::<Vec<_>>()
                .join(", "),
            value => plain(Some(value)),
        };
        out.push_str(&format!("  {name:width$}  {text}\n"));
    }
    for (name, value) in members.iter().filter(|(_, value)| is_table(value)) {
        out.push_str(&format!("\n{name}\n{}\n", table(value)));
    }
    out
}

/// A list of objects as a table; the columns are all names that occur.
pub fn table(value: &Value) -> String {
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    let mut columns: Vec<&str> = Vec::new();
    for (name, cell) in items.iter().filter_map(Value::as_object).flatten() {
        if !columns.contains(&name.as_str()) && !plain(Some(cell)).is_empty() {
            columns.push(name);
        }
    }
    let terminal = std::io::stdout().is_terminal();
    let mut table = Table::new();
    // Only a terminal has a width; elsewhere every row stays on one line.
    let arrangement = if terminal {
        ContentArrangement::Dynamic
    } else {
        ContentArrangement::Disabled
    };
    table.load_style(NOTHING).set_content_arrangement(arrangement);
    table.set_header(
        columns
            .iter()
            .map(|column| Cell::new(heading(column)).add_attribute(Attribute::Bold)),
    );
    for item in items {
        table.add_row(columns.iter().map(|column| plain(item.get(*column))));
    }
    table.trim_fmt()
}

/// `validUntil` as people read it: `VALID UNTIL`.
fn heading(column: &str) -> String {
    let mut heading = String::new();
    let mut before = ' ';
    for letter in column.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            heading.push(' ');
        }
        heading.extend(letter.to_uppercase());
        before = letter;
    }
    heading
}

/// Prints why something failed, and what to do next.
pub fn error(error: &anyhow::Error) {
    let mut err = std::io::stderr();
    let red = |text: &str| {
        if err.is_terminal() {
            format!("\x1b[31;1m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    };
    let title = red("error:");
    let _ = writeln!(err, "{title} {}", chain(error));
    if let Some(told) = error.downcast_ref::<CommandError>() {
        for problem in &told.problems {
            let _ = writeln!(err, "  {}", problem_line(problem));
            if let Some(sent) = &told.sent {
                let _ = writeln!(err, "      {}", request::sent_there(problem, sent));
            }
        }
        if let Some(hint) = &told.hint {
            let _ = writeln!(err, "{hint}");
        }
    }
}

/// The error with its causes; a cause that an outer text tells already is not told again.
fn chain(error: &anyhow::Error) -> String {
    error.chain().skip(1).fold(error.to_string(), |text, cause| {
        let cause = cause.to_string();
        if text.contains(&cause) {
            text
        } else {
            format!("{text}: {cause}")
        }
    })
}

fn problem_line(problem: &Problem) -> String {
    let code = json!(problem.code);
    let place = if problem.property_path.is_empty() {
        "/"
    } else {
        &problem.property_path
    };
    format!("{place}  {}: {}", code.as_str().unwrap_or_default(), problem.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_read_as_words() {
        assert_eq!(heading("validUntil"), "VALID UNTIL");
        assert_eq!(heading("per month"), "PER MONTH");
    }

    #[test]
    fn money_and_durations_read_like_people_write_them() {
        assert_eq!(plain(Some(&json!({"unit": "EUR", "value": 420.5}))), "420.50 EUR");
        assert_eq!(
            plain(Some(&json!({"amount": 3, "units": "businessDays"}))),
            "3 business days"
        );
        assert_eq!(plain(Some(&json!({"amount": 1, "units": "months"}))), "1 month");
    }

    #[test]
    fn a_table_has_every_column_that_is_filled_somewhere() {
        let text = table(&json!([{"one": 1, "two": null}, {"one": 2, "three": "x"}]));
        assert!(
            text.contains("ONE") && text.contains("THREE") && !text.contains("TWO"),
            "{text}"
        );
    }
}
