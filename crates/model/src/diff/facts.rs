//! The facts of a document, one map for each operation. Reads OpenAPI 3 and Swagger 2 (release R4).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::flat::{Fact, Flat, Merged};

/// The key of facts about the document as a whole.
pub const DOCUMENT: &str = "";

/// What is said about each place of an operation.
pub type Facts = BTreeMap<String, Fact>;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Facts by operation (`GET /quote/{}`).
pub fn facts(document: &Value) -> BTreeMap<String, Facts> {
    let about = Facts::from([(format!("base path {}", base_path(document)), Fact::new())]);
    let mut all = BTreeMap::from([(DOCUMENT.to_owned(), about)]);
    let flat = Flat::new(document);
    for (path, item) in members(document.get("paths")) {
        let item = flat.resolve(item);
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let reader = Reader {
                    document,
                    flat: &flat,
                    item,
                    operation,
                };
                all.insert(format!("{} {}", method.to_uppercase(), shape_of(path)), reader.read());
            }
        }
    }
    all
}

/// The path of the first server, without host and trailing slash.
pub fn base_path(document: &Value) -> String {
    let url = document
        .get("basePath")
        .or_else(|| document.pointer("/servers/0/url"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => url,
    };
    format!("/{}", path.trim_matches('/'))
}

/// The names of path parameters do not count.
fn shape_of(path: &str) -> String {
    let steps = path.trim_end_matches('/').split('/');
    let steps: Vec<&str> = steps
        .map(|step| if step.starts_with('{') { "{}" } else { step })
        .collect();
    steps.join("/")
}

struct Reader<'a> {
    document: &'a Value,
    flat: &'a Flat<'a>,
    item: &'a Value,
    operation: &'a Value,
}

impl<'a> Reader<'a> {
    fn read(&self) -> Facts {
        let mut facts = Facts::new();
        let id = self
            .operation
            .get("operationId")
            .and_then(Value::as_str)
            .unwrap_or("none");
        facts.insert(format!("operationId {id}"), Fact::new());
        let parameters = self.parameters();
        for parameter in &parameters {
            self.add_parameter(parameter, &mut facts);
        }
        self.add_request(&parameters, &mut facts);
        for (status, response) in members(self.operation.get("responses")) {
            self.add_response(status, self.flat.resolve(response), &mut facts);
        }
        facts
    }

    fn parameters(&self) -> Vec<&'a Value> {
        let all = [self.item, self.operation].into_iter();
        let lists = all.filter_map(|place| place.get("parameters")?.as_array());
        lists.flatten().map(|parameter| self.flat.resolve(parameter)).collect()
    }

    fn add_parameter(&self, parameter: &'a Value, facts: &mut Facts) {
        let name = match (text(parameter, "in"), text(parameter, "name")) {
            ("path", _) => "param path {}".to_owned(),
            ("query", name) => format!("param query {name}"),
            _ => return,
        };
        // Swagger 2 has the schema in the parameter itself.
        let merged = self.flat.merged(parameter.get("schema").unwrap_or(parameter));
        let mut fact = merged.fact();
        fact.insert("required", json!(flag(parameter, "required")));
        facts.insert(name, fact);
    }

    fn add_request(&self, parameters: &[&'a Value], facts: &mut Facts) {
        let body = self.operation.get("requestBody").map(|body| self.flat.resolve(body));
        let in_body = || {
            parameters
                .iter()
                .copied()
                .find(|parameter| text(parameter, "in") == "body")
        };
        let Some(request) = body.or_else(in_body) else { return };
        let Some(schema) = body_schema(request) else { return };
        let fact = Fact::from([("required", json!(flag(request, "required")))]);
        facts.insert("request body".to_owned(), fact);
        for media in self.media(request, "consumes") {
            facts.insert(format!("request as {media}"), Fact::new());
        }
        self.flat.walk(schema, "request", facts);
    }

    fn add_response(&self, status: &str, response: &'a Value, facts: &mut Facts) {
        facts.insert(format!("response {status}"), Fact::new());
        for media in self.media(response, "produces") {
            facts.insert(format!("response {status} as {media}"), Fact::new());
        }
        for (header, value) in members(response.get("headers")) {
            let value = self.flat.resolve(value);
            let kind = value
                .get("schema")
                .unwrap_or(value)
                .get("type")
                .cloned()
                .unwrap_or_default();
            let name = format!("response {status} header {}", header.to_lowercase());
            facts.insert(name, Fact::from([("type", kind)]));
        }
        if let Some(schema) = body_schema(response) {
            self.flat.walk(schema, &format!("response {status} body"), facts);
        }
    }

    /// Media types of a body; Swagger 2 keeps them beside the operation or at the top.
    fn media(&self, body: &'a Value, side: &str) -> Vec<&'a str> {
        if let Some(content) = body.get("content") {
            return members(Some(content)).map(|(media, _)| media.as_str()).collect();
        }
        if body.get("schema").is_none() {
            return Vec::new();
        }
        let list = self.operation.get(side).or_else(|| self.document.get(side));
        let list = list.and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).collect()
    }
}

fn body_schema(body: &Value) -> Option<&Value> {
    match body.get("content") {
        Some(content) => content.as_object()?.values().next()?.get("schema"),
        None => body.get("schema"),
    }
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or_default()
}

impl Merged<'_> {
    /// What is compared of a schema by itself.
    pub fn fact(&self) -> Fact {
        let mut fact = Fact::new();
        if let Some(kind) = self.kind {
            fact.insert("type", json!(kind));
        }
        if let Some(values) = &self.values {
            fact.insert("enum", json!(values));
        }
        if let Some(format) = self.format.filter(|format| !NUMERIC.contains(format)) {
            fact.insert("format", json!(format));
        }
        fact.extend(self.bounds.iter().map(|(name, value)| (*name, (*value).clone())));
        fact
    }
}

/// Formats that say how a program holds a number, not what may be sent.
const NUMERIC: [&str; 4] = ["float", "double", "int32", "int64"];
