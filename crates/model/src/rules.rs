//! What an API family adds to the frame: pure functions from a request and what is known to one
//! [`Commit`].
//!
//! The frame loads what [`Rules::needs`] names, calls the rules, and commits. A refused commit
//! (somebody was faster) means: load again, decide again.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::book::Book;
use crate::commit::{Commit, Job};
use crate::document::{Checked, Document, Object};
use crate::failure::Problem;
use crate::party::{Agreement, Company, Partner};
use crate::products::Products;
use crate::time::Span;

/// Something the rules want to know before they decide.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ref {
    /// A document of this partner. Foreign and unknown ids are found in the same way: not.
    Document {
        /// Resource name (`productOfferingQualification`, `quote`, `productOrder`, `product`).
        resource: &'static str,
        /// Its id.
        id: String,
    },
    /// How much of a capacity key is held now, over all partners of the company.
    Capacity(String),
    /// What is still to be done about the document with this id.
    Jobs(String),
    /// All documents of this partner that the index finds under `resource` with `filter` = `value`
    /// (at most [`RELATED_MAX`]).
    Related {
        /// Resource name.
        resource: &'static str,
        /// Name of a declared filter.
        filter: &'static str,
        /// Its value.
        value: String,
    },
}

/// The most documents one [`Ref::Related`] brings: an order has far fewer requests and charges.
pub const RELATED_MAX: usize = 500;

/// What was found of [`Ref`]s.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Found {
    /// By resource and id.
    pub documents: HashMap<(String, String), Document>,
    /// Amount held, by capacity key.
    pub held: HashMap<String, i64>,
    /// By resource, filter and value.
    pub related: HashMap<(String, String, String), Vec<Document>>,
    /// By document.
    pub jobs: HashMap<String, Vec<Job>>,
}

/// [`Found`] in JSON, in an order that is always the same.
#[derive(Serialize, Deserialize)]
struct Written {
    documents: Vec<Document>,
    held: BTreeMap<String, i64>,
    #[serde(default)]
    jobs: BTreeMap<String, Vec<Job>>,
    related: Vec<(String, String, String, Vec<Document>)>,
}

impl From<Found> for Written {
    fn from(found: Found) -> Self {
        let mut documents: Vec<Document> = found.documents.into_values().collect();
        documents.sort_by(|a, b| a.id.cmp(&b.id));
        let related = found.related.into_iter();
        let mut related: Vec<_> = related.map(|((a, b, c), documents)| (a, b, c, documents)).collect();
        related.sort_by(|a, b| (&a.0, &a.1, &a.2).cmp(&(&b.0, &b.1, &b.2)));
        Self {
            documents,
            held: found.held.into_iter().collect(),
            jobs: found.jobs.into_iter().collect(),
            related,
        }
    }
}

impl From<Written> for Found {
    fn from(written: Written) -> Self {
        let keyed = |document: Document| ((document.resource.clone(), document.id.clone()), document);
        Self {
            documents: written.documents.into_iter().map(keyed).collect(),
            held: written.held.into_iter().collect(),
            jobs: written.jobs.into_iter().collect(),
            related: written
                .related
                .into_iter()
                .map(|(a, b, c, documents)| ((a, b, c), documents))
                .collect(),
        }
    }
}

impl Found {
    /// The document, if it exists and belongs to this partner.
    pub fn document(&self, resource: &str, id: &str) -> Option<&Document> {
        self.documents.get(&(resource.to_owned(), id.to_owned()))
    }

    /// Amount of `key` that is held.
    pub fn held(&self, key: &str) -> i64 {
        self.held.get(key).copied().unwrap_or(0)
    }

    /// The related documents, oldest first.
    pub fn related(&self, resource: &str, filter: &str, value: &str) -> &[Document] {
        let key = (resource.to_owned(), filter.to_owned(), value.to_owned());
        self.related.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The jobs of a document that are not done.
    pub fn jobs(&self, document_id: &str) -> &[Job] {
        self.jobs.get(document_id).map_or(&[], Vec::as_slice)
    }
}

/// What stands around a decision.
pub struct Context<'a> {
    /// Our side.
    pub company: &'a Company,
    /// Their side.
    pub partner: &'a Partner,
    /// The agreement in force.
    pub agreement: &'a Agreement,
    /// What the company sells, in its current version.
    pub book: &'a Book,
    /// Product schemas and the rules beyond them.
    pub products: &'a Products,
    /// Business time of the decision.
    pub now: Timestamp,
    /// Major version of the API the request came in.
    pub api_version: u32,
    /// Makes identifiers: random in a server, counted in tests.
    pub new_id: &'a dyn Fn() -> String,
}

impl<'a> Context<'a> {
    /// ISO 4217 code of all prices.
    pub fn currency(&self) -> &'a str {
        self.agreement.currency.as_deref().unwrap_or(&self.book.currency)
    }
}

/// What a decision on a request comes to.
#[derive(Debug)]
pub struct Outcome {
    /// What changes.
    pub commit: Commit,
    /// HTTP status of the answer: 200 or 201.
    pub status: u16,
    /// Body of the answer.
    pub body: Object,
}

/// Business rules of one resource (or of tasks on it). Pure: no I/O, no clock, no randomness.
pub trait Rules: Sync {
    /// Resource name, or operationId of a task.
    fn name(&self) -> &'static str;

    /// What to load before [`Rules::on_create`].
    fn needs(&self, input: &Checked, ctx: &Context<'_>) -> Vec<Ref>;

    /// Decides on a create or a task. All problems at once.
    fn on_create(&self, input: &Checked, found: &Found, ctx: &Context<'_>) -> Result<Outcome, Vec<Problem>>;

    /// What to load before [`Rules::on_errand`].
    fn errand_needs(&self, _document: &Document, _errand: &Document, _ctx: &Context<'_>) -> Vec<Ref> {
        Vec::new()
    }

    /// What the answer of a person comes to. The frame adds the end of the errand, except when
    /// [`ErrandOutcome::stays`] says that it goes on (one milestone of several).
    fn on_errand(
        &self,
        _document: &Document,
        _errand: &Document,
        _answer: &ErrandAnswer,
        _found: &Found,
        _ctx: &Context<'_>,
    ) -> Result<ErrandOutcome, String> {
        Err("nothing here is answered by people".into())
    }

    /// Whether `document`, as it is now, still waits for the answer to `errand`. Where it does not,
    /// the errand is withdrawn.
    fn errand_stands(&self, _document: &Document, _errand: &Document) -> bool {
        false
    }

    /// What to load before [`Rules::on_act`].
    fn act_needs(&self, _document: &Document, _act: &Act, _ctx: &Context<'_>) -> Vec<Ref> {
        Vec::new()
    }

    /// What comes of something the operator does of its own accord; one sentence where it cannot
    /// be done.
    fn on_act(&self, _document: &Document, _act: &Act, _found: &Found, _ctx: &Context<'_>) -> Result<Commit, String> {
        Err("nothing is done to this by hand".into())
    }

    /// How elements are changed by PATCH; none where they cannot be.
    fn patch(&self) -> Option<&dyn Patch> {
        None
    }

    /// What to load before [`Rules::on_job`].
    fn job_needs(&self, _document: &Document, _job: &Job, _ctx: &Context<'_>) -> Vec<Ref> {
        Vec::new()
    }

    /// Does one unit of background work. The frame adds the job itself to `done_jobs`.
    /// An empty commit means that nothing is left to do.
    fn on_job(&self, _document: &Document, _job: &Job, _found: &Found, _ctx: &Context<'_>) -> Commit {
        Commit::default()
    }
}

/// Who decides where the operator acts of its own accord, in decisions and the audit chain.
pub const OPERATOR: &str = "operator";

/// What the operator does, and why: one sentence for the partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// What.
    pub deed: Deed,
    /// Why.
    pub reason: String,
}

/// Something that is done without a request, a job or an errand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Deed {
    /// A product rests.
    Suspend,
    /// A product that was suspended is active again; one about to end stays suspended.
    Resume,
    /// A suspended product ends.
    End,
    /// An order is cancelled.
    Cancel,
    /// An item of an order fails.
    Fail(String),
    /// An open charge is taken back.
    Withdraw,
}

impl Deed {
    /// In the audit chain.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::End => "end",
            Self::Cancel => "cancel",
            Self::Fail(_) => "fail",
            Self::Withdraw => "withdraw",
        }
    }
}

/// What a person answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrandAnswer {
    /// Yes: the order is taken.
    Accept,
    /// No, and why: one sentence for the partner.
    Reject(String),
    /// A step of the work is done; the errand goes on.
    Milestone(String),
    /// The work is done.
    Complete,
    /// The work cannot be done, and why: one sentence for the partner.
    Fail(String),
    /// These prices, for one item each.
    Prices(Vec<ErrandPrice>),
    /// It can be delivered, but not as the book says.
    Serviceability(ErrandServiceability),
}

/// How surely, and how soon, something can be delivered, as a person says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrandServiceability {
    /// How sure that is. What cannot be delivered at all is rejected instead.
    pub confidence: Confidence,
    /// Least time from order to product; none as the book has it.
    #[serde(default)]
    pub interval: Option<Span>,
    /// One sentence for the partner; none as the book has it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// How surely something can be delivered (Mplify 87.1 table of confidences, without red).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// As sure as it gets.
    Green,
    /// Subject to a check.
    Yellow,
}

impl Confidence {
    /// `green` or `yellow`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
        }
    }
}

/// A price that a person names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrandPrice {
    /// The item of the quote.
    pub item: String,
    /// What it is for.
    pub name: String,
    /// Duty free; the currency is that of the agreement.
    #[serde(with = "rust_decimal::serde::str")]
    pub amount: rust_decimal::Decimal,
    /// How often, where it recurs.
    pub every: Option<Span>,
}

/// What an answer comes to.
#[derive(Debug)]
pub struct ErrandOutcome {
    /// What changes.
    pub commit: Commit,
    /// Whether the errand goes on.
    pub stays: bool,
}

/// Why a change is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 422: all problems at once.
    Problems(Vec<Problem>),
    /// 409: the element is in a state that does not allow it. One sentence for the partner.
    Conflict(String),
}

impl Refusal {
    /// All of it in one line, for a person of ours.
    pub fn into_sentence(self) -> String {
        match self {
            Self::Conflict(reason) => reason,
            Self::Problems(problems) => {
                let reasons: Vec<String> = problems.into_iter().map(|problem| problem.reason).collect();
                reasons.join(" ")
            }
        }
    }
}

impl From<Vec<Problem>> for Refusal {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Problems(problems)
    }
}

/// Business rules of a PATCH. Pure, as [`Rules`].
pub trait Patch: Sync {
    /// What to load before [`Patch::on_patch`].
    fn needs(&self, _old: &Document, _input: &Checked, _ctx: &Context<'_>) -> Vec<Ref> {
        Vec::new()
    }

    /// Decides on a change of `old`.
    fn on_patch(&self, old: &Document, input: &Checked, found: &Found, ctx: &Context<'_>) -> Result<Outcome, Refusal>;
}

/// The element of a list answer: `find` of the full document. `keep` names the properties of the
/// reduced type; absent ones stay absent.
pub fn reduce(body: &Object, keep: &[impl AsRef<str>]) -> Value {
    let kept = keep.iter().filter_map(|name| {
        body.get(name.as_ref())
            .map(|value| (name.as_ref().to_owned(), value.clone()))
    });
    Value::Object(kept.collect())
}
