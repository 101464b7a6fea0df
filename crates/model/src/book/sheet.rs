//! Reading `book.toml` value by value, so that all mistakes are told at once, each with its line.

use rust_decimal::Decimal;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::forms::{self, Read};
use crate::time::Span;

use super::BookProblem;

/// A table of the file and where it starts.
#[derive(Clone, Copy)]
pub(super) struct Table<'t> {
    pub table: &'t DeTable<'t>,
    /// Byte offset in the text.
    pub at: usize,
}

impl<'t> Table<'t> {
    fn get(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        let table: &'t DeTable<'t> = self.table;
        table
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| value)
    }

    /// Where the value of `key` is, or the table itself.
    pub(super) fn at(&self, key: &str) -> usize {
        self.get(key).map_or(self.at, |value| value.span().start)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }
}

/// One file and what is wrong with it.
pub(super) struct Sheet<'a> {
    file: &'a str,
    text: &'a str,
    pub problems: Vec<BookProblem>,
    /// What was written otherwise than it is kept.
    pub changes: Vec<BookProblem>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self {
            file,
            text,
            problems: Vec::new(),
            changes: Vec::new(),
        }
    }

    /// Tells a mistake at a byte offset.
    pub(super) fn tell(&mut self, at: usize, what: impl Into<String>) {
        let told = self.at(at, what.into());
        self.problems.push(told);
    }

    fn at(&self, at: usize, what: String) -> BookProblem {
        BookProblem {
            file: self.file.to_owned(),
            line: self.line(at),
            what,
        }
    }

    /// The value in the form that is kept; a mistake or a change is told.
    pub(super) fn settle<T>(&mut self, at: usize, text: &str, read: fn(&str) -> Read<T>) -> Option<T> {
        match read(text) {
            Ok(settled) => {
                let note = settled.note(text).map(|note| self.at(at, note));
                self.changes.extend(note);
                Some(settled.value)
            }
            Err(what) => {
                self.tell(at, what);
                None
            }
        }
    }

    /// A text in the form that is kept.
    fn settled<T>(&mut self, table: Table<'_>, key: &str, (wanted, read): (&str, fn(&str) -> Read<T>)) -> Option<T> {
        let text = self.value(table, key, |value| {
            value
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| wrong_kind(wanted, value))
        })?;
        self.settle(table.at(key), &text, read)
    }

    /// The line of a byte offset, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or(self.text).matches('\n').count() + 1
    }

    /// Tells names that nothing is known of: mostly they are misspelt.
    pub(super) fn only(&mut self, table: Table<'_>, known: &[&str]) {
        for (name, _) in table.table {
            let key: &str = name.get_ref();
            if !known.contains(&key) {
                let near = known.iter().min_by_key(|other| strsim::damerau_levenshtein(key, other));
                let hint = near.filter(|other| strsim::damerau_levenshtein(key, other) <= 3);
                let hint = hint.map_or(String::new(), |other| format!("; is `{other}` meant?"));
                self.tell(name.span().start, format!("`{key}` is not known here{hint}"));
            }
        }
    }

    /// The value as `read` takes it; told where it is missing or of another kind.
    fn value<'t, T>(
        &mut self,
        table: Table<'t>,
        key: &str,
        read: impl Fn(&'t DeValue<'t>) -> Result<T, String>,
    ) -> Option<T> {
        let Some(value) = table.get(key) else {
            self.tell(table.at, format!("`{key}` is missing"));
            return None;
        };
        match read(value.get_ref()) {
            Ok(value) => Some(value),
            Err(what) => {
                self.tell(value.span().start, format!("`{key}`: {what}"));
                None
            }
        }
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, table: Table<'_>, key: &str) -> Option<String> {
        self.value(table, key, |value| match value.as_str().map(str::trim) {
            Some("") => Err("must not be empty".into()),
            Some(text) => Ok(text.to_owned()),
            None => Err(wrong_kind("a text in quotes", value)),
        })
    }

    /// A list of texts with where each one stands; empty without the key.
    pub(super) fn texts(&mut self, table: Table<'_>, key: &str) -> Vec<(String, usize)> {
        if !table.has(key) {
            return Vec::new();
        }
        let read = self.value(table, key, |value| {
            let list = value.as_array().ok_or_else(|| wrong_kind("a list of texts", value))?;
            let texts = list.iter().map(|entry| {
                let text = entry
                    .get_ref()
                    .as_str()
                    .ok_or_else(|| wrong_kind("a list of texts", entry.get_ref()))?;
                Ok((text.to_owned(), entry.span().start))
            });
            texts.collect::<Result<Vec<_>, String>>()
        });
        read.unwrap_or_default()
    }

    /// A length of time: `"5 minutes"`, `"36 months"`.
    pub(super) fn span(&mut self, table: Table<'_>, key: &str) -> Option<Span> {
        self.settled(table, key, ("a length of time such as \"36 months\"", forms::span))
    }

    /// A bandwidth in Mbit/s: `"100 Mbit/s"`, `"10 Gbit/s"`.
    pub(super) fn mbps(&mut self, table: Table<'_>, key: &str) -> Option<u64> {
        self.settled(table, key, ("a bandwidth such as \"100 Mbit/s\"", forms::mbps))
    }

    /// A currency by its code.
    pub(super) fn currency(&mut self, table: Table<'_>, key: &str) -> Option<String> {
        self.settled(table, key, ("a currency such as \"EUR\"", forms::currency))
    }

    /// An exact amount of money, as a number or a text.
    pub(super) fn amount(&mut self, table: Table<'_>, key: &str) -> Option<Decimal> {
        self.value(table, key, |value| {
            let text = match value {
                DeValue::Integer(number) => number.as_str(),
                DeValue::Float(number) => number.as_str(),
                DeValue::String(text) => text.as_ref(),
                other => return Err(wrong_kind("an amount such as 419.95", other)),
            };
            let amount: Option<Decimal> = text.replace('_', "").parse().ok();
            amount.ok_or_else(|| format!("{text:?} is no amount; write 419.95"))
        })
    }

    /// A whole number; 0 without the key.
    pub(super) fn whole(&mut self, table: Table<'_>, key: &str) -> u32 {
        if !table.has(key) {
            return 0;
        }
        let read = self.value(table, key, |value| {
            let number = value
                .as_integer()
                .and_then(|number| number.as_str().replace('_', "").parse().ok());
            number.ok_or_else(|| wrong_kind("a whole number", value))
        });
        read.unwrap_or_default()
    }

    /// `true` or `false`; `false` without the key.
    pub(super) fn flag(&mut self, table: Table<'_>, key: &str) -> bool {
        if !table.has(key) {
            return false;
        }
        let read = self.value(table, key, |value| {
            value.as_bool().ok_or_else(|| wrong_kind("true or false", value))
        });
        read.unwrap_or_default()
    }

    /// Any value, as the JSON it stands for.
    pub(super) fn json(&mut self, table: Table<'_>, key: &str) -> Option<Value> {
        self.value(table, key, json_of)
    }

    /// The tables of a list; told where there is none.
    pub(super) fn tables<'t>(&mut self, table: Table<'t>, key: &str, wanted: &str) -> Vec<Table<'t>> {
        let Some(value) = table.get(key) else {
            self.tell(table.at, format!("{wanted} is missing"));
            return Vec::new();
        };
        let entries = value.get_ref().as_array().into_iter().flatten();
        let mut tables = Vec::new();
        for entry in entries {
            match entry.get_ref().as_table() {
                Some(table) => tables.push(Table {
                    table,
                    at: entry.span().start,
                }),
                None => self.tell(
                    entry.span().start,
                    format!("`{key}`: {}", wrong_kind("a table", entry.get_ref())),
                ),
            }
        }
        if tables.is_empty() {
            self.tell(value.span().start, format!("{wanted} is missing"));
        }
        tables
    }
}

fn json_of(value: &DeValue<'_>) -> Result<Value, String> {
    let number = |text: &str| {
        let plain = text.replace('_', "");
        serde_json::from_str(plain.trim_start_matches('+')).map_err(|_| format!("{text} is no number of JSON"))
    };
    Ok(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(whole) => number(whole.as_str())?,
        DeValue::Float(real) => number(real.as_str())?,
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(moment) => Value::String(moment.to_string()),
        DeValue::Array(elements) => {
            let elements = elements.iter().map(|element| json_of(element.get_ref()));
            Value::Array(elements.collect::<Result<_, _>>()?)
        }
        DeValue::Table(members) => {
            let members = members.iter().map(|(name, member)| {
                let name: &str = name.get_ref();
                Ok((name.to_owned(), json_of(member.get_ref())?))
            });
            Value::Object(members.collect::<Result<_, String>>()?)
        }
    })
}

fn wrong_kind(wanted: &str, value: &DeValue<'_>) -> String {
    format!("{wanted} is wanted here, not a {}", value.type_str())
}
