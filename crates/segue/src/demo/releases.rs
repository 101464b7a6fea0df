//! `segue demo --releases`: one Seller, and Buyers on every release it speaks. Each is a process of its
//! own with its own agreement; all buy the same circuit at once. What is told was read from the
//! Seller with a GET in the version of that Buyer, past all code of the Buyer.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use http::Method;
use segue_model::api;
use segue_model::release;
use segue_net::outbound::{Outbound, OutboundOptions, Purpose, Request};
use serde_json::{Value, json};

use super::journey::{LOOK_PAUSE, WAIT_MAX, berlin, circuit, text};
use super::pair::{Side, ask, enter_enni, free_address, import, load_book, side};
use super::{Timeline, state_of};
use crate::cli::TextFile;
use crate::command::{Agreement, Buy, Command, Inventory, Partner, Role, Who};

/// Buyers: id, name, release.
const BUYERS: [(&str, &str, &str); 3] = [
    ("beta", "Beta Business Telecom", release::CURRENT),
    ("gamma", "Gamma Net", release::GRACE),
    ("delta", "Delta Lines", release::BILLIE),
];

/// One Buyer.
struct Buyer {
    id: &'static str,
    release: &'static str,
    side: Side,
}

/// What a Buyer made, as the Seller's GET answered it.
struct Bought {
    quote: Value,
    order: Value,
    product: Value,
    took: Duration,
}

/// Seller and Buyers.
pub struct Market {
    acme: Side,
    buyers: Vec<Buyer>,
    client: Outbound,
}

/// Runs it.
pub async fn run(folder: &Path, timeline: &mut Timeline) -> Result<()> {
    let market = Market::start(folder).await?;
    timeline.chapter("Three Buyers on three releases buy the same circuit from Acme, all at once.");
    let (beta, gamma, delta) = tokio::join!(market.bought(0), market.bought(1), market.bought(2));
    for (buyer, bought) in market.buyers.iter().zip([beta, gamma, delta]) {
        let bought = bought.with_context(|| format!("{} on {}", buyer.id, buyer.release))?;
        tell(timeline, buyer, &bought);
    }
    timeline.chapter("Acme has one inventory, in the newest form.");
    market.one_inventory(timeline).await
}

impl Market {
    async fn start(folder: &Path) -> Result<Self> {
        let origin = jiff::Timestamp::now();
        let ours = free_address()?;
        let addresses = [free_address()?, free_address()?, free_address()?];
        let acme = side(
            folder,
            ("acme", "Acme Access Networks"),
            (ours, addresses.to_vec()),
            origin,
            false,
        )
        .await?;
        let mut buyers = Vec::new();
        for ((id, name, release), address) in BUYERS.into_iter().zip(addresses) {
            let side = side(folder, (id, name), (address, vec![ours]), origin, false).await?;
            buyers.push(Buyer { id, release, side });
        }
        let client = Outbound::new(OutboundOptions {
            open: vec![ours.to_string()],
            ..OutboundOptions::default()
        })?;
        let market = Self { acme, buyers, client };
        told(&market.acme, load_book()).await?;
        for buyer in &market.buyers {
            market.onboard(buyer).await?;
        }
        Ok(market)
    }

    /// Cards go both ways; then both write the versions of the Buyer's release into the agreement.
    async fn onboard(&self, buyer: &Buyer) -> Result<()> {
        let export = || Command::Partner(Partner::Export { who: Who::default() });
        let (ours, theirs) = (told(&self.acme, export()).await?, told(&buyer.side, export()).await?);
        told(&self.acme, import(&theirs, Role::Seller)).await?;
        told(&buyer.side, import(&ours, Role::Buyer)).await?;
        agree(&self.acme, buyer.id, buyer.release).await?;
        agree(&buyer.side, "acme", buyer.release).await?;
        told(&self.acme, enter_enni(buyer.id)).await?;
        Ok(())
    }

    /// From an address to a product in service.
    async fn bought(&self, index: usize) -> Result<Bought> {
        let buyer = &self.buyers[index];
        let since = Instant::now();
        let at = || "acme".into();
        let address = berlin("Lindenplatz", "42");
        let found = buyer.buy(Buy::Address { at: at(), address }).await?;
        let place = text(&found, "/bestMatchGeographicAddress/id")?;
        let poq = buyer
            .made(Buy::Poq {
                at: at(),
                circuit: circuit(&place),
            })
            .await?;
        let quote = buyer
            .made(Buy::Quote {
                at: at(),
                circuit: circuit(&place),
                poq: Some(poq),
            })
            .await?;
        let order = buyer
            .made(Buy::Order {
                at: at(),
                quote: quote.clone(),
                date: None,
            })
            .await?;
        let quote = self.read(buyer, ("quoteManagement", "quote", &quote)).await?;
        let deadline = Instant::now() + WAIT_MAX;
        let order = loop {
            let read = self
                .read(buyer, ("productOrderingManagement", "productOrder", &order))
                .await?;
            if state_of(&read) == "completed" {
                break read;
            }
            ensure!(Instant::now() < deadline, "the order is still {}", state_of(&read));
            tokio::time::sleep(LOOK_PAUSE).await;
        };
        let product = text(&order, "/productOrderItem/0/product/id")?;
        let product = self.read(buyer, ("productInventory", "product", &product)).await?;
        Ok(Bought {
            quote,
            order,
            product,
            took: since.elapsed(),
        })
    }

    /// GET at the Seller in the version of the Buyer.
    async fn read(&self, buyer: &Buyer, (api, resource, id): (&str, &str, &str)) -> Result<Value> {
        let version = release::versions(buyer.release).get(api).copied().unwrap_or_default();
        let known = api::find_served(api, version).with_context(|| format!("no {api} v{version}"))?;
        let token = Command::Token {
            partner: "acme".into(),
            api: api.into(),
            who: Who::default(),
        };
        let token = told(&buyer.side, token).await?;
        let base = format!("http://{}/acme{}", self.acme.address, known.base_path());
        let url = format!("{base}/{resource}/{id}").parse()?;
        let request = Request::new(Purpose::Operation, Method::GET, url).bearer(token.as_str().unwrap_or_default());
        let answer = self.client.send(request).await?;
        if !answer.is_success() {
            bail!("GET {base}/{resource}/{id} was answered with {}", answer.status);
        }
        Ok(answer.json()?)
    }

    async fn one_inventory(&self, timeline: &mut Timeline) -> Result<()> {
        let list = |partner: Option<&str>| {
            Command::Inventory(Inventory::List {
                partner: partner.map(str::to_owned),
                who: Who::default(),
            })
        };
        let count = |listed: &Value| listed.as_array().map_or(0, Vec::len);
        let since = Instant::now();
        let mut sum = 0;
        for buyer in &self.buyers {
            let theirs = count(&told(&self.acme, list(Some(buyer.id))).await?);
            // The interconnection, the port and the circuit.
            let step = ("acme", "has the products of one Buyer");
            let told = (format!("partner {}", buyer.id), format!("{theirs} products"));
            timeline.add(step, told, since, theirs == 3);
            sum += theirs;
        }
        let all = count(&told(&self.acme, list(None)).await?);
        let step = ("acme", "has them all in one inventory");
        timeline.add(step, (String::new(), format!("{all} products")), since, all == sum);
        Ok(())
    }
}

impl Buyer {
    async fn buy(&self, buy: Buy) -> Result<Value> {
        told(&self.side, Command::Buy(Box::new(buy))).await
    }

    /// A step of buying that makes something; its id.
    async fn made(&self, buy: Buy) -> Result<String> {
        text(&self.buy(buy).await?, "/id")
    }
}

async fn told(side: &Side, command: Command) -> Result<Value> {
    ask(side, &command, &|_| {}).await
}

/// A new version of the agreement with a partner, on another release.
async fn agree(side: &Side, partner: &str, release: &str) -> Result<()> {
    let export = Command::Agreement(Agreement::Export {
        partner: partner.into(),
        who: Who::default(),
    });
    let mut agreements = told(side, export).await?;
    for agreement in agreements.as_array_mut().into_iter().flatten() {
        agreement["apis"] = json!(release::versions(release));
    }
    let file = TextFile {
        name: format!("agreement on {release}"),
        text: agreements.to_string(),
    };
    told(side, Command::Agreement(Agreement::Import { file })).await?;
    Ok(())
}

/// What only this Buyer's version has.
fn tell(timeline: &mut Timeline, buyer: &Buyer, bought: &Bought) {
    let since = Instant::now().checked_sub(bought.took).unwrap_or_else(Instant::now);
    let newest = buyer.release == release::CURRENT;
    let versions = release::versions(buyer.release);
    let linked = |value: &Value, api: &str| {
        let version = versions.get(api).copied().unwrap_or_default();
        let link = value["href"].as_str().unwrap_or_default();
        link.contains(&format!("/{api}/v{version}/"))
    };
    let place = &bought.quote["quoteItem"][0]["product"]["place"][0];
    let kind = if newest {
        &place["place"]["@type"]
    } else {
        &place["@type"]
    };
    let ok = linked(&bought.quote, "quoteManagement") && *kind == json!("GeographicAddressRef");
    add(timeline, buyer, "has a quote", ("quote", &bought.quote), since, ok);

    let numbered = bought.order.get("orderVersion").is_some();
    let units = &bought.order["productOrderItem"][0]["requestedItemTerm"]["duration"]["units"];
    let wanted = if newest { "months" } else { "calendarMonths" };
    let ok = linked(&bought.order, "productOrderingManagement")
        && numbered == (buyer.release == release::BILLIE)
        && *units == json!(wanted)
        && state_of(&bought.order) == "completed";
    add(
        timeline,
        buyer,
        "has an order",
        ("productOrder", &bought.order),
        since,
        ok,
    );

    let prices = bought.product["productPrice"].as_array().into_iter().flatten();
    let mut periods = prices.filter_map(|price| price.get("recurringChargePeriod"));
    let worded = |period: &Value| {
        if newest {
            period["units"] == json!("months")
        } else {
            *period == json!("month")
        }
    };
    let ok = linked(&bought.product, "productInventory")
        && state_of(&bought.product) == "active"
        && periods.next().is_some_and(worded);
    add(
        timeline,
        buyer,
        "has a product",
        ("product", &bought.product),
        since,
        ok,
    );
}

fn add(timeline: &mut Timeline, buyer: &Buyer, what: &str, (resource, read): (&str, &Value), since: Instant, ok: bool) {
    let link = read["href"].as_str().unwrap_or_default();
    let version = link.split("/mefApi/sonata/").nth(1).unwrap_or_default();
    let version = version.split('/').take(2).collect::<Vec<_>>().join(" ");
    let action = format!("{what} in the words of {}", buyer.release);
    let id = read["id"].as_str().unwrap_or_default();
    timeline.add(
        (buyer.id, &action),
        (format!("{version} {resource} {id}"), state_of(read)),
        since,
        ok,
    );
}
