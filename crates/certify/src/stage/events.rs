//! Events of the tester: to every callback that the Buyer registered for the API, with a token of
//! the Buyer's authorization server where the profile says how to get one.

use jiff::Timestamp;
use segue_net::outbound::{Outbound, OutboundOptions, Purpose, Request};
use serde_json::{Value, json};

use super::Stage;
use super::answers::items;
use super::desk::envelope;
use crate::case::{Check, Finding, Function, Stop};
use crate::lab::target;
use crate::lab::tokens::Tokens;

/// What keeps tokens and numbers events.
#[derive(Default)]
pub struct Events {
    tokens: Tokens,
    numbered: usize,
}

/// How a listener took an event.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// What was sent.
    pub event: Value,
    /// Where.
    pub url: String,
    /// HTTP status; 0 when no answer came.
    pub status: u16,
    /// What came.
    pub text: String,
}

impl Delivered {
    /// The listener took it as the standard has it: 204 and nothing in it.
    pub fn taken(&self) -> Check {
        if self.status == 204 && self.text.is_empty() {
            return Ok(());
        }
        let came = match self.status {
            0 => format!("no answer: {}", self.text),
            status => format!("HTTP {status}: {}", self.text),
        };
        Err(Stop::Failed(Finding {
            expected: format!(
                "HTTP 204 with an empty body to {} at {}",
                self.event["eventType"], self.url
            ),
            came,
            exchange: None,
        }))
    }
}

impl Stage {
    /// An event in its envelope, with an id of its own.
    pub fn envelope(&mut self, kind: &str, payload: Value) -> Value {
        self.events.numbered += 1;
        let id = format!(
            "certify-event-{}-{}",
            Timestamp::now().as_microsecond(),
            self.events.numbered
        );
        envelope((&id, kind), payload, Timestamp::now())
    }

    /// Where the Buyer wants events of this type.
    fn callback(&self, function: Function, kind: &str) -> Result<String, Stop> {
        let inside = self.desk.lock();
        let hubs = inside.shelf.list(function.api().unwrap_or_default()).iter();
        let wants = |hub: &&Value| {
            let query = hub["query"].as_str().unwrap_or_default();
            !query.contains("eventType=") || query.contains(kind)
        };
        let callback = hubs.filter(wants).find_map(|hub| hub["callback"].as_str());
        let base = inside.structure.event_base(function).unwrap_or_default();
        match callback {
            Some(callback) => Ok(format!("{}{base}/listener/{kind}", callback.trim_end_matches('/'))),
            None => Err(Stop::Blocked(format!("the Buyer has not registered for {kind}"))),
        }
    }

    /// Sends an event as it is.
    pub async fn send(&mut self, function: Function, event: &Value) -> Result<Delivered, Stop> {
        let kind = event["eventType"].as_str().unwrap_or_default();
        let mut url = self.callback(function, kind)?;
        self.name_parties(&mut url);
        let parsed: url::Url = url.parse().map_err(|_| Stop::Blocked(format!("{url} is no address")))?;
        let endpoint = self.profile.events.as_ref().map(|events| events.token_endpoint.clone());
        let open: Vec<String> = [Some(url.clone()), endpoint].into_iter().flatten().collect();
        let client = self.client(&open)?;
        let mut request = Request::new(Purpose::Notification, http::Method::POST, parsed)
            .body(segue_model::openapi::MEDIA_TYPE, &event.to_string());
        if let Some(events) = &self.profile.events {
            let token = self
                .events
                .tokens
                .get(&client, events, "")
                .await
                .map_err(Stop::Blocked)?;
            request = request.bearer(&token);
        }
        let (status, text) = match client.send(request).await {
            Ok(answer) => (answer.status, String::from_utf8_lossy(&answer.body).into_owned()),
            Err(error) => (0, error.to_string()),
        };
        Ok(Delivered {
            event: event.clone(),
            url,
            status,
            text,
        })
    }

    /// A document of the Buyer: its public keys.
    pub async fn fetch(&self, uri: &str) -> Result<Value, Stop> {
        let blocked = |why: String| Stop::Blocked(format!("{uri}: {why}"));
        let parsed: url::Url = uri.parse().map_err(|_| blocked("it is no address".to_owned()))?;
        let client = self.client(&[uri.to_owned()])?;
        let answer = client
            .send(Request::new(Purpose::Credentials, http::Method::GET, parsed))
            .await;
        let answer = answer.map_err(|error| blocked(error.to_string()))?;
        answer.json().map_err(|error| blocked(error.to_string()))
    }

    /// A client that may call these addresses: who named one wants to be called there.
    fn client(&self, urls: &[String]) -> Result<Outbound, Stop> {
        let client = Outbound::new(OutboundOptions {
            open: urls.iter().filter_map(|url| target(url)).collect(),
            roots: self.profile.roots.clone(),
            ..OutboundOptions::default()
        });
        client.map_err(|error| Stop::Blocked(error.to_string()))
    }

    /// Mplify 115.1 R4, R5: who stands for several says which is meant.
    fn name_parties(&self, url: &mut String) {
        let agreed = &self.profile.agreed;
        for (name, ids) in [("buyerId", &agreed.buyer_ids), ("sellerId", &agreed.seller_ids)] {
            if let [main, _, ..] = &ids[..] {
                url.push(if url.contains('?') { '&' } else { '?' });
                url.push_str(&format!("{name}={main}"));
            }
        }
    }

    /// A resource enters a state, with all its items where they have one too, and the Buyer is told.
    pub async fn enter(
        &mut self,
        (function, collection): (Function, &str),
        id: &str,
        (whole, items): (&str, &str),
    ) -> Result<Delivered, Stop> {
        self.enter_silently(collection, id, (whole, items));
        let event = self.envelope(kind_of(collection), json!({ "id": id, "state": whole }));
        self.send(function, &event).await
    }

    /// The same, and the Buyer is not told.
    pub fn enter_silently(&self, collection: &str, id: &str, (whole, items): (&str, &str)) {
        self.change(collection, id, |body, now| {
            if body.get("stateChange").is_some() {
                items::step(body, (whole, items), now);
            } else {
                body["state"] = json!(whole);
            }
        });
    }
}

/// The event about a new state of a resource.
pub fn kind_of(collection: &str) -> &'static str {
    match collection {
        "geographicAddressValidation" => "geographicAddressValidationStateChangeEvent",
        "productOfferingQualification" => "poqStateChangeEvent",
        "quote" => "quoteStateChangeEvent",
        "productOrder" => "productOrderStateChangeEvent",
        "cancelProductOrder" => "cancelProductOrderStateChangeEvent",
        "modifyProductOrderItemRequestedDeliveryDate" => "modifyProductOrderItemRequestedDeliveryDateStateChangeEvent",
        _ => "chargeStateChangeEvent",
    }
}
