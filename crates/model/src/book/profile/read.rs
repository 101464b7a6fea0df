//! The `[[offering.attribute]]` tables of `book.toml`.

use serde_json::Value;

use super::super::offering::optional;
use super::super::sheet::{Sheet, Table};
use super::{Action, Attribute, Function, Limits, Profile, Usage, quantity, walk};
use crate::failure::Problem;

const KEYS: [&str; 12] = [
    "path",
    "use",
    "default",
    "no-default",
    "value",
    "among",
    "at-least",
    "at-most",
    "functions",
    "actions",
    "may-be-sent",
    "returned",
];

/// Keys that belong to one use only.
const OF_USE: [(&str, &str); 5] = [
    ("default", "optional"),
    ("no-default", "optional"),
    ("value", "fixed"),
    ("may-be-sent", "fixed"),
    ("returned", "fixed"),
];

/// Reads the profile of one offering; an offering without one takes whatever its product allows.
pub(in super::super) fn read(sheet: &mut Sheet<'_>, table: Table<'_>) -> Profile {
    let mut rows: Vec<(Attribute, usize)> = Vec::new();
    if !table.has("attribute") {
        return Profile::default();
    }
    for entry in sheet.tables(table, "attribute", "at least one [[offering.attribute]]") {
        sheet.only(entry, &KEYS);
        if let Some(row) = attribute(sheet, entry) {
            rows.push((row, entry.at("path")));
        }
    }
    for (index, (row, at)) in rows.iter().enumerate() {
        for (other, _) in rows.iter().take(index) {
            if let Some(what) = contradiction(row, other) {
                sheet.tell(*at, what);
            }
        }
    }
    let mut attributes: Vec<Attribute> = rows.into_iter().map(|(row, _)| row).collect();
    attributes.sort_by(|a, b| (&a.path, b.specificity()).cmp(&(&b.path, a.specificity())));
    Profile { attributes }
}

fn attribute(sheet: &mut Sheet<'_>, entry: Table<'_>) -> Option<Attribute> {
    let path = path(sheet, entry);
    let usage = usage(sheet, entry);
    let functions = named(
        sheet,
        (entry, "functions"),
        &Function::ALL.map(|one| (one.as_str(), one)),
    );
    let actions = named(sheet, (entry, "actions"), &Action::ALL.map(|one| (one.as_str(), one)));
    let limits = limits(sheet, entry);
    let row = Attribute {
        path: path?,
        usage: usage?,
        functions,
        actions,
        limits,
        line: sheet.line(entry.at("path")),
    };
    if matches!(row.usage, Usage::Fixed { .. }) && !row.limits.is_open() {
        let what = "what is fixed has one value: take `among`, `at-least` and `at-most` out";
        sheet.tell(entry.at("path"), what);
    }
    if let Usage::Optional { default: Some(default) } = &row.usage {
        let mut problems: Vec<Problem> = Vec::new();
        row.limits.judge(default, "", &mut problems);
        if !problems.is_empty() {
            let what = format!("the default is not among what is supported: {}", row.limits.words());
            sheet.tell(entry.at("default"), what);
        }
    }
    Some(row)
}

fn path(sheet: &mut Sheet<'_>, entry: Table<'_>) -> Option<String> {
    let path = sheet.text(entry, "path")?;
    let steps: Vec<&str> = path.split('/').collect();
    let what = if steps.first() != Some(&"") || steps.len() < 2 || steps.iter().skip(1).any(|step| step.is_empty()) {
        format!("{path:?} is no path; write \"/maximumFrameSize\" or \"/uniEp/ovcEndPointEnvelopes/*/envelopeID\"")
    } else if steps.last() == Some(&walk::EACH) {
        "name the list itself: `among` and bounds are about each of its elements".to_owned()
    } else if path == "/@type" {
        "`@type` is what makes the product; it is the `product` of the offering".to_owned()
    } else {
        return Some(path);
    };
    sheet.tell(entry.at("path"), what);
    None
}

fn usage(sheet: &mut Sheet<'_>, entry: Table<'_>) -> Option<Usage> {
    let usage = sheet.text(entry, "use")?;
    for (key, needs) in OF_USE {
        if entry.has(key) && usage != needs {
            sheet.tell(entry.at(key), format!("`{key}` goes with use = \"{needs}\" only"));
        }
    }
    match usage.as_str() {
        "mandatory" => Some(Usage::Mandatory),
        "optional" => {
            let default = optional(entry, "default", |key| sheet.json(entry, key));
            let none = sheet.flag(entry, "no-default");
            // R3: the parties agree on the default of what is optional.
            if !none && !entry.has("default") {
                let what = "what is optional needs a `default`, or `no-default = true` where leaving it out \
                            means to do without it";
                sheet.tell(entry.at("use"), what);
            } else if none && entry.has("default") {
                sheet.tell(entry.at("no-default"), "take `default` or `no-default` out");
            }
            Some(Usage::Optional { default })
        }
        "fixed" => {
            let may_be_sent = !entry.has("may-be-sent") || sheet.flag(entry, "may-be-sent");
            let returned = if entry.has("returned") {
                sheet.flag(entry, "returned")
            } else {
                may_be_sent
            };
            let value = sheet.json(entry, "value")?;
            Some(Usage::Fixed {
                value,
                may_be_sent,
                returned,
            })
        }
        other => {
            let what = format!("{other:?} is no use; write mandatory, optional or fixed");
            sheet.tell(entry.at("use"), what);
            None
        }
    }
}

fn named<T: Copy>(sheet: &mut Sheet<'_>, (entry, key): (Table<'_>, &str), known: &[(&str, T)]) -> Vec<T> {
    let mut kept = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for (text, at) in sheet.texts(entry, key) {
        match known.iter().find(|(name, _)| *name == text) {
            Some(_) if seen.contains(&text) => sheet.tell(at, format!("{text:?} is in `{key}` already")),
            Some((_, one)) => kept.push(*one),
            None => {
                let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
                sheet.tell(
                    at,
                    format!("{text:?} is not known in `{key}`; there is {}", names.join(", ")),
                );
            }
        }
        seen.push(text);
    }
    if entry.has(key) && seen.is_empty() {
        sheet.tell(entry.at(key), format!("`{key}` names none: leave it out to mean all"));
    }
    kept
}

fn limits(sheet: &mut Sheet<'_>, entry: Table<'_>) -> Limits {
    let among = optional(entry, "among", |key| sheet.json(entry, key));
    let among = match among {
        Some(Value::Array(values)) if !values.is_empty() => values,
        Some(_) => {
            sheet.tell(entry.at("among"), "`among` is a list of at least one value");
            Vec::new()
        }
        None => Vec::new(),
    };
    let mut bound = |key: &str| {
        let value = optional(entry, key, |key| sheet.json(entry, key))?;
        if quantity::measure(&value).is_some() {
            return Some(value);
        }
        let what = format!("`{key}` is a number, a rate such as \"100 Mbit/s\" or a size such as \"64 KBytes\"");
        sheet.tell(entry.at(key), what);
        None
    };
    let (at_least, at_most) = (bound("at-least"), bound("at-most"));
    if let (Some(least), Some(most)) = (&at_least, &at_most)
        && quantity::compare(least, most) != Some(std::cmp::Ordering::Less)
        && !quantity::same(least, most)
    {
        sheet.tell(
            entry.at("at-most"),
            "`at-most` is no less than `at-least`, and of its kind",
        );
    }
    Limits {
        among,
        at_least,
        at_most,
    }
}

/// Why two rows of one offering cannot both hold, in one sentence.
fn contradiction(row: &Attribute, other: &Attribute) -> Option<String> {
    let overlap = Function::ALL.iter().any(|function| {
        Action::ALL.iter().any(|action| {
            let asked = super::Asked {
                function: *function,
                action: *action,
            };
            row.covers(asked) && other.covers(asked)
        })
    });
    if !overlap {
        return None;
    }
    let line = other.line;
    if row.path == other.path {
        // A row that names functions or actions is an exception to one that does not.
        let tie = row.specificity() == other.specificity();
        return tie.then(|| format!("line {line} speaks of {} in the same function and action", row.path));
    }
    let inside = |part: &Attribute, whole: &Attribute| {
        matches!(whole.usage, Usage::Fixed { .. }) && part.path.starts_with(&format!("{}/", whole.path))
    };
    (inside(row, other) || inside(other, row))
        .then(|| format!("the whole is fixed, its parts cannot be spoken of (see line {line})"))
}
