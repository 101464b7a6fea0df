//! One request to a Seller: checked before it leaves, always with an idempotency key, tried again
//! while that is safe, and its answer checked too.

use std::time::Duration;

use http::StatusCode;
use segue_gate::calls::{self, CallError, Outgoing};
use segue_model::api;
use segue_model::describe::{Api, Operation};
use segue_model::failure::{Problem, ProblemCode};
use segue_model::id::{Scope, new_id};
use segue_model::party::{Agreement, Role};
use segue_store::OpenRequest;
use serde_json::Value;

use crate::open::{is_doubtful, makes_something};
use crate::{Buyer, BuyerError, Cause, Refused};

/// Tries of one request. The key makes a repeat harmless even where the first try got through.
const TRIES_MAX: u32 = 3;

/// Pause before the second try; doubled for the third.
const PAUSE: Duration = Duration::from_millis(200);

/// The longest `Retry-After` that is waited for; a longer one is told to the person.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(5);

/// What to ask.
pub struct Ask<'a> {
    /// operationId.
    pub operation: &'static str,
    /// API name.
    pub api: &'static str,
    /// `{id}` of the path.
    pub id: Option<&'a str>,
    /// Query, name and value.
    pub query: &'a [(&'a str, String)],
    /// JSON body.
    pub body: Option<&'a Value>,
}

/// How a request leaves.
struct Sent<'a> {
    key: String,
    body: Option<&'a Value>,
    tries: u32,
    /// Whether it may have come through before.
    doubt: bool,
}

/// A 2xx answer.
#[derive(Debug)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// Body; null without one.
    pub body: Value,
    /// `X-Total-Count` of a list.
    pub total: Option<u64>,
    /// Where the answer deviates from the standard; it is used all the same.
    pub deviations: Vec<Problem>,
}

impl Buyer {
    /// The agreement under which we buy from a partner.
    pub async fn agreement(&self, scope: &Scope) -> Result<Agreement, BuyerError> {
        let found = self
            .parts
            .store
            .agreement_in_force(scope, Role::Buyer, self.parts.wall.now())
            .await?;
        found.ok_or_else(|| BuyerError::NotAgreed {
            partner: scope.partner.clone(),
            what: "us as a Buyer: import their card with `segue partner import CARD --as buyer`".into(),
        })
    }

    /// The description of an API in the version agreed.
    pub fn agreed_api(agreement: &Agreement, name: &str) -> Result<&'static Api, BuyerError> {
        let version = agreement.apis.get(name).copied();
        version
            .and_then(|version| api::find(name, version))
            .ok_or_else(|| BuyerError::NotAgreed {
                partner: agreement.partner.clone(),
                what: format!("the API {name} in a version spoken here"),
            })
    }

    /// Asks a Seller.
    pub async fn ask(&self, scope: &Scope, ask: Ask<'_>) -> Result<Answered, BuyerError> {
        self.ask_with(scope, ask, None).await
    }

    /// The same under an `Idempotency-Key` of the caller, who remembers it. When no answer came the
    /// caller looks for what was made, and repeats the request with it.
    pub async fn ask_under(&self, scope: &Scope, ask: Ask<'_>, key: &str) -> Result<Answered, BuyerError> {
        self.ask_with(scope, ask, Some(key)).await
    }

    async fn ask_with(&self, scope: &Scope, ask: Ask<'_>, key: Option<&str>) -> Result<Answered, BuyerError> {
        let agreement = self.agreement(scope).await?;
        let api = Self::agreed_api(&agreement, ask.api)?;
        let operation = api.operation(ask.operation).ok_or_else(|| BuyerError::NotAgreed {
            partner: scope.partner.clone(),
            what: format!("the operation {}", ask.operation),
        })?;
        let mut checks = self.check_request(&agreement, &operation, ask.body).await?;
        if let Some(body) = ask.body {
            self.check_places((scope, &agreement), body, &mut checks).await?;
        }
        if !checks.problems.is_empty() {
            return Err(BuyerError::Invalid {
                shape: operation.request.unwrap_or_default().to_owned(),
                problems: checks.problems,
                sent: Box::new(ask.body.cloned().unwrap_or_default()),
            });
        }
        let query = self.query(scope, &ask).await?;
        if self.manner.rehearsal {
            return Err(self.rehearsed(scope, (&operation, &query), (&ask, checks)).await);
        }
        for warning in checks.warnings {
            tracing::info!(partner = %scope.partner, operation = operation.id, warning, "a request is odd");
            self.note(warning);
        }
        let flight = match key {
            Some(_) => None,
            None => self.take_off(scope, (&agreement, &operation), ask.body).await?,
        };
        let Some(flight) = flight else {
            // Without keys a repeat may make a second one: the caller looks for the first before.
            let repeatable = key.is_none() || agreement.idempotency_keys;
            let once = Sent {
                key: key.map_or_else(new_id, str::to_owned),
                body: ask.body,
                tries: if repeatable { TRIES_MAX } else { 1 },
                doubt: false,
            };
            let answer = self.try_again(scope, (&operation, &query), (&ask, &once)).await;
            return self.read(scope, &operation, (answer?, ask.body));
        };
        let request = &flight.request;
        let repeatable = self.is_repeatable(&agreement, request);
        if flight.again
            && !repeatable
            && let Some(found) = self.seek(request, &operation).await?
        {
            return Ok(found);
        }
        let once = Sent {
            key: request.key.clone(),
            body: Some(&request.body),
            tries: if repeatable { TRIES_MAX } else { 1 },
            doubt: flight.again,
        };
        let sent = self.try_again(scope, (&operation, &query), (&ask, &once)).await;
        self.land(&operation, request, sent).await
    }

    /// Takes the answer to a request that makes something; the request is closed when it says what
    /// came of it.
    async fn land(
        &self,
        operation: &Operation,
        request: &OpenRequest,
        sent: Result<calls::Answer, BuyerError>,
    ) -> Result<Answered, BuyerError> {
        let scope = &request.scope;
        let unknown = |why: String| BuyerError::Unknown {
            partner: scope.partner.clone(),
            why,
        };
        let answer = match sent {
            Ok(answer) if answer.status.is_server_error() || answer.status == StatusCode::REQUEST_TIMEOUT => {
                Err(unknown(format!("{} (request id {})", answer.status, answer.request_id)))
            }
            Ok(answer) => Ok(answer),
            Err(BuyerError::Call { source, .. }) if is_doubtful(&source) => Err(unknown(source.to_string())),
            Err(error @ BuyerError::Unknown { .. }) => Err(error),
            Err(error) => {
                self.parts.store.close_request(&request.key).await?;
                return Err(error);
            }
        };
        let outcome = match answer {
            Ok(answer) => {
                let running = answer.status == StatusCode::CONFLICT;
                match self.read(scope, operation, (answer, Some(&request.body))) {
                    // Its twin under the same key still runs.
                    Err(error) if running => return Err(error),
                    // Something was made, and nobody can say what.
                    Err(BuyerError::Unreadable { reason, .. }) => Err(unknown(reason)),
                    outcome => outcome,
                }
            }
            Err(error) => Err(error),
        };
        if let Err(BuyerError::Unknown { .. }) = &outcome {
            // A Seller that is up again tells at once; what it does not tell stays open.
            let found = self.seek(request, operation).await;
            return found.ok().flatten().map_or(outcome, Ok);
        }
        if let (Ok(answered), Some(resource)) = (&outcome, operation.resource) {
            let cause = Cause::Answer(operation.id);
            self.keep((scope, cause), resource.name, &answered.body).await?;
        }
        self.parts.store.close_request(&request.key).await?;
        outcome
    }

    /// A success, or why it is none.
    fn read(
        &self,
        scope: &Scope,
        operation: &Operation,
        (answer, sent): (calls::Answer, Option<&Value>),
    ) -> Result<Answered, BuyerError> {
        let mut body = read_body(scope, &answer)?;
        if !answer.status.is_success() {
            return Err(refused(scope, &answer, (&body, sent)));
        }
        if makes_something(operation) && body.get("id").and_then(Value::as_str).is_none() {
            return Err(BuyerError::Unreadable {
                partner: scope.partner.clone(),
                reason: format!("the answer to {} has no id", operation.id),
            });
        }
        let deviations = self.deviations(operation, &body);
        if !deviations.is_empty() {
            self.mend(operation, &mut body);
            tracing::warn!(partner = %scope.partner, operation = operation.id, count = deviations.len(), first = %deviations[0].property_path, "the answer deviates from the standard");
        }
        let total = answer
            .headers
            .get("x-total-count")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(Answered {
            status: answer.status.as_u16(),
            body,
            total,
            deviations,
        })
    }

    /// What is asked for, with the main id of each side that stands for several parties: without it
    /// nobody could say which is meant (Mplify 115.1 R4, R5 and the same of the other guides).
    async fn query(&self, scope: &Scope, ask: &Ask<'_>) -> Result<String, BuyerError> {
        let store = &self.parts.store;
        let company = store.company(&scope.company).await?;
        let partner = store.partner(scope).await?;
        let ours = company.map_or_else(Vec::new, |company| company.party_ids);
        let theirs = partner.map_or_else(Vec::new, |partner| partner.party_ids);
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(ask.query);
        let sides = [
            ("buyerId", &ours, &self.manner.buyer_id),
            ("sellerId", &theirs, &self.manner.seller_id),
        ];
        for (name, ids, chosen) in sides {
            if ask.query.iter().any(|(said, _)| *said == name) {
                continue;
            }
            match (chosen, &ids[..]) {
                (Some(chosen), ids) if !ids.contains(chosen) => return Err(not_a_party((name, chosen), ids)),
                (Some(chosen), _) => drop(query.append_pair(name, chosen)),
                (None, [main, _, ..]) => drop(query.append_pair(name, main)),
                (None, _) => {}
            }
        }
        Ok(query.finish())
    }

    async fn try_again(
        &self,
        scope: &Scope,
        (operation, query): (&Operation, &str),
        (ask, sent): (&Ask<'_>, &Sent<'_>),
    ) -> Result<calls::Answer, BuyerError> {
        let mut pause = PAUSE;
        let mut doubt = sent.doubt;
        for attempt in 1.. {
            let outgoing = Outgoing {
                scope,
                operation,
                base_url: None,
                id: ask.id,
                query,
                body: sent.body,
                idempotency_key: sent.body.map(|_| sent.key.as_str()),
                trace: "",
            };
            let outcome = self.parts.calls.send(outgoing).await;
            let last = attempt >= sent.tries;
            match outcome {
                Ok(answer) if last || !worth_another_try(&answer, &mut pause) => return Ok(answer),
                Err(source) if last || !matches!(source, CallError::Outbound(_)) => {
                    // What a try before this one came to is not known either.
                    return Err(if doubt {
                        BuyerError::Unknown {
                            partner: scope.partner.clone(),
                            why: source.to_string(),
                        }
                    } else {
                        BuyerError::Call {
                            partner: scope.partner.clone(),
                            source: Box::new(source),
                        }
                    });
                }
                Err(source) => {
                    doubt |= ask.body.is_some() && is_doubtful(&source);
                    tokio::time::sleep(pause).await;
                }
                Ok(answer) => {
                    doubt |= ask.body.is_some() && answer.status.is_server_error();
                    tokio::time::sleep(pause).await;
                }
            }
            pause *= 2;
        }
        Err(BuyerError::incomplete("an answer"))
    }
}

/// 503 and 429 pass; a conflict passes when it is the twin of our own key still running.
fn worth_another_try(answer: &calls::Answer, pause: &mut Duration) -> bool {
    let passing = matches!(
        answer.status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT
    );
    let wanted = retry_after(answer);
    if wanted.is_some_and(|wanted| wanted > RETRY_AFTER_MAX) {
        return false;
    }
    *pause = wanted.unwrap_or(*pause);
    passing
}

/// How long the Seller asks us to wait.
fn retry_after(answer: &calls::Answer) -> Option<Duration> {
    let value = answer.headers.get(http::header::RETRY_AFTER)?;
    value.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

fn read_body(scope: &Scope, answer: &calls::Answer) -> Result<Value, BuyerError> {
    if answer.body.is_empty() {
        return Ok(Value::Null);
    }
    match serde_json::from_slice(&answer.body) {
        Ok(body) => Ok(body),
        Err(_) if !answer.status.is_success() => Ok(Value::Null),
        Err(error) => Err(BuyerError::Unreadable {
            partner: scope.partner.clone(),
            reason: error.to_string(),
        }),
    }
}

fn refused(scope: &Scope, answer: &calls::Answer, (body, sent): (&Value, Option<&Value>)) -> BuyerError {
    let problems: Vec<Problem> = match body {
        Value::Array(entries) => entries.iter().map(problem).collect(),
        // A Seller that knows of one problem only may forget the list.
        entry if entry.get("propertyPath").is_some() => vec![problem(entry)],
        _ => Vec::new(),
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let count = body.as_array().map(Vec::len);
    BuyerError::Refused(Box::new(Refused {
        partner: scope.partner.clone(),
        status: answer.status.as_u16(),
        code: text("code").unwrap_or_default(),
        reason: text("reason").unwrap_or_else(|| count.map_or_else(String::new, |count| format!("{count} problem(s)"))),
        problems,
        sent: sent.cloned(),
        request_id: answer.request_id.clone(),
        retry_after: retry_after(answer),
    }))
}

/// One entry of a 422, however carelessly it is made.
fn problem(entry: &Value) -> Problem {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let path = text("propertyPath");
    match serde_json::from_value(entry["code"].clone()) {
        Ok(code) => Problem::new(code, path, text("reason")),
        Err(_) => {
            let reason = format!("{} {}", text("code"), text("reason"));
            Problem::new(ProblemCode::OtherIssue, path, reason.trim())
        }
    }
}

fn not_a_party((name, chosen): (&str, &str), ids: &[String]) -> BuyerError {
    BuyerError::incomplete(format!("a {name} other than {chosen:?} (there is: {})", ids.join(", ")))
}
