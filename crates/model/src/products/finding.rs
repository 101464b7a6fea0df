//! What the product rules walk over, and what they note down.

use serde_json::Value;

use crate::failure::Problem;
use crate::pointer::join;

/// A value and the JSON Pointer it stands at. Reading is tolerant: what is not there, or not of
/// the type asked for, is simply absent, since the schema has already said so.
#[derive(Clone)]
pub(super) struct Node<'a> {
    value: &'a Value,
    /// Where it stands in the request.
    pub path: String,
}

impl<'a> Node<'a> {
    pub fn new(value: &'a Value, path: impl Into<String>) -> Self {
        Self {
            value,
            path: path.into(),
        }
    }

    /// The value itself.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// The member `name`.
    pub fn get(&self, name: &str) -> Option<Node<'a>> {
        let value = self.value.get(name)?;
        Some(Node::new(value, join(&self.path, name)))
    }

    /// The list `name`, where it has elements.
    pub fn filled(&self, name: &str) -> Option<Node<'a>> {
        self.get(name)
            .filter(|list| list.value.as_array().is_some_and(|list| !list.is_empty()))
    }

    /// The elements of the list; none when it is no list.
    pub fn items(&self) -> Vec<Node<'a>> {
        let list = self.value.as_array().map_or(&[][..], Vec::as_slice);
        let nodes = list.iter().enumerate();
        nodes
            .map(|(index, value)| Node::new(value, join(&self.path, index)))
            .collect()
    }

    /// The elements of the list `name`; none when it is absent.
    pub fn list(&self, name: &str) -> Vec<Node<'a>> {
        self.get(name).map_or_else(Vec::new, |list| list.items())
    }

    /// Each element's member `name`, where it is there.
    pub fn each(&self, list: &str, name: &str) -> Vec<Node<'a>> {
        self.list(list).iter().filter_map(|element| element.get(name)).collect()
    }

    /// The whole numbers of the list `name`: a map can hold thousands, and seldom needs pointers.
    pub fn wholes(&self, name: &str) -> Vec<i64> {
        let list = self.value.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_i64).collect()
    }

    /// The value as text.
    pub fn as_text(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    /// The value as a whole number.
    pub fn as_whole(&self) -> Option<i64> {
        self.value.as_i64()
    }

    /// Whether the value is a number above zero.
    pub fn is_positive(&self) -> bool {
        self.value.as_f64().is_some_and(|number| number > 0.0)
    }

    /// The value of the text member `name`.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.value.get(name)?.as_str()
    }

    /// The value of the whole number `name`.
    pub fn whole(&self, name: &str) -> Option<i64> {
        self.value.get(name)?.as_i64()
    }

    /// Whether the member `name` is `true`.
    pub fn is_set(&self, name: &str) -> bool {
        self.value.get(name).and_then(Value::as_bool) == Some(true)
    }
}

/// What one rule finds. Whether it refuses or warns is up to the rule, not to what looks.
#[derive(Default)]
pub(super) struct Finder {
    /// In the order found.
    pub found: Vec<Problem>,
}

impl Finder {
    /// A value that is not right here.
    pub fn invalid(&mut self, at: &Node<'_>, reason: impl Into<String>) {
        self.found.push(Problem::invalid(&at.path, reason));
    }

    /// Member `name` has to be there.
    pub fn missing(&mut self, parent: &Node<'_>, name: &str, reason: impl Into<String>) {
        self.found.push(Problem::missing(join(&parent.path, name), reason));
    }

    /// Something that must not be there.
    pub fn unexpected(&mut self, at: &Node<'_>, reason: impl Into<String>) {
        self.found.push(Problem::unexpected(&at.path, reason));
    }

    /// Every element after the first with the same text is a problem.
    pub fn unique(&mut self, nodes: &[Node<'_>], what: &str) {
        let mut seen = Vec::new();
        for node in nodes {
            let Some(text) = node.as_text() else { continue };
            if seen.contains(&text) {
                self.invalid(node, format!("{what} {text} stands here twice; each may stand once."));
            }
            seen.push(text);
        }
    }
}

/// What was found: problems refuse the request, warnings are noted in the decision.
#[derive(Default)]
pub(super) struct Findings {
    pub problems: Vec<Problem>,
    pub warnings: Vec<String>,
}
