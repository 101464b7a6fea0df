//! Pointers with `*` for every element of a list.

use serde_json::Value;

use super::super::finding::{Finder, Node};
use super::is_there;
use crate::pointer::join;

/// A pattern longer than this is a mistake: no product schema is that deep.
const STEPS_MAX: usize = 20;

/// A JSON Pointer whose steps may be `*`.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Vec<Step>);

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Name(String),
    Any,
}

impl Pattern {
    /// The place where one starts.
    pub fn here() -> Self {
        Self(Vec::new())
    }

    /// Reads `/a/*/b`; one sentence when it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::here());
        }
        let Some(rest) = text.strip_prefix('/') else {
            return Err("A pointer begins with a slash: /list/*/member.".to_owned());
        };
        let steps: Vec<Step> = rest
            .split('/')
            .map(|step| match step {
                "*" => Step::Any,
                name => Step::Name(name.replace("~1", "/").replace("~0", "~")),
            })
            .collect();
        if steps.len() > STEPS_MAX {
            return Err(format!("A pointer has {STEPS_MAX} steps at most."));
        }
        if steps.contains(&Step::Name(String::new())) {
            return Err("A step of a pointer is not empty.".to_owned());
        }
        Ok(Self(steps))
    }

    /// Everything that matches from `base` on.
    pub fn find<'a>(&self, base: &Node<'a>) -> Vec<Node<'a>> {
        let mut found = vec![base.clone()];
        for step in &self.0 {
            found = match step {
                Step::Name(name) => found.iter().filter_map(|node| node.get(name)).collect(),
                Step::Any => found.iter().flat_map(Node::items).collect(),
            };
        }
        found
    }

    /// The deepest place that exists on the way to the first `*`: where to say that something is
    /// wrong with all matches together.
    pub fn trunk<'a>(&self, base: &Node<'a>) -> Node<'a> {
        let mut node = base.clone();
        for step in &self.0 {
            match step {
                Step::Name(name) => match node.get(name) {
                    Some(next) => node = next,
                    None => break,
                },
                Step::Any => break,
            }
        }
        node
    }

    /// Tells of each match that is not there.
    pub fn require(&self, base: &Node<'_>, about: &str, out: &mut Finder) {
        require(&self.0, base, about, out);
    }
}

fn require(steps: &[Step], node: &Node<'_>, about: &str, out: &mut Finder) {
    let Some((step, rest)) = steps.split_first() else {
        if !is_there(node) {
            out.invalid(node, about);
        }
        return;
    };
    match step {
        Step::Name(name) => match node.get(name) {
            Some(next) => require(rest, &next, about, out),
            None => {
                let names = rest.iter().map_while(|step| match step {
                    Step::Name(name) => Some(name),
                    Step::Any => None,
                });
                let all: Vec<&String> = std::iter::once(name).chain(names).collect();
                let (last, parents) = all.split_last().unwrap_or((&name, &[]));
                let path = parents.iter().fold(node.path.clone(), |path, step| join(&path, step));
                out.missing(&Node::new(&Value::Null, path), last, about);
            }
        },
        Step::Any if node.items().is_empty() => out.invalid(node, about),
        Step::Any => node.items().iter().for_each(|next| require(rest, next, about, out)),
    }
}
