//! From a value of one version to that of another, led by the shapes of both.
//!
//! Members of the same name are taken over, and what they hold is looked at in the same way. What
//! has another name, value or form stands in [`super::table`]; what the other version has no place
//! for is left out. Who calls compares with the way back, so that no loss is silent
//! ([`super::translate`]).

use serde_json::{Map, Value, json};

use super::{hooks, table};
use crate::api;
use crate::describe::Api;
use crate::document::Object;
use crate::failure::Problem;
use crate::pointer::join;
use crate::shape::{Kind, Shapes, Type};

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// From an older version to the newest.
    Up,
    /// From the newest version to an older one.
    Down,
}

/// Where a value stands, in both versions.
#[derive(Clone, Debug, Default)]
pub(super) struct At {
    /// Pointer in the value that is read.
    pub from: String,
    /// Pointer in the value that is written.
    pub to: String,
}

impl At {
    /// One step further.
    pub fn step(&self, from: impl std::fmt::Display, to: impl std::fmt::Display) -> Self {
        Self {
            from: join(&self.from, from),
            to: join(&self.to, to),
        }
    }
}

/// One translation.
pub(super) struct Walk<'a> {
    /// Shapes of what is read.
    pub from: &'a Shapes,
    /// Shapes of what is written.
    pub to: &'a Shapes,
    /// Which way.
    pub way: Way,
    /// The release of the older version: its neighbours are told by the links.
    pub release: &'static str,
    /// The kind of address that is answered with, where there is a choice.
    pub kind: Option<&'static str>,
    /// What stands elsewhere afterwards: pointer written, pointer read.
    pub moves: Vec<(String, String)>,
    /// What cannot be said in the other version and has to be.
    pub problems: Vec<Problem>,
}

impl Walk<'_> {
    /// A value between two types.
    pub fn typed(&mut self, value: &Value, (from, to): (&Type, &Type), at: &At) -> Option<Value> {
        match (from, to, value) {
            (Type::List { of: from, .. }, Type::List { of: to, .. }, Value::Array(list)) => {
                let mut out = Vec::new();
                for (index, entry) in list.iter().enumerate() {
                    let here = at.step(index, out.len());
                    if let Some(entry) = self.typed(entry, (from, to), &here) {
                        if index != out.len() {
                            self.moves.push((here.to, here.from));
                        }
                        out.push(entry);
                    }
                }
                Some(Value::Array(out))
            }
            // One where there were several, and the other way round: the place of a site.
            (Type::List { of: from, .. }, Type::Ref(_), Value::Array(list)) => {
                let at = At {
                    from: join(&at.from, 0),
                    to: at.to.clone(),
                };
                self.moves.push((at.to.clone(), at.from.clone()));
                self.typed(list.first()?, (from, to), &at)
            }
            (Type::Ref(_), Type::List { of: to, .. }, _) => {
                let at = At {
                    from: at.from.clone(),
                    to: join(&at.to, 0),
                };
                self.typed(value, (from, to), &at).map(|one| json!([one]))
            }
            (Type::Ref(from), Type::Ref(to), _) => self.named(value, (from, to), at),
            (Type::Text(from), Type::Text(to), Value::String(text)) if from.format != to.format => {
                Some(json!(dated(text, to.format.as_deref())))
            }
            _ => Some(value.clone()),
        }
    }

    /// A value between two shapes.
    pub fn named(&mut self, value: &Value, (from, to): (&str, &str), at: &At) -> Option<Value> {
        if let Some(convert) = table::converter(self.way, from, to) {
            return convert(self, value, at);
        }
        match (&self.from.get(from)?.kind, &self.to.get(to)?.kind, value) {
            (Kind::Enum(_), Kind::Enum(known), Value::String(text)) => {
                let text = table::renamed_value(self.way, (from, to), text);
                if known.iter().any(|known| known == text) {
                    return Some(json!(text));
                }
                if self.way == Way::Up {
                    let reason = format!("{text} is not offered here; there are: {}.", known.join(", "));
                    self.problems.push(Problem::invalid(at.from.clone(), reason));
                }
                None
            }
            (Kind::Choice(from), Kind::Choice(to), Value::Object(object)) => {
                let tag = object.get(&from.tag)?.as_str()?;
                let source = from.options.iter().find(|option| option.value == tag)?;
                let target = to.options.iter().find(|option| option.value == tag)?;
                let names = (source.shape.clone(), target.shape.clone());
                self.named(value, (&names.0, &names.1), at)
            }
            (Kind::Object(_), Kind::Object(_), Value::Object(object)) => {
                Some(Value::Object(self.object(object, (from, to), at)))
            }
            _ => Some(value.clone()),
        }
    }

    fn object(&mut self, source: &Object, (from, to): (&str, &str), at: &At) -> Object {
        // An extension point is nobody's business here: payloads are the same in all releases.
        if self.from.open(from).is_some() {
            return source.clone();
        }
        hooks::begin(self, source, from);
        let (known, wanted) = (self.from.properties(from), self.to.properties(to));
        let mut out = Map::new();
        for (name, value) in source {
            let Some(property) = known.iter().find(|property| property.name == *name) else {
                continue;
            };
            let same = wanted.iter().find(|property| property.name == *name);
            let renamed = table::renamed(self.way, (from, to), name);
            let Some(target) = same.or_else(|| wanted.iter().find(|property| property.name == renamed)) else {
                continue;
            };
            let here = at.step(name, &target.name);
            if target.name != *name {
                self.moves.push((here.to.clone(), here.from.clone()));
            }
            if let Some(value) = self.member(name, value, (&property.kind, &target.kind), &here) {
                out.insert(target.name.clone(), value);
            }
        }
        hooks::end(self, (source, &mut out), (from, to), at);
        out
    }

    fn member(&mut self, name: &str, value: &Value, kinds: (&Type, &Type), at: &At) -> Option<Value> {
        match value.as_str() {
            Some(link) if name == "href" || name.ends_with("Href") => Some(json!(self.link(link))),
            _ => self.typed(value, kinds, at),
        }
    }

    /// A link of ours leads to the version that the reader speaks.
    pub fn link(&self, link: &str) -> String {
        linked(self.way, self.release, link).unwrap_or_else(|| link.to_owned())
    }
}

/// A link of ours in an answer of this older API.
pub(super) fn older_link(old: &Api, link: &str) -> String {
    linked(Way::Down, old.release, link).unwrap_or_else(|| link.to_owned())
}

fn linked(way: Way, release: &str, link: &str) -> Option<String> {
    const BASE: &str = "/mefApi/sonata/";
    let (host, rest) = link.split_once(BASE)?;
    let (name, rest) = rest.split_once("/v")?;
    let (_, path) = rest.split_once('/')?;
    let mut family: Vec<_> = api::described().filter(|api| api.name == name).collect();
    family.sort_by_key(|api| api.version);
    let newest = family.last()?;
    let older = family.iter().rev().find(|api| api.release == release);
    // Where a release has no version of its own, that of the release after it is valid.
    let older = older.or_else(|| family.iter().rev().find(|api| api.version < newest.version));
    let chosen = match way {
        Way::Up => newest,
        Way::Down => older.unwrap_or(newest),
    };
    Some(format!("{host}{}/{path}", chosen.base_path()))
}

/// Between a date and a date-time: days begin at midnight UTC.
fn dated(text: &str, format: Option<&str>) -> String {
    match format {
        Some("date") => text.chars().take(10).collect(),
        Some("date-time") if text.len() == 10 => format!("{text}T00:00:00.000Z"),
        _ => text.to_owned(),
    }
}
