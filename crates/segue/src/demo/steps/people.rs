//! Steps that people answer, because the agreement says so: the price in one country, and every
//! order with its work. A price by machine and the rest by hand is the white paper's own example.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::super::journey::{Journey, LOOK_PAUSE, WAIT_MAX, circuit, item, prices, text};
use super::super::state_of;
use crate::cli::TextFile;
use crate::command::{AddressWords, Agreement, Answer, Buy, Command, Detail, Errand, Who};

/// Where prices are named by a person.
const PRICED_BY_HAND: &str = "FR";

/// The people of Acme.
const PRICING: &str = "kim";
const ORDERS: &str = "robin";

/// A new version of the agreement, with who answers what.
pub async fn agreed(journey: &mut Journey<'_>) -> Result<()> {
    let export = Agreement::Export {
        partner: "beta".into(),
        who: Who::default(),
    };
    let mut agreements = journey.pair.acme(Command::Agreement(export)).await?;
    for agreement in agreements.as_array_mut().into_iter().flatten() {
        agreement["answers"] = json!([
            { "step": "quote", "country": PRICED_BY_HAND, "by": "errand", "owner": "pricing" },
            { "step": "order", "by": "errand", "owner": "orders" },
            { "step": "provisioning", "by": "errand", "owner": "field" },
        ]);
    }
    let file = TextFile {
        name: "agreement".into(),
        text: agreements.to_string(),
    };
    let imported = journey
        .pair
        .acme(Command::Agreement(Agreement::Import { file }))
        .await?;
    let version = imported.pointer("/0/version").cloned().unwrap_or_default();
    ensure!(
        version.as_u64() > Some(1),
        "the agreement has no new version: {imported}"
    );
    Ok(())
}

fn place(country: &str, city: &str, (street, number): (&str, &str)) -> AddressWords {
    AddressWords {
        country: country.into(),
        city: Some(city.into()),
        postcode: None,
        state: None,
        street: Some(street.into()),
        number: Some(number.into()),
        deferred: false,
    }
}

/// A deferred quote, priced by a person.
pub async fn priced(journey: &mut Journey<'_>) -> Result<()> {
    let words = place(PRICED_BY_HAND, "Lyon", ("Rue du Moulin Bleu", "12"));
    let mut circuit = circuit(&journey.address(words).await?);
    circuit.later = Some("2099-01-31T12:00:00Z".into());
    let (at, poq) = ("acme".into(), None);
    let id = journey.make(Buy::Quote { at, circuit, poq }).await?;
    let errand = open(journey, (&id, None)).await?;
    let read = journey.read("quote", &id).await?;
    let ok = state_of(&read) == "inProgress" && prices(&read).is_empty();
    journey.tell(("beta", "asks for a firm price in France"), ("quote", &read), ok);
    note_errand(journey, &errand);
    let given = [
        "uni: Port installation = 500",
        "uni: Port rental = 140.00 / 1 month",
        "ovc: Connection set-up = 100",
        "ovc: Bandwidth = 175.00 / 1 month",
    ];
    let answer = Answer {
        price: given.map(str::to_owned).to_vec(),
        ..Answer::default()
    };
    answered(journey, (&errand, PRICING), answer).await?;
    let read = journey.read_in(("quote", &id), "approved.orderable").await?;
    let amounts: Vec<f64> = prices(&read)
        .iter()
        .filter_map(|price| price.pointer("/price/dutyFreeAmount/value")?.as_f64())
        .collect();
    let firm = read["quoteLevel"] == json!("firm") && read.pointer("/validFor/endDateTime").is_some();
    let ok = state_of(&read) == "approved.orderable" && firm && amounts == [500.0, 140.0, 100.0, 175.0];
    journey.tell(("acme", "has Kim name the price"), ("quote", &read), ok);
    journey.note_prices(&read);
    journey.decided.push(id);
    Ok(())
}

/// Price by machine; acceptance and work by hand.
pub async fn ordered(journey: &mut Journey<'_>) -> Result<()> {
    let words = place("NL", "Amsterdam", ("Molenstraat", "22"));
    let circuit = circuit(&journey.address(words).await?);
    let (at, poq) = ("acme".into(), None);
    let quote = journey.make(Buy::Quote { at, circuit, poq }).await?;
    let read = journey.read("quote", &quote).await?;
    let ok = state_of(&read) == "approved.orderable";
    journey.tell(("acme", "prices a Dutch circuit by itself"), ("quote", &read), ok);
    journey.note_prices(&read);
    journey.decided.push(quote.clone());
    let (at, date) = ("acme".into(), None);
    let id = journey.make(Buy::Order { at, quote, date }).await?;
    journey.decided.push(id.clone());
    let order = ("productOrder", id.as_str());
    let errand = open(journey, (&id, None)).await?;
    let read = journey.read(order.0, order.1).await?;
    let ok = state_of(&read) == "acknowledged";
    journey.tell(("beta", "orders at that price"), (order.0, &read), ok);
    note_errand(journey, &errand);
    let answer = Answer {
        accept: true,
        ..Answer::default()
    };
    answered(journey, (&errand, ORDERS), answer).await?;
    let read = journey.read_in(order, "inProgress").await?;
    let ok = state_of(&read) == "inProgress";
    journey.tell(("acme", "has Robin accept the order"), (order.0, &read), ok);
    built(journey, &id).await
}

/// The work on both items: a milestone by the way, then the ends.
async fn built(journey: &mut Journey<'_>, id: &str) -> Result<()> {
    let order = ("productOrder", id);
    let uni = open(journey, (id, Some("uni"))).await?;
    note_errand(journey, &uni);
    let answer = Answer {
        milestone: Some("SITE_SURVEY_COMPLETE".into()),
        ..Answer::default()
    };
    answered(journey, (&uni, ORDERS), answer).await?;
    let read = journey.read(order.0, order.1).await?;
    let reached = item(&read, "uni").pointer("/milestone/0/name").and_then(Value::as_str);
    let told = (
        format!("productOrder {id}, item uni"),
        reached.unwrap_or_default().to_owned(),
    );
    let ok = reached == Some("SITE_SURVEY_COMPLETE");
    journey.tell_as(("acme", "has Robin report the survey"), told, ok);
    for name in ["uni", "ovc"] {
        let errand = open(journey, (id, Some(name))).await?;
        let answer = Answer {
            complete: true,
            ..Answer::default()
        };
        answered(journey, (&errand, ORDERS), answer).await?;
    }
    let read = journey.read_in(order, "completed").await?;
    let product = journey
        .read("product", &text(item(&read, "uni"), "/product/id")?)
        .await?;
    let ok = state_of(&read) == "completed" && state_of(&product) == "active";
    journey.tell(("acme", "has Robin finish the work"), (order.0, &read), ok);
    journey.tell(("acme", "has that UNI in service"), ("product", &product), ok);
    Ok(())
}

/// The errand about a document, or about one item of it, as soon as it is there.
async fn open(journey: &Journey<'_>, (about, item): (&str, Option<&str>)) -> Result<Value> {
    let deadline = Instant::now() + WAIT_MAX;
    loop {
        let list = Errand::List {
            all: false,
            who: Who::default(),
        };
        let listed = journey.pair.acme(Command::Errand(list)).await?;
        let mut listed = listed.as_array().cloned().unwrap_or_default().into_iter();
        let found = listed.find(|errand| errand["about"] == json!(about) && errand["item"].as_str() == item);
        if let Some(found) = found {
            return Ok(found);
        }
        let waited = Instant::now() > deadline;
        ensure!(!waited, "no errand about {about} has come");
        tokio::time::sleep(LOOK_PAUSE).await;
    }
}

/// A person takes an errand and answers it.
async fn answered(journey: &Journey<'_>, (errand, person): (&Value, &str), answer: Answer) -> Result<()> {
    let id = errand["id"].as_str().context("an errand without an id")?.to_owned();
    let (person, who) = (person.to_owned(), Who::default());
    let take = Errand::Take {
        id: id.clone(),
        person: person.clone(),
        who: who.clone(),
    };
    journey.pair.acme(Command::Errand(take)).await?;
    let answer = Errand::Answer {
        id,
        person,
        answer,
        detail: Detail::default(),
        who,
    };
    journey.pair.acme(Command::Errand(answer)).await?;
    Ok(())
}

fn note_errand(journey: &Journey<'_>, errand: &Value) {
    let of = |name: &str| errand[name].as_str().unwrap_or_default();
    let note = format!("errand of step {} for {}, due {}", of("step"), of("owner"), of("due"));
    journey.timeline.note(&note);
}
