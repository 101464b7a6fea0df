//! The truth at the Sellers: whatever the test says each of them has.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A document that stands for a Seller without answers.
const HANGS: &str = "hangs";

type Truth = Arc<Mutex<HashMap<(String, String), Value>>>;

/// Both Sellers on one port, told apart by their prefix.
pub struct Sellers {
    pub address: SocketAddr,
    truth: Truth,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Sellers {
    pub async fn start() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sellers = Self {
            address: socket.local_addr().unwrap(),
            truth: Truth::default(),
            asked: Arc::default(),
        };
        let router = Router::new()
            .route("/{seller}/oauth2/token", post(token))
            .route("/{seller}/mefApi/sonata/{api}/{version}/{resource}/{id}", get(answer))
            .with_state((Arc::clone(&sellers.truth), Arc::clone(&sellers.asked)));
        tokio::spawn(segue_net::serve::serve(socket, None, router, std::future::pending()));
        sellers
    }

    /// From now on `seller` has this document.
    pub fn has(&self, seller: &str, document: Value) {
        let id = document["id"].as_str().unwrap().to_owned();
        self.truth.lock().unwrap().insert((seller.to_owned(), id), document);
    }

    /// From now on `seller` takes requests and never answers.
    pub fn hangs(&self, seller: &str) {
        self.has(seller, json!({ "id": HANGS }));
    }

    /// Paths that were asked for.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn token() -> impl IntoResponse {
    let body = json!({ "access_token": "ask", "token_type": "Bearer", "expires_in": 300 });
    ([("content-type", "application/json")], body.to_string())
}

async fn answer(
    State((truth, asked)): State<(Truth, Arc<Mutex<Vec<String>>>)>,
    Path((seller, _, _, resource, id)): Path<(String, String, String, String, String)>,
) -> Response {
    asked.lock().unwrap().push(format!("/{seller}/{resource}/{id}"));
    let hangs = truth.lock().unwrap().contains_key(&(seller.clone(), HANGS.to_owned()));
    if hangs {
        std::future::pending::<()>().await;
    }
    let found = truth.lock().unwrap().get(&(seller, id)).cloned();
    let (status, body) = match found {
        Some(document) => (StatusCode::OK, document),
        None => (
            StatusCode::NOT_FOUND,
            json!({ "code": "notFound", "reason": "Unknown." }),
        ),
    };
    (
        status,
        [("content-type", "application/json;charset=utf-8")],
        body.to_string(),
    )
        .into_response()
}
