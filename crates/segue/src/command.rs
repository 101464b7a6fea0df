//! The command layer: everything that can be asked of an installation, whoever asks. The command
//! line runs it directly or through the admin socket; what it answers is JSON, drawn by
//! [`crate::show`] for people.

use std::path::Path;

use clap::Subcommand;
use segue_model::commit::AuditEntry;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::app::App;
use crate::book_folder::List;
use crate::config::Config;

mod act;
mod agreement;
mod book;
mod buy;
mod clean;
pub mod company;
mod errand;
mod inspect;
mod inventory;
mod job;
mod notification;
mod partner;
mod product;
mod stats;
mod tender;
mod tester;
mod words;

pub use buy::{AddressWords, At, Buy, ChangeWords, Charge, Circuit, DateWords, Kind, Then, Wanted, is_good, moments};
pub use errand::{Answer, Detail, Errand};
pub use inspect::figures;
pub use stats::{StatsAsked, gauges};
pub use tender::{Asking, OfferName, Pace, Tender};
pub use words::{
    Agreement, Audit, Book, Company, Inventory, Job, Migrate, Notification, Partner, PartnerAdd, Product, Role, Who,
};

/// What can be asked of an installation.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Command {
    /// What runs here: companies, versions, counts
    Status,
    /// Our companies
    #[command(subcommand)]
    Company(Company),
    /// The companies we deal with
    #[command(subcommand)]
    Partner(Partner),
    /// What was settled with partners
    #[command(subcommand)]
    Agreement(Agreement),
    /// What we sell: offerings, places, prices, capacity
    #[command(subcommand)]
    Book(Book),
    /// What can be sold: schemas of products, shipped and imported
    #[command(subcommand)]
    Product(Product),
    /// Products of our Buyers
    #[command(subcommand)]
    Inventory(Inventory),
    /// Orders of our Buyers: what we decide about them of our own accord
    #[command(subcommand)]
    Order(act::Order),
    /// Steps that people answer: order acceptance, work, prices
    #[command(subcommand)]
    Errand(Errand),
    /// Buy from a Seller, step by step
    #[command(subcommand)]
    Buy(Box<Buy>),
    /// Shop: ask several Sellers about a list of sites, compare their offers
    #[command(subcommand)]
    Tender(Tender),
    /// Why an answer was given: versions, rules, prices, holds
    Explain {
        /// Identifier of a POQ, quote, order or product (or of a decision)
        id: String,
        /// Compute every decision again from what it was made of, and compare byte for byte
        #[arg(long)]
        replay: bool,
        #[command(flatten)]
        who: Who,
    },
    /// What changed when and why, about one resource: ours, or our mirror of a Seller's
    #[command(after_help = "Examples:
  segue history ORDER_ID
  segue history ORDER_ID --revision 2 --json")]
    History {
        /// Identifier of the resource
        id: String,
        /// Print the document as it was in this revision
        #[arg(long, value_name = "NUMBER")]
        revision: Option<u64>,
        #[command(flatten)]
        who: Who,
    },
    /// How much went through without a person, how fast, and what was lost why
    Stats(StatsAsked),
    /// Get an access token at a Seller for one of its APIs, for curl
    #[command(after_help = "Example:
  curl -H \"Authorization: Bearer $(segue token acme --api quoteManagement)\" http://127.0.0.1:8080/acme/mefApi/sonata/quoteManagement/v10/quote")]
    Token {
        /// The partner to call
        partner: String,
        /// Name of the API
        #[arg(long, default_value = "quoteManagement")]
        api: String,
        #[command(flatten)]
        who: Who,
    },
    /// Background work on documents
    #[command(subcommand)]
    Job(Job),
    /// Events on their way to Buyers
    #[command(subcommand)]
    Notification(Notification),
    /// The append-only record of who did what
    #[command(subcommand)]
    Audit(Audit),
    /// `certify profile --init`: what a tester has to know of this Seller
    #[command(skip)]
    TesterProfile {
        /// Where the tester listens.
        listen: Option<std::net::SocketAddr>,
        /// Our company.
        who: Who,
    },
    /// `certify profile --init --buyer`: what a tester has to know of this Buyer
    #[command(skip)]
    TesterBuyer {
        /// Where the tester listens.
        listen: Option<std::net::SocketAddr>,
        /// How this program is called for this installation.
        program: String,
        /// Our company.
        who: Who,
    },
}

/// What a person is told when a command cannot be done. It changed nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct CommandError {
    /// What is wrong, and where.
    pub message: String,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// A partner's or a checker's list: property path and reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<segue_model::failure::Problem>,
    /// The request the problems are about: shown beside each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Box<Value>>,
    /// With `--dry-run`: what would have been sent. No error then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsed: Option<Box<Value>>,
}

impl CommandError {
    /// A plain message.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    /// With the next step.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Progress of a long command, one line at a time.
pub type Progress<'a> = &'a (dyn Fn(Value) + Send + Sync);

/// The answer of a command that needs no installation, where it has all it needs or there is none;
/// none for all others.
pub fn without_store(command: &Command, home: &Path) -> Option<Result<Value, CommandError>> {
    match command {
        Command::Book(Book::Check {
            folder,
            repair: Some(file),
            ..
        }) => Some(clean::repair(folder, file)),
        Command::Book(Book::Check {
            folder,
            products: Some(products),
            ..
        }) => Some(book::check_with(folder, products.clone())),
        Command::Book(Book::Check { folder, who, .. }) if who.company.is_none() && !Config::is_in(home) => {
            Some(book::check(folder))
        }
        _ => None,
    }
}

/// Adds what is found out where the files are, and not by who runs the command.
pub fn beside(command: &Command, answer: &mut Value) -> Result<(), CommandError> {
    match command {
        Command::Book(Book::Check {
            folder, repair: None, ..
        }) => clean::tell(folder, answer),
        _ => Ok(()),
    }
}

impl Command {
    /// What is too long to stand in a command, and follows it.
    pub fn list(&mut self) -> Option<&mut List> {
        match self {
            Self::Book(Book::Load { folder, .. } | Book::Check { folder, .. }) => folder.places.as_mut(),
            _ => None,
        }
    }
}

/// Does what `command` says.
pub async fn run(app: &App, command: Command, progress: Progress<'_>) -> Result<Value, CommandError> {
    match command {
        Command::Status => inspect::status(app).await,
        Command::Company(action) => company::run(app, action).await,
        Command::Partner(action) => partner::run(app, action).await,
        Command::Agreement(action) => agreement::run(app, action).await,
        Command::Book(action) => book::run(app, action, progress).await,
        Command::Product(action) => product::run(app, action).await,
        Command::Inventory(action) => inventory::run(app, action).await,
        Command::Order(action) => act::order(app, action).await,
        Command::Errand(action) => errand::run(app, action).await,
        Command::Buy(action) => buy::run(app, *action, progress).await,
        Command::Tender(action) => tender::run(app, action, progress).await,
        Command::Explain { id, replay: false, who } => inspect::explain(app, (&id, &who)).await,
        Command::Explain { id, replay: true, who } => inspect::replay(app, (&id, &who)).await,
        Command::History {
            id,
            revision: Some(wanted),
            who,
        } => inspect::revision(app, (&id, &who), wanted).await,
        Command::History { id, who, .. } => inspect::history(app, (&id, &who)).await,
        Command::Stats(asked) => stats::run(app, &asked).await,
        Command::Token { partner, api, who } => buy::token(app, &partner, &api, &who).await,
        Command::Job(action) => job::run(app, action).await,
        Command::Notification(action) => notification::run(app, action).await,
        Command::Audit(action) => inspect::audit(app, action).await,
        Command::TesterProfile { listen, who } => tester::profile(app, listen, &who).await,
        Command::TesterBuyer { listen, program, who } => tester::buyer::profile(app, (listen, &program), &who).await,
    }
}

/// Short names stand in addresses, client ids and commands.
fn check_name(name: &str) -> Result<(), CommandError> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 40 || !name.chars().all(allowed) {
        return Err(CommandError::new(format!("{name:?} cannot be a short name"))
            .hint("Use 1 to 40 lower case letters, digits and '-'."));
    }
    Ok(())
}

/// The audit row of a change by the operator.
fn operator(company: &segue_model::party::Company, action: &str, object: &str) -> AuditEntry {
    AuditEntry {
        company: company.id.to_string(),
        actor: "operator".into(),
        action: action.into(),
        object: object.into(),
        outcome: "ok".into(),
        detail: String::new(),
        request_id: String::new(),
    }
}

/// `{"done": text}`: the answer of a command that only changes something.
fn done(text: impl Into<String>) -> Value {
    json!({ "done": text.into() })
}

/// `3 business days`
fn span_text(span: segue_model::time::Span) -> String {
    crate::show::span_text(u64::from(span.amount), json!(span.units).as_str().unwrap_or_default())
}

/// The telling part of a product URN: `access-eline-ovc`.
fn short_urn(urn: &str) -> &str {
    urn.strip_prefix("urn:mef:lso:spec:sonata:")
        .and_then(|rest| rest.split(':').next())
        .unwrap_or(urn)
}

impl From<segue_store::StoreError> for CommandError {
    fn from(error: segue_store::StoreError) -> Self {
        Self::new(format!("the store failed: {error}"))
    }
}

impl From<segue_store::CommitError> for CommandError {
    fn from(error: segue_store::CommitError) -> Self {
        Self::new(format!("it could not be written: {error}")).hint("Try again; nothing was changed.")
    }
}

impl From<segue_gate::GateError> for CommandError {
    fn from(error: segue_gate::GateError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<segue_seller::SellerError> for CommandError {
    fn from(error: segue_seller::SellerError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<segue_buyer::BuyerError> for CommandError {
    fn from(error: segue_buyer::BuyerError) -> Self {
        use segue_buyer::BuyerError;
        let message = error.to_string();
        match error {
            BuyerError::Refused(refused) => Self {
                problems: refused.problems,
                sent: refused.sent.map(Box::new),
                ..Self::new(message)
            },
            BuyerError::Invalid { problems, sent, .. } => Self {
                problems,
                sent: Some(sent),
                ..Self::new(message).hint(
                    "It was held against our products (`segue product import PATH` reads others), the Seller's card (a newer one has its newer profiles) and the places that the agreement opens (`segue agreement export`).",
                )
            },
            BuyerError::Rehearsed(request) => Self {
                rehearsed: Some(request),
                ..Self::new(message)
            },
            BuyerError::Call { .. } => {
                Self::new(message).hint("Is their server running and reachable? Have they imported our card?")
            }
            BuyerError::Unknown { partner, .. } => Self::new(message).hint(format!(
                "Run the same command again, or `segue buy pending resolve {partner}`: nothing is made twice."
            )),
            BuyerError::NotAgreed { .. } => Self::new(message)
                .hint("Look at `segue partner show`; after the Seller changed its book, import its card again."),
            BuyerError::Incomplete(_)
            | BuyerError::Unreadable { .. }
            | BuyerError::Gate(_)
            | BuyerError::Store(_)
            | BuyerError::Commit(_) => Self::new(message),
        }
    }
}
