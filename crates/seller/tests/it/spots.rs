//! Finds every id-valued property in a shape, and writes a value there into a valid body.
//!
//! What a body lacks on the way is filled in with the least that the shape asks for; ids among
//! that come from the caller, so that only the one under test is not the Buyer's own.

use std::fmt;

use segue_model::describe::Api;
use segue_model::shape::{Kind, Property, Shapes, Type};
use serde_json::{Map, Value, json};

/// Whether a property of this name holds an identifier.
pub fn is_id(name: &str) -> bool {
    name == "id" || name.ends_with("Id")
}

/// One id-valued property of a request.
#[derive(Clone, Debug)]
pub struct Spot {
    /// The way to it from the body.
    steps: Vec<Step>,
    /// The shape that has the property.
    pub owner: String,
    /// Its name.
    pub property: String,
}

#[derive(Clone, Debug)]
enum Step {
    /// A property, and its type.
    Member(String, Type),
    /// Any element of a list, and its type.
    Element(Type),
    /// An object of this shape out of a choice; its tag and value.
    Option { tag: String, value: String, shape: String },
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            match step {
                Step::Member(name, _) => write!(f, "/{name}")?,
                Step::Element(_) => write!(f, "/*")?,
                Step::Option { shape, .. } => write!(f, "<{shape}>")?,
            }
        }
        Ok(())
    }
}

/// Every spot of a request shape.
pub fn spots(api: &'static Api, shape: &str) -> Vec<Spot> {
    let mut search = Search {
        shapes: api.parsed(),
        found: Vec::new(),
        way: Vec::new(),
        inside: Vec::new(),
    };
    search.shape(shape);
    search.found
}

struct Search<'a> {
    shapes: &'a Shapes,
    found: Vec<Spot>,
    way: Vec<Step>,
    inside: Vec<String>,
}

impl Search<'_> {
    fn shape(&mut self, name: &str) {
        if self.inside.iter().any(|outer| outer == name) {
            return;
        }
        self.inside.push(name.to_owned());
        match self.shapes.get(name).map(|shape| shape.kind.clone()) {
            Some(Kind::Object(_)) => {
                for property in self.shapes.properties(name) {
                    self.property(name, &property);
                }
            }
            Some(Kind::Choice(choice)) => {
                for option in choice.options {
                    self.way.push(Step::Option {
                        tag: choice.tag.clone(),
                        value: option.value,
                        shape: option.shape.clone(),
                    });
                    self.shape(&option.shape);
                    self.way.pop();
                }
            }
            Some(Kind::Alias(kind)) => self.kind(&kind),
            Some(Kind::Enum(_)) | None => {}
        }
        self.inside.pop();
    }

    fn property(&mut self, owner: &str, property: &Property) {
        self.way
            .push(Step::Member(property.name.clone(), property.kind.clone()));
        if is_id(&property.name) && matches!(property.kind, Type::Text(_)) {
            self.found.push(Spot {
                steps: self.way.clone(),
                owner: owner.to_owned(),
                property: property.name.clone(),
            });
        }
        self.kind(&property.kind);
        self.way.pop();
    }

    fn kind(&mut self, kind: &Type) {
        match kind {
            Type::Ref(name) => self.shape(name),
            Type::List { of, .. } => {
                self.way.push(Step::Element((**of).clone()));
                self.kind(of);
                self.way.pop();
            }
            Type::Text(_) | Type::Whole { .. } | Type::Number { .. } | Type::Flag | Type::Object | Type::Any => {}
        }
    }
}

/// Writes into bodies of one API. `own` gives an id of the Buyer itself by shape and property.
pub struct Writer<'a> {
    pub api: &'static Api,
    pub own: &'a dyn Fn(&str, &str) -> String,
}

impl Writer<'_> {
    /// `body` with `value` at `spot`; also the JSON Pointer at which it stands now.
    pub fn put(&self, body: &Value, spot: &Spot, value: &str) -> (Value, String) {
        let mut body = body.clone();
        let pointer = self.walk(&mut body, &spot.steps, value);
        (body, pointer)
    }

    /// The least valid body of a shape.
    pub fn least(&self, shape: &str) -> Value {
        match self.api.parsed().get(shape).map(|shape| &shape.kind) {
            Some(Kind::Object(_)) => {
                let mut object = Map::new();
                for property in self.api.parsed().properties(shape) {
                    if property.required {
                        object.insert(property.name.clone(), self.member(shape, &property));
                    }
                }
                Value::Object(object)
            }
            Some(Kind::Enum(values)) => json!(values[0]),
            Some(Kind::Choice(choice)) => self.least(&choice.options[0].shape),
            Some(Kind::Alias(kind)) => self.fill(kind),
            None => Value::Null,
        }
    }

    fn member(&self, owner: &str, property: &Property) -> Value {
        if is_id(&property.name) && matches!(property.kind, Type::Text(_)) {
            json!((self.own)(owner, &property.name))
        } else {
            self.fill(&property.kind)
        }
    }

    fn fill(&self, kind: &Type) -> Value {
        match kind {
            Type::Text(text) if !text.values.is_empty() => json!(text.values[0]),
            Type::Text(text) if text.format.as_deref() == Some("date-time") => json!("2026-12-01T08:00:00Z"),
            Type::Text(_) => json!("xx"),
            Type::Whole { min, .. } => json!(min.unwrap_or(1)),
            Type::Number { min, .. } => json!(min.unwrap_or(1.0)),
            Type::Flag => json!(true),
            Type::Object | Type::Any => json!({}),
            Type::List { of, .. } => json!([self.fill(of)]),
            Type::Ref(name) => self.least(name),
        }
    }

    fn walk(&self, at: &mut Value, steps: &[Step], value: &str) -> String {
        let Some((step, rest)) = steps.split_first() else {
            *at = json!(value);
            return String::new();
        };
        match step {
            Step::Member(name, kind) => {
                if at.get(name).is_none() {
                    at[name] = match kind {
                        // An empty list is filled by the next step.
                        Type::List { .. } => json!([]),
                        kind => self.fill(kind),
                    };
                }
                format!("/{name}{}", self.walk(&mut at[name], rest, value))
            }
            Step::Element(kind) => {
                let list = at.as_array_mut().unwrap();
                if list.is_empty() {
                    list.push(self.fill(kind));
                }
                // The element that has the most of the way already, the last one of several.
                let index = (0..list.len()).max_by_key(|&index| depth(&list[index], rest)).unwrap();
                format!("/{index}{}", self.walk(&mut list[index], rest, value))
            }
            Step::Option {
                tag,
                value: name,
                shape,
            } => {
                if at.get(tag) != Some(&json!(name)) {
                    *at = self.least(shape);
                }
                self.walk(at, rest, value)
            }
        }
    }
}

/// How many of `steps` lead somewhere in `value`.
fn depth(value: &Value, steps: &[Step]) -> usize {
    let Some((step, rest)) = steps.split_first() else {
        return 1;
    };
    match step {
        Step::Member(name, _) => value.get(name).map_or(0, |inner| 1 + depth(inner, rest)),
        Step::Element(_) => {
            let inner = value.as_array().into_iter().flatten();
            inner.map(|inner| 1 + depth(inner, rest)).max().unwrap_or(0)
        }
        Step::Option { .. } => depth(value, rest),
    }
}
