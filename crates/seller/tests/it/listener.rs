//! A Buyer's listener, by hand: it has a token endpoint, remembers what it hears, and answers as
//! the test says.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::IntoResponse;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use segue_model::party::{AuthMethod, Credentials};
use segue_model::schema::SchemaSet;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::world::{Buyer, PATIENCE, World};

/// One delivery as it came.
#[derive(Clone, Debug)]
pub struct Heard {
    pub path: String,
    pub query: String,
    pub authorization: String,
    pub body: Value,
}

impl Heard {
    pub fn text(&self, pointer: &str) -> String {
        self.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }
}

#[derive(Clone)]
pub struct Listener {
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
    news: watch::Sender<usize>,
}

impl Listener {
    pub async fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listener = Self {
            address: socket.local_addr().unwrap(),
            heard: Arc::default(),
            answers: Arc::default(),
            news: watch::Sender::new(0),
        };
        let router = Router::new()
            .route("/oauth2/token", post(token))
            .route("/{prefix}/mefApi/sonata/{api}/{version}/listener/{event}", post(hear))
            .with_state(listener.clone());
        tokio::spawn(segue_net::serve::serve(socket, None, router, std::future::pending()));
        listener
    }

    /// How the next deliveries are answered; 204 after that.
    pub fn answer_next(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }

    /// Everything heard so far, in the order it came.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// Waits until so much was heard.
    pub async fn wait(&self, count: usize) -> Vec<Heard> {
        let mut news = self.news.subscribe();
        let enough = tokio::time::timeout(PATIENCE, news.wait_for(|heard| *heard >= count)).await;
        assert!(enough.is_ok(), "{count} deliveries: {:#?}", self.heard());
        self.heard()
    }

    /// Lets `buyer` be told here; its prefix is its name.
    pub async fn belongs_to(&self, world: &World, buyer: &Buyer) {
        world
            .store
            .put_secret(&buyer.scope.company, "out", "secret")
            .await
            .unwrap();
        let address = self.address;
        world
            .change(buyer, |partner| {
                partner.callback_hosts.push(address.to_string());
                partner.credentials = Some(Credentials {
                    issuer: format!("http://{address}"),
                    token_endpoint: format!("http://{address}/oauth2/token"),
                    client_id: "acme".into(),
                    method: AuthMethod::ClientSecretBasic,
                    secret: Some("out".into()),
                });
            })
            .await;
    }

    /// Registers for events of an API under a prefix; `query` as in `EventSubscriptionInput`.
    pub async fn register(&self, world: &World, buyer: &Buyer, (api, prefix, query): (&str, &str, &str)) -> String {
        let callback = format!("http://{}/{prefix}", self.address);
        let body = json!({ "callback": callback, "query": query });
        let made = world.post(buyer, (api, "/hub"), &body).await.created();
        made["id"].as_str().unwrap().to_owned()
    }

    /// What was heard is what the notification API describes, and nothing else.
    #[track_caller]
    pub fn check_heard(&self, schemas: &SchemaSet, notification: &str) {
        for heard in self.heard() {
            let api = segue_model::api::all()
                .iter()
                .find(|api| api.name == notification)
                .unwrap();
            let listener = api.listener(&heard.text("/eventType")).unwrap();
            let path = format!("{}/listener/{}", api.base_path(), listener.event);
            assert!(heard.path.ends_with(&path), "{heard:?}");
            assert_eq!(heard.authorization, "Bearer listen");
            let problems = schemas.check(api, listener.shape, heard.body.clone()).err();
            assert_eq!(problems, None, "{heard:?}");
        }
    }
}

async fn token() -> impl IntoResponse {
    let body = json!({ "access_token": "listen", "token_type": "Bearer", "expires_in": 300 });
    ([("content-type", "application/json")], body.to_string())
}

async fn hear(
    State(listener): State<Listener>,
    Path((prefix, api, version, event)): Path<(String, String, String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let authorization = headers.get("authorization").and_then(|value| value.to_str().ok());
    listener.heard.lock().unwrap().push(Heard {
        path: format!("/{prefix}/mefApi/sonata/{api}/{version}/listener/{event}"),
        query: query.unwrap_or_default(),
        authorization: authorization.unwrap_or_default().to_owned(),
        body: serde_json::from_str(&body).unwrap(),
    });
    let answer = listener.answers.lock().unwrap().pop_front().unwrap_or(204);
    listener.news.send_modify(|count| *count += 1);
    StatusCode::from_u16(answer).unwrap()
}
