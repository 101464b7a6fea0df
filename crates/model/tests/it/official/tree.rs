//! An official schema unfolded: all references followed, `allOf` merged, so that each place of a
//! document is one node, with every keyword that says something about it.

use serde_json::Value;

use super::Official;

/// A place in a document.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// What is said about it.
    pub keywords: Vec<Keyword>,
    /// Its members, where it is an object.
    pub members: Vec<(String, Node)>,
    /// Its elements, where it is a list.
    pub items: Option<Box<Node>>,
    /// The schemas of which exactly one must be obeyed, and the keyword that says so.
    pub branches: Vec<Node>,
    /// The definitions put together here: some come by two ways.
    parts: Vec<String>,
    /// The same schema stands above it already: the rest of the tree would never end.
    pub again: bool,
}

/// One keyword at one place of one file.
#[derive(Clone, Debug)]
pub struct Keyword {
    /// `FILE#POINTER`, as the validator names it. For `required` the name follows.
    pub place: String,
    /// `maxItems`.
    pub name: String,
    /// What it is set to; for `required` the one name.
    pub value: Value,
}

/// Keywords that state a fact about a value and nothing about other places.
const ASSERTIONS: [&str; 11] = [
    "type",
    "enum",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minItems",
    "maxItems",
    "uniqueItems",
];

/// Keywords that are for readers, and the definitions, which are followed where they are used.
const SILENT: [&str; 4] = ["$schema", "title", "description", "definitions"];

impl Node {
    /// The tree of a file.
    pub fn of(official: &Official, file: &str) -> Self {
        let mut node = Self::default();
        let mut reader = Reader {
            official,
            open: Vec::new(),
        };
        reader.add(&mut node, file, "");
        node
    }

    /// The value of an assertion, where it is made.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let mut keywords = self.keywords.iter();
        keywords.find(|k| k.name == name).map(|keyword| &keyword.value)
    }

    /// A bound on a number of things.
    pub fn count(&self, name: &str) -> Option<usize> {
        self.get(name)?.as_u64().map(|count| usize::try_from(count).unwrap())
    }

    /// A bound on a value.
    pub fn bound(&self, name: &str) -> Option<f64> {
        self.get(name)?.as_f64()
    }

    /// The type, if one is named.
    pub fn kind(&self) -> Option<&str> {
        self.get("type")?.as_str()
    }

    /// The allowed values; empty means any.
    pub fn values(&self) -> &[Value] {
        self.get("enum").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Whether `name` has to be there.
    pub fn requires(&self, name: &str) -> bool {
        let mut keywords = self.keywords.iter();
        keywords.any(|keyword| keyword.name == "required" && keyword.value == name)
    }

    /// The member `name`.
    pub fn member(&self, name: &str) -> Option<&Node> {
        self.members
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, node)| node)
    }

    /// The value that tells a branch of a choice from the others: the official files use nothing
    /// but the only value of `mapType`.
    pub fn tag(&self) -> Option<&str> {
        match self.member(TAG)?.values() {
            [only] => only.as_str(),
            _ => None,
        }
    }
}

/// The member that tells the branches of all choices apart.
pub const TAG: &str = "mapType";

struct Reader<'a> {
    official: &'a Official,
    /// Definitions being unfolded.
    open: Vec<(String, String)>,
}

impl Reader<'_> {
    /// Adds to `node` what the schema at `pointer` in `file` says.
    fn add(&mut self, node: &mut Node, file: &str, pointer: &str) {
        let schema = self.official.schema(file, pointer).clone();
        if let Some(reference) = schema["$ref"].as_str() {
            // Draft 7: what stands beside a reference is not read.
            let (file, pointer) = self.official.target(reference, file);
            let target = (file.clone(), pointer.clone());
            if self.open.contains(&target) {
                node.again = true;
                return;
            }
            self.open.push(target);
            self.add(node, &file, &pointer);
            self.open.pop();
            return;
        }
        let part = format!("{file}#{pointer}");
        if node.parts.contains(&part) {
            return;
        }
        node.parts.push(part);
        for (name, value) in schema.as_object().unwrap() {
            let below = format!("{pointer}/{name}");
            self.add_keyword(node, (file, &below), (name, value));
        }
    }

    fn add_keyword(&mut self, node: &mut Node, (file, pointer): (&str, &str), (name, value): (&str, &Value)) {
        let keyword = |value: &Value, place: String| Keyword {
            place,
            name: name.to_owned(),
            value: value.clone(),
        };
        let place = format!("{file}#{pointer}");
        match name {
            "required" => {
                for name in value.as_array().unwrap() {
                    let place = format!("{place}/{}", name.as_str().unwrap());
                    node.keywords.push(keyword(name, place));
                }
            }
            "properties" => {
                for name in value.as_object().unwrap().keys() {
                    // Two parts may say the same of one member: both are kept.
                    let known = node.members.iter().position(|(known, _)| known == name);
                    let index = known.unwrap_or(node.members.len());
                    if known.is_none() {
                        node.members.push((name.clone(), Node::default()));
                    }
                    self.add(&mut node.members[index].1, file, &format!("{pointer}/{name}"));
                }
            }
            "items" => {
                let mut items = Node::default();
                self.add(&mut items, file, pointer);
                node.items = Some(Box::new(items));
            }
            "allOf" | "oneOf" => {
                for index in 0..value.as_array().unwrap().len() {
                    let below = format!("{pointer}/{index}");
                    if name == "allOf" {
                        self.add(node, file, &below);
                        continue;
                    }
                    let mut branch = Node::default();
                    self.add(&mut branch, file, &below);
                    assert!(branch.tag().is_some(), "{place}: the branches have no {TAG}");
                    node.branches.push(branch);
                }
                if name == "oneOf" {
                    node.keywords.push(keyword(&Value::Null, place));
                }
            }
            assertion if ASSERTIONS.contains(&assertion) => node.keywords.push(keyword(value, place)),
            silent => assert!(SILENT.contains(&silent), "{place}: a keyword this test does not know"),
        }
    }
}
