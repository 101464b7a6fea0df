//! Plain HTTP from and to the test process, past all code of the program.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::kit::{Site, free_address};

pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

pub static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| client(None));

/// A client that keeps no connections: servers die and come back in these tests.
pub fn client(root: Option<reqwest::Certificate>) -> reqwest::Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_secs(10))
        .no_proxy();
    let builder = match root {
        Some(root) => builder.tls_certs_only([root]),
        None => builder.tls_certs_only([]),
    };
    builder.build().unwrap()
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

/// Sends; an error is one of the connection.
pub fn send(request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    RUNTIME.block_on(async {
        let response = request.send().await?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await?,
        })
    })
}

#[track_caller]
pub fn get(url: &str) -> Answer {
    send(CLIENT.get(url)).unwrap()
}

#[track_caller]
pub fn get_as(token: &str, url: &str) -> Answer {
    send(CLIENT.get(url).bearer_auth(token)).unwrap()
}

/// POST of JSON.
pub fn post(token: &str, url: &str, key: &str, body: &Value) -> reqwest::Result<Answer> {
    let request = CLIENT
        .post(url)
        .bearer_auth(token)
        .header("idempotency-key", key)
        .header("content-type", "application/json;charset=utf-8")
        .body(body.to_string());
    send(request)
}

/// A partner without Segue: it calls with a client secret and listens to events in this process.
pub struct Gamma {
    pub client_secret: String,
    pub address: SocketAddr,
    heard: Arc<Heard>,
}

/// What the listener of a partner hears.
#[derive(Default)]
struct Heard {
    events: Mutex<Vec<Value>>,
    paths: Mutex<Vec<String>>,
    token_requests: Mutex<Vec<String>>,
    is_silent: AtomicBool,
}

/// The name of the partner at the Seller.
const NAME: &str = "gamma";

impl Gamma {
    /// Where `gamma` will listen: the Seller needs it as an open target.
    pub fn address() -> SocketAddr {
        free_address()
    }

    /// Makes `gamma` a partner of `seller`, which calls it with `their_secret`.
    #[track_caller]
    pub fn meet(seller: &Site, address: SocketAddr, their_secret: &str) -> Self {
        let secret = seller.file("gamma.secret", their_secret);
        let url = format!("http://{address}");
        seller.text(&format!(
            "partner add {NAME} --name {NAME} --url {url} --as seller --issuer {url} \
             --token-endpoint {url}/token --secret-file {secret}"
        ));
        let made = seller.json(&format!("partner secret {NAME}"));
        Self::listening(address, made["clientSecret"].as_str().unwrap())
    }

    /// The listener alone, of a partner with this secret.
    pub fn listening(address: SocketAddr, client_secret: &str) -> Self {
        let heard = Arc::new(Heard::default());
        let router = Router::new().fallback(listen).with_state(Arc::clone(&heard));
        let listener = RUNTIME.block_on(tokio::net::TcpListener::bind(address)).unwrap();
        RUNTIME.spawn(async move { axum::serve(listener, router).await });
        Self {
            client_secret: client_secret.to_owned(),
            address,
            heard,
        }
    }

    /// A token for all that `gamma` may do; none while the server or its database is away.
    pub fn token(&self, seller: &Site) -> Option<String> {
        let request = CLIENT
            .post(format!("{}/oauth2/token", seller.url()))
            .basic_auth(NAME, Some(&self.client_secret))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        let answer = send(request).ok()?;
        // The database is away, and may be back in a moment.
        if answer.status == 503 {
            return None;
        }
        assert_eq!(answer.status, 200, "{}", answer.text);
        Some(answer.json()["access_token"].as_str().unwrap().to_owned())
    }

    /// Registers for all events of quotes.
    #[track_caller]
    pub fn register(&self, seller: &Site, token: &str) {
        self.register_in(10, seller, token);
    }

    /// The same in a version.
    #[track_caller]
    pub fn register_in(&self, version: u32, seller: &Site, token: &str) {
        let hub = json!({ "callback": format!("http://{}", self.address) });
        let url = format!("{}/hub", seller.api("quoteManagement", version));
        let answer = post(token, &url, "hub", &hub).unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text);
    }

    /// Events heard so far, repetitions too.
    pub fn heard(&self) -> Vec<Value> {
        self.heard.events.lock().unwrap().clone()
    }

    /// Where they were heard.
    pub fn heard_at(&self) -> Vec<String> {
        self.heard.paths.lock().unwrap().clone()
    }

    /// `Authorization` of the requests for tokens so far.
    pub fn token_requests(&self) -> Vec<String> {
        self.heard.token_requests.lock().unwrap().clone()
    }

    /// From now on events are heard, and the answers to them never arrive.
    pub fn fall_silent(&self) {
        self.heard.is_silent.store(true, Ordering::SeqCst);
    }

    /// Events are answered again.
    pub fn speak(&self) {
        self.heard.is_silent.store(false, Ordering::SeqCst);
    }
}

/// Token endpoint and listener in one: whatever is no token request is an event.
async fn listen(State(heard): State<Arc<Heard>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if uri.path() == "/token" {
        let authorization = headers.get("authorization").and_then(|value| value.to_str().ok());
        let authorization = authorization.unwrap_or_default().to_owned();
        heard.token_requests.lock().unwrap().push(authorization);
        let token = json!({ "access_token": "a-token-of-gamma", "token_type": "Bearer", "expires_in": 300 });
        return axum::response::Response::builder()
            .header("content-type", "application/json")
            .body(token.to_string().into())
            .unwrap();
    }
    let event = serde_json::from_slice(&body).unwrap();
    let is_silent = heard.is_silent.load(Ordering::SeqCst);
    heard.paths.lock().unwrap().push(uri.path().to_owned());
    heard.events.lock().unwrap().push(event);
    if is_silent {
        std::future::pending::<()>().await;
    }
    StatusCode::NO_CONTENT.into_response()
}
