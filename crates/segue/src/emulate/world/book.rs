//! The book of a company that is played: the sample book, or one that was given, with what the
//! scenario lays over it.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use crate::book_folder::BookFolder;
use crate::demo::samples;
use crate::emulate::scenario::{Price, Scenario};

/// Lines of the sample whose times suit a person who tries things out, not a clock that is moved by days.
const LIFETIMES: [(&str, &str); 2] = [
    ("quote-validity", "60 calendarDays"),
    ("charge-validity", "60 calendarDays"),
];

/// The book of every company that sells.
pub fn of(scenario: &Scenario, given: Option<&BTreeMap<String, String>>) -> Result<BookFolder> {
    let own = samples();
    let files = given.unwrap_or(&own);
    let text = |name: &str| files.get(name).with_context(|| format!("the book has no {name}"));
    let mut terms: Table = toml::from_str(text("book.toml")?).context("book.toml is no TOML")?;
    for (name, value) in LIFETIMES.iter().filter(|_| given.is_none()) {
        terms.insert((*name).into(), Value::String((*value).into()));
    }
    terms.extend(scenario.book.clone());
    lay_offerings(&mut terms, scenario)?;
    let places = lay_places(text("places.csv")?, &scenario.place)?;
    let mut files = files.clone();
    files.insert("book.toml".into(), toml::to_string(&terms)?);
    files.insert("places.csv".into(), places);
    Ok(BookFolder::of_texts("the book of the scenario", files))
}

fn lay_offerings(terms: &mut Table, scenario: &Scenario) -> Result<()> {
    for (index, laid) in scenario.offering.iter().enumerate() {
        let id = laid.get("id").and_then(Value::as_str).unwrap_or_default();
        let Some(found) = offering(terms, id) else {
            bail!("/offering/{index}/id: the book sells no {id:?}");
        };
        found.extend(laid.clone());
        // They exclude each other.
        if laid.contains_key("on-demand") {
            for other in ["interval", "interval-with-build", "milestones"] {
                found.remove(other);
            }
        }
    }
    for (index, price) in scenario.price.iter().enumerate() {
        lay_price(terms, price).with_context(|| format!("/price/{index}"))?;
    }
    Ok(())
}

fn offering<'t>(terms: &'t mut Table, id: &str) -> Option<&'t mut Table> {
    let all = terms.get_mut("offering")?.as_array_mut()?;
    all.iter_mut()
        .filter_map(Value::as_table_mut)
        .find(|offering| offering.get("id").and_then(Value::as_str) == Some(id))
}

fn lay_price(terms: &mut Table, price: &Price) -> Result<()> {
    let offering = offering(terms, &price.offering).context("offering: the book does not sell it")?;
    let charges = offering.get_mut("charge").and_then(Value::as_array_mut);
    let named = |charge: &&mut Value| charge.get("name").and_then(Value::as_str) == Some(&price.charge);
    let charge = charges.and_then(|charges| charges.iter_mut().find(named));
    let rows = charge.and_then(|charge| charge.get_mut("rows")?.as_array_mut());
    for row in rows.context("charge: the offering has none of this name")? {
        if let Some(row) = row.as_table_mut() {
            row.insert("amount".into(), Value::Float(price.amount));
        }
    }
    Ok(())
}

/// Each laid over the line of its id; a new id is a new line.
fn lay_places(text: &str, laid: &[BTreeMap<String, Value>]) -> Result<String> {
    if laid.is_empty() {
        return Ok(text.to_owned());
    }
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .flexible(true)
        .from_reader(text.as_bytes());
    let columns = reader.headers()?.clone();
    let at = |name: &str| columns.iter().position(|column| column == name);
    let id_at = at("id").context("places.csv has no column id")?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    for row in reader.records() {
        rows.push(row?.iter().map(str::to_owned).collect());
    }
    for (index, place) in laid.iter().enumerate() {
        let id = place
            .get("id")
            .map(plain)
            .with_context(|| format!("/place/{index}: it has no id"))?;
        let found = rows.iter().position(|row| row.get(id_at) == Some(&id));
        let row = found.unwrap_or_else(|| {
            rows.push(vec![String::new(); columns.len()]);
            rows.len() - 1
        });
        rows[row].resize(columns.len(), String::new());
        for (name, value) in place {
            let column = at(name).with_context(|| format!("/place/{index}/{name}: places.csv has no such column"))?;
            rows[row][column] = plain(value);
        }
    }
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_record(&columns)?;
    for row in rows {
        writer.write_record(row)?;
    }
    Ok(String::from_utf8(
        writer.into_inner().map_err(|error| error.into_error())?,
    )?)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
