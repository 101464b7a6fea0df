//! What is measured: each operation of a Seller with its requests.

use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use clap::ValueEnum;
use serde_json::Value;

use crate::load::{Asks, Load, Pace};
use crate::samples;
use crate::seller::Seller;
use crate::wire::{Ask, Target, Wire};

/// Documents that are there before anything is measured; reads are spread over them.
const FILLED: u64 = 500;
/// Quotes to be ordered are made by so many at a time.
const MAKERS: u64 = 8;

const QUOTES: &str = "/acme/mefApi/sonata/quoteManagement/v10/quote";
const QUALIFICATIONS: &str = "/acme/mefApi/sonata/productOfferingQualification/v8/productOfferingQualification";
const ORDERS: &str = "/acme/mefApi/sonata/productOrderingManagement/v11/productOrder";
const VALIDATIONS: &str = "/acme/mefApi/sonata/geographicAddressManagement/v8/geographicAddressValidation";

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Operation {
    /// POST of an address validation at once
    Address,
    /// POST of a qualification at once: two items
    Poq,
    /// POST of a firm quote at once: two items, payload, profile, prices, hold
    Quote,
    /// POST of an order of such a quote
    Order,
    /// GET of one quote by its id
    Get,
    /// GET of ten quotes by their state
    ListState,
    /// GET of ten quotes by their level
    ListLevel,
    /// GET of ten quotes by the Buyer's own id
    ListExternalId,
    /// GET of ten quotes by their date
    ListDate,
}

impl Operation {
    /// For tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Address => "POST address validation",
            Self::Poq => "POST qualification",
            Self::Quote => "POST quote",
            Self::Order => "POST order",
            Self::Get => "GET quote by id",
            Self::ListState => "list quotes by state",
            Self::ListLevel => "list quotes by level",
            Self::ListExternalId => "list quotes by externalId",
            Self::ListDate => "list quotes by date",
        }
    }

    /// Status of a right answer.
    pub fn wanted(self) -> u16 {
        match self {
            Self::Poq | Self::Quote | Self::Order => 201,
            Self::Address | Self::Get | Self::ListState | Self::ListLevel | Self::ListExternalId | Self::ListDate => {
                200
            }
        }
    }

    /// What stands in a right answer, where the status does not tell: what cannot be had is answered 201 too.
    pub fn says(self) -> Option<&'static str> {
        (self == Self::Quote).then_some("\"quoteLevel\":\"firm\"")
    }

    /// A POST after which nothing is on the disk.
    pub fn keeps_nothing(self) -> bool {
        self == Self::Address
    }
}

/// The next body; none when there are no more.
type Bodies = Arc<dyn Fn() -> Option<Bytes> + Send + Sync>;

/// What the Seller has to start with.
pub struct Filled {
    /// Ids of quotes.
    quotes: Arc<Vec<String>>,
    bodies: Bodies,
    /// Quotes that nobody ordered yet.
    stock: Arc<Mutex<Vec<(Bytes, String)>>>,
}

impl Filled {
    /// Makes what reads are spread over and `orders` quotes to be ordered, and warms the program up.
    pub async fn fill(seller: &Seller, orders: u64) -> Result<Self> {
        let bodies: Bodies = Arc::new(samples::quotes(seller.ennis()));
        let target = seller.target().await?;
        let makers = (0..MAKERS).map(|_| tokio::spawn(make(target.clone(), Arc::clone(&bodies), orders / MAKERS + 1)));
        let makers: Vec<_> = makers.collect();
        let mut stock = Vec::new();
        for maker in makers {
            stock.extend(maker.await??);
        }
        let made = make(target, Arc::clone(&bodies), FILLED).await?;
        Ok(Self {
            quotes: Arc::new(made.into_iter().map(|(_, id)| id).collect()),
            bodies,
            stock: Arc::new(Mutex::new(stock)),
        })
    }

    /// The requests of an operation.
    pub fn asks(&self, operation: Operation) -> Asks {
        let (bodies, quotes, stock) = (
            Arc::clone(&self.bodies),
            Arc::clone(&self.quotes),
            Arc::clone(&self.stock),
        );
        match operation {
            Operation::Address => Arc::new(|number| Some(post(VALIDATIONS, samples::validation(number)))),
            // What a qualification asks for is not held: one body is as good as another.
            Operation::Poq => {
                let body = bodies().and_then(|quote| samples::qualification(&quote));
                Arc::new(move |_| Some(post(QUALIFICATIONS, body.clone()?)))
            }
            Operation::Quote => Arc::new(move |_| Some(post(QUOTES, bodies()?))),
            Operation::Order => Arc::new(move |_| {
                let (quote, id) = stock.lock().ok()?.pop()?;
                Some(post(ORDERS, samples::order(&quote, &id)?))
            }),
            Operation::Get => Arc::new(move |number| {
                let id = &quotes[(number % quotes.len() as u64) as usize];
                Some(get(format!("{QUOTES}/{id}")))
            }),
            Operation::ListState => list("state=approved.orderable"),
            Operation::ListLevel => list("quoteLevel=firm"),
            Operation::ListExternalId => list("externalId=curl-1"),
            Operation::ListDate => list("quoteDate.gt=2020-01-01T00:00:00.000Z"),
        }
    }
}

fn list(filter: &'static str) -> Asks {
    Arc::new(move |_| Some(get(format!("{QUOTES}?{filter}&limit=10"))))
}

/// Firm quotes, one after the other: each with the body that asked for it.
async fn make(target: Target, bodies: Bodies, count: u64) -> Result<Vec<(Bytes, String)>> {
    let mut wire = Wire::connect(&target).await?;
    let mut made = Vec::new();
    for _ in 0..count {
        let body = bodies().context("too few S-VLANs")?;
        let answer = wire.ask(post(QUOTES, body.clone())).await?;
        let told: Value = serde_json::from_slice(&answer.body)?;
        match told["id"].as_str() {
            Some(id) if answer.status == 201 && told["quoteLevel"] == "firm" => made.push((body, id.to_owned())),
            _ => bail!("no firm quote, but {}: {told}", answer.status),
        }
    }
    Ok(made)
}

/// The same number of bytes for the bare server: a body as the Seller got it, reads of rows that it has.
pub fn bare(sample: &Ask) -> Asks {
    let body = sample.body.clone();
    match sample.method {
        "GET" => Arc::new(|number| Some(get(format!("/kept/{}", number % FILLED + 1)))),
        _ => Arc::new(move |_| Some(post("/kept", body.clone()))),
    }
}

/// Gives the bare server the rows that it is asked for.
pub async fn fill_bare(target: &Target) -> Result<()> {
    let body = Bytes::from_static(b"{}");
    let load = Load {
        target: target.clone(),
        asks: Arc::new(move |number| (number < FILLED).then(|| post("/kept", body.clone()))),
        wanted: 201,
        says: None,
        connections: 16,
    };
    load.run(Pace::Closed, std::time::Duration::from_secs(60))
        .await
        .map(drop)
}

fn post(path: &str, body: Bytes) -> Ask {
    Ask {
        method: "POST",
        path: path.to_owned(),
        body,
    }
}

fn get(path: String) -> Ask {
    Ask {
        method: "GET",
        path,
        body: Bytes::new(),
    }
}
