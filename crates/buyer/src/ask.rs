//! One request to a Seller: checked before it leaves, always with an idempotency key, tried again
//! while that is safe, and its answer checked too.

use std::time::Duration;

use http::StatusCode;
use segue_gate::calls::{self, CallError, Outgoing};
use segue_model::api;
use segue_model::describe::Api;
use segue_model::failure::{Problem, ProblemCode};
use segue_model::id::{Scope, new_id};
use segue_model::party::{Agreement, Role};
use segue_store::OpenRequest;
use serde_json::Value;

use crate::older::{Heard, Leaving, Line};
use crate::open::{Flight, is_doubtful, makes_something};
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
    leaving: &'a Leaving,
    tries: u32,
    /// Whether it may have come through before.
    doubt: bool,
}

/// A 2xx answer.
#[derive(Debug)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// Body in the newest version; null without one.
    pub body: Value,
    /// The body as it came, where the Seller speaks an older version.
    pub heard: Option<Heard>,
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

    /// The description of an API in the version agreed, which may be an older one.
    pub fn agreed_api(agreement: &Agreement, name: &str) -> Result<&'static Api, BuyerError> {
        let version = agreement.apis.get(name).copied();
        version
            .and_then(|version| api::find_served(name, version))
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
        let line = Line::of(&agreement, (ask.api, ask.operation))?;
        let mut checks = self.check_request(&agreement, &line.new, ask.body).await?;
        if let Some(body) = ask.body {
            self.check_places((scope, &agreement), body, &mut checks).await?;
        }
        let number = self.number(scope, &line, &ask).await?;
        let said = (&line, number.as_deref());
        let mut leaving = match self.leaving(said, &ask) {
            Ok(leaving) if checks.problems.is_empty() => leaving,
            Ok(_) => return Err(Self::invalid(&line, checks.problems, ask.body)),
            Err(problems) => return Err(Self::invalid(&line, both(checks.problems, problems), ask.body)),
        };
        self.name_parties(scope, &mut leaving.query).await?;
        if line.is_older() && line.old.request.is_some() {
            let (name, version) = (line.old.api.name, line.old.api.version);
            checks.passed.push(format!("said in {name} v{version}, and its shape"));
        }
        checks.warnings.append(&mut leaving.told);
        if self.manner.rehearsal {
            return Err(self.rehearsed(scope, (&line.old, &leaving), (&ask, checks)).await);
        }
        for warning in checks.warnings {
            tracing::info!(partner = %scope.partner, operation = line.old.id, warning, "a request is odd");
            self.note(warning);
        }
        let flight = match key {
            Some(_) => None,
            None => self.take_off(scope, (&agreement, &line.new), ask.body).await?,
        };
        let Some(flight) = flight else {
            // Without keys a repeat may make a second one: the caller looks for the first before.
            let repeatable = key.is_none() || agreement.idempotency_keys;
            let once = Sent {
                key: key.map_or_else(new_id, str::to_owned),
                leaving: &leaving,
                tries: if repeatable { TRIES_MAX } else { 1 },
                doubt: false,
            };
            let answer = self.try_again(scope, &line, (&ask, &once)).await;
            return self.read(scope, &line, (answer?, leaving.body.as_ref()));
        };
        self.fly(&agreement, (said, leaving), (&ask, &flight)).await
    }

    /// Sends what makes something; it is on the disk.
    async fn fly(
        &self,
        agreement: &Agreement,
        ((line, number), mut leaving): ((&Line, Option<&str>), Leaving),
        (ask, flight): (&Ask<'_>, &Flight<'_>),
    ) -> Result<Answered, BuyerError> {
        let request = &flight.request;
        let repeatable = self.is_repeatable(agreement, request);
        if flight.again
            && !repeatable
            && let Some(found) = self.seek(request, &line.new).await?
        {
            return Ok(found);
        }
        // It may have got a name, or be an earlier one of the same wish.
        let again = Ask {
            body: Some(&request.body),
            ..*ask
        };
        leaving.body = match self.leaving((line, number), &again) {
            Ok(again) => again.body,
            Err(problems) => return Err(Self::invalid(line, problems, again.body)),
        };
        let once = Sent {
            key: request.key.clone(),
            leaving: &leaving,
            tries: if repeatable { TRIES_MAX } else { 1 },
            doubt: flight.again,
        };
        let sent = self.try_again(&request.scope, line, (ask, &once)).await;
        self.land((line, leaving.body.as_ref()), request, sent).await
    }

    /// Takes the answer to a request that makes something; the request is closed when it says what
    /// came of it.
    async fn land(
        &self,
        (line, left): (&Line, Option<&Value>),
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
                match self.read(scope, line, (answer, left)) {
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
            let found = self.seek(request, &line.new).await;
            return found.ok().flatten().map_or(outcome, Ok);
        }
        if let (Ok(answered), Some(resource)) = (&outcome, line.new.resource) {
            let cause = Cause::Answer(line.new.id);
            self.take_in((scope, cause), resource.name, answered).await?;
        }
        self.parts.store.close_request(&request.key).await?;
        outcome
    }

    /// A success, or why it is none.
    fn read(
        &self,
        scope: &Scope,
        line: &Line,
        (answer, sent): (calls::Answer, Option<&Value>),
    ) -> Result<Answered, BuyerError> {
        let operation = &line.old;
        let mut body = read_body(scope, &answer)?;
        let heard = line.heard(&body);
        if !answer.status.is_success() {
            return Err(refused(scope, &answer, (&body, sent)));
        }
        if makes_something(&line.new) && body.get("id").and_then(Value::as_str).is_none() {
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
        let body = line.raised(body);
        Ok(Answered {
            status: answer.status.as_u16(),
            body,
            heard,
            total,
            deviations,
        })
    }

    /// Adds the main id of each side that stands for several parties: without it nobody could say
    /// which is meant (Mplify 115.1 R4, R5 and the same of the other guides).
    pub(crate) async fn name_parties(
        &self,
        scope: &Scope,
        query: &mut Vec<(String, String)>,
    ) -> Result<(), BuyerError> {
        let store = &self.parts.store;
        let company = store.company(&scope.company).await?;
        let partner = store.partner(scope).await?;
        let ours = company.map_or_else(Vec::new, |company| company.party_ids);
        let theirs = partner.map_or_else(Vec::new, |partner| partner.party_ids);
        let sides = [
            ("buyerId", &ours, &self.manner.buyer_id),
            ("sellerId", &theirs, &self.manner.seller_id),
        ];
        for (name, ids, chosen) in sides {
            if query.iter().any(|(said, _)| *said == name) {
                continue;
            }
            let meant = match (chosen, &ids[..]) {
                (Some(chosen), ids) if !ids.contains(chosen) => return Err(not_a_party((name, chosen), ids)),
                (Some(chosen), _) => Some(chosen),
                (None, [main, _, ..]) => Some(main),
                (None, _) => None,
            };
            query.extend(meant.map(|id| (name.to_owned(), id.clone())));
        }
        Ok(())
    }

    async fn try_again(
        &self,
        scope: &Scope,
        line: &Line,
        (ask, sent): (&Ask<'_>, &Sent<'_>),
    ) -> Result<calls::Answer, BuyerError> {
        let query = sent.leaving.query();
        let body = sent.leaving.body.as_ref();
        let mut pause = PAUSE;
        let mut doubt = sent.doubt;
        for attempt in 1.. {
            let outgoing = Outgoing {
                scope,
                operation: &line.old,
                base_url: None,
                id: ask.id,
                query: &query,
                body,
                idempotency_key: body.map(|_| sent.key.as_str()),
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
                    doubt |= body.is_some() && is_doubtful(&source);
                    tokio::time::sleep(pause).await;
                }
                Ok(answer) => {
                    doubt |= body.is_some() && answer.status.is_server_error();
                    tokio::time::sleep(pause).await;
                }
            }
            pause *= 2;
        }
        Err(BuyerError::incomplete("an answer"))
    }
}

/// Problems of both forms, of two at one place the first.
fn both(mut problems: Vec<Problem>, more: Vec<Problem>) -> Vec<Problem> {
    for problem in more {
        if problems.iter().all(|told| told.property_path != problem.property_path) {
            problems.push(problem);
        }
    }
    problems
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
