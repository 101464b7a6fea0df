//! Sellers on an older version: the one place where requests of ours are put into the version that
//! was agreed, and answers into the newest. Everything before it knows the newest version only.

use segue_model::describe::{Api, Operation};
use segue_model::failure::Problem;
use segue_model::id::Scope;
use segue_model::party::Agreement;
use segue_model::release::said;
use segue_model::release::translate;
use segue_model::release::{self, payload};
use serde_json::{Value, json};

use crate::{Ask, Buyer, BuyerError};

/// What numbers the changes of an order in Billie.
const NUMBER: &str = "orderVersion";

/// An operation in the newest version and in the one agreed; they are the same where the newest
/// was agreed.
pub(crate) struct Line {
    pub new: Operation,
    pub old: Operation,
    /// The Seller reads product payloads by function.
    on_billie: bool,
}

/// An answer as it came, where it came in an older version.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The version.
    pub version: u32,
    /// The body.
    pub body: Value,
}

/// A request as it leaves.
pub(crate) struct Leaving {
    pub body: Option<Value>,
    pub query: Vec<(String, String)>,
    /// What it does not say any more.
    pub told: Vec<String>,
}

impl Leaving {
    /// The query, encoded.
    pub fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.query).finish()
    }
}

impl Line {
    /// The operation of this name in both versions.
    pub fn of(agreement: &Agreement, (api, operation): (&str, &str)) -> Result<Self, BuyerError> {
        let agreed = Buyer::agreed_api(agreement, api)?;
        let on_billie = release::of_agreement(&agreement.apis) == release::BILLIE;
        let not_agreed = |what: String| BuyerError::NotAgreed {
            partner: agreement.partner.clone(),
            what,
        };
        let new = Buyer::newest(agreed)
            .operation(operation)
            .ok_or_else(|| not_agreed(format!("the operation {operation}")))?;
        if agreed.version == new.api.version {
            let old = new.clone();
            return Ok(Self { new, old, on_billie });
        }
        let old = said::operation(agreed, &new);
        let old = old.ok_or_else(|| {
            not_agreed(format!(
                "the operation {operation}, which {api} v{} does not know",
                agreed.version
            ))
        })?;
        Ok(Self { new, old, on_billie })
    }

    pub fn is_older(&self) -> bool {
        self.old.api.version != self.new.api.version
    }

    /// An answer as it came, where that is not the newest form.
    pub fn heard(&self, body: &Value) -> Option<Heard> {
        let version = self.old.api.version;
        let body = self.is_older().then(|| body.clone())?;
        Some(Heard { version, body })
    }

    /// An answer in the newest form.
    pub fn raised(&self, body: Value) -> Value {
        if self.is_older() {
            return said::answer(&self.old, &self.new, &body);
        }
        body
    }
}

impl Buyer {
    /// The API of an agreement in the newest version: what requests and mirrors are in.
    pub fn newest(agreed: &'static Api) -> &'static Api {
        translate::newest(agreed)
    }

    /// What leaves, held against the schema of the version agreed too. `number` is that of the order
    /// to be changed, where the version wants to know it.
    pub(crate) fn leaving(
        &self,
        (line, number): (&Line, Option<&str>),
        ask: &Ask<'_>,
    ) -> Result<Leaving, Vec<Problem>> {
        let pairs = |query: &[(&str, String)]| {
            let owned = query.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
            owned.collect()
        };
        if !line.is_older() {
            return Ok(Leaving {
                body: ask.body.cloned(),
                query: pairs(ask.query),
                told: Vec::new(),
            });
        }
        let (old, new) = (&line.old, &line.new);
        let query = said::query((old, new), ask.query, ask.body)?;
        let (Some(body), Some(shape)) = (ask.body, old.request) else {
            return Ok(Leaving {
                body: None,
                query,
                told: Vec::new(),
            });
        };
        let mut said = said::body(old, new, body)?;
        if let Some(number) = number {
            said.body[NUMBER] = json!(number);
        }
        match self.parts.schemas.check(old.api, shape, said.body.clone()) {
            Ok(_) => {
                if line.on_billie {
                    payload::lower(&mut said.body, old.api.name);
                }
                Ok(Leaving {
                    query,
                    told: said.told,
                    body: Some(said.body),
                })
            }
            Err(problems) => Err(said.problems(body, problems)),
        }
    }

    /// The number of the order that a request is about: with Billie who changes an order says which
    /// state of it is meant, so it is read before. A rehearsal has what was heard last.
    pub(crate) async fn number(&self, scope: &Scope, line: &Line, ask: &Ask<'_>) -> Result<Option<String>, BuyerError> {
        let shape = line.old.request.filter(|_| line.is_older());
        let wants = |shape| {
            let properties = line.old.api.parsed().properties(shape);
            properties
                .iter()
                .any(|property| property.name == NUMBER && property.required)
        };
        if !shape.is_some_and(wants) {
            return Ok(None);
        }
        let named = |at: &str| ask.body.and_then(|body| body.pointer(at)?.as_str());
        let order = ask.id.or_else(|| named("/productOrder/productOrderId"));
        let Some(order) = order.or_else(|| named("/productOrderItem/productOrderId")) else {
            return Ok(None);
        };
        let heard = Box::pin(self.refresh(scope, "productOrder", order)).await?.heard;
        let heard = match heard {
            Some(heard) => heard.body,
            None => {
                let last = self.parts.store.received(scope, order).await?;
                let last = last.last().and_then(|last| serde_json::from_str(&last.text).ok());
                last.unwrap_or_default()
            }
        };
        Ok(heard.get(NUMBER).and_then(Value::as_str).map(str::to_owned))
    }

    /// Why a request cannot leave.
    pub(crate) fn invalid(line: &Line, problems: Vec<Problem>, body: Option<&Value>) -> BuyerError {
        BuyerError::Invalid {
            shape: line.new.request.unwrap_or(line.new.id).to_owned(),
            problems,
            sent: Box::new(body.cloned().unwrap_or_default()),
        }
    }
}
