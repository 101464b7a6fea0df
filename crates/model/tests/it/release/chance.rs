//! Documents by chance, valid by their shape.

use segue_model::shape::{Kind, Shapes, Text, Type};
use serde_json::{Map, Value, json};

/// Nesting from which optional members are left out.
const DEPTH_MAX: usize = 7;

const COUNTRIES: [&str; 3] = ["DE", "US", "JP"];
const NAMES: [&str; 4] = ["Germany", "United States", "DE", "Japan"];
const ROLES: [&str; 5] = [
    "buyerContactInformation",
    "locationContact",
    "quoteItemLocationContact",
    "orderItemServiceSiteContact",
    "billingContact",
];

/// Chance that comes out the same every time (SplitMix64).
pub struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A document of a shape.
    pub fn document(&mut self, shapes: &Shapes, shape: &str) -> Value {
        self.shape(shapes, shape, 0)
    }

    fn shape(&mut self, shapes: &Shapes, name: &str, depth: usize) -> Value {
        match &shapes.get(name).unwrap().kind {
            Kind::Object(_) => self.object(shapes, name, depth),
            Kind::Enum(values) => json!(self.of(values)),
            Kind::Choice(choice) => {
                let option = self.of(&choice.options).clone();
                let mut value = self.shape(shapes, &option.shape, depth);
                value[&choice.tag] = json!(option.value);
                value
            }
            Kind::Alias(kind) => self.value(shapes, ("", kind), depth),
        }
    }

    fn object(&mut self, shapes: &Shapes, name: &str, depth: usize) -> Value {
        let properties = shapes.properties(name);
        let mut out = Map::new();
        for property in &properties {
            let wanted = property.required || (depth < DEPTH_MAX && self.below(2) == 0);
            // A twin of a twin of an address is allowed, and nobody's.
            if wanted && !(property.name == "associatedGeographicAddress" && name == "FieldedAddress") {
                out.insert(
                    property.name.clone(),
                    self.value(shapes, (&property.name, &property.kind), depth + 1),
                );
            }
        }
        if name == "FieldedAddress" && out.contains_key("@type") {
            out.insert("@type".into(), json!(name));
        }
        while (out.len() as u64) < shapes.min_properties(name).unwrap_or(0) {
            let property = self.of(&properties).clone();
            out.insert(
                property.name.clone(),
                self.value(shapes, (&property.name, &property.kind), depth + 1),
            );
        }
        Value::Object(out)
    }

    fn value(&mut self, shapes: &Shapes, (name, kind): (&str, &Type), depth: usize) -> Value {
        match kind {
            Type::Text(text) => json!(self.text(name, text)),
            Type::Whole { min, .. } => json!(min.unwrap_or(1) + self.below(40) as i64),
            Type::Number { .. } => json!(self.below(1000)),
            Type::Flag => json!(self.below(2) == 0),
            Type::Object | Type::Any => json!({}),
            Type::List { of, min, max, .. } => {
                let least = min.unwrap_or(0) as usize;
                let most = max.map_or(least + 2, |max| max as usize);
                let count = least + self.below(most - least + 1);
                (0..count).map(|_| self.value(shapes, (name, of), depth)).collect()
            }
            Type::Ref(shape) => self.shape(shapes, shape, depth),
        }
    }

    fn text(&mut self, name: &str, text: &Text) -> String {
        if !text.values.is_empty() {
            return self.of(&text.values).clone();
        }
        let number = self.below(1000);
        match (text.format.as_deref(), name) {
            (Some("date-time"), _) => format!("2026-01-{:02}T03:04:05.000Z", 1 + number % 28),
            (Some("date"), _) => format!("2026-01-{:02}", 1 + number % 28),
            (Some(_), _) => format!("https://example.com/{number}"),
            (None, "country") => (*self.of(&NAMES)).to_owned(),
            (None, "countryCode") => (*self.of(&COUNTRIES)).to_owned(),
            (None, "language") => "en".to_owned(),
            (None, "role") => (*self.of(&ROLES)).to_owned(),
            (None, "@type") => "urn:example".to_owned(),
            (None, _) => format!("{name}-{number}"),
        }
    }
}
