//! Product payloads: schemas by `@type`, and the rules of the envelope around them.
//!
//! A product is found by the exact `@type` of its configuration and nothing else; an unknown
//! one never causes a fetch. The schemas shipped with us are ours (`products/*.shape`), equal in
//! structure to the official ones of Grace, which Kylie left unchanged. A company may have more
//! products: [`import`] reads them, [`Products::extended`] puts them beside ours.

mod attribute;
mod bandwidth;
mod beside;
mod choice;
mod declared;
mod end_point;
pub mod envelope;
mod finding;
mod generate;
pub mod import;
mod imported;
mod interface;
mod kind;
mod milestones;
mod names;
mod outline;
mod ovc;
mod published;
mod rate;
mod rule;
mod service_level;
mod unknown;
mod vlans;

use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::document::Object;
use crate::failure::Problem;
use crate::openapi;
use crate::party::Strictness;
use crate::pointer::join;
use crate::schema::Schemas;
use crate::shape::Shapes;

pub use attribute::{Astray, AttributeSchema};
pub use beside::Neighbour;
pub use imported::Definition;
pub use kind::{ProductType, Relation};
pub use milestones::milestones;
pub use outline::Attribute;

use beside::Beside;
use finding::{Findings, Node};
use imported::Imported;
pub use rule::{Rule, Severity};
pub use vlans::{VLAN_IDS, VLAN_LISTS, VlanList};

/// The schema of a product that is shipped with us, by its `@type`: closed JSON Schema (draft 7). Structure
/// alone, for whoever judges by rules of his own.
pub fn payload_schema(urn: &str) -> Option<Value> {
    Products::builtin().schema(urn)
}

/// `@type` of the Access E-Line OVC.
pub const ACCESS_ELINE_OVC: &str = "urn:mef:lso:spec:sonata:access-eline-ovc:v5.0.0:all";
/// `@type` of the Operator UNI.
pub const OPERATOR_UNI: &str = "urn:mef:lso:spec:sonata:carrier-ethernet-operator-uni:v5.0.0:all";
/// `@type` of the ENNI.
pub const ENNI: &str = "urn:mef:lso:spec:sonata:carrier-ethernet-enni-sp-so:v5.0.0:inventory";

/// The schemas in the notation of [`crate::shape`]; each product has one shape, the rest are parts.
pub const SHAPES: &[&str] = &[
    include_str!("products/ethernet.shape"),
    include_str!("products/sls.shape"),
    include_str!("products/access_eline_ovc.shape"),
    include_str!("products/operator_uni.shape"),
    include_str!("products/enni.shape"),
];

/// All product schemas known to a company.
#[derive(Clone)]
pub struct Products {
    known: Vec<Arc<Known>>,
    schemas: Arc<Schemas>,
}

/// A product with what checks it.
struct Known {
    product: ProductType,
    form: Form,
    rules: Vec<Rule>,
    sample: Option<&'static str>,
}

/// Where the schema of a product comes from.
enum Form {
    /// One of [`SHAPES`].
    Shape(&'static str),
    /// Imported.
    Schema(Box<Imported>),
}

impl Products {
    /// Those shipped with us.
    pub fn builtin() -> Self {
        let shapes = Shapes::parse(SHAPES).expect("the texts are shipped with us; a test reads them");
        let ovc = Known {
            product: kind::access_eline_ovc(),
            form: Form::Shape("AccessElineOvc"),
            rules: [
                ovc::RULES,
                end_point::RULES,
                bandwidth::OVC_RULES,
                service_level::RULES,
                beside::OVC_RULES,
                beside::VLAN_RULES,
            ]
            .concat(),
            sample: Some(include_str!("products/samples/access_eline_ovc.json")),
        };
        let uni = Known {
            product: kind::operator_uni(),
            form: Form::Shape("OperatorUni"),
            rules: [interface::RULES, interface::UNI_RULES, bandwidth::UNI_RULES].concat(),
            sample: Some(include_str!("products/samples/operator_uni.json")),
        };
        let enni = Known {
            product: kind::enni(),
            form: Form::Shape("Enni"),
            rules: [interface::RULES, interface::ENNI_RULES].concat(),
            sample: None,
        };
        let with_envelope = |mut known: Known| {
            known.rules.extend(envelope::rules(&known.product));
            Arc::new(known)
        };
        Self {
            known: [ovc, uni, enni].map(with_envelope).into(),
            schemas: Arc::new(Schemas::new(&shapes)),
        }
    }

    /// These and the imported ones. A product that is here already stays as it is. Fails with the
    /// URN of what cannot be compiled, and why.
    pub fn extended(&self, definitions: Vec<Definition>) -> Result<Self, (String, String)> {
        let mut all = self.clone();
        for definition in definitions {
            if all.known(&definition.product.urn).is_some() {
                continue;
            }
            let product = definition.product.clone();
            let imported = Imported::new(definition).map_err(|reason| (product.urn.clone(), reason))?;
            let mut rules = imported.rules().map_err(|reason| (product.urn.clone(), reason))?;
            rules.extend(envelope::rules(&product));
            all.known.push(Arc::new(Known {
                product,
                form: Form::Schema(Box::new(imported)),
                rules,
                sample: None,
            }));
        }
        Ok(all)
    }

    /// The product of a `@type`.
    pub fn product(&self, urn: &str) -> Option<&ProductType> {
        self.known(urn).map(|known| &known.product)
    }

    /// All products, in no order that means anything.
    pub fn all(&self) -> impl Iterator<Item = &ProductType> {
        self.known.iter().map(|known| &known.product)
    }

    /// The rules beyond the schema of a product, those of its envelope last; none for a `@type` that
    /// is not known.
    pub fn rules(&self, urn: &str) -> &[Rule] {
        self.known(urn).map_or(&[], |known| &known.rules)
    }

    /// Checks a `productConfiguration` found at `pointer`: schema by its `@type`, then the
    /// consistency rules of the product. Problems, sorted by pointer, and warnings (one sentence
    /// each, the pointer first).
    pub fn check(&self, configuration: &Value, pointer: &str, strictness: Strictness) -> (Vec<Problem>, Vec<String>) {
        let known = match self.specified(configuration, pointer) {
            Ok(known) => known,
            Err(problem) => return (vec![problem], Vec::new()),
        };
        let mut findings = self.form(known, configuration, pointer, strictness);
        let payload = Node::new(configuration, pointer);
        for rule in &known.rules {
            rule.check(&payload, &mut findings);
        }
        let Findings {
            mut problems,
            mut warnings,
        } = findings;
        // Stable: of two problems at one place the one of form comes first and stays.
        problems.sort_by(|a, b| a.property_path.cmp(&b.property_path));
        problems.dedup_by(|later, first| later.property_path == first.property_path);
        warnings.sort();
        (problems, warnings)
    }

    /// Checks a configuration against those of the products it is related to; as [`Products::check`].
    pub fn check_beside(
        &self,
        configuration: &Value,
        pointer: &str,
        neighbours: &[Neighbour<'_>],
    ) -> (Vec<Problem>, Vec<String>) {
        let urn = configuration.get("@type").and_then(Value::as_str).unwrap_or_default();
        let around = Beside {
            own: Node::new(configuration, pointer),
            neighbours,
        };
        let mut findings = Findings::default();
        for rule in self.rules(urn) {
            rule.check_beside(&around, &mut findings);
        }
        (findings.problems, findings.warnings)
    }

    /// The schema of the product.
    fn form(&self, known: &Known, configuration: &Value, at: &str, strictness: Strictness) -> Findings {
        let read = match &known.form {
            Form::Shape(shape) => self.schemas.read(shape, configuration),
            Form::Schema(imported) => imported.read(configuration),
        };
        let mut warnings = Vec::new();
        let mut problems = match strictness {
            Strictness::Refuse => read.strictly(),
            Strictness::Warn => {
                let warning = |problem: &Problem| format!("{at}{}: {}", problem.property_path, problem.reason);
                warnings.extend(read.unexpected.iter().map(warning));
                read.faults
            }
        };
        for problem in &mut problems {
            problem.property_path.insert_str(0, at);
        }
        Findings { problems, warnings }
    }

    /// A complete configuration that passes [`Products::check`]: the one that came with the
    /// product, or one made from its schema. None for ours that cannot be ordered.
    pub fn sample(&self, urn: &str) -> Option<Value> {
        let known = self.known(urn)?;
        match &known.form {
            Form::Shape(_) => serde_json::from_str(known.sample?).ok(),
            Form::Schema(imported) => {
                let shipped = imported.definition().sample.clone();
                let passes = |value: &Value| self.check(value, "", Strictness::Refuse).0.is_empty();
                shipped.or_else(|| generate::sample(&imported.definition().schema, urn, &passes))
            }
        }
    }

    /// How an imported product was defined; none for ours.
    pub fn definition(&self, urn: &str) -> Option<&Definition> {
        match &self.known(urn)?.form {
            Form::Shape(_) => None,
            Form::Schema(imported) => Some(imported.definition()),
        }
    }

    /// The attributes at the top of a product's configuration.
    pub fn attributes(&self, urn: &str) -> Vec<Attribute> {
        self.schema(urn).as_ref().map_or_else(Vec::new, outline::attributes)
    }

    /// The schema of a product as closed JSON Schema (draft 7) without references to other files.
    pub fn schema(&self, urn: &str) -> Option<Value> {
        match &self.known(urn)?.form {
            Form::Shape(shape) => Some(self.schemas.schema(shape)),
            Form::Schema(imported) => Some(imported.definition().schema.clone()),
        }
    }

    /// The schemas of a product as components of OpenAPI: the name of its own, and all.
    pub fn components(&self, urn: &str) -> Option<(String, Object)> {
        let known = self.known(urn)?;
        match &known.form {
            Form::Shape(shape) => {
                let root = (*shape).to_owned();
                let all = openapi::components(self.schemas.shapes(), std::slice::from_ref(&root));
                Some((root, all.as_object()?.clone()))
            }
            Form::Schema(imported) => Some(published::components(&imported.definition().schema, urn)),
        }
    }

    /// Names of the classes of service of a payload, each once; none where it has no such thing.
    pub fn classes_of_service(configuration: &Object) -> Vec<&str> {
        let named = configuration.get("listOfClassOfServiceNames").and_then(Value::as_array);
        let mut classes: Vec<&str> = Vec::new();
        for class in named.into_iter().flatten().filter_map(Value::as_str) {
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
        classes
    }

    /// The rate a configuration stands for in price bands, in Mbit/s, rounded up: what the busier
    /// end point of an OVC commits over all its classes of service, or the speed of a UNI.
    pub fn bandwidth_mbps(configuration: &Object) -> Option<u64> {
        rate::bandwidth_mbps(configuration)
    }

    /// What an end point commits over all its classes of service, in Mbit/s; none where it states
    /// none.
    pub fn committed_mbps(end_point: &Value) -> Option<Decimal> {
        rate::committed(end_point)
    }

    /// The rate at `pointer` in Mbit/s, rounded up: a number of them, or an information rate.
    pub fn rate_at(configuration: &Object, pointer: &str) -> Option<u64> {
        rate::at(configuration, pointer)
    }

    /// The configuration with the committed rates of its end points brought down to `mbps` in
    /// all, each class in its proportion. None where there is nothing to bring down: the speed of
    /// a UNI is that of its link, and which link is not ours to choose.
    pub fn limited_to(configuration: &Object, mbps: u64) -> Option<Object> {
        rate::limited_to(configuration, mbps)
    }

    fn known(&self, urn: &str) -> Option<&Known> {
        self.known
            .iter()
            .find(|known| known.product.urn == urn)
            .map(Arc::as_ref)
    }

    /// The product a configuration says it is of.
    fn specified(&self, configuration: &Value, pointer: &str) -> Result<&Known, Problem> {
        let Some(object) = configuration.as_object() else {
            return Err(Problem::invalid(pointer, "A product configuration is an object."));
        };
        let path = join(pointer, "@type");
        // Mplify 123.1: `@type` names the type that extends the configuration.
        let Some(urn) = object.get("@type") else {
            return Err(Problem::missing(path, "The URN of the product's schema is required."));
        };
        let known = urn.as_str().and_then(|urn| self.known(urn));
        known.ok_or_else(|| {
            let urns: Vec<&str> = self.all().map(|product| product.urn.as_str()).collect();
            Problem::invalid(path, format!("No product has this @type; known: {}.", urns.join(", ")))
        })
    }
}
