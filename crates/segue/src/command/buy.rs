//! Buying, step by step: each command is one request of the standard (or follows one order).

use std::time::Duration;

use clap::{Args, Subcommand};
use segue_buyer::Buyer;
use segue_model::id::Scope;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CommandError, Progress, Who, partner};
use crate::app::App;
use crate::cli::TextFile;

mod change;
mod request;
mod track;

pub use track::moments;

/// Steps of buying.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Buy {
    /// Find out how the Seller knows an address
    #[command(after_help = "Example:
  segue buy address acme --country DE --city Berlin --postcode 10115 --street 'Invalidenstraße' --number 43")]
    Address {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The address, in words
        #[command(flatten)]
        address: AddressWords,
    },
    /// List the Seller's sites at an address
    #[command(after_help = "Example:\n  segue buy site acme --address ADDRESS_ID")]
    Site {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// Identifier of the address, as `buy address` found it
        #[arg(long = "address", value_name = "ID")]
        address_id: String,
    },
    /// Ask whether a circuit can be delivered (product offering qualification)
    #[command(after_help = "Example:\n  segue buy poq acme --address ADDRESS_ID --bandwidth 100M")]
    Poq {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The circuit
        #[command(flatten)]
        circuit: Circuit,
    },
    /// Ask for a firm price, at once
    #[command(after_help = "Example:\n  segue buy quote acme --address ADDRESS_ID --bandwidth 100M --term 36")]
    Quote {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The circuit
        #[command(flatten)]
        circuit: Circuit,
        /// A qualification of the same circuit
        #[arg(long, value_name = "ID")]
        poq: Option<String>,
    },
    /// Order what a quote offers
    #[command(after_help = "Example:\n  segue buy order acme --quote QUOTE_ID && segue buy track acme ORDER_ID")]
    Order {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The quote
        #[arg(long, value_name = "ID")]
        quote: String,
        /// Wanted date, RFC 3339 [default: the longest interval of the quote from now]
        #[arg(long, value_name = "TIME")]
        date: Option<String>,
    },
    /// Give a product we have another bandwidth or term: firm quote and order in one
    #[command(after_help = "Examples:
  segue buy change acme --product PRODUCT_ID --bandwidth 200M
  segue buy change acme --product PRODUCT_ID --term 24 --quote-only")]
    Change {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The change
        #[command(flatten)]
        words: ChangeWords,
        /// The order.
        #[command(flatten)]
        then: Then,
    },
    /// End products we have: firm quote and order in one
    #[command(after_help = "Example:\n  segue buy disconnect acme --product OVC_ID --product UNI_ID")]
    Disconnect {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// Identifier of the product; what uses another one ends with it or before it
        #[arg(long = "product", value_name = "ID", required = true)]
        products: Vec<String>,
        /// The order.
        #[command(flatten)]
        then: Then,
    },
    /// Follow an order until it ends; milestones as they come
    Track {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The order
        order: String,
        /// Give up after this many seconds
        #[arg(long, default_value_t = 600)]
        timeout: u64,
    },
    /// List our products at the Seller, or show one
    #[command(
        after_help = "Examples:\n  segue buy inventory acme --status active\n  segue buy inventory acme --id PRODUCT_ID"
    )]
    Inventory {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// Only one product, whole
        #[arg(long)]
        id: Option<String>,
        /// Only products in this status (active, suspended, terminated)
        #[arg(long)]
        status: Option<String>,
    },
    /// Send a request body as it is (a person's own quote, POQ or order)
    #[command(after_help = "Example:\n  segue buy send acme quoteManagement createQuote quote.json")]
    Send {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// Name of the API
        api: String,
        /// operationId of a create
        operation: String,
        /// The body, JSON; '-' reads standard input
        file: TextFile,
    },
}

/// With which Seller, for which company of ours.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct At {
    /// The Seller, by its short name
    pub seller: String,
    /// Our company.
    #[command(flatten)]
    pub who: Who,
}

impl From<&str> for At {
    fn from(seller: &str) -> Self {
        Self {
            seller: seller.to_owned(),
            who: Who::default(),
        }
    }
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

/// What becomes of a product.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[group(id = "change", required = true, multiple = true, args = ["bandwidth", "term"])]
pub struct ChangeWords {
    /// Identifier of the product, as `buy inventory` lists it
    #[arg(long, value_name = "ID")]
    pub product: String,
    /// New committed rate in each direction (100M, 1G); for a connection
    #[arg(long)]
    pub bandwidth: Option<String>,
    /// New term in months; it begins with the change [default: the term goes on as it is]
    #[arg(long)]
    pub term: Option<u32>,
}

/// What follows the quote.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct Then {
    /// Stop at the quote; `buy order --quote ID` orders it
    #[arg(long)]
    pub quote_only: bool,
    /// Wanted date, RFC 3339 [default: the longest interval of the quote from now]
    #[arg(long, value_name = "TIME")]
    pub date: Option<String>,
}

/// Does one step.
pub async fn run(app: &App, action: Buy, progress: Progress<'_>) -> Result<Value, CommandError> {
    let at = action.at();
    let scope = scope(app, &at.seller, &at.who).await?;
    let scope = &scope;
    match action {
        Buy::Address { address, .. } => request::address(app, scope, &address).await,
        Buy::Site { address_id, .. } => request::sites(app, scope, &address_id).await,
        Buy::Poq { circuit, .. } => request::poq(app, scope, &circuit).await,
        Buy::Quote { circuit, poq, .. } => request::quote(app, scope, (&circuit, poq.as_deref()), progress).await,
        Buy::Order { quote, date, .. } => request::order(app, scope, (&quote, date), progress).await,
        Buy::Change { words, then, .. } => change::change(app, scope, (&words, &then), progress).await,
        Buy::Disconnect { products, then, .. } => change::disconnect(app, scope, (&products, &then), progress).await,
        Buy::Track { order, timeout, .. } => {
            track::follow(app, scope, (&order, Duration::from_secs(timeout)), progress).await
        }
        Buy::Inventory { id, status, .. } => request::inventory(app, scope, (id, status)).await,
        Buy::Send {
            api, operation, file, ..
        } => request::send(app, scope, (&api, &operation), &file).await,
    }
}

impl Buy {
    fn at(&self) -> &At {
        match self {
            Self::Address { at, .. }
            | Self::Site { at, .. }
            | Self::Poq { at, .. }
            | Self::Quote { at, .. }
            | Self::Order { at, .. }
            | Self::Change { at, .. }
            | Self::Disconnect { at, .. }
            | Self::Track { at, .. }
            | Self::Inventory { at, .. }
            | Self::Send { at, .. } => at,
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
