//! Buying, step by step: each command is one request of the standard (or follows one order).

use std::time::Duration;

use clap::{Args, Subcommand};
use segue_buyer::Buyer;
use segue_model::id::Scope;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CommandError, Progress, Who, partner};
use crate::app::App;
use crate::cli::TextFile;

mod change;
mod enni;
mod pending;
mod request;
mod running;
mod track;
mod vlan;
mod words;

pub use pending::Pending;
pub use request::order;
pub use track::{is_good, moments};
pub use words::{AddressWords, ChangeWords, Charge, Circuit, DateWords, Kind, MannerWords, Then, Wanted};
pub(super) use words::{date, mbps, months};

/// Steps of buying.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Buy {
    /// Find out how the Seller knows an address
    #[command(after_help = "Examples:
  segue buy address acme --country DE --city Berlin --postcode 10115 --street 'Invalidenstraße' --number 43
  segue buy address acme --country DE --city Berlin --deferred && segue buy track acme VALIDATION_ID")]
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
    #[command(after_help = "Examples:
  segue buy poq acme --address ADDRESS_ID --bandwidth 100M
  segue buy poq acme --address ADDRESS_ID --bandwidth 100M --later 2027-01-31T12:00:00Z
  segue buy poq acme --offering fibre --configuration samples/product/sample.json --address ADDRESS_ID")]
    Poq {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The circuit
        #[command(flatten)]
        circuit: Wanted,
    },
    /// Ask for a firm price
    #[command(after_help = "Examples:
  segue buy quote acme --address ADDRESS_ID --bandwidth 100M --term 36
  segue buy quote acme --address ADDRESS_ID --bandwidth 100M --later 2027-01-31T12:00:00Z
  segue buy quote acme --address ADDRESS_ID --bandwidth 100M --dry-run
  segue buy quote acme --offering fibre --configuration samples/product/sample.json --address ADDRESS_ID

Many circuits at many Sellers (all options: segue tender ask --help):
  segue buy quote --from sites.csv --sellers all --terms 12,36 --bandwidths 100M,1G --out offers.csv
  segue buy quote --resume 1 --out offers.csv     goes on with tender 1 (segue tender resume --help)")]
    Quote {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The circuit
        #[command(flatten)]
        circuit: Wanted,
        /// A qualification of the same circuit
        #[arg(long, value_name = "ID")]
        poq: Option<String>,
    },
    /// Order what a quote offers
    #[command(after_help = "Examples:
  segue buy order acme --quote QUOTE_ID && segue buy track acme ORDER_ID
  segue buy order --offer 1-17-acme-100-36        an offer of a tender (segue tender order --help)")]
    Order {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The quote
        #[arg(long, value_name = "ID")]
        quote: String,
        /// Wanted date (2027-01-31, "31 Jan 2027") [default: the longest interval of the quote from now]
        #[arg(long, value_name = "TIME", value_parser = words::date)]
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
    /// Take a quote back while the Seller works on it
    CancelQuote {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The quote
        quote: String,
        /// Why, for the Seller
        #[arg(long)]
        reason: Option<String>,
    },
    /// Turn a quote down that could be ordered: what it holds is free again
    DeclineQuote {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The quote
        quote: String,
        /// Why, for the Seller
        #[arg(long)]
        reason: Option<String>,
    },
    /// Ask to cancel a whole order; work that has begun may cost something
    #[command(after_help = "Example:\n  segue buy cancel acme ORDER_ID && segue buy charge list acme ORDER_ID")]
    Cancel {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The order
        order: String,
        /// Why, for the Seller
        #[arg(long)]
        reason: Option<String>,
    },
    /// Ask for another date of one item of an order
    #[command(after_help = "Examples:
  segue buy reschedule acme ORDER_ID --item uni --date 2027-01-31T12:00:00Z
  segue buy reschedule acme ORDER_ID --item uni --date 2027-01-20T12:00:00Z --expedite")]
    Reschedule {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// The date
        #[command(flatten)]
        words: DateWords,
    },
    /// What the Seller wants on top of a quote: list, accept, decline
    #[command(subcommand)]
    Charge(Charge),
    /// Fetch one qualification, quote, order, request, charge, address or site as it is now
    #[command(after_help = "Examples:\n  segue buy show acme quote QUOTE_ID\n  segue buy show acme address ADDRESS_ID")]
    Show {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// What it is
        kind: Kind,
        /// Its identifier
        id: String,
    },
    /// Follow an order, quote, qualification, validation, request or charge until it ends; exit code 3 when it ends otherwise than wanted
    #[command(after_help = "Examples:
  segue buy track acme ORDER_ID
  segue buy track acme QUOTE_ID --kind quote --timeout 3600")]
    Track {
        /// The Seller
        #[command(flatten)]
        at: At,
        /// Its identifier
        #[arg(value_name = "ID")]
        order: String,
        /// What it is [default: what our mirror knows it as, else an order]
        #[arg(long)]
        kind: Option<Kind>,
        /// Give up after this many seconds
        #[arg(long, default_value_t = 600)]
        timeout: u64,
    },
    /// Requests of ours whose answer was lost: list, find out, forget
    #[command(subcommand)]
    Pending(Pending),
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
    /// How it is asked.
    #[command(flatten)]
    pub manner: MannerWords,
}

impl From<&str> for At {
    fn from(seller: &str) -> Self {
        Self {
            seller: seller.to_owned(),
            who: Who::default(),
            manner: MannerWords::default(),
        }
    }
}

/// Does one step.
pub async fn run(app: &App, action: Buy, progress: Progress<'_>) -> Result<Value, CommandError> {
    let at = action.at();
    let scope = scope(app, &at.seller, &at.who).await?;
    let app = &App {
        buyer: app.buyer.in_manner(at.manner.manner()),
        ..app.clone()
    };
    let outcome = step(app, &scope, action, progress).await;
    for note in app.buyer.take_notes() {
        progress(json!({ "note": note }));
    }
    match outcome {
        // The request that would have been sent is the answer.
        Err(CommandError {
            rehearsed: Some(request),
            ..
        }) => Ok(*request),
        outcome => outcome,
    }
}

async fn step(app: &App, scope: &Scope, action: Buy, progress: Progress<'_>) -> Result<Value, CommandError> {
    match action {
        Buy::Address { address, .. } => request::address(app, scope, &address, progress).await,
        Buy::Site { address_id, .. } => request::sites(app, scope, &address_id).await,
        Buy::Poq { circuit, .. } => request::poq(app, scope, &circuit, progress).await,
        Buy::Quote { circuit, poq, .. } => request::quote(app, scope, (&circuit, poq.as_deref()), progress).await,
        Buy::Order { quote, date, .. } => request::order(app, scope, (&quote, date), progress).await,
        Buy::Change { words, then, .. } => change::change(app, scope, (&words, &then), progress).await,
        Buy::Disconnect { products, then, .. } => change::disconnect(app, scope, (&products, &then), progress).await,
        Buy::CancelQuote { quote, reason, .. } => running::end_quote(app, scope, ("cancelQuote", &quote), reason).await,
        Buy::DeclineQuote { quote, reason, .. } => {
            running::end_quote(app, scope, ("declineQuote", &quote), reason).await
        }
        Buy::Cancel { order, reason, .. } => running::cancel(app, scope, &order, reason.as_deref()).await,
        Buy::Reschedule { words, .. } => running::reschedule(app, scope, &words).await,
        Buy::Charge(charge) => running::charge(app, scope, &charge).await,
        Buy::Pending(action) => pending::run(app, scope, &action).await,
        Buy::Show { kind, id, .. } => request::show(app, scope, kind, &id).await,
        Buy::Track {
            order, kind, timeout, ..
        } => {
            let followed = track::Followed {
                kind,
                id: &order,
                timeout: Duration::from_secs(timeout),
            };
            track::follow(app, scope, &followed, progress).await
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
            | Self::CancelQuote { at, .. }
            | Self::DeclineQuote { at, .. }
            | Self::Cancel { at, .. }
            | Self::Reschedule { at, .. }
            | Self::Charge(Charge::List { at, .. } | Charge::Accept { at, .. } | Charge::Decline { at, .. })
            | Self::Pending(Pending::List { at } | Pending::Resolve { at, .. } | Pending::Forget { at, .. })
            | Self::Show { at, .. }
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
