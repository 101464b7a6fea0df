//! Buying, step by step: each command is one request of the standard (or follows one order).

use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::SignedDuration;
use segue_buyer::{Answered, Ask, Buyer, Composer, Wish, bandwidth_mbps};
use segue_model::describe::Lifeline;
use segue_model::id::Scope;
use segue_model::products::ENNI;
use segue_model::time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{CommandError, Progress, Who, company, partner};
use crate::app::App;
use crate::cli::TextFile;

/// Steps of buying.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Buy {
    /// Find out how the Seller knows an address
    #[command(after_help = "Example:
  segue buy address acme --country DE --city Berlin --postcode 10115 --street 'Invalidenstraße' --number 43")]
    Address {
        /// The Seller
        seller: String,
        /// The address, in words
        #[command(flatten)]
        address: AddressWords,
        #[command(flatten)]
        who: Who,
    },
    /// List the Seller's sites at an address
    #[command(after_help = "Example:\n  segue buy site acme --address ADDRESS_ID")]
    Site {
        /// The Seller
        seller: String,
        /// Identifier of the address, as `buy address` found it
        #[arg(long = "address", value_name = "ID")]
        address_id: String,
        #[command(flatten)]
        who: Who,
    },
    /// Ask whether a circuit can be delivered (product offering qualification)
    #[command(after_help = "Example:\n  segue buy poq acme --address ADDRESS_ID --bandwidth 100M")]
    Poq {
        /// The Seller
        seller: String,
        /// The circuit
        #[command(flatten)]
        circuit: Circuit,
        #[command(flatten)]
        who: Who,
    },
    /// Ask for a firm price, at once
    #[command(after_help = "Example:\n  segue buy quote acme --address ADDRESS_ID --bandwidth 100M --term 36")]
    Quote {
        /// The Seller
        seller: String,
        /// The circuit
        #[command(flatten)]
        circuit: Circuit,
        /// A qualification of the same circuit
        #[arg(long, value_name = "ID")]
        poq: Option<String>,
        #[command(flatten)]
        who: Who,
    },
    /// Order what a quote offers
    #[command(after_help = "Example:\n  segue buy order acme --quote QUOTE_ID && segue buy track acme ORDER_ID")]
    Order {
        /// The Seller
        seller: String,
        /// The quote
        #[arg(long, value_name = "ID")]
        quote: String,
        /// Wanted date, RFC 3339 [default: the longest interval of the quote from now]
        #[arg(long, value_name = "TIME")]
        date: Option<String>,
        #[command(flatten)]
        who: Who,
    },
    /// Follow an order until it ends; milestones as they come
    Track {
        /// The Seller
        seller: String,
        /// The order
        order: String,
        /// Give up after this many seconds
        #[arg(long, default_value_t = 600)]
        timeout: u64,
        #[command(flatten)]
        who: Who,
    },
    /// List our products at the Seller, or show one
    #[command(
        after_help = "Examples:\n  segue buy inventory acme --status active\n  segue buy inventory acme --id PRODUCT_ID"
    )]
    Inventory {
        /// The Seller
        seller: String,
        /// Only one product, whole
        #[arg(long)]
        id: Option<String>,
        /// Only products in this status (active, suspended, terminated)
        #[arg(long)]
        status: Option<String>,
        #[command(flatten)]
        who: Who,
    },
    /// Send a request body as it is (a person's own quote, POQ or order)
    #[command(after_help = "Example:\n  segue buy send acme quoteManagement createQuote quote.json")]
    Send {
        /// The Seller
        seller: String,
        /// Name of the API
        api: String,
        /// operationId of a create
        operation: String,
        /// The body, JSON; '-' reads standard input
        file: TextFile,
        #[command(flatten)]
        who: Who,
    },
}

/// An address in words; each one that is known helps.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct AddressWords {
    /// Country, ISO 3166 (DE)
    #[arg(long)]
    pub country: String,
    /// City
    #[arg(long)]
    pub city: Option<String>,
    /// Postal code
    #[arg(long)]
    pub postcode: Option<String>,
    /// State or province
    #[arg(long)]
    pub state: Option<String>,
    /// Street, with its type
    #[arg(long)]
    pub street: Option<String>,
    /// House number
    #[arg(long)]
    pub number: Option<String>,
}

/// An access circuit in words.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct Circuit {
    /// Where it ends: identifier of the address, as `buy address` found it
    #[arg(long = "address", value_name = "ID")]
    pub address_id: String,
    /// Committed rate in each direction (100M, 1G)
    #[arg(long)]
    pub bandwidth: String,
    /// Term in months
    #[arg(long, default_value_t = 36)]
    pub term: u32,
    /// The ENNI it is handed over at [default: our only one at this Seller]
    #[arg(long, value_name = "ID")]
    pub enni: Option<String>,
    /// Our own name for it (externalId)
    #[arg(long)]
    pub name: Option<String>,
}

/// Order states in which nothing more will happen.
const ENDED: [&str; 5] = ["completed", "cancelled", "failed", "partial", "rejected"];

/// Without news the truth is fetched this often while following an order.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Asked for when a quote names no interval.
const DATE_DEFAULT: SignedDuration = SignedDuration::from_hours(24 * 30);

pub async fn run(app: &App, action: Buy, progress: Progress<'_>) -> Result<Value, CommandError> {
    match action {
        Buy::Address { seller, address, who } => find_address(app, &scope(app, &seller, &who).await?, &address).await,
        Buy::Site {
            seller,
            address_id,
            who,
        } => {
            let body = json!({ "place": { "@type": "GeographicAddressRef", "id": address_id } });
            let scope = scope(app, &seller, &who).await?;
            let ask = Ask {
                operation: "listGeographicSite",
                api: "geographicSiteManagement",
                id: None,
                query: &[],
                body: Some(&body),
            };
            Ok(app.buyer.ask(&scope, ask).await?.body)
        }
        Buy::Poq { seller, circuit, who } => {
            let scope = scope(app, &seller, &who).await?;
            let body = compose(app, &scope, &circuit, |composer, wish| composer.poq(wish)).await?;
            create(
                app,
                &scope,
                ("productOfferingQualification", "createProductOfferingQualification"),
                &body,
            )
            .await
        }
        Buy::Quote {
            seller,
            circuit,
            poq,
            who,
        } => {
            let scope = scope(app, &seller, &who).await?;
            let body = compose(app, &scope, &circuit, |composer, wish| {
                composer.quote(wish, poq.as_deref())
            })
            .await?;
            follow_events(app, &scope, "quoteManagement", progress).await;
            create(app, &scope, ("quoteManagement", "createQuote"), &body).await
        }
        Buy::Order {
            seller,
            quote,
            date,
            who,
        } => order(app, &scope(app, &seller, &who).await?, (&quote, date), progress).await,
        Buy::Track {
            seller,
            order,
            timeout,
            who,
        } => {
            track(
                app,
                &scope(app, &seller, &who).await?,
                (&order, Duration::from_secs(timeout)),
                progress,
            )
            .await
        }
        Buy::Inventory {
            seller,
            id,
            status,
            who,
        } => inventory(app, &scope(app, &seller, &who).await?, (id, status)).await,
        Buy::Send {
            seller,
            api,
            operation,
            file,
            who,
        } => {
            let body: Value = serde_json::from_str(&file.text)
                .map_err(|error| CommandError::new(format!("{} is not JSON: {error}", file.name)))?;
            send(app, &scope(app, &seller, &who).await?, (&api, &operation), &body).await
        }
    }
}

/// The pair of our company and a Seller.
async fn scope(app: &App, seller: &str, who: &Who) -> Result<Scope, CommandError> {
    let (company, partner) = partner::of(app, seller, who).await?;
    Ok(Scope {
        company: company.id,
        partner: partner.id,
    })
}

async fn find_address(app: &App, scope: &Scope, words: &AddressWords) -> Result<Value, CommandError> {
    let mut fielded = Map::new();
    let pairs = [
        ("countryCode", Some(&words.country)),
        ("city", words.city.as_ref()),
        ("postcode", words.postcode.as_ref()),
        ("stateOrProvince", words.state.as_ref()),
        ("streetName", words.street.as_ref()),
        ("streetNr", words.number.as_ref()),
    ];
    for (name, value) in pairs {
        if let Some(value) = value {
            fielded.insert(name.into(), json!(value));
        }
    }
    let body = json!({
        "instantSyncValidation": true,
        "submittedGeographicAddress": { "@type": "GeographicAddress_Query", "fieldedAddressRepresentation": [fielded] },
    });
    let ask = Ask {
        operation: "createGeographicAddressValidation",
        api: "geographicAddressManagement",
        id: None,
        query: &[],
        body: Some(&body),
    };
    Ok(app.buyer.ask(scope, ask).await?.body)
}

async fn compose(
    app: &App,
    scope: &Scope,
    circuit: &Circuit,
    make: impl FnOnce(&Composer<'_>, &Wish) -> Result<Value, segue_buyer::BuyerError>,
) -> Result<Value, CommandError> {
    let bandwidth_mbps = bandwidth_mbps(&circuit.bandwidth).ok_or_else(|| {
        CommandError::new(format!("--bandwidth {:?} is no rate", circuit.bandwidth)).hint("Write 100M or 1G.")
    })?;
    let enni_id = match &circuit.enni {
        Some(id) => id.clone(),
        None => only_enni(app, scope).await?,
    };
    let wish = Wish {
        address_id: circuit.address_id.clone(),
        enni_id,
        bandwidth_mbps,
        term_months: circuit.term,
        external_id: circuit.name.clone(),
    };
    with_composer(app, scope, |composer| make(composer, &wish)).await
}

async fn with_composer(
    app: &App,
    scope: &Scope,
    make: impl FnOnce(&Composer<'_>) -> Result<Value, segue_buyer::BuyerError>,
) -> Result<Value, CommandError> {
    let agreement = app.buyer.agreement(scope).await?;
    let company = company::of(
        app,
        &Who {
            company: Some(scope.company.to_string()),
        },
    )
    .await?;
    let composer = Composer {
        company: &company,
        agreement: &agreement,
        products: &app.products,
    };
    Ok(make(&composer)?)
}

/// The one ENNI we have in the Seller's inventory.
async fn only_enni(app: &App, scope: &Scope) -> Result<String, CommandError> {
    let query = [("status", "active".to_owned())];
    let ask = Ask {
        operation: "listProduct",
        api: "productInventory",
        id: None,
        query: &query,
        body: None,
    };
    let listed = app.buyer.ask(scope, ask).await?.body;
    let mut ennis = Vec::new();
    for product in listed.as_array().into_iter().flatten() {
        let Some(id) = product["id"].as_str() else { continue };
        // A list has reduced products only; what it is stands in the whole one.
        let whole = app.buyer.refresh(scope, "product", id).await?.body;
        let urn = whole
            .pointer("/productConfiguration/@type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if urn == ENNI {
            ennis.push(id.to_owned());
        }
    }
    match ennis.len() {
        1 => Ok(ennis.remove(0)),
        0 => Err(CommandError::new(format!(
            "we have no ENNI at {}: the circuit needs one to be handed over at",
            scope.partner
        ))
        .hint("The Seller enters it: `segue inventory import samples/enni.json --partner US`.")),
        _ => Err(
            CommandError::new(format!("we have {} ENNIs at {}", ennis.len(), scope.partner))
                .hint(format!("Say which with --enni: {}.", ennis.join(", "))),
        ),
    }
}

/// Creates a resource and keeps our mirror of it.
async fn create(
    app: &App,
    scope: &Scope,
    (api, operation): (&'static str, &'static str),
    body: &Value,
) -> Result<Value, CommandError> {
    let answered = app
        .buyer
        .ask(
            scope,
            Ask {
                operation,
                api,
                id: None,
                query: &[],
                body: Some(body),
            },
        )
        .await?;
    keep(app, scope, (api, operation), &answered).await?;
    Ok(answered.body)
}

async fn keep(
    app: &App,
    scope: &Scope,
    (api, operation): (&str, &str),
    answered: &Answered,
) -> Result<(), CommandError> {
    let agreement = app.buyer.agreement(scope).await?;
    let described = Buyer::agreed_api(&agreement, api)?.operation(operation);
    let resource = described.and_then(|operation| operation.resource);
    if let Some(resource) = resource.filter(|resource| resource.get.is_some() && answered.body.get("id").is_some()) {
        app.buyer.keep(scope, resource.name, &answered.body).await?;
    }
    Ok(())
}

async fn send(app: &App, scope: &Scope, (api, operation): (&str, &str), body: &Value) -> Result<Value, CommandError> {
    let agreement = app.buyer.agreement(scope).await?;
    let described = segue_model::api::all()
        .iter()
        .find(|described| described.name == api)
        .and_then(|_| {
            let version = agreement.apis.get(api)?;
            segue_model::api::find(api, *version)
        });
    let described = described.filter(|described| described.served_by == Lifeline::Seller);
    let found = described.and_then(|described| described.operation(operation));
    let (Some(described), Some(found)) = (described, found) else {
        return Err(
            CommandError::new(format!("{operation} of {api} is not agreed with {}", scope.partner))
                .hint("`segue partner show` lists the APIs; operationIds stand in `segue openapi --api NAME`."),
        );
    };
    let ask = Ask {
        operation: found.id,
        api: described.name,
        id: None,
        query: &[],
        body: Some(body),
    };
    let answered = app.buyer.ask(scope, ask).await?;
    keep(app, scope, (api, operation), &answered).await?;
    Ok(answered.body)
}

async fn order(
    app: &App,
    scope: &Scope,
    (quote_id, date): (&str, Option<String>),
    progress: Progress<'_>,
) -> Result<Value, CommandError> {
    let quote = app.buyer.refresh(scope, "quote", quote_id).await?.body;
    let date = match date {
        Some(date) => time::parse(&date).map(time::text).ok_or_else(|| {
            CommandError::new(format!("--date {date:?} is no time")).hint("Write it as RFC 3339: 2027-01-31T12:00:00Z.")
        })?,
        None => earliest_date(app, &quote),
    };
    let body = with_composer(app, scope, |composer| composer.order(&quote, &date)).await?;
    follow_events(app, scope, "productOrderingManagement", progress).await;
    create(app, scope, ("productOrderingManagement", "createProductOrder"), &body).await
}

/// The longest installation interval of the quote, and a day, from now.
fn earliest_date(app: &App, quote: &Value) -> String {
    let now = app.business.now();
    let items = quote["quoteItem"].as_array().into_iter().flatten();
    let intervals = items.filter_map(|item| time::Span::read(item.get("quoteItemInstallationInterval")?));
    let latest = intervals.map(|span| span.after(now)).max();
    let day = SignedDuration::from_hours(24);
    let date = latest.map_or(now.saturating_add(DATE_DEFAULT), |latest| latest.saturating_add(day));
    time::text(date.unwrap_or(now))
}

/// Asks the Seller to tell us of changes. An order can be followed without, so a refusal is told
/// and no more.
async fn follow_events(app: &App, scope: &Scope, api: &'static str, progress: Progress<'_>) {
    match app.buyer.subscribe(scope, api).await {
        Ok((id, true)) => progress(json!({ "registered": format!("for events of {api}"), "hub": id })),
        Ok((_, false)) => {}
        Err(error) => progress(json!({ "warning": format!("no events of {api} will come: {error}") })),
    }
}

async fn track(
    app: &App,
    scope: &Scope,
    (id, timeout): (&str, Duration),
    progress: Progress<'_>,
) -> Result<Value, CommandError> {
    let mut news = app.buyer.news();
    let deadline = tokio::time::Instant::now() + timeout;
    let mut order = app.buyer.refresh(scope, "productOrder", id).await?.body;
    let mut told = Vec::new();
    loop {
        tell_new(&order, &mut told, progress);
        let state = order["state"].as_str().unwrap_or_default().to_owned();
        if ENDED.contains(&state.as_str()) {
            return Ok(order);
        }
        if tokio::time::Instant::now() >= deadline {
            return Err(
                CommandError::new(format!("order {id} is still {state} after {} s", timeout.as_secs()))
                    .hint("It goes on; run `segue buy track` again to follow it."),
            );
        }
        let told_of_something = tokio::time::timeout(LOOK_EVERY, news.changed()).await.is_ok();
        order = if told_of_something {
            // An event made the mirror new already.
            match app.buyer.mirrored(scope, "productOrder", id).await? {
                Some(document) => Value::Object(document.body),
                None => app.buyer.refresh(scope, "productOrder", id).await?.body,
            }
        } else {
            app.buyer.refresh(scope, "productOrder", id).await?.body
        };
    }
}

/// Tells each state change and milestone of an order once.
fn tell_new(order: &Value, told: &mut Vec<String>, progress: Progress<'_>) {
    for line in moments(order) {
        let key = line.to_string();
        if !told.contains(&key) {
            told.push(key);
            progress(line);
        }
    }
}

/// What happened to an order, oldest first: its own states, those of its items, milestones.
pub fn moments(order: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    for change in list(order, "stateChange") {
        found.push(json!({ "at": change["changeDate"], "what": "order", "state": change["state"] }));
    }
    for item in list(order, "productOrderItem") {
        let name = item["id"].as_str().unwrap_or_default();
        for change in list(&item, "stateChange") {
            found.push(json!({ "at": change["changeDate"], "what": format!("item {name}"), "state": change["state"] }));
        }
        for milestone in list(&item, "milestone") {
            found.push(
                json!({ "at": milestone["date"], "what": format!("item {name}"), "milestone": milestone["name"] }),
            );
        }
    }
    found.sort_by(|a, b| a["at"].as_str().cmp(&b["at"].as_str()));
    found
}

async fn inventory(
    app: &App,
    scope: &Scope,
    (id, status): (Option<String>, Option<String>),
) -> Result<Value, CommandError> {
    if let Some(id) = id {
        return Ok(app.buyer.refresh(scope, "product", &id).await?.body);
    }
    let query: Vec<(&str, String)> = status.map(|status| ("status", status)).into_iter().collect();
    let ask = Ask {
        operation: "listProduct",
        api: "productInventory",
        id: None,
        query: &query,
        body: None,
    };
    Ok(app.buyer.ask(scope, ask).await?.body)
}

/// `segue token`: for curl. Printed, never logged.
pub async fn token(app: &App, seller: &str, api: &str, who: &Who) -> Result<Value, CommandError> {
    let scope = scope(app, seller, who).await?;
    let agreement = app.buyer.agreement(&scope).await?;
    let api = Buyer::agreed_api(&agreement, api)?;
    let token = app.calls.token(&scope, api).await;
    token
        .map(Value::String)
        .map_err(|error| CommandError::new(format!("{seller} gave no token: {error}")))
}
