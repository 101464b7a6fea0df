//! What the tester answers as a Seller when no case wants something else: it has everything, knows
//! every place, sells what it is asked for at one price, and never refuses. What is wrong with a
//! request is judged by the cases, not by a refusal: so one mistake of a Buyer hides no other.

pub mod items;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use segue_model::describe::{Kind, Operation, Resource};
use segue_model::shape::Shapes;
use serde_json::{Map, Value, json};

use super::shelf::Shelf;

/// How long what was promised holds.
const HOLDS: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Elements of a page when nobody says how many.
const PAGE: usize = 100;

/// The site that is at every address.
pub const SITE: &str = "certify-site";

/// An answer on its way.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers beside that of the media type.
    pub headers: Vec<(&'static str, String)>,
    /// Null for an empty body.
    pub body: Value,
}

impl Reply {
    /// With a body.
    pub fn of(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }

    /// A refusal in the form of the standard.
    pub fn error(status: u16) -> Self {
        let code = match status {
            400 => "invalidBody",
            401 => "invalidCredentials",
            403 => "accessDenied",
            404 => "notFound",
            409 => "conflict",
            422 => "invalidValue",
            501 => "notImplemented",
            _ => "internalError",
        };
        let problem = json!({ "code": code, "reason": "The tester answers so on purpose." });
        let mut reply = Self::of(status, if status == 422 { json!([problem]) } else { problem });
        match status {
            401 => reply
                .headers
                .push(("www-authenticate", "Bearer error=\"invalid_token\"".to_owned())),
            429 | 503 => reply.headers.push(("retry-after", "1".to_owned())),
            _ => {}
        }
        reply
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        StatusCode::from_u16(self.status).is_ok_and(|status| status.is_success())
    }
}

/// A request as the Buyer sent it.
pub struct Asked<'a> {
    /// Which operation.
    pub operation: &'a Operation,
    /// `{id}` of the path.
    pub id: &'a str,
    /// Decoded.
    pub query: &'a [(String, String)],
    /// Null where there is none.
    pub body: &'a Value,
    /// When.
    pub now: Timestamp,
}

impl Asked<'_> {
    fn param(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A moment as the standard writes it.
pub fn text(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// So much later.
pub fn later(at: Timestamp) -> Timestamp {
    at.saturating_add(HOLDS).unwrap_or(at)
}

/// The answer; what it makes is not on the shelf yet.
pub fn answer(shelf: &mut Shelf, asked: &Asked<'_>) -> Reply {
    let operation = asked.operation;
    let resource = operation.resource.map_or("", |resource| resource.name);
    match operation.kind {
        Kind::List if resource == "geographicSite" => Reply::of(200, json!([site(&asked.body["place"])])),
        Kind::List => list(shelf, asked),
        Kind::Get => get(shelf, asked, resource),
        Kind::Create => create(shelf, asked, resource),
        Kind::Patch => patch(shelf, asked, resource),
        Kind::Task => task(shelf, asked),
        Kind::HubCreate => {
            let mut hub = asked.body.clone();
            hub["id"] = json!(shelf.id("hub"));
            Reply::of(201, hub)
        }
        Kind::HubGet => match shelf.get(hub_of(operation), asked.id) {
            Some(hub) => Reply::of(200, hub.clone()),
            None => Reply::error(404),
        },
        Kind::HubDelete => match shelf.get(hub_of(operation), asked.id) {
            Some(_) => Reply::of(204, Value::Null),
            None => Reply::error(404),
        },
        Kind::Act | Kind::Listener => Reply::error(501),
    }
}

/// Where the registrations of an API are kept: its name, which no collection has.
pub fn hub_of(operation: &Operation) -> &'static str {
    operation.api.name
}

fn get(shelf: &Shelf, asked: &Asked<'_>, resource: &str) -> Reply {
    match (resource, shelf.get(resource, asked.id)) {
        (_, Some(found)) => Reply::of(200, found.clone()),
        ("geographicSite", None) if asked.id == SITE => {
            let place = json!({ "@type": "GeographicAddressRef", "id": "certify-address" });
            Reply::of(200, site(&place))
        }
        (_, None) => Reply::error(404),
    }
}

fn list(shelf: &Shelf, asked: &Asked<'_>) -> Reply {
    let Some((resource, list)) = asked
        .operation
        .resource
        .and_then(|resource| Some((resource, resource.list?)))
    else {
        return Reply::error(501);
    };
    let fits = |body: &&Value| is_asked_for(body, resource, asked.query);
    let found: Vec<&Value> = shelf.list(resource.name).iter().filter(fits).collect();
    let number = |name: &str| asked.param(name).and_then(|text| text.parse().ok());
    let (offset, limit) = (number("offset").unwrap_or(0), number("limit").unwrap_or(PAGE));
    let shapes = asked.operation.api.parsed();
    let page: Vec<Value> = found
        .iter()
        .skip(offset)
        .take(limit)
        .map(|body| reduced(shapes, list.element, body))
        .collect();
    let mut reply = Reply::of(200, Value::Null);
    reply.headers.push(("x-total-count", found.len().to_string()));
    reply.headers.push(("x-result-count", page.len().to_string()));
    reply.body = Value::Array(page);
    reply
}

/// Whether a resource is what the filters say that compare one text; what they say of dates and of
/// lists inside is not looked at.
fn is_asked_for(body: &Value, resource: &Resource, query: &[(String, String)]) -> bool {
    query.iter().all(|(name, wanted)| {
        let filter = resource.filter(name);
        let paths = filter.into_iter().flat_map(|filter| filter.path.split('|'));
        let mut found = paths.filter_map(|path| body.pointer(path)).peekable();
        found.peek().is_none() || found.any(|value| value.as_str() == Some(wanted))
    })
}

/// What a list shows of a resource.
fn reduced(shapes: &Shapes, shape: &str, body: &Value) -> Value {
    let mut out = Map::new();
    for property in shapes.properties(shape) {
        if let Some(value) = body.get(&property.name) {
            out.insert(property.name.clone(), value.clone());
        }
    }
    Value::Object(out)
}

fn site(place: &Value) -> Value {
    json!({
        "id": SITE, "place": place, "name": "Site of the tester", "administrativeAuthority": "certify",
        "customerName": "Tester", "siteRestrictionType": "public", "networkType": "onNet",
        "subUnit": [{ "subUnitType": "FLOOR", "subUnitNumber": "1" }], "@type": "GeographicSite",
    })
}

fn create(shelf: &mut Shelf, asked: &Asked<'_>, resource: &str) -> Reply {
    match resource {
        "geographicAddressValidation" => validation(shelf, asked),
        "productOfferingQualification" => Reply::of(201, items::qualified(shelf, asked)),
        "quote" => Reply::of(201, items::quoted(shelf, asked)),
        "productOrder" => Reply::of(201, items::ordered(shelf, asked)),
        "cancelProductOrder" | "modifyProductOrderItemRequestedDeliveryDate" => {
            let mut body = asked.body.clone();
            body["id"] = json!(shelf.id("request"));
            body["state"] = json!("acknowledged");
            if resource == "cancelProductOrder" {
                items::add_seller(&mut body);
            } else {
                body["creationDate"] = json!(text(asked.now));
            }
            Reply::of(201, body)
        }
        _ => Reply::error(501),
    }
}

/// The best match is what was asked for, with an id.
fn validation(shelf: &mut Shelf, asked: &Asked<'_>) -> Reply {
    let mut body = asked.body.clone();
    body["alternateGeographicAddress"] = json!([]);
    if asked.body["instantSyncValidation"] == false {
        body["id"] = json!(shelf.id("validation"));
        body["state"] = json!("acknowledged");
        return Reply::of(201, body);
    }
    validated(shelf, &mut body);
    Reply::of(200, body)
}

/// Ends a validation with what was asked for as best match; the address can be fetched afterwards.
pub fn validated(shelf: &mut Shelf, body: &mut Value) {
    let mut address = body["submittedGeographicAddress"].clone();
    if !address.is_object() {
        address = json!({});
    }
    address["id"] = json!(shelf.id("address"));
    address["hasPublicSite"] = json!("true");
    address["allowsNewSite"] = json!("true");
    address["@type"] = json!("GeographicAddress");
    shelf.put("geographicAddress", address.clone());
    body["state"] = json!("ready");
    body["bestMatchGeographicAddress"] = address;
}

/// A change of what can be changed: an order, or the answer to a charge.
fn patch(shelf: &mut Shelf, asked: &Asked<'_>, resource: &str) -> Reply {
    let Some(kept) = shelf.get(resource, asked.id) else {
        return Reply::error(404);
    };
    let mut body = kept.clone();
    if resource == "charge" {
        items::answered(&mut body, asked.body);
    } else {
        items::updated(&mut body, asked.body);
    }
    Reply::of(200, body)
}

/// `cancelQuote`, `declineQuote`: the quote is in its new state afterwards.
fn task(shelf: &mut Shelf, asked: &Asked<'_>) -> Reply {
    let state = match asked.operation.id {
        "cancelQuote" => "cancelled",
        "declineQuote" => "declined",
        _ => return Reply::error(501),
    };
    let id = asked.body["quoteId"].as_str().unwrap_or_default();
    match shelf.change("quote", id) {
        Some(quote) => items::step(quote, (state, ""), asked.now),
        None => return Reply::error(404),
    }
    let shape = asked.operation.answer.map_or("", |answer| answer.shape);
    let is_quote = shape == "Quote";
    let body = if is_quote {
        shelf.get("quote", id).cloned().unwrap_or_default()
    } else {
        asked.body.clone()
    };
    Reply::of(asked.operation.statuses.answers.first().copied().unwrap_or(200), body)
}
