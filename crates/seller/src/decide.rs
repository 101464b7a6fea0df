//! One decision: what the rules are asked, what they may look at, and what they said. The same
//! function decides when it happens and when it is replayed, so that a replay proves something.

use std::cell::RefCell;
use std::sync::OnceLock;

use jiff::Timestamp;
use segue_model::api;
use segue_model::commit::{Commit, Decision, Job};
use segue_model::document::{Checked, Document, Object};
use segue_model::failure::Problem;
use segue_model::id::{CompanyId, new_id};
use segue_model::rules::{Act, ErrandAnswer, Found, Outcome, Ref, Refusal, Rules};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::basis;
use crate::ruling::Around;
use crate::{Seller, SellerError};

/// What is decided on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Matter {
    /// A create or a task.
    Request(Request),
    /// A PATCH of a document.
    Change {
        /// The body.
        request: Request,
        /// As it is.
        old: Box<Document>,
    },
    /// Background work on a document.
    Work {
        /// As it is.
        document: Box<Document>,
        /// What to do.
        job: Box<Job>,
    },
    /// The answer of a person about a document.
    Errand {
        /// As it is.
        document: Box<Document>,
        /// What was asked.
        errand: Box<Document>,
        /// What was answered.
        answer: ErrandAnswer,
    },
    /// What the operator does to a document.
    Act {
        /// As it is.
        document: Box<Document>,
        /// What, and why.
        act: Act,
    },
}

/// A request body that is to be checked again by its shape.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Who decides: a resource, or the operationId of a task.
    pub rules: String,
    /// API name.
    pub api: String,
    /// Its major version.
    pub version: u32,
    /// Shape of the body.
    pub shape: String,
    /// The body.
    pub body: Value,
    /// The body once it has passed its shape.
    #[serde(skip)]
    pub checked: OnceLock<Checked>,
}

/// What the rules said.
pub struct Decided {
    /// What changes, and the answer to a request.
    pub outcome: Outcome,
    /// Whether an errand goes on.
    pub stays: bool,
}

/// Everything needed to decide again, kept with the first decision of a commit.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Basis {
    matter: Matter,
    found: Found,
    now: Timestamp,
    ids: Vec<String>,
    /// Version of the company's products; 0: none but ours.
    #[serde(default)]
    products: u32,
}

/// One decision, computed again.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Replayed {
    /// Which.
    pub id: String,
    /// Its step.
    pub step: String,
    /// Its item.
    pub item: Option<String>,
    /// Whether the same came out, byte for byte.
    pub same: bool,
    /// What comes out now, where it is not the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<Value>,
}

/// Makes identifiers: new ones, which are written down, or those written down before.
struct Ids {
    known: RefCell<std::collections::VecDeque<String>>,
    made: RefCell<Vec<String>>,
}

impl Ids {
    fn of(known: Vec<String>) -> Self {
        Self {
            known: RefCell::new(known.into()),
            made: RefCell::default(),
        }
    }

    fn next(&self) -> String {
        let id = self.known.borrow_mut().pop_front().unwrap_or_else(new_id);
        self.made.borrow_mut().push(id.clone());
        id
    }
}

impl Matter {
    fn rules(&self, seller: &Seller) -> Option<&'static dyn Rules> {
        let name = match self {
            Self::Request(request) | Self::Change { request, .. } => &request.rules,
            Self::Work { document, .. } | Self::Errand { document, .. } | Self::Act { document, .. } => {
                &document.resource
            }
        };
        (seller.parts.rules)(name)
    }
}

impl Seller {
    /// Asks the rules. What they decide is stamped with everything it was decided from.
    pub(crate) async fn decide(
        &self,
        matter: Matter,
        around: &Around,
    ) -> Result<Result<Decided, Refusal>, SellerError> {
        let needs = match self.needs(&matter, around) {
            Ok(needs) => needs,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let found = self.find(&around.scope(), needs).await?;
        let ids = Ids::of(Vec::new());
        let mut decided = match self.judge(&matter, &found, (around, &ids)) {
            Ok(decided) => decided,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let answered = match &matter {
            Matter::Errand { errand, .. } => Some(errand.id.clone()),
            Matter::Request(_) | Matter::Change { .. } | Matter::Work { .. } | Matter::Act { .. } => None,
        };
        let basis = Basis {
            matter,
            found,
            now: around.now(),
            ids: ids.made.into_inner(),
            products: around.products_version(),
        };
        let commit = &mut decided.outcome.commit;
        stamp(commit, basis, around.book_version());
        self.withdraw_errands(commit, answered.as_deref()).await?;
        Ok(Ok(decided))
    }

    fn needs(&self, matter: &Matter, around: &Around) -> Result<Vec<Ref>, Refusal> {
        let rules = matter.rules(self).ok_or_else(unknown)?;
        let ids = Ids::of(Vec::new());
        let next = || ids.next();
        let context = around.context(&next);
        Ok(match matter {
            Matter::Request(request) => rules.needs(self.checked(request)?, &context),
            Matter::Change { request, old } => {
                let patch = rules.patch().ok_or_else(unknown)?;
                patch.needs(old, self.checked(request)?, &context)
            }
            Matter::Work { document, job } => rules.job_needs(document, job, &context),
            Matter::Errand { document, errand, .. } => rules.errand_needs(document, errand, &context),
            Matter::Act { document, act } => rules.act_needs(document, act, &context),
        })
    }

    /// The one place where rules decide.
    fn judge(&self, matter: &Matter, found: &Found, (around, ids): (&Around, &Ids)) -> Result<Decided, Refusal> {
        let rules = matter.rules(self).ok_or_else(unknown)?;
        let next = || ids.next();
        let context = around.context(&next);
        let done = |outcome| Decided { outcome, stays: false };
        match matter {
            Matter::Request(request) => {
                let input = self.checked(request)?;
                Ok(done(rules.on_create(input, found, &context)?))
            }
            Matter::Change { request, old } => {
                let patch = rules.patch().ok_or_else(unknown)?;
                Ok(done(patch.on_patch(old, self.checked(request)?, found, &context)?))
            }
            Matter::Work { document, job } => Ok(done(silent(rules.on_job(document, job, found, &context)))),
            Matter::Act { document, act } => {
                let commit = rules.on_act(document, act, found, &context);
                Ok(done(silent(commit.map_err(Refusal::Conflict)?)))
            }
            Matter::Errand {
                document,
                errand,
                answer,
            } => {
                let outcome = rules.on_errand(document, errand, answer, found, &context);
                let outcome = outcome.map_err(Refusal::Conflict)?;
                Ok(Decided {
                    stays: outcome.stays,
                    outcome: silent(outcome.commit),
                })
            }
        }
    }

    fn checked<'a>(&self, request: &'a Request) -> Result<&'a Checked, Refusal> {
        if let Some(checked) = request.checked.get() {
            return Ok(checked);
        }
        let api = api::find(&request.api, request.version).ok_or_else(unknown)?;
        let checked = self.parts.schemas.check(api, &request.shape, request.body.clone())?;
        Ok(request.checked.get_or_init(|| checked))
    }

    /// Computes the decisions on a document again, from what they were made of: the book and the
    /// agreement in their versions of then, the business time of then, the capacity seen then.
    pub async fn replay(&self, company: &CompanyId, document: &Document) -> Result<Vec<Replayed>, SellerError> {
        let decisions = self.parts.store.decisions(company, &document.id).await?;
        let mut replayed = Vec::new();
        let mut groups: Vec<&Value> = Vec::new();
        for decision in &decisions {
            let group = &decision.inputs["group"];
            if groups.contains(&group) {
                continue;
            }
            groups.push(group);
            let again = match self.first(company, decision).await? {
                Some(first) => self.again(&first, document).await?,
                None => Vec::new(),
            };
            let of_group = decisions.iter().filter(|decision| decision.inputs["group"] == *group);
            replayed.extend(of_group.map(|decision| compare(decision, &again)));
        }
        Ok(replayed)
    }

    /// The decision that keeps what `decision` was made of: it may be about another document.
    async fn first(&self, company: &CompanyId, decision: &Decision) -> Result<Option<Decision>, SellerError> {
        let id = decision.inputs["group"].as_str().unwrap_or(&decision.id);
        let found = self.parts.store.decision(company, id).await?;
        Ok(found.filter(|first| basis::is_in(&first.inputs)))
    }

    async fn again(&self, first: &Decision, document: &Document) -> Result<Vec<Decision>, SellerError> {
        let read = basis::of(&first.inputs)
            .and_then(|plain| serde_json::from_value::<Basis>(plain).map_err(|error| error.to_string()));
        let basis = read.map_err(|reason| SellerError::Basis {
            id: first.id.clone(),
            reason,
        })?;
        let versions = (first.agreement_version, first.book_version, basis.products);
        let Some(around) = self.around_then(&document.scope, versions, basis.now).await? else {
            return Ok(Vec::new());
        };
        let ids = Ids::of(basis.ids);
        let decided = self.judge(&basis.matter, &basis.found, (&around, &ids));
        Ok(decided.map_or_else(|_| Vec::new(), |decided| decided.outcome.commit.decisions))
    }
}

/// A commit that answers nobody.
fn silent(commit: Commit) -> Outcome {
    Outcome {
        commit,
        status: 200,
        body: Object::new(),
    }
}

fn unknown() -> Refusal {
    Refusal::Problems(vec![Problem::invalid("", "Nothing here decides on this.")])
}

/// Puts into each decision what it was made of; all but the first of a commit point to the first.
fn stamp(commit: &mut Commit, basis: Basis, book_version: u32) {
    let Some(group) = commit.decisions.first().map(|decision| decision.id.clone()) else {
        return;
    };
    let mut basis = Some(json!(basis));
    for decision in &mut commit.decisions {
        decision.book_version = book_version;
        let mut inputs = json!({ "seen": decision.inputs.take(), "group": group });
        if let Some(basis) = basis.take() {
            basis::put(&mut inputs, basis);
        }
        decision.inputs = inputs;
    }
}

fn compare(then: &Decision, again: &[Decision]) -> Replayed {
    let twin = again.iter().find(|decision| decision.id == then.id);
    let text = |decision: &Decision, seen: &Value| {
        json!([
            decision.step,
            decision.item_id,
            decision.answered_by,
            decision.at,
            decision.outcome,
            seen
        ])
        .to_string()
    };
    let same = twin.is_some_and(|twin| text(twin, &twin.inputs) == text(then, &then.inputs["seen"]));
    Replayed {
        id: then.id.clone(),
        step: then.step.clone(),
        item: then.item_id.clone(),
        same,
        now: twin
            .filter(|_| !same)
            .map(|twin| json!({ "outcome": twin.outcome, "seen": twin.inputs })),
    }
}
