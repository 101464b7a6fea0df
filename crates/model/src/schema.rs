//! Request and answer checks from shapes.
//!
//! A Seller is strict: [`Schemas::check`] refuses what the shape does not have, and tells *all*
//! problems at once, each with the exact JSON Pointer. A Buyer is tolerant: [`Schemas::check_answer`]
//! reads over members it does not know. Product payloads are an extension point here; their own
//! schemas are [`crate::products`].
//!
//! A shape is compiled when it is first used and then kept, so that starting a program costs
//! nothing for the versions nobody calls.

mod closed;
mod lists;
pub(crate) mod problem;
mod set;

pub use set::SchemaSet;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use crate::describe::Api;
use crate::document::Checked;
use crate::failure::{Problem, ProblemCode};
use crate::shape::{ShapeError, Shapes};

/// Problems in one answer. Who has made a hundred mistakes needs no longer list.
pub const PROBLEMS_MAX: usize = 100;

/// Faults looked at before the list is sorted and cut: bounds the work for a hostile body.
const FAULTS_MAX: usize = 1_000;

/// The checks of one API version, one for each of its shapes.
pub struct Schemas {
    shapes: Shapes,
    definitions: Map<String, Value>,
    validators: BTreeMap<String, OnceLock<Result<Validator, String>>>,
}

/// What a body has against it, the members its shape does not have apart from the rest: who
/// reads tolerantly notes them, who reads strictly refuses them. Both lists are sorted by pointer,
/// without doubles, at most [`PROBLEMS_MAX`].
#[derive(Debug, Default)]
pub struct Reading {
    /// Faults in what the shape knows.
    pub faults: Vec<Problem>,
    /// Members the shape does not have.
    pub unexpected: Vec<Problem>,
}

impl Reading {
    /// All of it as one list, as strict reading tells it.
    pub fn strictly(self) -> Vec<Problem> {
        tidy([self.faults, self.unexpected].concat())
    }
}

/// Shapes that cannot be used for checks.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A text is not in the notation.
    #[error("reading the shapes of {api}: {source}")]
    Shapes {
        /// Name and version of the API.
        api: String,
        /// Where and what.
        source: ShapeError,
    },
    /// A shape makes no valid schema (a pattern that is no regular expression).
    #[error("compiling the shape {shape}: {what}")]
    Compile {
        /// Its name.
        shape: String,
        /// What the compiler says.
        what: String,
    },
}

impl Schemas {
    /// The checks of one API version.
    pub fn for_api(api: &'static Api) -> Result<Self, SchemaError> {
        let shapes = Shapes::parse(api.shapes).map_err(|source| SchemaError::Shapes {
            api: format!("{} v{}", api.name, api.version),
            source,
        })?;
        Ok(Self::new(&shapes))
    }

    /// The checks of `shapes`.
    pub fn new(shapes: &Shapes) -> Self {
        let names = || shapes.names().map(str::to_owned);
        Self {
            definitions: closed::definitions(shapes),
            validators: names().map(|name| (name, OnceLock::new())).collect(),
            shapes: shapes.clone(),
        }
    }

    /// The shapes these checks are made of.
    pub fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    /// Strict reading: the checked body, or all that is wrong with it, sorted by pointer, without
    /// doubles, at most [`PROBLEMS_MAX`].
    pub fn check(&self, shape: &str, body: Value) -> Result<Checked, Vec<Problem>> {
        let problems = self.read(shape, &body).strictly();
        match body {
            Value::Object(body) if problems.is_empty() => Ok(Checked::new(shape, body)),
            _ => Err(problems),
        }
    }

    /// Tolerant reading of an answer or event: members we do not know are no problem; all else is.
    pub fn check_answer(&self, shape: &str, body: &Value) -> Vec<Problem> {
        self.read(shape, body).faults
    }

    /// Makes a list of one of each object that stands where a list is due; where that was.
    pub fn mend_lists(&self, shape: &str, body: &mut Value) -> Vec<String> {
        lists::mend(&self.shapes, shape, body)
    }

    /// One walk over a body for whoever decides afterwards how strict to be. A body with nothing
    /// against it, which is nearly every one, costs no list at all.
    pub fn read(&self, shape: &str, body: &Value) -> Reading {
        let refused = |problem| Reading {
            faults: vec![problem],
            unexpected: Vec::new(),
        };
        if !body.is_object() {
            return refused(Problem::invalid("", "The body must be a JSON object."));
        }
        let compiled = self
            .validators
            .get(shape)
            .map(|cell| cell.get_or_init(|| self.compile(shape)));
        let Some(Ok(validator)) = compiled else {
            let what = "There is no check for this body here.";
            return refused(Problem::new(ProblemCode::OtherIssue, "", what));
        };
        if validator.is_valid(body) {
            return Reading::default();
        }
        // Each list has its own limit: unknown members must not crowd out a fault.
        let (mut faults, mut unexpected) = (Vec::new(), Vec::new());
        for fault in validator.iter_errors(body) {
            let list = if problem::is_unexpected(&fault) {
                &mut unexpected
            } else {
                &mut faults
            };
            if list.len() < FAULTS_MAX {
                list.extend(problem::of(&fault, &self.shapes));
            }
        }
        Reading {
            faults: tidy(faults),
            unexpected: tidy(unexpected),
        }
    }

    /// Compiles every shape now. A test calls it for every API; a server need not.
    pub fn compile_all(&self) -> Result<(), SchemaError> {
        self.validators.iter().try_for_each(|(name, cell)| {
            let compiled = cell.get_or_init(|| self.compile(name)).as_ref();
            compiled.map(|_| ()).map_err(|what| SchemaError::Compile {
                shape: name.clone(),
                what: what.clone(),
            })
        })
    }

    /// A shape as closed JSON Schema (draft 7), with everything it refers to.
    pub(crate) fn schema(&self, shape: &str) -> Value {
        let used: Map<String, Value> = self
            .shapes
            .reachable([shape])
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), self.definitions.get(name)?.clone())))
            .collect();
        json!({ "$ref": closed::reference(shape), "definitions": used })
    }

    fn compile(&self, shape: &str) -> Result<Validator, String> {
        jsonschema::options()
            .with_draft(Draft::Draft7)
            .should_validate_formats(true)
            .offline()
            .build(&self.schema(shape))
            .map_err(|error| error.to_string())
    }
}

/// Sorted by pointer (indices as numbers), one of each code and pointer, not too many.
pub(crate) fn tidy(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by(|a, b| steps(&a.property_path).cmp(steps(&b.property_path)));
    problems.dedup_by(|a, b| a.property_path == b.property_path && a.code == b.code);
    problems.truncate(PROBLEMS_MAX);
    problems
}

/// The steps of a pointer in an order in which 10 comes after 9.
fn steps(pointer: &str) -> impl Iterator<Item = (Option<u64>, &str)> {
    pointer.split('/').map(|step| (step.parse().ok(), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_sorted_as_numbers_and_doubles_go() {
        let paths = ["/a/10", "/a/9/x", "/a/9", "/a/9", "", "/b"];
        let problems = tidy(paths.iter().map(|path| Problem::invalid(*path, "")).collect());
        let sorted: Vec<&str> = problems.iter().map(|problem| problem.property_path.as_str()).collect();
        assert_eq!(sorted, ["", "/a/9", "/a/9/x", "/a/10", "/b"]);
    }

    #[test]
    fn a_pattern_that_is_no_regular_expression_is_told_with_its_shape() {
        let shapes = Shapes::parse(&["Bad\n  x string /(/"]).unwrap();
        let error = Schemas::new(&shapes).compile_all().unwrap_err();
        assert!(error.to_string().starts_with("compiling the shape Bad"), "{error}");
    }
}
