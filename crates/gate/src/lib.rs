//! Who may come in: the authorization server of each of our companies, and the check of every
//! caller. Both roles use it, so that admission is written once.
//!
//! It guarantees that no request reaches a role without a token of ours that is whole, in date,
//! made for this very API and not revoked, whose client is a partner in good standing under an
//! agreement in force, and no more of them than can be answered. It does not look at bodies.

use std::sync::Arc;

use segue_model::failure::Failure;
use segue_model::id::CompanyId;
use segue_model::time::Clock;
use segue_net::keys::KeyError;
use segue_net::outbound::Outbound;
use segue_store::{Store, StoreError};

pub mod admit;
pub mod answer;
pub mod body;
pub mod calls;
mod client;
pub mod front;
mod grant;
mod keys;
mod load;
mod partner_keys;
pub mod product_sets;
mod refusals;
mod routes;
pub mod secret;
mod throttle;
mod token;
mod traffic;

/// What can go wrong inside the gate.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key of ours.
    #[error("a signing key of company {company} cannot be used: {reason}")]
    Key {
        /// Whose.
        company: CompanyId,
        /// Why.
        reason: KeyError,
    },
    /// The company has no key yet.
    #[error("company {0} has no signing key")]
    NoKey(CompanyId),
    /// Stored products cannot be used.
    #[error("the products of {company} cannot be used: {reason}")]
    Products {
        /// Whose.
        company: CompanyId,
        /// Why.
        reason: String,
    },
}

/// Until a database that went away is asked for again: one that restarts or fails over takes
/// seconds.
pub(crate) const AWAY_RETRY_SECONDS: u64 = 2;

impl GateError {
    /// What a partner is told: our own fault, or that it may come again.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Store(error) if error.is_passing() => Failure::Unavailable(AWAY_RETRY_SECONDS),
            Self::Store(_) | Self::Key { .. } | Self::NoKey(_) | Self::Products { .. } => Failure::Internal,
        }
    }
}

/// The gate of all our companies.
pub struct Gate {
    store: Store,
    wall: Arc<dyn Clock>,
    keys: keys::Cache,
    partner_keys: partner_keys::PartnerKeys,
    throttle: throttle::Throttle,
    refusals: refusals::Refusals,
    counts: traffic::Counts,
    load: Arc<load::Load>,
    holders: load::Holders,
}

impl Gate {
    /// A gate over `store`. `outbound` fetches the key sets of partners.
    pub fn new(store: Store, outbound: Arc<Outbound>, wall_clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            store,
            wall: wall_clock,
            keys: keys::Cache::default(),
            partner_keys: partner_keys::PartnerKeys::new(outbound),
            throttle: throttle::Throttle::default(),
            refusals: refusals::Refusals::default(),
            counts: traffic::Counts::default(),
            load: Arc::default(),
            holders: load::Holders::default(),
        })
    }

    /// The store it works on.
    pub fn store(&self) -> &Store {
        &self.store
    }
}
