//! The command layer: everything that can be asked of an installation, whoever asks. The command
//! line runs it directly or through the admin socket; what it answers is JSON, drawn by
//! [`crate::show`] for people.

use clap::{Args, Subcommand};
use segue_model::commit::AuditEntry;
use segue_model::products::Products;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::{TextFile, TextFolder};

mod agreement;
mod book;
mod buy;
pub mod company;
mod errand;
mod inspect;
mod inventory;
mod job;
mod notification;
mod partner;
mod stats;

pub use buy::{AddressWords, Buy, ChangeWords, Charge, Circuit, DateWords, Kind, Then, moments};
pub use errand::{Answer, Errand};
pub use inspect::figures;
pub use stats::{StatsAsked, gauges};

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
    /// Products of our Buyers
    #[command(subcommand)]
    Inventory(Inventory),
    /// Steps that people answer: order acceptance, work, prices
    #[command(subcommand)]
    Errand(Errand),
    /// Buy from a Seller, step by step
    #[command(subcommand)]
    Buy(Box<Buy>),
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
    /// Who sent what when, about one resource
    History {
        /// Identifier of the resource
        id: String,
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
}

/// Which of our companies is meant.
#[derive(Clone, Debug, Default, Args, Serialize, Deserialize)]
pub struct Who {
    /// Our company [default: the only one; to look something up by its identifier: all]
    #[arg(long, value_name = "ID")]
    pub company: Option<String>,
}

/// Our companies.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Company {
    /// List them
    List,
    /// Add a company to this installation
    #[command(after_help = "Example:\n  segue company add gamma --name 'Gamma Networks'")]
    Add {
        /// Short name: lower case letters, digits and '-'; part of its base address
        id: String,
        /// Full name
        #[arg(long)]
        name: String,
        /// Identifier partners know it by (buyerId, sellerId) [default: the short name]
        #[arg(long)]
        party_id: Option<String>,
        /// E-mail address of the desk partners reach
        #[arg(long, default_value = "desk@example.com")]
        email: String,
        /// Telephone number of that desk
        #[arg(long, default_value = "+1 555 0100")]
        phone: String,
    },
    /// Make a new signing key; the old one stays published for a week
    RotateKey {
        #[command(flatten)]
        who: Who,
    },
    /// Print the card a partner imports: addresses, public keys, what we speak and sell
    #[command(after_help = "Example:\n  segue --dir acme company card > acme.card.json")]
    Card {
        #[command(flatten)]
        who: Who,
    },
}

/// Partners.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Partner {
    /// Add a partner by hand; `import` does it from the partner's card
    Add(PartnerAdd),
    /// List partners
    List {
        #[command(flatten)]
        who: Who,
    },
    /// Show one partner and its agreements
    Show {
        /// Its short name
        name: String,
        #[command(flatten)]
        who: Who,
    },
    /// Print our card for partners, with the name under which they shall know us
    #[command(after_help = "Example:\n  segue --dir acme partner export > acme.card.json")]
    Export {
        #[command(flatten)]
        who: Who,
    },
    /// Take in a partner's card: keys, addresses and a first agreement, without typing
    #[command(after_help = "Examples:
  segue --dir acme partner import beta.card.json --as seller
  segue --dir beta partner import acme.card.json --as buyer")]
    Import {
        /// The card (JSON); '-' reads standard input
        file: TextFile,
        /// What we are towards them
        #[arg(long = "as", value_enum)]
        role: Role,
        /// Short name to give them [default: that of the card]
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        who: Who,
    },
    /// Make a client secret for a partner without keys; it is shown once
    Secret {
        /// Its short name
        name: String,
        #[command(flatten)]
        who: Who,
    },
    /// Refuse all requests of a partner, at once, and send it nothing
    Suspend {
        /// Its short name
        name: String,
        #[command(flatten)]
        who: Who,
    },
    /// End a suspension
    Resume {
        /// Its short name
        name: String,
        #[command(flatten)]
        who: Who,
    },
}

/// A partner by hand.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
#[command(after_help = "Example:
  segue partner add gamma --name 'Gamma Net' --url https://lso.gamma.example --as seller --party-id GAMMA")]
pub struct PartnerAdd {
    /// Short name
    pub id: String,
    /// Full name
    #[arg(long)]
    pub name: String,
    /// Base address of its APIs
    #[arg(long)]
    pub url: String,
    /// What we are towards them
    #[arg(long = "as", value_enum)]
    pub role: Role,
    /// Identifier it is known by (buyerId, sellerId) [default: the short name]
    #[arg(long)]
    pub party_id: Option<String>,
    /// Its authorization server, when we call it
    #[arg(long, requires = "token_endpoint")]
    pub issuer: Option<String>,
    /// Its token endpoint
    #[arg(long, requires = "issuer")]
    pub token_endpoint: Option<String>,
    /// Our client id there [default: our short name]
    #[arg(long)]
    pub client_id: Option<String>,
    /// File with our client secret there; without it we sign with our key
    #[arg(long)]
    pub secret_file: Option<TextFile>,
    /// File with its public keys (JWK set); without it use `partner secret`
    #[arg(long)]
    pub jwks_file: Option<TextFile>,
    /// Our company.
    #[command(flatten)]
    pub who: Who,
}

/// Our role towards a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
pub enum Role {
    /// They buy from us
    Seller,
    /// We buy from them
    Buyer,
}

/// Agreements.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Agreement {
    /// List the agreements in force
    List {
        #[command(flatten)]
        who: Who,
    },
    /// Print the agreements with a partner in a form `agreement import` takes
    Export {
        /// The partner
        partner: String,
        #[command(flatten)]
        who: Who,
    },
    /// Put a new version of an agreement into force
    Import {
        /// JSON, as `agreement export` prints it
        file: TextFile,
    },
}

/// Books.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Book {
    /// Check a folder with a book; nothing is changed
    #[command(after_help = "Example:\n  segue book check samples/book")]
    Check {
        /// Folder with book.toml and places.csv
        folder: TextFolder,
    },
    /// Load a book as the new current version
    #[command(after_help = "Example:\n  segue book load samples/book")]
    Load {
        /// Folder with book.toml and places.csv
        folder: TextFolder,
        #[command(flatten)]
        who: Who,
    },
    /// Show what we sell
    Show {
        #[command(flatten)]
        who: Who,
    },
}

/// Seller's inventory.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Inventory {
    /// Enter a product that was ordered outside the API (an ENNI, for example)
    #[command(after_help = "Example:\n  segue --dir acme inventory import samples/enni.json --partner beta")]
    Import {
        /// The product, JSON
        file: TextFile,
        /// Whose it is
        #[arg(long)]
        partner: String,
        #[command(flatten)]
        who: Who,
    },
    /// List the products of our Buyers
    List {
        /// Only those of this partner
        #[arg(long)]
        partner: Option<String>,
        #[command(flatten)]
        who: Who,
    },
}

/// Events on their way.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Notification {
    /// List deliveries that wait or are parked
    List {
        #[command(flatten)]
        who: Who,
    },
    /// Send parked events, and those that wait after a failed try, now
    Replay {
        /// Only those of this partner
        #[arg(long)]
        partner: Option<String>,
        #[command(flatten)]
        who: Who,
    },
    /// Give parked events up, so that later ones about the same resource go out
    Drop {
        /// Those of this partner
        #[arg(long)]
        partner: String,
        #[command(flatten)]
        who: Who,
    },
}

/// Background work.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Job {
    /// List jobs that failed too often and wait for a person
    List {
        #[command(flatten)]
        who: Who,
    },
    /// Run a parked job again, now
    Replay {
        /// Identifier of the job
        id: String,
        #[command(flatten)]
        who: Who,
    },
}

/// The audit chain.
#[derive(Clone, Debug, Subcommand, Serialize, Deserialize)]
pub enum Audit {
    /// Print the newest rows
    List {
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Recompute the chain and say whether a row was changed, moved or removed
    Verify,
}

/// What a person is told when a command cannot be done. It changed nothing.
#[derive(Clone, Debug, Serialize, Deserialize, thiserror::Error)]
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
}

impl CommandError {
    /// A plain message.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            problems: Vec::new(),
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

/// The answer of a command that needs no installation; none for all others.
pub fn without_store(command: &Command) -> Option<Result<Value, CommandError>> {
    match command {
        Command::Book(Book::Check { folder }) => Some(book::check(folder, &Products::builtin())),
        _ => None,
    }
}

/// Does what `command` says.
pub async fn run(app: &App, command: Command, progress: Progress<'_>) -> Result<Value, CommandError> {
    match command {
        Command::Status => inspect::status(app).await,
        Command::Company(action) => company::run(app, action).await,
        Command::Partner(action) => partner::run(app, action).await,
        Command::Agreement(action) => agreement::run(app, action).await,
        Command::Book(action) => book::run(app, action).await,
        Command::Inventory(action) => inventory::run(app, action).await,
        Command::Errand(action) => errand::run(app, action).await,
        Command::Buy(action) => buy::run(app, *action, progress).await,
        Command::Explain { id, replay: false, who } => inspect::explain(app, (&id, &who)).await,
        Command::Explain { id, replay: true, who } => inspect::replay(app, (&id, &who)).await,
        Command::History { id, who } => inspect::history(app, (&id, &who)).await,
        Command::Stats(asked) => stats::run(app, &asked).await,
        Command::Token { partner, api, who } => buy::token(app, &partner, &api, &who).await,
        Command::Job(action) => job::run(app, action).await,
        Command::Notification(action) => notification::run(app, action).await,
        Command::Audit(action) => inspect::audit(app, action).await,
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
                message,
                hint: None,
                problems: refused.problems,
            },
            BuyerError::Invalid { problems, .. } => Self {
                message,
                hint: None,
                problems,
            },
            BuyerError::Call { .. } => {
                Self::new(message).hint("Is their server running and reachable? Have they imported our card?")
            }
            BuyerError::NotAgreed { .. } => Self::new(message)
                .hint("Look at `segue partner show`; after the Seller changed its book, import its card again."),
            BuyerError::Incomplete(_)
            | BuyerError::Unreadable { .. }
            | BuyerError::Store(_)
            | BuyerError::Commit(_) => Self::new(message),
        }
    }
}
