//! What is measured: each operation of a Seller with its requests.

use std::sync::Arc;

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

const QUOTES: &str = "/acme/mefApi/sonata/quoteManagement/v10/quote";

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Operation {
    /// POST of a firm quote at once: two items, payload, profile, prices, hold
    Quote,
    /// GET of one quote by its id
    Get,
}

impl Operation {
    /// For tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quote => "POST quote",
            Self::Get => "GET quote by id",
        }
    }

    /// A POST after which nothing is on the disk.
    pub fn keeps_nothing(self) -> bool {
        match self {
            Self::Quote | Self::Get => false,
        }
    }

    /// Status of a right answer.
    pub fn wanted(self) -> u16 {
        match self {
            Self::Quote => 201,
            Self::Get => 200,
        }
    }
}

/// The next body; none when there are no more.
type Bodies = Arc<dyn Fn() -> Option<Bytes> + Send + Sync>;

/// What the Seller has to start with.
pub struct Filled {
    /// Ids of quotes.
    quotes: Arc<Vec<String>>,
    bodies: Bodies,
}

impl Filled {
    /// Makes what reads are spread over, and warms the program up.
    pub async fn fill(seller: &Seller) -> Result<Self> {
        let bodies: Bodies = Arc::new(samples::quotes(seller.ennis()));
        let mut wire = Wire::connect(&seller.target().await?).await?;
        let mut quotes = Vec::new();
        for _ in 0..FILLED {
            let body = bodies().context("too few S-VLANs")?;
            let answer = wire.ask(post(QUOTES, body)).await?;
            let told: Value = serde_json::from_slice(&answer.body)?;
            match told["id"].as_str() {
                Some(id) if answer.status == 201 && told["quoteLevel"] == "firm" => quotes.push(id.to_owned()),
                _ => bail!("no firm quote, but {}: {told}", answer.status),
            }
        }
        Ok(Self {
            quotes: Arc::new(quotes),
            bodies,
        })
    }

    /// The requests of an operation.
    pub fn asks(&self, operation: Operation) -> Asks {
        match operation {
            Operation::Quote => {
                let bodies = Arc::clone(&self.bodies);
                Arc::new(move |_| Some(post(QUOTES, bodies()?)))
            }
            Operation::Get => {
                let quotes = Arc::clone(&self.quotes);
                Arc::new(move |number| {
                    let id = &quotes[(number % quotes.len() as u64) as usize];
                    Some(get(format!("{QUOTES}/{id}")))
                })
            }
        }
    }
}

/// The same number of bytes for the bare server: bodies as they are, reads of rows that it has.
pub fn bare(asks: &Asks) -> Asks {
    let asks = Arc::clone(asks);
    Arc::new(move |number| {
        let ask = asks(number)?;
        Some(match ask.method {
            "GET" => get(format!("/kept/{}", number % FILLED + 1)),
            _ => ask,
        })
    })
}

/// Gives the bare server the rows that it is asked for.
pub async fn fill_bare(target: &Target, asks: &Asks) -> Result<()> {
    let body = asks(0).map(|ask| ask.body).filter(|body| !body.is_empty());
    let body = body.unwrap_or_else(|| Bytes::from_static(b"{}"));
    let load = Load {
        target: target.clone(),
        asks: Arc::new(move |number| (number < FILLED).then(|| post("/kept", body.clone()))),
        wanted: 201,
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
