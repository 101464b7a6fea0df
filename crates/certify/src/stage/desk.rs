//! The tester as a Seller: gives out tokens, takes every request, keeps it with what its description
//! has against it, and answers. A case may change the next answers of an operation.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode, Uri, header};
use jiff::Timestamp;
use segue_model::describe::{Kind, Operation};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::answers::{self, Asked, Reply};
use super::profile::BuyerProfile;
use super::shelf::Shelf;
use super::tokens::{self, TokenAsked};
use crate::case::Function;
use crate::lab::exchange::{Exchange, decoded};
use crate::lab::structure::{Found, Structure};

/// Changes an answer before it leaves.
type Twist = Box<dyn FnMut(&mut Reply) + Send>;

/// A change that waits for its operation.
struct Waiting {
    operation: &'static str,
    times: usize,
    twist: Twist,
}

/// What the running server and the cases share.
pub struct Desk {
    inside: Mutex<Inside>,
    news: Notify,
}

/// What is behind the lock.
pub struct Inside {
    /// Descriptions.
    pub structure: Structure,
    /// Every request so far, with the answer.
    pub log: Vec<Arc<Exchange>>,
    /// When each of them came.
    pub arrived: Vec<Instant>,
    /// Every request for a token.
    pub tokens: Vec<TokenAsked>,
    /// The fields of every request to the authorization endpoint.
    pub authorized: Vec<Vec<(String, String)>>,
    /// What the tester has.
    pub shelf: Shelf,
    /// Tokens that were given out before are not taken any more.
    pub tokens_since: Timestamp,
    /// A path before `/mefApi`.
    prefix: String,
    waiting: Vec<Waiting>,
}

impl Desk {
    /// For a Buyer.
    pub fn of(profile: &BuyerProfile) -> Self {
        let prefix = profile.url.parse::<url::Url>().map(|url| url.path().to_owned());
        Self {
            inside: Mutex::new(Inside {
                structure: Structure::of(&profile.versions),
                log: Vec::new(),
                arrived: Vec::new(),
                tokens: Vec::new(),
                authorized: Vec::new(),
                shelf: Shelf::default(),
                tokens_since: Timestamp::MIN,
                prefix: prefix.unwrap_or_default().trim_end_matches('/').to_owned(),
                waiting: Vec::new(),
            }),
            news: Notify::new(),
        }
    }

    /// The inside; never across a wait.
    pub fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the next answers to an operation.
    pub fn twist(&self, operation: &'static str, times: usize, twist: impl FnMut(&mut Reply) + Send + 'static) {
        self.lock().waiting.push(Waiting {
            operation,
            times,
            twist: Box::new(twist),
        });
    }

    /// No answer is changed any more.
    pub fn untwist(&self) {
        self.lock().waiting.clear();
    }

    /// Waits until `look` finds what it wants among the requests; none when time is over.
    pub async fn until<T>(
        &self,
        patience: std::time::Duration,
        look: impl Fn(&[Arc<Exchange>]) -> Option<T>,
    ) -> Option<T> {
        let waiting = async {
            loop {
                let news = self.news.notified();
                if let Some(found) = look(&self.lock().log) {
                    return found;
                }
                news.await;
            }
        };
        tokio::time::timeout(patience, waiting).await.ok()
    }

    /// What answers at the tester's address.
    pub fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(take).with_state(self)
    }
}

async fn take(State(desk): State<Arc<Desk>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let of_apis = uri.path().contains("/mefApi/");
    let reply = match uri.path().rsplit('/').next() {
        Some("token") if !of_apis => {
            let asked = TokenAsked::read(&headers, &body);
            let reply = asked.answer();
            desk.lock().tokens.push(asked);
            reply
        }
        Some("authorize") if !of_apis => {
            // Nobody is here to consent: what was asked is kept, and that is all.
            let fields = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
            desk.lock().authorized.push(fields.into_owned().collect());
            Reply::error(501)
        }
        Some(_) | None => desk.lock().answer((&method, &uri), &headers, &body),
    };
    desk.news.notify_waiters();
    write(reply)
}

fn write(reply: Reply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::builder().status(status);
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    let body = if reply.body.is_null() {
        String::new()
    } else {
        response = response.header(header::CONTENT_TYPE, segue_model::openapi::MEDIA_TYPE);
        reply.body.to_string()
    };
    // Only a header that is none could be refused, and ours are.
    response.body(body.into()).unwrap_or_default()
}

impl Inside {
    fn answer(&mut self, (method, uri): (&Method, &Uri), headers: &HeaderMap, body: &Bytes) -> Reply {
        let since = Instant::now();
        let path = uri.path().strip_prefix(&self.prefix).unwrap_or(uri.path());
        let found = self.find(method.as_str(), path);
        let sent: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let query: Vec<(String, String)> = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
        let against = found.as_ref().map_or_else(Found::default, |(function, operation, _)| {
            self.structure
                .check_request(*function, operation, (body, &sent), &query)
        });
        let mut reply = match &found {
            None => Reply::error(404),
            Some((_, operation, id)) => self.reply(
                headers,
                &Asked {
                    operation,
                    id,
                    query: &query,
                    body: &sent,
                    now: Timestamp::now(),
                },
            ),
        };
        if let Some((_, operation, id)) = &found {
            self.change(operation.id, &mut reply);
            self.keep((operation, id), &reply);
        }
        self.arrived.push(since);
        self.log.push(Arc::new(Exchange {
            number: self.log.len() + 1,
            function: found.as_ref().map_or(Function::Security, |(function, ..)| *function),
            operation: found.map(|(_, operation, _)| operation),
            method: spelled(method),
            url: uri.to_string(),
            sent: Some(reply.body.clone()).filter(|body| !body.is_null()),
            status: reply.status,
            headers: pairs(headers),
            body: sent,
            text: String::from_utf8_lossy(body).into_owned(),
            faults: against.faults,
            unexpected: against.unexpected,
            ms: u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
        }));
        reply
    }

    /// The operation that a path leads to, and the id in it.
    fn find(&self, method: &str, path: &str) -> Option<(Function, Arc<Operation>, String)> {
        Function::ALL.into_iter().find_map(|function| {
            let rest = path.strip_prefix(&self.structure.base(function)?)?;
            let operation = self.structure.operation(function, method, rest)?;
            let id = if operation.path.ends_with("/{id}") {
                decoded(rest.rsplit('/').next().unwrap_or_default())
            } else {
                String::new()
            };
            Some((function, operation, id))
        })
    }

    fn reply(&mut self, headers: &HeaderMap, asked: &Asked<'_>) -> Reply {
        if !tokens::is_good(headers, self.tokens_since) {
            return Reply::error(401);
        }
        // What is no object could not even be echoed.
        let needs_body = asked.operation.request.is_some();
        if needs_body && !asked.body.is_object() {
            return Reply::error(400);
        }
        answers::answer(&mut self.shelf, asked)
    }

    fn change(&mut self, operation: &str, reply: &mut Reply) {
        let waits = |waiting: &Waiting| waiting.operation == operation && waiting.times > 0;
        if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waits(waiting)) {
            waiting.times -= 1;
            (waiting.twist)(reply);
        }
    }

    /// Puts on the shelf what an answer says that it made.
    fn keep(&mut self, (operation, id): (&Operation, &str), reply: &Reply) {
        if !reply.is_success() {
            return;
        }
        let collection = match (operation.kind, operation.resource) {
            (Kind::Create | Kind::Patch, Some(resource)) => resource.name,
            (Kind::HubCreate, _) => answers::hub_of(operation),
            (Kind::HubDelete, _) => {
                self.shelf.remove(answers::hub_of(operation), id);
                return;
            }
            _ => return,
        };
        if reply.body.get("id").is_some() {
            self.shelf.put(collection, reply.body.clone());
        }
    }
}

fn spelled(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "OTHER",
    }
}

fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned())
    };
    headers.iter().map(pair).collect()
}

/// An event in its envelope.
pub fn envelope((id, kind): (&str, &str), payload: Value, at: Timestamp) -> Value {
    json!({ "eventId": id, "eventTime": answers::text(at), "eventType": kind, "event": payload })
}
