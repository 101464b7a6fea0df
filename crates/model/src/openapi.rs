//! OpenAPI documents from descriptions: what we publish is what we check.
//!
//! Inheritance of shapes is written out, so that each schema can be read by itself. Unlike the
//! official files our documents declare how a caller proves who it is.

pub mod bound;
mod schema;

use serde_json::{Map, Value, json};

use crate::describe::{Answer, Api, FilterValue, Kind, Lifeline, Operation, Parameter, Place, Role};
use crate::shape::Shapes;

/// The media type of every body.
pub const MEDIA_TYPE: &str = "application/json;charset=utf-8";

/// Name of the security scheme.
const SCHEME: &str = "accessToken";

/// The OpenAPI 3.0 document of an API.
pub fn document(api: &'static Api) -> Value {
    let operations = api.operations();
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": api.title,
            "version": api.full_version,
            "description": format!("Written by Segue from its description of this API (release {}).", api.release),
        },
        "servers": [server(api)],
        "security": [{ SCHEME: [] }],
        "paths": paths(api.parsed(), &operations),
        "components": {
            "securitySchemes": { SCHEME: {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "OAuth 2 client credentials; the scope is the operationId.",
            } },
            "schemas": schema::components(api.parsed(), &roots(&operations)),
        },
    })
}

/// The schemas of `roots` and of all that they lead to.
pub(crate) fn components(shapes: &Shapes, roots: &[String]) -> Value {
    schema::components(shapes, roots)
}

fn server(api: &Api) -> Value {
    let side = match api.served_by {
        Lifeline::Seller => "Seller",
        Lifeline::Buyer => "Buyer",
    };
    json!({
        "url": format!("https://{{serverBase}}{}/", api.base_path()),
        "variables": { "serverBase": {
            "default": "localhost",
            "description": format!("Host and prefix of the {side}."),
        } },
    })
}

fn paths(shapes: &Shapes, operations: &[Operation]) -> Value {
    let mut paths = Map::new();
    for operation in operations {
        let path = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        path[operation.method.to_lowercase()] = operation_object(shapes, operation);
    }
    Value::Object(paths)
}

fn operation_object(shapes: &Shapes, operation: &Operation) -> Value {
    let parameters: Vec<Value> = operation
        .parameters
        .iter()
        .map(|parameter| parameter_object(shapes, parameter))
        .collect();
    let mut object = json!({
        "operationId": operation.id,
        "summary": summary(operation),
        "tags": [tag(operation)],
        "parameters": parameters,
    });
    if let Some(shape) = operation.request {
        let media = operation.listener.map_or(MEDIA_TYPE, |listener| listener.media);
        object["requestBody"] =
            json!({ "required": true, "content": { media: { "schema": schema::reference(shape) } } });
    }
    object["responses"] = responses(operation);
    object
}

fn tag(operation: &Operation) -> &'static str {
    match (operation.kind, operation.resource) {
        (_, Some(resource)) => resource.name,
        (Kind::HubCreate | Kind::HubGet | Kind::HubDelete, None) => "hub",
        (Kind::Listener, None) => "listener",
        (Kind::Task | Kind::List | Kind::Get | Kind::Create | Kind::Patch | Kind::Act, None) => "task",
    }
}

fn summary(operation: &Operation) -> String {
    let name = operation.resource.map_or("", |resource| resource.name);
    match operation.kind {
        Kind::List => format!("Lists {name}"),
        Kind::Get => format!("One {name}"),
        Kind::Create => format!("New {name}"),
        Kind::Patch => format!("Changes one {name}"),
        Kind::Act | Kind::Task => operation.id.to_owned(),
        Kind::HubCreate => "Registers a listener".to_owned(),
        Kind::HubGet => "One subscription".to_owned(),
        Kind::HubDelete => "Ends a subscription".to_owned(),
        Kind::Listener => format!(
            "Takes {}",
            operation.listener.map_or("an event", |listener| listener.event)
        ),
    }
}

fn parameter_object(shapes: &Shapes, parameter: &Parameter) -> Value {
    let (place, required) = match parameter.place {
        Place::Path => ("path", true),
        Place::Query => ("query", false),
    };
    let mut object = json!({ "name": parameter.name, "in": place });
    if required {
        object["required"] = json!(true);
    }
    if let Some(meaning) = meaning(parameter.role) {
        object["description"] = json!(meaning);
    }
    object["schema"] = match parameter.value {
        FilterValue::Text => json!({ "type": "string" }),
        FilterValue::DateTime => json!({ "type": "string", "format": "date-time" }),
        FilterValue::Flag => json!({ "type": "boolean" }),
        FilterValue::Count => json!({ "type": "integer", "format": "int32" }),
        FilterValue::OneOf(shape) => json!({ "type": "string", "enum": shapes.values(shape) }),
    };
    object
}

fn meaning(role: Role) -> Option<&'static str> {
    match role {
        Role::Id | Role::Filter(..) => None,
        Role::Fields => Some("The members wanted, with commas between them; all without it"),
        Role::Offset => Some("First element of the page, from 0"),
        Role::Limit => Some("Most elements wanted"),
        Role::BuyerId => Some("Needed where the caller stands for several Buyers"),
        Role::SellerId => Some("Needed where the server stands for several Sellers"),
    }
}

fn responses(operation: &Operation) -> Value {
    let mut responses = Map::new();
    for status in operation.statuses.answers {
        responses.insert(status.to_string(), success(operation, *status));
    }
    for status in operation.statuses.errors {
        let body = schema::reference(&format!("Error{status}"));
        // 422 tells all problems at once, every other status one.
        let body = if *status == 422 { schema::list_of(body) } else { body };
        let response = json!({ "description": reason(*status), "content": content(body) });
        responses.insert(status.to_string(), response);
    }
    Value::Object(responses)
}

fn success(operation: &Operation, status: u16) -> Value {
    let mut response = json!({ "description": reason(status) });
    if let Some(Answer { shape, list }) = operation.answer {
        if list {
            response["headers"] = page_headers();
        }
        let body = schema::reference(shape);
        response["content"] = content(if list { schema::list_of(body) } else { body });
    }
    response
}

fn page_headers() -> Value {
    json!({
        "X-Total-Count": {
            "description": "All matches, whatever the page",
            "schema": { "type": "integer" },
        },
        "X-Result-Count": {
            "description": "Elements in this answer",
            "schema": { "type": "integer" },
        },
        "X-Pagination-Throttled": {
            "description": "Whether the server cut the page",
            "schema": { "type": "boolean" },
        },
    })
}

fn content(schema: Value) -> Value {
    json!({ MEDIA_TYPE: { "schema": schema } })
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "Done",
        400 => "Unreadable or structurally wrong",
        401 => "No valid access token",
        403 => "Not allowed",
        404 => "Unknown",
        408 => "Too slow",
        409 => "In conflict with the present state",
        422 => "Understood, but against the rules",
        500 => "Our fault",
        501 => "Not offered here",
        _ => "Other",
    }
}

/// Every shape an operation speaks of.
fn roots(operations: &[Operation]) -> Vec<String> {
    let mut roots = Vec::new();
    for operation in operations {
        roots.extend(operation.request.map(str::to_owned));
        roots.extend(operation.answer.map(|answer| answer.shape.to_owned()));
        roots.extend(operation.statuses.errors.iter().map(|status| format!("Error{status}")));
    }
    roots
}
