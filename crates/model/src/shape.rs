//! The shape notation: what a JSON body looks like, as data, one line per property.
//!
//! ```text
//! # a comment on a line of its own
//! Duration                            # an object; ` # ` starts a meaning in our own words
//!   amount! int 0..                   # `!` = required; bounds of a number, of a text's length
//!   units! TimeUnit                   # a capital: reference to a shape
//! TimeUnit = seconds | minutes        # an enumeration; goes on in lines that start with `|`
//! Quote < Quote_Common, Dated         # extends; a property stated again overrides
//!   note!                             # a name alone: the inherited property is required here
//!   item! [QuoteItem] 1..5 unique     # a list, its bounds, no doubles
//! Query 2..                           # number of properties
//!   @type! string {Query}             # a text that must be one of these (`{a | b}`)
//!   code string 2..2                  # length
//!   at string date-time               # a format
//!   name string /^[a-z]+$/            # a pattern (no blank inside)
//! Place by @type = Ref | Query        # a choice: the value of `@type` names the shape
//! Other by kind = a: Ref | b: Query   # ... or the values are said
//! Address by @type = Fielded | Point  # a choice with lines of its own: what its branches have in
//!   @type! string                     # common, and they extend it (`Fielded < Address`)
//! Configuration open @type            # takes any further property; `@type` says which
//! Names is [string] 1..               # another name for a type
//! -Old                                # removes a shape of an earlier text
//! ~Quote                              # changes a shape of an earlier text, line by line; `~Quote < A`
//!                                     # gives it other parents, `~Quote <` none
//!   note [Note] 1..                   # another type for a property of its own, or one more,
//!   -projectId                        # one less
//! ```
//!
//! The types are `string`, `int`, `number`, `bool`, `object` (any object) and `any`. Bounds are
//! `2..5`, `2..`, `..5`. Texts are read in order: a shape stated again replaces the earlier one,
//! so an older API version lists only what differs from the shared base.
//!
//! [`Shapes`] guarantees that every reference leads to a shape and that no shape extends itself.
//! Who reads it: [`crate::schema`] (request checks) and [`crate::openapi`].

mod parse;

use std::collections::{BTreeMap, BTreeSet};

/// All shapes of one API version, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shapes {
    by_name: BTreeMap<String, Shape>,
}

/// A named schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// As the standard spells it.
    pub name: String,
    /// In our own words; often empty.
    pub meaning: String,
    /// What it is.
    pub kind: Kind,
}

/// What a shape is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// An object with properties.
    Object(ObjectShape),
    /// A text out of a closed list.
    Enum(Vec<String>),
    /// An object of one of several shapes, told apart by one property.
    Choice(Choice),
    /// Another name for a type.
    Alias(Type),
}

/// The own part of an object shape; [`Shapes::properties`] has the whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObjectShape {
    /// Names of the shapes whose properties it has too.
    pub extends: Vec<String>,
    /// Own properties, in the order of the text. They override inherited ones of the same name.
    pub properties: Vec<Property>,
    /// Inherited properties that are required here.
    pub also_required: Vec<String>,
    /// Least number of properties.
    pub min_properties: Option<u64>,
    /// For an extension point: the property whose value says what the further properties are.
    pub open: Option<String>,
}

/// A shape out of several, chosen by the value of one property.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The property (`@type`).
    pub tag: String,
    /// What its value may be.
    pub options: Vec<ChoiceOption>,
    /// What all branches that extend the choice have; empty where they have nothing in common.
    pub common: Vec<Property>,
}

/// One branch of a choice.
#[derive(Clone, Debug, PartialEq)]
pub struct ChoiceOption {
    /// The value of the tag.
    pub value: String,
    /// The shape it names.
    pub shape: String,
}

/// One property of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// As it stands in JSON.
    pub name: String,
    /// Whether it has to be there.
    pub required: bool,
    /// Its type.
    pub kind: Type,
    /// In our own words; often empty.
    pub meaning: String,
}

/// The type of a property or of the elements of a list.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// A text.
    Text(Text),
    /// An integer, with inclusive bounds.
    Whole {
        /// Least.
        min: Option<i64>,
        /// Greatest.
        max: Option<i64>,
    },
    /// A number, with inclusive bounds.
    Number {
        /// Least.
        min: Option<f64>,
        /// Greatest.
        max: Option<f64>,
    },
    /// True or false.
    Flag,
    /// Any object.
    Object,
    /// Anything.
    Any,
    /// A list.
    List {
        /// Type of its elements.
        of: Box<Type>,
        /// Least number of elements.
        min: Option<u64>,
        /// Greatest number of elements.
        max: Option<u64>,
        /// Whether no two elements may be equal.
        unique: bool,
    },
    /// Another shape, by name.
    Ref(String),
}

/// What a text may be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Text {
    /// A format of JSON Schema (`date-time`, `uri`).
    pub format: Option<String>,
    /// A regular expression that must match somewhere.
    pub pattern: Option<String>,
    /// Least length in characters.
    pub min: Option<u64>,
    /// Greatest length in characters.
    pub max: Option<u64>,
    /// The allowed values; empty means any.
    pub values: Vec<String>,
}

/// A text that is not in the notation, or a shape that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("shape text {text}, line {line}: {what}")]
pub struct ShapeError {
    /// Which of the texts, from 0.
    pub text: usize,
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl Shapes {
    /// Reads texts one over the other: later ones replace and remove shapes of earlier ones.
    pub fn parse(texts: &[&str]) -> Result<Self, ShapeError> {
        parse::read(texts).map(|by_name| Self { by_name })
    }

    /// The shape of this name.
    pub fn get(&self, name: &str) -> Option<&Shape> {
        self.by_name.get(name)
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// All properties of an object shape, inherited ones first; of a choice what its branches have
    /// in common; empty for every other kind.
    /// What is required above stays required when it is stated again.
    pub fn properties(&self, name: &str) -> Vec<Property> {
        let mut all = Vec::new();
        self.add_properties(name, &mut all);
        all
    }

    /// The values of an enumeration; empty for every other kind.
    pub fn values(&self, name: &str) -> &[String] {
        match self.get(name).map(|shape| &shape.kind) {
            Some(Kind::Enum(values) | Kind::Alias(Type::Text(Text { values, .. }))) => values,
            Some(Kind::Object(_) | Kind::Choice(_) | Kind::Alias(_)) | None => &[],
        }
    }

    /// Whether further properties are taken, inherited or own: the property that says which.
    pub fn open(&self, name: &str) -> Option<&str> {
        let object = self.object(name)?;
        let inherited = || object.extends.iter().find_map(|parent| self.open(parent));
        object.open.as_deref().or_else(inherited)
    }

    /// Least number of properties, inherited or own.
    pub fn min_properties(&self, name: &str) -> Option<u64> {
        let object = self.object(name)?;
        let inherited = object.extends.iter().filter_map(|parent| self.min_properties(parent));
        object.min_properties.into_iter().chain(inherited).max()
    }

    /// `roots` and every shape that can be reached from them, sorted.
    pub fn reachable<'a>(&'a self, roots: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = roots.into_iter().collect();
        while let Some(name) = open.pop() {
            let Some((name, shape)) = self.by_name.get_key_value(name) else {
                continue;
            };
            if seen.insert(name.as_str()) {
                open.extend(shape.references());
            }
        }
        seen
    }

    fn object(&self, name: &str) -> Option<&ObjectShape> {
        match &self.get(name)?.kind {
            Kind::Object(object) => Some(object),
            Kind::Enum(_) | Kind::Choice(_) | Kind::Alias(_) => None,
        }
    }

    fn add_properties(&self, name: &str, all: &mut Vec<Property>) {
        let object = match self.get(name).map(|shape| &shape.kind) {
            Some(Kind::Object(object)) => object,
            Some(Kind::Choice(choice)) => return all.extend(choice.common.iter().cloned()),
            Some(Kind::Enum(_) | Kind::Alias(_)) | None => return,
        };
        for parent in &object.extends {
            self.add_properties(parent, all);
        }
        for property in &object.properties {
            match all.iter_mut().find(|known| known.name == property.name) {
                Some(known) => {
                    let required = known.required || property.required;
                    *known = Property {
                        required,
                        ..property.clone()
                    };
                }
                None => all.push(property.clone()),
            }
        }
        for property in all.iter_mut() {
            property.required |= object.also_required.contains(&property.name);
        }
    }
}

impl Shape {
    /// Names of the shapes it speaks of directly.
    pub fn references(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Object(object) => {
                let own = object
                    .properties
                    .iter()
                    .filter_map(|property| property.kind.reference());
                object.extends.iter().map(String::as_str).chain(own).collect()
            }
            Kind::Enum(_) => Vec::new(),
            Kind::Choice(choice) => {
                let common = choice.common.iter().filter_map(|property| property.kind.reference());
                choice
                    .options
                    .iter()
                    .map(|option| option.shape.as_str())
                    .chain(common)
                    .collect()
            }
            Kind::Alias(kind) => kind.reference().into_iter().collect(),
        }
    }
}

impl Type {
    /// The shape it ends at, through lists.
    pub fn reference(&self) -> Option<&str> {
        match self {
            Self::Ref(name) => Some(name),
            Self::List { of, .. } => of.reference(),
            Self::Text(_) | Self::Whole { .. } | Self::Number { .. } | Self::Flag | Self::Object | Self::Any => None,
        }
    }
}
