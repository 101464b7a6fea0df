//! Product payloads: schemas by `@type`, and the rules of the envelope around them.
//!
//! A product is found by the exact `@type` of its configuration and nothing else; an unknown
//! one never causes a fetch. The schemas are ours (`products/*.shape`), equal in structure to
//! the official ones of Grace, which Kylie left unchanged.

mod bandwidth;
mod declared;
mod end_point;
mod finding;
mod interface;
mod names;
mod ovc;
mod rate;
mod rule;
mod service_level;

use serde_json::Value;

use crate::document::Object;
use crate::failure::Problem;
use crate::party::Strictness;
use crate::pointer::join;
use crate::schema::Schemas;
use crate::shape::Shapes;

use finding::{Findings, Node};
pub use rule::{Rule, Severity};

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

/// All product schemas known.
pub struct Products {
    known: Vec<Known>,
    schemas: Schemas,
}

/// A product with what checks it.
struct Known {
    product: ProductType,
    shape: &'static str,
    rules: Vec<Rule>,
    sample: Option<&'static str>,
}

/// A product specification: what may stand around its payload.
#[derive(Clone, Debug)]
pub struct ProductType {
    /// The `@type` URN.
    pub urn: String,
    /// For people.
    pub name: &'static str,
    /// Relations it needs.
    pub relations: &'static [Relation],
    /// Role of its one place; none for a product without a place.
    pub place_role: Option<&'static str>,
    /// Whether it can be ordered (the ENNI cannot).
    pub orderable: bool,
    /// Properties of the configuration that stay as they are in service.
    pub fixed: &'static [&'static str],
}

/// A relation a product needs.
#[derive(Clone, Copy, Debug)]
pub struct Relation {
    /// Names accepted (`CONNECTS_TO_UNI`, and the older spelling); the first is ours.
    pub types: &'static [&'static str],
    /// URN of the product it must point to, without version and function.
    pub target: &'static str,
    /// Whether POQ and quote may list several candidates.
    pub candidates: bool,
}

/// Relations of an Access E-Line OVC. The second names are those of the payload guides before
/// Dolly, which the samples of the API guides still use.
const OVC_RELATIONS: &[Relation] = &[
    Relation {
        types: &["CONNECTS_TO_UNI", "UNI_REFERENCE"],
        target: "urn:mef:lso:spec:sonata:carrier-ethernet-operator-uni",
        candidates: false,
    },
    Relation {
        types: &["CONNECTS_TO_ENNI", "ENNI_REFERENCE"],
        target: "urn:mef:lso:spec:sonata:carrier-ethernet-enni-sp-so",
        candidates: true,
    },
];

impl Products {
    /// Those shipped with us.
    pub fn builtin() -> Self {
        let shapes = Shapes::parse(SHAPES).expect("the texts are shipped with us; a test reads them");
        let ovc = Known {
            product: ProductType {
                urn: ACCESS_ELINE_OVC.to_owned(),
                name: "Access E-Line OVC",
                relations: OVC_RELATIONS,
                place_role: None,
                orderable: true,
                fixed: &[],
            },
            shape: "AccessElineOvc",
            rules: [ovc::RULES, end_point::RULES, bandwidth::OVC_RULES, service_level::RULES].concat(),
            sample: Some(include_str!("products/samples/access_eline_ovc.json")),
        };
        let uni = Known {
            product: ProductType {
                urn: OPERATOR_UNI.to_owned(),
                name: "Operator UNI",
                relations: &[],
                place_role: Some("INSTALL_LOCATION"),
                orderable: true,
                // MEF 26.2: another physical layer is another UNI.
                fixed: &["listOfPhysicalLinks", "linkAggregation"],
            },
            shape: "OperatorUni",
            rules: [interface::RULES, interface::UNI_RULES, bandwidth::UNI_RULES].concat(),
            sample: Some(include_str!("products/samples/operator_uni.json")),
        };
        let enni = Known {
            product: ProductType {
                urn: ENNI.to_owned(),
                name: "ENNI",
                relations: &[],
                place_role: None,
                orderable: false,
                fixed: &[],
            },
            shape: "Enni",
            rules: [interface::RULES, interface::ENNI_RULES].concat(),
            sample: None,
        };
        Self {
            known: vec![ovc, uni, enni],
            schemas: Schemas::new(&shapes),
        }
    }

    /// The product of a `@type`.
    pub fn product(&self, urn: &str) -> Option<&ProductType> {
        self.known(urn).map(|known| &known.product)
    }

    /// All products, in no order that means anything.
    pub fn all(&self) -> impl Iterator<Item = &ProductType> {
        self.known.iter().map(|known| &known.product)
    }

    /// The rules beyond the schema of a product; none for a `@type` that is not known.
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

    /// The schema of the product.
    fn form(&self, known: &Known, configuration: &Value, at: &str, strictness: Strictness) -> Findings {
        let read = self.schemas.read(known.shape, configuration);
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

    /// A complete configuration that passes [`Products::check`]; only for what can be ordered.
    pub fn sample(&self, urn: &str) -> Option<Value> {
        let text = self.known(urn)?.sample?;
        serde_json::from_str(text).ok()
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

    /// The configuration with the committed rates of its end points brought down to `mbps` in
    /// all, each class in its proportion. None where there is nothing to bring down: the speed of
    /// a UNI is that of its link, and which link is not ours to choose.
    pub fn limited_to(configuration: &Object, mbps: u64) -> Option<Object> {
        rate::limited_to(configuration, mbps)
    }

    fn known(&self, urn: &str) -> Option<&Known> {
        self.known.iter().find(|known| known.product.urn == urn)
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
