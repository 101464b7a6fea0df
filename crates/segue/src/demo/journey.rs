//! How the steps act and look: as the Buyer, through its own commands; at the Seller, with GET.
//! What a step tells was read from the Seller.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use segue_model::describe::resource_by_name;
use serde_json::{Value, json};

use super::pair::Pair;
use super::{Timeline, state_of};
use crate::command::{AddressWords, Buy, Charge, Circuit, Wanted};
use crate::show::plain;

/// A state that should come within seconds has deviated when it has not come by then.
pub const WAIT_MAX: Duration = Duration::from_secs(20);

/// Pause between two looks at the Seller.
pub const LOOK_PAUSE: Duration = Duration::from_millis(50);

/// Where the steps have come to.
pub struct Journey<'a> {
    pub pair: &'a Pair,
    pub timeline: &'a mut Timeline,
    /// When the last step was told: the next one took from then.
    since: Instant,
    /// What the Seller decided on: replayed at the end.
    pub decided: Vec<String>,
}

impl<'a> Journey<'a> {
    pub fn new(pair: &'a Pair, timeline: &'a mut Timeline) -> Self {
        Self {
            pair,
            timeline,
            since: Instant::now(),
            decided: Vec::new(),
        }
    }

    /// A line between steps that says what comes.
    pub fn chapter(&mut self, text: &str) {
        self.timeline.chapter(text);
        self.since = Instant::now();
    }

    /// Does a step of buying; nothing of its answer is told.
    pub async fn buy(&self, buy: Buy) -> Result<Value> {
        self.pair.buy(buy, &|_| {}).await
    }

    /// Does a step of buying that makes something; its id.
    pub async fn make(&self, buy: Buy) -> Result<String> {
        text(&self.buy(buy).await?, "/id")
    }

    /// GET at the Seller.
    pub async fn read(&self, resource: &str, id: &str) -> Result<Value> {
        let (api, described) = resource_by_name(resource).with_context(|| format!("nothing is called {resource}"))?;
        self.pair.get(api.name, &format!("/{}/{id}", described.name)).await
    }

    /// GET at the Seller until it `shows` what is expected; what was read last otherwise.
    pub async fn read_until(&self, (resource, id): (&str, &str), shows: impl Fn(&Value) -> bool) -> Result<Value> {
        let deadline = Instant::now() + WAIT_MAX;
        loop {
            let read = self.read(resource, id).await?;
            if shows(&read) || Instant::now() > deadline {
                return Ok(read);
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }

    /// GET at the Seller until a state has come.
    pub async fn read_in(&self, what: (&str, &str), state: &str) -> Result<Value> {
        self.read_until(what, |read| state_of(read) == state).await
    }

    /// Tells a step: `read` is what the Seller's GET answered.
    pub fn tell(&mut self, step: (&'static str, &str), (resource, read): (&str, &Value), ok: bool) {
        let id = read["id"].as_str().unwrap_or_default();
        self.tell_as(step, (format!("{resource} {id}"), state_of(read)), ok);
    }

    /// Tells a step that is not about one document.
    pub fn tell_as(&mut self, step: (&'static str, &str), told: (String, String), ok: bool) {
        self.timeline.add(step, told, self.since, ok);
        self.since = Instant::now();
    }

    /// The Seller's id of an address.
    pub async fn address(&self, words: AddressWords) -> Result<String> {
        let at = "acme".into();
        let found = self.buy(Buy::Address { at, address: words }).await?;
        text(&found, "/bestMatchGeographicAddress/id")
    }

    /// Orders a circuit to `address_id` at a firm price; the id of the order.
    pub async fn order(&mut self, address_id: &str) -> Result<String> {
        let circuit = circuit(address_id);
        let at = || "acme".into();
        let quote = self
            .make(Buy::Quote {
                at: at(),
                circuit,
                poq: None,
            })
            .await?;
        let order = self
            .make(Buy::Order {
                at: at(),
                quote: quote.clone(),
                date: None,
            })
            .await?;
        self.decided.extend([quote, order.clone()]);
        Ok(order)
    }

    /// The charge that the Seller asks the Buyer for, as soon as there is one.
    pub async fn charge_of(&mut self, order_id: &str) -> Result<Value> {
        let deadline = Instant::now() + WAIT_MAX;
        let path = format!("/charge?productOrderId={order_id}");
        loop {
            let listed = self.pair.get("productOrderingManagement", &path).await?;
            let mut listed = listed.as_array().into_iter().flatten();
            if let Some(open) = listed.find(|charge| state_of(charge) == "awaitingResponse") {
                return self.read("charge", &text(open, "/id")?).await;
            }
            ensure!(Instant::now() < deadline, "no charge for the order {order_id} has come");
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }

    /// Answers a charge; the charge as the Seller has it then.
    pub async fn answer(&mut self, charge: Charge) -> Result<Value> {
        let id = match &charge {
            Charge::Accept { charge, .. } | Charge::Decline { charge, .. } => charge.clone(),
            Charge::List { order, .. } => order.clone(),
        };
        self.buy(Buy::Charge(charge)).await?;
        self.read("charge", &id).await
    }

    /// Tells what a quote costs.
    pub fn note_prices(&self, quote: &Value) {
        for price in prices(quote) {
            let per = price
                .get("recurringChargePeriod")
                .map(|period| format!(" per {}", plain(Some(period))));
            let amount = plain(price.pointer("/price/dutyFreeAmount"));
            let per = per.unwrap_or_default();
            self.timeline
                .note(&format!("{}: {amount}{per}", plain(price.get("name"))));
        }
    }

    /// Tells what a charge is for.
    pub fn note_charge(&self, charge: &Value) {
        for item in charge["chargeItem"].as_array().into_iter().flatten() {
            let amount = plain(item.pointer("/price/dutyFreeAmount"));
            let why = plain(item.pointer("/note/0/text"));
            self.timeline
                .note(&format!("{}: {amount}. {why}", plain(item.get("priceCategory"))));
        }
    }
}

/// All prices of a quote.
pub fn prices(quote: &Value) -> Vec<Value> {
    let items = quote["quoteItem"].as_array().into_iter().flatten();
    items
        .flat_map(|item| item["quoteItemPrice"].as_array().cloned().unwrap_or_default())
        .collect()
}

/// The circuit of all steps; only its place differs.
pub fn circuit(address_id: &str) -> Wanted {
    Wanted::from(Circuit {
        address_id: address_id.into(),
        bandwidth: 100,
        term: 36,
        enni: None,
        s_vlan: None,
        name: Some("demo-circuit-1".into()),
        later: None,
    })
}

/// An address in Berlin, as people write it.
pub fn berlin(street: &str, number: &str) -> AddressWords {
    AddressWords {
        country: "DE".into(),
        city: Some("Berlin".into()),
        postcode: None,
        state: None,
        street: Some(street.into()),
        number: Some(number.into()),
        deferred: false,
    }
}

/// An item of an order.
pub fn item<'v>(order: &'v Value, id: &str) -> &'v Value {
    let mut items = order["productOrderItem"].as_array().into_iter().flatten();
    items.find(|item| item["id"] == json!(id)).unwrap_or(&Value::Null)
}

/// A text in an answer of the Seller.
pub fn text(value: &Value, pointer: &str) -> Result<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found
        .map(str::to_owned)
        .with_context(|| format!("the Seller's answer has no {pointer}"))
}
