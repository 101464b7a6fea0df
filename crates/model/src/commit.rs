//! Everything a decision changes: applied whole or refused whole, on either engine.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::{Document, Side};
use crate::id::Scope;

/// One unit of change. An empty `Commit` changes nothing.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// New documents (revision 1) and next revisions. A revision that is not exactly one more
    /// than the stored one refuses the whole commit.
    pub documents: Vec<Document>,
    /// What subscribers are told; one delivery per matching subscription is made in the commit.
    pub events: Vec<Event>,
    /// Background work to do later.
    pub jobs: Vec<Job>,
    /// Jobs that this commit finishes; a job that is gone already refuses the whole commit, so
    /// that no job takes effect twice.
    pub done_jobs: Vec<String>,
    /// Pending jobs of these documents are dropped.
    pub cancel_jobs_of: Vec<String>,
    /// Capacity taken, kept and given back.
    pub holds: Vec<HoldChange>,
    /// Checked after `holds` were applied: more taken than there is refuses the whole commit.
    pub capacity_guards: Vec<CapacityGuard>,
    /// Why an answer was given.
    pub decisions: Vec<Decision>,
    /// The partner's own text of a request, kept beside the document.
    pub received: Vec<Received>,
    /// The answer to repeat when the same idempotency key comes again.
    pub idempotency: Option<IdempotentAnswer>,
    /// Subscriptions made and ended.
    pub subscriptions: Vec<SubscriptionChange>,
    /// Who did what; one row each in the append-only audit chain.
    pub audit: Vec<AuditEntry>,
    /// Trace id of the request all this comes from; empty for what the operator or the clock
    /// began. Jobs and events made here carry it on.
    pub trace: String,
}

/// What happened to a resource, before it is known who wants to hear of it.
#[derive(Clone, Debug)]
pub struct Event {
    /// Stable over all deliveries and retries.
    pub id: String,
    /// Whose subscriptions it goes to.
    pub scope: Scope,
    /// Name of the notification API (`quoteNotification`).
    pub api: String,
    /// `quoteStateChangeEvent` and so on: also the last segment of the listener's path.
    pub event_type: String,
    /// Deliveries of one lane go out in order. The id of the resource it is about; for a charge
    /// or a request about an order, the id of that order.
    pub lane: String,
    /// Business time it happened.
    pub at: Timestamp,
    /// The `event` object of the envelope.
    pub payload: Value,
}

/// A unit of background work on one document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Unique.
    pub id: String,
    /// Whose.
    pub scope: Scope,
    /// The document it works on.
    pub document_id: String,
    /// The resource of that document: picks the rules that run it.
    pub resource: String,
    /// What to do, in words of the rules (`validate`, `milestone`, `expire`).
    pub kind: String,
    /// What the rules want to remember.
    pub payload: Value,
    /// Business time it is due.
    pub due_at: Timestamp,
    /// How often it failed already.
    pub attempt: u32,
}

/// A change of held capacity. An owner is one item of one document: `DOCUMENT_ID#ITEM_ID`.
#[derive(Clone, Debug, PartialEq)]
pub enum HoldChange {
    /// Takes `amount` of `key` until `expires_at` (business time), for good without one.
    Take {
        /// What is taken, for example `port/ADDRESS_ID`.
        key: String,
        /// By whom.
        owner: String,
        /// How much; units are those of the book.
        amount: i64,
        /// Until when.
        expires_at: Option<Timestamp>,
    },
    /// What `from` holds now belongs to `to`, without an end.
    Keep {
        /// The quote item.
        from: String,
        /// The order item.
        to: String,
    },
    /// What `owner` holds is free again.
    Release {
        /// By whom it was held.
        owner: String,
    },
}

/// No more than `limit` of `key` may be held at `at`.
#[derive(Clone, Debug, PartialEq)]
pub struct CapacityGuard {
    /// As in [`HoldChange::Take`].
    pub key: String,
    /// What the book has.
    pub limit: i64,
    /// Business time: holds that expired before it do not count.
    pub at: Timestamp,
}

/// The record that explains one answer and lets it be computed again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// Unique.
    pub id: String,
    /// The document it is about.
    pub document_id: String,
    /// The item, where it is about one.
    pub item_id: Option<String>,
    /// `poq`, `quote`, `order` and so on.
    pub step: String,
    /// Who answered: `book` (later `connector`, `errand`).
    pub answered_by: String,
    /// Version of the book it was answered from.
    pub book_version: u32,
    /// Version of the agreement.
    pub agreement_version: u32,
    /// Business time of the answer.
    pub at: Timestamp,
    /// What it was computed from, beyond book and agreement (capacity seen, for example).
    pub inputs: Value,
    /// What came out: lines a person can read (rules applied, price lines, holds).
    pub outcome: Value,
}

/// The text a partner sent, byte for byte.
#[derive(Clone, Debug)]
pub struct Received {
    /// The document it made or changed.
    pub document_id: String,
    /// The revision of it that came of this.
    pub revision: u64,
    /// Major version of the API it was sent to.
    pub version: u32,
    /// The body.
    pub text: String,
}

/// A stored answer to a create or a change.
#[derive(Clone, Debug, PartialEq)]
pub struct IdempotentAnswer {
    /// Company, partner, API, version, operation and key, in one text.
    pub key: String,
    /// SHA-256 over path, query and parsed body.
    pub digest: String,
    /// 2xx.
    pub status: u16,
    /// The body as it was sent.
    pub body: String,
    /// Wall time after which the key may be forgotten.
    pub expires_at: Timestamp,
}

/// A Buyer's wish to hear of events.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// `id` of the `EventSubscription`.
    pub id: String,
    /// Whose.
    pub scope: Scope,
    /// The management API it was registered at (`quoteManagement`).
    pub api: String,
    /// The notification API its events belong to (`quoteNotification`): [`Event::api`].
    pub notification: String,
    /// Its major version.
    pub version: u32,
    /// Scheme, host and prefix to which base path and listener are added.
    pub callback: String,
    /// As it was given; absent and empty mean all.
    pub query: Option<String>,
    /// The event types it asks for; empty means all of the API.
    pub event_types: Vec<String>,
    /// Query parameters to repeat on every delivery (`buyerId`, `sellerId`).
    pub party_query: String,
}

/// A subscription made or ended.
#[derive(Clone, Debug)]
pub enum SubscriptionChange {
    /// Registers it.
    Add(Subscription),
    /// Ends it and closes its queue.
    Remove {
        /// Whose.
        scope: Scope,
        /// Which.
        id: String,
    },
}

/// One row of the audit chain. Never a token, a secret or a body.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// The company it concerns; empty for the installation.
    pub company: String,
    /// Who: a partner's client id, `operator`, `clock`.
    pub actor: String,
    /// What: an operationId, a command, `token.issued`, `token.refused`.
    pub action: String,
    /// On what: resource and id.
    pub object: String,
    /// `ok`, `refused` or a new state.
    pub outcome: String,
    /// The reason, or anything else worth keeping.
    pub detail: String,
    /// Request and trace id, where there was a request.
    pub request_id: String,
}

impl Commit {
    /// A commit that writes one document.
    pub fn of(document: Document) -> Self {
        Self {
            documents: vec![document],
            ..Self::default()
        }
    }

    /// Adds everything of `other`.
    pub fn merge(&mut self, other: Self) {
        self.documents.extend(other.documents);
        self.events.extend(other.events);
        self.jobs.extend(other.jobs);
        self.done_jobs.extend(other.done_jobs);
        self.cancel_jobs_of.extend(other.cancel_jobs_of);
        self.holds.extend(other.holds);
        self.capacity_guards.extend(other.capacity_guards);
        self.decisions.extend(other.decisions);
        self.received.extend(other.received);
        self.idempotency = other.idempotency.or(self.idempotency.take());
        self.subscriptions.extend(other.subscriptions);
        self.audit.extend(other.audit);
        if self.trace.is_empty() {
            self.trace = other.trace;
        }
    }

    /// Whether it writes documents of `side`.
    pub fn touches(&self, side: Side) -> bool {
        self.documents.iter().any(|document| document.side == side)
    }
}
