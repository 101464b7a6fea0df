//! The LSO Sonata client: it asks Sellers, keeps a mirror of what they answered, and listens to
//! their events. Who acts here is a person or program on our side (by commands) and a partner's
//! Seller (by events).
//!
//! An event is a hint only: the truth is fetched from the Seller before the mirror changes. An
//! event is acknowledged after it is durable, and never twice taken. What no event tells of is
//! asked for, the more rarely the longer it stays the same.

mod ask;
mod checks;
mod compose;
mod geography;
mod hub;
mod inbox;
mod inventory;
mod listen;
mod mirror;
mod older;
mod open;
mod rehearsal;
mod repair;
mod shop;
mod tolerance;
mod vlan;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use segue_gate::GateError;
use segue_gate::calls::{CallError, Calls};
use segue_gate::product_sets::ProductSets;
use segue_model::failure::Problem;
use segue_model::id::PartnerId;
use segue_model::schema::SchemaSet;
use segue_model::time::Clock;
use segue_store::{CommitError, Store, StoreError};
use serde_json::Value;
use tokio::sync::watch;

pub use ask::{Answered, Ask};
pub use checks::pointer;
pub use compose::{AnyProduct, Change, Composer, NewDate, Wish, charge_answer, reschedule};
pub use hub::Registration;
pub use inbox::Inbox;
pub use mirror::Cause;
pub use older::Heard;
pub use open::Settled;
pub use rehearsal::Manner;
pub use repair::Repair;
pub use shop::{Counts, Shop, Stopped};

/// Everything a Buyer needs from outside.
#[derive(Clone)]
pub struct Parts {
    /// Durable state.
    pub store: Store,
    /// Validity and dates.
    pub business: Arc<dyn Clock>,
    /// Agreements, receipt of events.
    pub wall: Arc<dyn Clock>,
    /// Schemas of every API version.
    pub schemas: Arc<SchemaSet>,
    /// Products by company, ours and imported.
    pub products: Arc<ProductSets>,
    /// The way out.
    pub calls: Arc<Calls>,
}

/// The client and listener of all our companies.
pub struct Buyer {
    parts: Parts,
    manner: Manner,
    /// Keys of requests that are on their way now.
    flying: Arc<Mutex<HashSet<String>>>,
    /// Wall time of the last sign of life of documents of which nothing new came with it.
    heard: Arc<Mutex<HashMap<repair::Key, Timestamp>>>,
    /// What is odd about requests of one command; the server's own requests are noted in the log only.
    notes: Option<Mutex<Vec<String>>>,
}

/// Why a request of ours came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum BuyerError {
    /// The agreement does not open it.
    #[error("the agreement with {partner} does not have {what}")]
    NotAgreed {
        /// With whom.
        partner: PartnerId,
        /// What is missing.
        what: String,
    },
    /// Something needed for the request is not there.
    #[error("{0} is needed for this request and is not there")]
    Incomplete(String),
    /// Our own request breaks the standard; it was not sent.
    #[error("the request ({shape}) is not in order; it was not sent")]
    Invalid {
        /// The shape of its body.
        shape: String,
        /// All problems.
        problems: Vec<Problem>,
        /// The body.
        sent: Box<Value>,
    },
    /// It was to be shown only; here it is.
    #[error("nothing was sent")]
    Rehearsed(Box<Value>),
    /// The Seller said no.
    #[error(transparent)]
    Refused(Box<Refused>),
    /// The Seller's answer cannot be understood.
    #[error("{partner} sent an answer that cannot be read: {reason}")]
    Unreadable {
        /// Who.
        partner: PartnerId,
        /// Why.
        reason: String,
    },
    /// No answer came.
    #[error("{partner} gave no answer: {source}")]
    Call {
        /// Who.
        partner: PartnerId,
        /// Why.
        source: Box<CallError>,
    },
    /// Our own products.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// It may have been done all the same.
    #[error("{partner} gave no answer that says whether it was done: {why}")]
    Unknown {
        /// Who.
        partner: PartnerId,
        /// What came instead.
        why: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store refused.
    #[error("the mirror cannot be written: {0}")]
    Commit(#[from] CommitError),
}

/// An answer of a Seller that is no success.
#[derive(Debug, thiserror::Error)]
#[error("{partner} answered {status}, {}: {reason} (request id {request_id})", if code.is_empty() { "unprocessable" } else { code })]
pub struct Refused {
    /// Who.
    pub partner: PartnerId,
    /// HTTP status.
    pub status: u16,
    /// The standard's code; empty with a list of problems.
    pub code: String,
    /// The Seller's words.
    pub reason: String,
    /// All problems of a 422.
    pub problems: Vec<Problem>,
    /// The body it is about.
    pub sent: Option<Value>,
    /// To quote to their support.
    pub request_id: String,
    /// How long they ask us to wait before we try again.
    pub retry_after: Option<std::time::Duration>,
}

impl BuyerError {
    /// Whether the Seller does not know what was asked for.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(refused) if refused.status == 404)
    }

    /// Something needed is not there.
    pub fn incomplete(what: impl Into<String>) -> Self {
        Self::Incomplete(what.into())
    }
}

impl Buyer {
    /// A client; it listens once it is routed to and its [`Inbox`] runs.
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            parts,
            manner: Manner::default(),
            flying: Arc::default(),
            heard: Arc::default(),
            notes: None,
        })
    }

    /// Changes whenever a mirror changed or an event arrived.
    pub fn news(&self) -> watch::Receiver<u64> {
        self.parts.store.changes()
    }
}
