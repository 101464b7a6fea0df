//! A product that was imported: its definition as it is stored, and its compiled schema.
//!
//! A compiled schema refers to nothing outside itself: `import` has brought everything together,
//! so that nothing is ever fetched because of what a partner sends.

use jsonschema::{Draft, PatternOptions, Validator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::choice;
use super::kind::ProductType;
use super::rule::Rule;
use super::unknown;
use crate::failure::Problem;
use crate::schema::{Reading, tidy};

/// Faults looked at before the list is sorted and cut: bounds the work for a hostile body.
const FAULTS_MAX: usize = 1_000;
/// Memory one regular expression of a schema may take once compiled: a megabyte is far more than
/// any official one needs.
const PATTERN_BYTES_MAX: usize = 1024 * 1024;

/// A product as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// What may stand around its payload.
    pub product: ProductType,
    /// JSON Schema, draft 7: `{"$ref": "#/definitions/...", "definitions": {...}}`.
    pub schema: Value,
    /// Rules beyond the schema, as [`Rule::read`] takes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Value>,
    /// A configuration to start from, where one came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Value>,
    /// The file it was read from.
    pub source: String,
}

/// A product ready to check.
pub(super) struct Imported {
    definition: Definition,
    validator: Validator,
}

impl Imported {
    /// Compiles it, or says why not.
    pub fn new(definition: Definition) -> Result<Self, String> {
        let validator = compile(&definition.schema)?;
        Ok(Self { definition, validator })
    }

    /// Its rules, or what is wrong with them.
    pub fn rules(&self) -> Result<Vec<Rule>, String> {
        let read = |rule| {
            Rule::read(rule).map_err(|mistakes| mistakes.first().map_or_else(String::new, |first| first.reason.clone()))
        };
        self.definition.rules.iter().map(read).collect()
    }

    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// What a configuration has against it.
    pub fn read(&self, configuration: &Value) -> Reading {
        if !configuration.is_object() {
            // Official schemas leave the type of the whole open.
            return Reading {
                faults: vec![Problem::invalid("", "A product configuration is an object.")],
                unexpected: Vec::new(),
            };
        }
        let faults = self.validator.iter_errors(configuration).take(FAULTS_MAX);
        Reading {
            faults: tidy(
                faults
                    .flat_map(|fault| choice::problems(&fault, &self.definition.schema))
                    .collect(),
            ),
            unexpected: tidy(unknown::find(&self.definition.schema, configuration)),
        }
    }
}

/// Draft 7 with formats (an address that is `ipv4` or `ipv6` decides by format), without any way
/// out, and with regular expressions that take linear time, since a stranger may have written them.
fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::options()
        .with_draft(Draft::Draft7)
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES_MAX))
        .offline()
        .build(schema)
        .map_err(|error| format!("{error} (at {} of its schema)", error.instance_path().as_str()))
}
