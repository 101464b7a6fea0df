//! The truth at the Sellers: whatever the test says each of them has.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Rows of a list in one answer.
const PAGE: usize = 2;

/// A document that stands for a Seller without answers.
const HANGS: &str = "hangs";

/// Both Sellers on one port, told apart by their prefix.
pub struct Sellers {
    pub address: SocketAddr,
    known: Known,
}

/// What they have, what they answer beside that, and what they were asked.
#[derive(Clone, Default)]
struct Known {
    truth: Arc<Mutex<HashMap<(String, String), Value>>>,
    answers: Arc<Mutex<HashMap<String, (u16, Value)>>>,
    lists: Arc<Mutex<HashMap<String, Vec<Value>>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    shop: Arc<Mutex<Shop>>,
    tokens: Arc<Mutex<Tokens>>,
}

/// Tokens of both Sellers: the n-th one is `ask-n`.
#[derive(Default)]
struct Tokens {
    issued: usize,
    /// The first so many are not taken any more.
    revoked: usize,
    /// Nobody gets one.
    refuses: bool,
}

/// A Seller that makes quotes, and loses answers.
#[derive(Default)]
pub struct Shop {
    /// Whether it does at all.
    pub open: bool,
    /// Whether it recognises keys.
    pub keys: bool,
    /// The next so many answers are lost after the quote is made.
    pub lose: usize,
    /// What it made, with the key it came under.
    pub made: Vec<(String, Value)>,
}

/// One request as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Method and path: `GET /xenon/mefApi/sonata/...`.
    pub what: String,
    pub query: String,
    pub body: Value,
}

impl Sellers {
    pub async fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sellers = Self {
            address: socket.local_addr().unwrap(),
            known: Known::default(),
        };
        let router = Router::new()
            .route("/{seller}/oauth2/token", post(token))
            .fallback(answer)
            .with_state(sellers.known.clone());
        tokio::spawn(segue_net::serve::serve(socket, None, router, std::future::pending()));
        sellers
    }

    /// From now on `seller` has this document.
    pub fn has(&self, seller: &str, document: Value) {
        let id = document["id"].as_str().unwrap().to_owned();
        let key = (seller.to_owned(), id);
        self.known.truth.lock().unwrap().insert(key, document);
    }

    /// From now on `what` (method and path below the base address of `xenon`) is answered like this.
    pub fn answers(&self, what: &str, status: u16, body: Value) {
        let (method, path) = what.split_once(' ').unwrap();
        let key = format!("{method} /xenon/mefApi/sonata/{path}");
        self.known.answers.lock().unwrap().insert(key, (status, body));
    }

    /// From now on the list at this path below the base address of `xenon` has these rows, [`PAGE`] at a time.
    pub fn lists(&self, path: &str, rows: Vec<Value>) {
        let key = format!("GET /xenon/mefApi/sonata/{path}");
        self.known.lists.lock().unwrap().insert(key, rows);
    }

    /// From now on `seller` takes requests and never answers.
    pub fn hangs(&self, seller: &str) {
        self.has(seller, json!({ "id": HANGS }));
    }

    /// Changes how quotes are made.
    pub fn shop<T>(&self, change: impl FnOnce(&mut Shop) -> T) -> T {
        change(&mut self.known.shop.lock().unwrap())
    }

    /// How many tokens were asked for.
    pub fn tokens(&self) -> usize {
        self.known.tokens.lock().unwrap().issued
    }

    /// All tokens given until now are not taken any more.
    pub fn revoke(&self) {
        let mut tokens = self.known.tokens.lock().unwrap();
        tokens.revoked = tokens.issued;
    }

    /// From now on nobody gets a token.
    pub fn refuse_tokens(&self) {
        self.known.tokens.lock().unwrap().refuses = true;
    }

    /// Sellers, resources and ids that were asked for.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.requests();
        let parts = asked.iter().map(|asked| parts(&asked.what));
        parts
            .map(|(seller, resource, id)| format!("/{seller}/{resource}/{id}"))
            .collect()
    }

    /// Everything that was asked, but for tokens.
    pub fn requests(&self) -> Vec<Asked> {
        self.known.asked.lock().unwrap().clone()
    }
}

async fn token(State(known): State<Known>) -> impl IntoResponse {
    let mut tokens = known.tokens.lock().unwrap();
    tokens.issued += 1;
    let (status, body) = if tokens.refuses {
        (StatusCode::UNAUTHORIZED, json!({ "error": "invalid_client" }))
    } else {
        let token = format!("ask-{}", tokens.issued);
        let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": 300 });
        (StatusCode::OK, body)
    };
    (status, [("content-type", "application/json")], body.to_string())
}

/// Whether the token of a request is not taken any more.
fn is_revoked(known: &Known, headers: &HeaderMap) -> bool {
    let token = headers.get("authorization").map_or("", |token| token.to_str().unwrap());
    let number = token
        .strip_prefix("Bearer ask-")
        .and_then(|number| number.parse::<usize>().ok());
    number.unwrap_or_default() <= known.tokens.lock().unwrap().revoked
}

/// Seller, resource and id of `GET /SELLER/mefApi/sonata/API/VERSION/RESOURCE/ID`.
fn parts(what: &str) -> (String, String, String) {
    let mut parts = what.split('/').skip(1).map(str::to_owned);
    let seller = parts.next().unwrap_or_default();
    let resource = parts.nth(4).unwrap_or_default();
    (seller, resource, parts.next().unwrap_or_default())
}

/// What the shop answers; none where it has nothing to do with it.
fn shop(known: &Known, (method, uri): (&Method, &Uri), key: &str, body: &Bytes) -> Option<Response> {
    let mut shop = known.shop.lock().unwrap();
    if !shop.open || !uri.path().ends_with("/quote") {
        return None;
    }
    let json = |status: u16, body: String| {
        let status = StatusCode::from_u16(status).unwrap();
        (status, [("content-type", "application/json")], body).into_response()
    };
    if method == Method::GET {
        let wanted = uri.query().and_then(|query| query.strip_prefix("externalId="));
        let made = shop.made.iter().map(|(_, quote)| quote);
        let found: Vec<&Value> = made.filter(|quote| quote["externalId"].as_str() == wanted).collect();
        return Some(json(200, json!(found).to_string()));
    }
    let known_key = shop.keys && shop.made.iter().any(|(known, _)| known == key);
    if !known_key {
        let mut quote: Value = serde_json::from_slice(body).unwrap();
        quote["id"] = json!(format!("q{}", shop.made.len() + 1));
        quote["state"] = json!("approved.orderable");
        let id = quote["id"].as_str().unwrap().to_owned();
        known.truth.lock().unwrap().insert(("xenon".into(), id), quote.clone());
        shop.made.push((key.to_owned(), quote));
    }
    if shop.lose > 0 {
        shop.lose -= 1;
        // The connection breaks in the middle of the answer.
        let broken = futures_util::stream::iter([Ok(Bytes::from("{")), Err(std::io::Error::other("lost"))]);
        return Some(Response::new(axum::body::Body::from_stream(broken)));
    }
    let made = shop.made.iter().rev().find(|(known, _)| known == key).unwrap();
    Some(json(201, made.1.to_string()))
}

/// A page of a list, with the number of all its rows.
fn page(known: &Known, what: &str, uri: &Uri) -> Option<Response> {
    let lists = known.lists.lock().unwrap();
    let rows = lists.get(what)?;
    let fields = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let offset = fields.into_iter().find(|(name, _)| name == "offset");
    let offset: usize = offset.map_or(0, |(_, offset)| offset.parse().unwrap());
    let some: Vec<&Value> = rows.iter().skip(offset).take(PAGE).collect();
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("x-total-count", rows.len().to_string()),
    ];
    Some((headers, json!(some).to_string()).into_response())
}

async fn answer(State(known): State<Known>, (method, uri, headers): (Method, Uri, HeaderMap), body: Bytes) -> Response {
    let key = headers.get("idempotency-key").map_or("", |key| key.to_str().unwrap());
    let what = format!("{method} {}", uri.path());
    known.asked.lock().unwrap().push(Asked {
        what: what.clone(),
        query: uri.query().unwrap_or_default().to_owned(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    });
    if is_revoked(&known, &headers) {
        let body = json!({ "code": "invalidCredentials", "reason": "Over." });
        return (
            StatusCode::UNAUTHORIZED,
            [("content-type", "application/json")],
            body.to_string(),
        )
            .into_response();
    }
    if let Some(response) = shop(&known, (&method, &uri), key, &body) {
        return response;
    }
    if let Some(response) = page(&known, &what, &uri) {
        return response;
    }
    let (seller, _, id) = parts(&what);
    let hangs = (seller.clone(), HANGS.to_owned());
    if known.truth.lock().unwrap().contains_key(&hangs) {
        std::future::pending::<()>().await;
    }
    let told = known.answers.lock().unwrap().get(&what).cloned();
    let found = known.truth.lock().unwrap().get(&(seller, id)).cloned();
    let (status, body) = match (told, found) {
        (Some((status, body)), _) => (StatusCode::from_u16(status).unwrap(), body),
        (None, Some(document)) => (StatusCode::OK, document),
        (None, None) => (
            StatusCode::NOT_FOUND,
            json!({ "code": "notFound", "reason": "Unknown." }),
        ),
    };
    if status == StatusCode::NO_CONTENT {
        return status.into_response();
    }
    (
        status,
        [("content-type", "application/json;charset=utf-8")],
        body.to_string(),
    )
        .into_response()
}
