//! The journey: every step acts as the Buyer, then reads back from the Seller.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::pair::Pair;
use super::{Timeline, state_of};
use crate::command::{AddressWords, Buy, Circuit, Command, moments};
use crate::show::plain;

/// A state that should come within seconds has deviated when it has not come by then.
const WAIT_MAX: Duration = Duration::from_secs(20);

/// Pause between two looks at the Seller.
const LOOK_PAUSE: Duration = Duration::from_millis(50);

/// The five mistakes of one request, by pointer; the Seller must find exactly these.
const MISTAKES: [&str; 5] = [
    "/buyerRequestedQuoteLevel",
    "/quoteItem/0/action",
    "/quoteItem/0/product/productOffering/id",
    "/quoteItem/1/surprise",
    "/relatedContactInformation/0/emailAddress",
];

/// Runs all steps; breaks off where going on makes no sense.
pub async fn run(pair: &Pair, timeline: &mut Timeline) -> Result<()> {
    let address_id = address(pair, timeline).await?;
    site(pair, timeline, &address_id).await?;
    let poq_id = poq(pair, timeline, &address_id).await?;
    mistakes(pair, timeline, &address_id).await?;
    let left = quote(pair, timeline, &address_id, "asks for a firm price, will let it lapse").await?;
    let wanted = quote(pair, timeline, &address_id, "asks for a firm price again").await?;
    let order_id = order(pair, timeline, &wanted).await?;
    let order = track(pair, timeline, &order_id).await?;
    inventory(pair, timeline, &order).await?;
    expired(pair, timeline, &left).await?;
    replay(pair, timeline, &[poq_id, left, wanted, order_id]).await
}

fn circuit(address_id: &str) -> Circuit {
    Circuit {
        address_id: address_id.into(),
        bandwidth: "100M".into(),
        term: 36,
        enni: None,
        name: Some("demo-circuit-1".into()),
    }
}

fn text(value: &Value, pointer: &str) -> Result<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found
        .map(str::to_owned)
        .with_context(|| format!("the Seller's answer has no {pointer}"))
}

async fn address(pair: &Pair, timeline: &mut Timeline) -> Result<String> {
    let since = Instant::now();
    // Written as people write it: other case, no diacritics, abbreviated street type.
    let words = AddressWords {
        country: "de".into(),
        city: Some("BERLIN".into()),
        postcode: Some("10115".into()),
        state: None,
        street: Some("ahornstr.".into()),
        number: Some("24 A".into()),
    };
    let found = pair
        .buy(
            Buy::Address {
                at: "acme".into(),
                address: words,
            },
            &|_| {},
        )
        .await?;
    let id = text(&found, "/bestMatchGeographicAddress/id")?;
    let read = pair
        .get("geographicAddressManagement", &format!("/geographicAddress/{id}"))
        .await?;
    let ok = read["id"] == json!(id) && found["bestMatchGeographicAddress"] == read;
    timeline.add(
        ("beta", "finds the address"),
        (format!("geographicAddress {id}"), state_of(&found)),
        since,
        ok,
    );
    Ok(id)
}

async fn site(pair: &Pair, timeline: &mut Timeline, address_id: &str) -> Result<()> {
    let since = Instant::now();
    let sites = pair
        .buy(
            Buy::Site {
                at: "acme".into(),
                address_id: address_id.into(),
            },
            &|_| {},
        )
        .await?;
    let mut ok = sites.is_array();
    let mut seen = Vec::new();
    for site in sites.as_array().into_iter().flatten() {
        let id = text(site, "/id")?;
        ok &= pair
            .get("geographicSiteManagement", &format!("/geographicSite/{id}"))
            .await?["id"]
            == json!(id);
        seen.push(id);
    }
    let named = if seen.is_empty() {
        "no public site".into()
    } else {
        format!("geographicSite {}", seen.join(", "))
    };
    timeline.add(
        ("beta", "looks for sites there"),
        (named, format!("{} found", seen.len())),
        since,
        ok,
    );
    Ok(())
}

async fn poq(pair: &Pair, timeline: &mut Timeline, address_id: &str) -> Result<String> {
    let since = Instant::now();
    let asked = pair
        .buy(
            Buy::Poq {
                at: "acme".into(),
                circuit: circuit(address_id),
            },
            &|_| {},
        )
        .await?;
    let id = text(&asked, "/id")?;
    let read = pair
        .get(
            "productOfferingQualification",
            &format!("/productOfferingQualification/{id}"),
        )
        .await?;
    let items = read["productOfferingQualificationItem"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let green = items
        .iter()
        .all(|item| item["serviceabilityConfidence"] == json!("green"));
    let timed = items.iter().any(|item| item.get("installationInterval").is_some());
    let ok = read == asked && read["state"] == json!("done") && items.len() == 2 && green && timed;
    timeline.add(
        ("beta", "asks whether it can be delivered"),
        (
            format!("productOfferingQualification {id}"),
            format!("{}, green", state_of(&read)),
        ),
        since,
        ok,
    );
    Ok(id)
}

/// A request with five mistakes earns one 422 with five entries, and changes nothing.
async fn mistakes(pair: &Pair, timeline: &mut Timeline, address_id: &str) -> Result<()> {
    let since = Instant::now();
    let before = pair.get("quoteManagement", "/quote").await?;
    let answer = pair.post("quoteManagement", "/quote", &wrong_quote(address_id)).await?;
    let entries = answer.json()?;
    let entries = entries.as_array().cloned().unwrap_or_default();
    let mut paths: Vec<&str> = entries
        .iter()
        .filter_map(|entry| entry["propertyPath"].as_str())
        .collect();
    paths.sort_unstable();
    let unchanged = pair.get("quoteManagement", "/quote").await? == before;
    let ok = answer.status == 422 && paths == MISTAKES && unchanged;
    timeline.add(
        ("beta", "asks for a price with five mistakes"),
        (
            "quote (none was made)".into(),
            format!("422, {} entries", entries.len()),
        ),
        since,
        ok,
    );
    for entry in &entries {
        timeline.note(&format!(
            "{}  {}: {}",
            entry["propertyPath"].as_str().unwrap_or_default(),
            entry["code"].as_str().unwrap_or_default(),
            entry["reason"].as_str().unwrap_or_default()
        ));
    }
    Ok(())
}

fn wrong_quote(address_id: &str) -> Value {
    json!({
        "instantSyncQuote": true,
        "buyerRequestedQuoteLevel": "solid",
        "relatedContactInformation": [{ "role": "buyerContactInformation", "name": "Beta desk", "number": "+49 30 5550100" }],
        "quoteItem": [
            {
                "id": "uni",
                "action": "adopt",
                "product": {
                    "productOffering": { "id": 7 },
                    "place": [{ "role": "INSTALL_LOCATION", "place": { "@type": "GeographicAddressRef", "id": address_id } }],
                },
            },
            { "id": "ovc", "action": "add", "surprise": true, "product": {} },
        ],
    })
}

async fn quote(pair: &Pair, timeline: &mut Timeline, address_id: &str, action: &str) -> Result<String> {
    let since = Instant::now();
    let buy = Buy::Quote {
        at: "acme".into(),
        circuit: circuit(address_id),
        poq: None,
    };
    let asked = pair.buy(buy, &|_| {}).await?;
    let id = text(&asked, "/id")?;
    let read = pair.get("quoteManagement", &format!("/quote/{id}")).await?;
    let state = text(&read, "/state")?;
    let prices = read["quoteItem"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|item| item["quoteItemPrice"].as_array().cloned().unwrap_or_default());
    let prices: Vec<Value> = prices.collect();
    let of = |kind: &str| prices.iter().any(|price| price["priceType"] == json!(kind));
    let ok = asked["id"] == read["id"]
        && state == "approved.orderable"
        && of("recurring")
        && of("nonRecurring")
        && read.pointer("/validFor/endDateTime").is_some();
    timeline.add(("beta", action), (format!("quote {id}"), state), since, ok);
    for price in &prices {
        let per = price
            .get("recurringChargePeriod")
            .map(|period| format!(" per {}", plain(Some(period))));
        let amount = plain(price.pointer("/price/dutyFreeAmount"));
        timeline.note(&format!(
            "{}: {amount}{}",
            plain(price.get("name")),
            per.unwrap_or_default()
        ));
    }
    Ok(id)
}

async fn order(pair: &Pair, timeline: &mut Timeline, quote_id: &str) -> Result<String> {
    let since = Instant::now();
    let buy = Buy::Order {
        at: "acme".into(),
        quote: quote_id.into(),
        date: None,
    };
    let placed = pair.buy(buy, &|_| {}).await?;
    let id = text(&placed, "/id")?;
    let read = pair
        .get("productOrderingManagement", &format!("/productOrder/{id}"))
        .await?;
    // The clock runs fast: by the time of the GET work may have begun.
    let ok = placed["state"] == json!("acknowledged") && read["id"] == json!(id);
    timeline.add(
        ("beta", "orders what the quote offers"),
        (format!("productOrder {id}"), state_of(&placed)),
        since,
        ok,
    );
    let accepted = read_until(pair, ("quoteManagement", &format!("/quote/{quote_id}")), &["accepted"]).await?;
    timeline.add(
        ("acme", "marks the quote as used"),
        (format!("quote {quote_id}"), state_of(&accepted)),
        since,
        state_of(&accepted) == "accepted",
    );
    Ok(id)
}

/// Follows the order as the Buyer hears of it, then asks the Seller how it was.
async fn track(pair: &Pair, timeline: &mut Timeline, id: &str) -> Result<Value> {
    let since = Instant::now();
    let heard = Mutex::new(Vec::new());
    let progress = |line: Value| {
        if let Ok(mut heard) = heard.lock() {
            heard.push(line);
        }
    };
    let buy = Buy::Track {
        at: "acme".into(),
        order: id.into(),
        timeout: WAIT_MAX.as_secs(),
    };
    let tracked = pair.buy(buy, &progress).await;
    let read = pair
        .get("productOrderingManagement", &format!("/productOrder/{id}"))
        .await?;
    for moment in moments(&read) {
        let what = moment
            .get("state")
            .or_else(|| moment.get("milestone"))
            .and_then(Value::as_str)
            .unwrap_or_default();
        let kind = if moment.get("milestone").is_some() {
            "milestone of the simulated network: "
        } else {
            ""
        };
        timeline.note(&format!(
            "{}  {:<9} {kind}{what}",
            moment["at"].as_str().unwrap_or_default(),
            moment["what"].as_str().unwrap_or_default()
        ));
    }
    let state = state_of(&read);
    let heard_all = heard.lock().is_ok_and(|heard| heard.len() == moments(&read).len());
    let same = tracked.as_ref().is_ok_and(|order| *order == read);
    let ok = state == "completed" && heard_all && same;
    timeline.add(
        ("acme", "delivers; beta hears of every change"),
        (format!("productOrder {id}"), state.clone()),
        since,
        ok,
    );
    ensure!(
        state == "completed",
        "the order should be completed, but the Seller says {state}"
    );
    Ok(read)
}

async fn inventory(pair: &Pair, timeline: &mut Timeline, order: &Value) -> Result<()> {
    for item in order["productOrderItem"].as_array().into_iter().flatten() {
        let since = Instant::now();
        let id = text(item, "/product/id")?;
        let read = pair.get("productInventory", &format!("/product/{id}")).await?;
        let shown = pair
            .buy(
                Buy::Inventory {
                    at: "acme".into(),
                    id: Some(id.clone()),
                    status: None,
                },
                &|_| {},
            )
            .await?;
        let name = item["id"].as_str().unwrap_or_default();
        let ok = read["status"] == json!("active") && shown == read;
        timeline.add(
            ("acme", &format!("has the {} in service", name.to_uppercase())),
            (format!("product {id}"), state_of(&read)),
            since,
            ok,
        );
    }
    Ok(())
}

/// The quote nobody ordered from.
async fn expired(pair: &Pair, timeline: &mut Timeline, id: &str) -> Result<()> {
    let since = Instant::now();
    let read = read_until(pair, ("quoteManagement", &format!("/quote/{id}")), &["expired"]).await?;
    let state = state_of(&read);
    timeline.add(
        ("acme", "lets the other quote lapse, frees its port"),
        (format!("quote {id}"), state.clone()),
        since,
        state == "expired",
    );
    Ok(())
}

/// Every decision of the Seller comes out the same again from what it was made of.
async fn replay(pair: &Pair, timeline: &mut Timeline, ids: &[String]) -> Result<()> {
    let since = Instant::now();
    let mut decisions = 0;
    for id in ids {
        let command = Command::Explain {
            id: id.clone(),
            replay: true,
        };
        let replayed = pair.acme(command).await?;
        decisions += replayed["decisions"].as_array().map_or(0, Vec::len);
    }
    let state = format!("{decisions} decisions, all same");
    timeline.add(
        ("acme", "replays why it answered as it did"),
        (String::new(), state),
        since,
        decisions >= 8,
    );
    Ok(())
}

/// Reads until a state is reached; what it reads last otherwise.
async fn read_until(pair: &Pair, (api, path): (&str, &str), states: &[&str]) -> Result<Value> {
    let deadline = Instant::now() + WAIT_MAX;
    loop {
        let read = pair.get(api, path).await?;
        if states.contains(&state_of(&read).as_str()) || Instant::now() > deadline {
            return Ok(read);
        }
        tokio::time::sleep(LOOK_PAUSE).await;
    }
}
