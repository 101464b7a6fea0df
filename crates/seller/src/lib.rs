//! The LSO Sonata server: who acts here is a partner's Buyer (by requests), the business clock
//! (by jobs) and the wall clock (by deliveries).
//!
//! It guarantees that an answer is sent only after its whole effect is committed, and that a
//! partner sees its own documents only. What an API family decides is not here but in
//! `segue_model::api`.

mod acts;
mod answering;
mod basis;
mod books;
mod connector;
mod decide;
mod deliveries;
mod errands;
mod idempotency;
mod jobs;
mod operation;
mod quiet;
mod ruling;
mod stats;
mod work;

use std::sync::Arc;

use axum::response::Response;
use segue_gate::GateError;
use segue_gate::front::{Answers, Call};
use segue_gate::product_sets::ProductSets;
use segue_model::describe::{Kind, Lifeline};
use segue_model::failure::Failure;
use segue_model::id::CompanyId;
use segue_model::products::Products;
use segue_model::rules::Rules;
use segue_model::schema::SchemaSet;
use segue_model::time::Clock;
use segue_net::outbound::Outbound;
use segue_store::Store;

pub use acts::ActError;
pub use answering::Answering;
pub use basis::legible;
pub use books::{Books, CurrentBook};
pub use connector::Connector;
pub use decide::Replayed;
pub use deliveries::Deliveries;
pub use errands::ErrandError;
pub use jobs::Jobs;
pub use stats::{Cut, FallOut, Flow, Waiting};

/// When to come again while a book is being opened.
const OPENING_RETRY_SECONDS: u64 = 2;

/// Everything a Seller needs from outside.
pub struct Parts {
    /// Durable state.
    pub store: Store,
    /// Validity, milestones, due jobs.
    pub business: Arc<dyn Clock>,
    /// Idempotency keys, retries.
    pub wall: Arc<dyn Clock>,
    /// Request schemas of every API version.
    pub schemas: Arc<SchemaSet>,
    /// Product schemas shipped with us; what a company imports comes beside them.
    pub products: Arc<Products>,
    /// Checks callbacks, and calls connectors.
    pub outbound: Arc<Outbound>,
    /// Legacy systems that answer errands.
    pub connectors: Vec<Connector>,
    /// A list with more matches than this is refused instead of paged.
    pub list_max: u64,
    /// The rules of a resource: `segue_model::api::rules`, or less than that in a test.
    pub rules: fn(&str) -> Option<&'static dyn Rules>,
}

/// The server of all our companies.
pub struct Seller {
    parts: Parts,
    books: Books,
    product_sets: Arc<ProductSets>,
    answering: Arc<Answering>,
    in_flight: Arc<idempotency::InFlight>,
    connectors: connector::Connectors,
    quiet: quiet::Quiet,
}

/// What can go wrong inside.
#[derive(Debug, thiserror::Error)]
pub enum SellerError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] segue_store::StoreError),
    /// What a decision was made of cannot be read.
    #[error("the basis of decision {id} cannot be read: {reason}")]
    Basis {
        /// Which decision.
        id: String,
        /// Why.
        reason: String,
    },
    /// What both roles stand on.
    #[error(transparent)]
    Gate(#[from] segue_gate::GateError),
    /// The book is being opened, and that takes long.
    #[error("the book of {company} is being opened; try again in a moment")]
    BookOpening {
        /// Whose.
        company: CompanyId,
    },
    /// A stored book cannot be read.
    #[error("the book of {company} cannot be read: {reason}")]
    Book {
        /// Whose.
        company: CompanyId,
        /// Why.
        reason: String,
    },
}

/// Our own fault: logged here, told to the partner without its reason.
impl From<SellerError> for Failure {
    fn from(error: SellerError) -> Self {
        if let SellerError::BookOpening { company } = &error {
            tracing::info!(%company, "a request came before the book was open");
            return Self::Unavailable(OPENING_RETRY_SECONDS);
        }
        tracing::error!(%error, "a request could not be answered");
        match error {
            SellerError::Store(error) => GateError::from(error).failure(),
            SellerError::Gate(error) => error.failure(),
            SellerError::Basis { .. } | SellerError::BookOpening { .. } | SellerError::Book { .. } => Self::Internal,
        }
    }
}

impl Seller {
    /// A server that does nothing until it is routed to and its [`Jobs`] and [`Deliveries`] run.
    pub fn new(mut parts: Parts) -> Arc<Self> {
        let connectors = std::mem::take(&mut parts.connectors);
        let books = Books::new(parts.store.clone());
        let product_sets = Arc::new(ProductSets::new(parts.store.clone(), Arc::clone(&parts.products)));
        let answering = Arc::new(Answering::new(parts.store.clone()));
        Arc::new(Self {
            parts,
            books,
            product_sets,
            answering,
            in_flight: Arc::default(),
            connectors: connector::Connectors::new(connectors),
            quiet: quiet::Quiet::default(),
        })
    }

    /// The books in force.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// The products of each company.
    pub fn product_sets(&self) -> &Arc<ProductSets> {
        &self.product_sets
    }

    /// Present business time.
    pub fn now(&self) -> jiff::Timestamp {
        self.parts.business.now()
    }
}

impl Answers for Seller {
    const LIFELINE: Lifeline = Lifeline::Seller;
    const BODY_MAX: usize = 2 * 1024 * 1024;

    async fn answer(&self, call: Call) -> Result<Response, Failure> {
        let call = operation::older::enter(self, call)?;
        let (asked, spoken) = (Arc::clone(&call.operation), call.spoken.clone());
        let answered = match call.operation.kind {
            Kind::List => operation::list::answer(self, call).await,
            Kind::Get => operation::get::answer(self, call).await,
            Kind::Create | Kind::Patch | Kind::Task => operation::change::answer(self, call).await,
            Kind::HubCreate => operation::hub::create(self, call).await,
            Kind::HubGet => operation::hub::get(self, call).await,
            Kind::HubDelete => operation::hub::delete(self, call).await,
            Kind::Act => Err(not_offered(&call)),
            Kind::Listener => Err(Failure::NotFound),
        };
        answered.map_err(|failure| operation::older::failure(failure, &asked, spoken.as_deref()))
    }
}

/// 501 of an operation that this Seller does not bring to life.
fn not_offered(call: &Call) -> Failure {
    Failure::NotImplemented(format!("{} is not offered by this Seller.", call.operation.id))
}
