//! Between the tester and a Seller: passes everything on, in both directions, and spoils one thing.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::kit::free_address;
use crate::web::{self, RUNTIME};

/// One answer or event on its way.
pub struct Passing {
    /// `POST /quote`, `GET /quote/{id}`; of an event `EVENT type`.
    pub title: String,
    /// What was asked, where there was a body.
    pub sent: Value,
    pub status: u16,
    pub headers: HeaderMap,
    /// Null when it is empty.
    pub body: Value,
    /// How often it arrives.
    pub times: usize,
    /// Whether it is a request that has not been passed on yet.
    pub is_before: bool,
}

impl Passing {
    /// Changes it, where it is of this kind and a success or event.
    pub fn at(&mut self, title: &str, change: impl FnOnce(&mut Self)) {
        if self.title == title && self.status < 400 && !self.is_before {
            change(self);
        }
    }

    /// Changes a request of this kind before it is passed on. Told zero times it is answered here.
    pub fn before(&mut self, title: &str, change: impl FnOnce(&mut Self)) {
        if self.title == title && self.is_before {
            change(self);
        }
    }

    /// Changes it, where it is of this kind and refused.
    pub fn refused(&mut self, title: &str, change: impl FnOnce(&mut Self)) {
        if self.title == title && self.status >= 400 {
            change(self);
        }
    }

    /// Puts a value where a pattern leads: `*` is each element.
    pub fn set(&mut self, pattern: &str, value: impl Into<Value>) {
        let value = value.into();
        walk(&mut self.body, pattern, &|parent, name| match parent {
            Value::Object(object) => drop(object.insert(name.to_owned(), value.clone())),
            Value::Array(list) => list[name.parse::<usize>().unwrap()] = value.clone(),
            _ => {}
        });
    }

    /// Takes away what stands where a pattern leads.
    pub fn cut(&mut self, pattern: &str) {
        walk(&mut self.body, pattern, &|parent, name| {
            if let Value::Object(object) = parent {
                object.remove(name);
            }
        });
    }
}

/// Leads to the parents of all that a pattern names, and the last name.
pub fn walk(value: &mut Value, pattern: &str, change: &dyn Fn(&mut Value, &str)) {
    let (step, rest) = match pattern[1..].split_once('/') {
        Some((step, rest)) => (step, format!("/{rest}")),
        None => return change(value, &pattern[1..]),
    };
    match (value, step) {
        (Value::Array(list), "*") => list.iter_mut().for_each(|element| walk(element, &rest, change)),
        (value, step) => {
            if let Some(next) = value.pointer_mut(&format!("/{step}")) {
                walk(next, &rest, change);
            }
        }
    }
}

/// What a wrong Seller does.
pub type Change = fn(&mut Passing);

/// The running proxy.
pub struct Proxy {
    pub address: SocketAddr,
    state: Arc<Ways>,
}

struct Ways {
    seller: String,
    tester: String,
    change: Mutex<Change>,
}

impl Proxy {
    /// Requests go to `seller`; what comes to `events` goes to `tester`.
    pub fn start(seller: &str, events: SocketAddr, tester: SocketAddr) -> Self {
        let address = free_address();
        let state = Arc::new(Ways {
            seller: format!("http://{seller}"),
            tester: format!("http://{tester}"),
            change: Mutex::new(|_| {}),
        });
        for (at, router) in [
            (address, Router::new().fallback(request)),
            (events, Router::new().fallback(event)),
        ] {
            let listener = RUNTIME.block_on(tokio::net::TcpListener::bind(at)).unwrap();
            let router = router.with_state(Arc::clone(&state));
            RUNTIME.spawn(async move { axum::serve(listener, router).await });
        }
        Self { address, state }
    }

    /// From now on this is spoiled, and nothing else.
    pub fn spoil(&self, change: Change) {
        *self.state.change.lock().unwrap() = change;
    }
}

/// `POST /hub` of `POST http://.../quoteManagement/v10/hub`.
pub fn title(method: &Method, path: &str) -> String {
    let steps: Vec<&str> = path.split('/').skip_while(|step| *step != "mefApi").skip(4).collect();
    match steps.as_slice() {
        [one] => format!("{method} /{one}"),
        [one, _] => format!("{method} /{one}/{{id}}"),
        _ => format!("{method} {path}"),
    }
}

async fn pass(
    ways: &Ways,
    target: &str,
    (method, uri, headers, body): (Method, Uri, HeaderMap, Bytes),
) -> Option<Passing> {
    let query = uri.path_and_query().map_or("", |query| query.as_str());
    let change = *ways.change.lock().unwrap();
    let sent = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let mut before = Passing {
        title: title(&method, uri.path()),
        sent,
        status: 0,
        headers: HeaderMap::new(),
        body: Value::Null,
        times: 1,
        is_before: true,
    };
    let kept = before.sent.clone();
    change(&mut before);
    if before.times == 0 {
        return Some(before);
    }
    let body = if before.sent == kept {
        body
    } else {
        before.sent.to_string().into()
    };
    let sent = kept;
    let mut request = web::CLIENT
        .request(method.clone(), format!("{target}{query}"))
        .body(body);
    for name in ["authorization", "content-type"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.ok()?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = answer.bytes().await.ok()?;
    let mut passing = Passing {
        title: title(&method, uri.path()),
        sent,
        status,
        headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        times: 1,
        is_before: false,
    };
    change(&mut passing);
    Some(passing)
}

async fn request(State(ways): State<Arc<Ways>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let Some(passing) = pass(&ways, &ways.seller, (method, uri, headers, body)).await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let mut answer = Response::builder().status(passing.status);
    for name in [
        "content-type",
        "x-total-count",
        "x-result-count",
        "x-pagination-throttled",
    ] {
        if let Some(value) = passing.headers.get(name) {
            answer = answer.header(name, value);
        }
    }
    let body = if passing.body.is_null() {
        String::new()
    } else {
        passing.body.to_string()
    };
    answer.body(body.into()).unwrap()
}

/// An event is changed before it is passed on: once, twice or never.
async fn event(State(ways): State<Arc<Ways>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if !uri.path().contains("/listener/") {
        let token = serde_json::json!({ "access_token": "t", "token_type": "Bearer", "expires_in": 3600 });
        return ([("content-type", "application/json")], token.to_string()).into_response();
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    let mut passing = Passing {
        title: format!("EVENT {}", body["eventType"].as_str().unwrap()),
        sent: Value::Null,
        status: 0,
        headers,
        body,
        times: 1,
        is_before: false,
    };
    let change = *ways.change.lock().unwrap();
    change(&mut passing);
    for _ in 0..passing.times {
        let request = web::CLIENT
            .post(format!("{}{}", ways.tester, uri.path()))
            .header("content-type", "application/json;charset=utf-8");
        // A tester that has gone hears nothing any more.
        let _ = request.body(passing.body.to_string()).send().await;
    }
    StatusCode::NO_CONTENT.into_response()
}
