//! Between a Buyer and the tester: passes everything on, in both directions, and spoils one thing.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::proxy::{title, walk};
use crate::web::{self, RUNTIME};

/// A request of the Buyer on its way, or the answer of its listener on the way back.
pub struct Going {
    /// `POST /quote`, `GET /quote/{id}`; of the listener `LISTENER type`; `POST /token`.
    pub title: String,
    /// After the host, without query.
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    pub body: Value,
    /// Of a listener's answer.
    pub status: u16,
    /// How often it arrives; zero times it is answered here, with `answer`.
    pub times: usize,
    pub answer: (u16, Value),
}

impl Going {
    /// Changes it, where it is of this kind.
    pub fn at(&mut self, title: &str, change: impl FnOnce(&mut Self)) {
        if self.title == title {
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

    /// Only elements of a list that are wanted.
    pub fn keep(&mut self, pattern: &str, wanted: impl Fn(&Value) -> bool) {
        walk(&mut self.body, pattern, &|parent, name| {
            if let Some(list) = parent.get_mut(name).and_then(Value::as_array_mut) {
                list.retain(&wanted);
            }
        });
    }
}

/// What a wrong Buyer does.
pub type Change = fn(&mut Going);

/// The running proxy.
pub struct Between {
    state: Arc<Ways>,
}

struct Ways {
    tester: String,
    buyer: String,
    /// How the tester reaches the listener.
    listener: String,
    change: Mutex<Change>,
}

impl Between {
    /// Requests to `address` go to `tester`; events to `listener` go to `buyer`.
    pub fn start((address, tester): (SocketAddr, SocketAddr), (listener, buyer): (SocketAddr, SocketAddr)) -> Self {
        let state = Arc::new(Ways {
            tester: format!("http://{tester}"),
            buyer: format!("http://{buyer}"),
            listener: format!("http://{listener}"),
            change: Mutex::new(|_| {}),
        });
        for (at, router) in [
            (address, Router::new().fallback(request)),
            (listener, Router::new().fallback(event)),
        ] {
            let socket = RUNTIME.block_on(tokio::net::TcpListener::bind(at)).unwrap();
            let router = router.with_state(Arc::clone(&state));
            RUNTIME.spawn(async move { axum::serve(socket, router).await });
        }
        Self { state }
    }

    /// From now on this is spoiled, and nothing else.
    pub fn spoil(&self, change: Change) {
        *self.state.change.lock().unwrap() = change;
    }
}

/// Headers that belong to one connection.
fn passes(name: &HeaderName) -> bool {
    !["host", "content-length", "transfer-encoding", "connection"].contains(&name.as_str())
}

async fn request(State(ways): State<Arc<Ways>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let change = *ways.change.lock().unwrap();
    let text = String::from_utf8_lossy(&body).replace(&ways.buyer, &ways.listener);
    let json: Option<Value> = serde_json::from_str(&text).ok();
    let mut going = Going {
        title: if uri.path() == "/token" {
            "POST /token".into()
        } else {
            title(&method, uri.path())
        },
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers,
        body: json.clone().unwrap_or(Value::String(text.clone())),
        status: 0,
        times: 1,
        answer: (204, Value::Null),
    };
    change(&mut going);
    let text = match (&going.body, json) {
        (Value::String(text), _) => text.clone(),
        (body, Some(was)) if *body == was => text,
        (body, _) => body.to_string(),
    };
    let query = if going.query.is_empty() {
        String::new()
    } else {
        format!("?{}", going.query)
    };
    let mut came = None;
    for _ in 0..going.times {
        let mut request = web::CLIENT
            .request(method.clone(), format!("{}{}{query}", ways.tester, going.path))
            .body(text.clone());
        for (name, value) in going.headers.iter().filter(|(name, _)| passes(name)) {
            request = request.header(name, value);
        }
        came = request.send().await.ok();
    }
    let Some(came) = came else {
        let (status, body) = going.answer;
        return answer(status, &HeaderMap::new(), body.to_string().replace("null", ""));
    };
    let (status, headers) = (came.status().as_u16(), came.headers().clone());
    let body = came.text().await.unwrap_or_default();
    answer(status, &headers, body.replace(&ways.listener, &ways.buyer))
}

async fn event(State(ways): State<Arc<Ways>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let query = uri.path_and_query().map_or("", |query| query.as_str());
    let mut request = web::CLIENT.request(method, format!("{}{query}", ways.buyer)).body(body);
    for (name, value) in headers.iter().filter(|(name, _)| passes(name)) {
        request = request.header(name, value);
    }
    let Ok(came) = request.send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let mut going = Going {
        title: format!("LISTENER {}", uri.path().rsplit('/').next().unwrap()),
        path: String::new(),
        query: String::new(),
        headers: HeaderMap::new(),
        status: came.status().as_u16(),
        body: serde_json::from_str(&came.text().await.unwrap_or_default()).unwrap_or(Value::Null),
        times: 1,
        answer: (204, Value::Null),
    };
    let change = *ways.change.lock().unwrap();
    change(&mut going);
    let body = if going.body.is_null() {
        String::new()
    } else {
        going.body.to_string()
    };
    answer(going.status, &HeaderMap::new(), body)
}

fn answer(status: u16, headers: &HeaderMap, body: String) -> Response {
    let mut answer = Response::builder().status(status);
    let kind = HeaderValue::from_static("application/json;charset=utf-8");
    for (name, value) in headers.iter().filter(|(name, _)| passes(name)) {
        answer = answer.header(name, value);
    }
    if !headers.contains_key("content-type") && !body.is_empty() {
        answer = answer.header("content-type", kind);
    }
    answer.body(body.into()).unwrap()
}
