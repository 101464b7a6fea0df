//! One Buyer's way to the Seller: tokens, requests, what came of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::Value;
use tokio::sync::Mutex;

/// Longer than any answer may take while nothing is wrong.
const PATIENCE: Duration = Duration::from_secs(4);

/// What came of one request.
pub enum Outcome {
    /// A whole answer.
    Answer {
        /// Its status.
        status: u16,
        /// Its body, whole.
        text: String,
    },
    /// Nobody knows whether the Seller has done it.
    Unknown(String),
}

/// What is asked.
pub struct Request<'a> {
    /// GET or POST.
    pub method: Method,
    /// Below the base address of the company.
    pub path: &'a str,
    /// `Idempotency-Key`
    pub key: Option<&'a str>,
    /// JSON.
    pub body: Option<&'a str>,
}

impl<'a> Request<'a> {
    /// GET.
    pub fn get(path: &'a str) -> Self {
        Self {
            method: Method::GET,
            path,
            key: None,
            body: None,
        }
    }

    /// POST of JSON under a key.
    pub fn post(path: &'a str, key: &'a str, body: &'a str) -> Self {
        Self {
            method: Method::POST,
            path,
            key: Some(key),
            body: Some(body),
        }
    }
}

/// A Buyer with a secret, and all addresses of the Seller.
pub struct Buyer {
    /// Its name.
    pub name: &'static str,
    secret: String,
    listener: String,
    nodes: Vec<String>,
    turn: AtomicUsize,
    proxy: String,
    client: reqwest::Client,
    token: Mutex<Option<String>>,
}

impl Buyer {
    /// Nothing is asked yet. `nodes` and `proxy` are HOST:PORT.
    pub fn new(
        (name, secret): (&'static str, String),
        listener: &str,
        (nodes, proxy): (Vec<String>, String),
    ) -> Result<Self> {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .connect_timeout(Duration::from_secs(1))
            .no_proxy()
            .tls_certs_only([])
            .build()
            .context("making an HTTP client")?;
        Ok(Self {
            name,
            secret,
            listener: format!("http://{listener}"),
            nodes,
            turn: AtomicUsize::new(0),
            proxy,
            client,
            token: Mutex::new(None),
        })
    }

    /// Where it hears of events.
    pub fn listener(&self) -> &str {
        &self.listener
    }

    fn node(&self) -> &str {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.nodes.get(turn % self.nodes.len()).map_or("", String::as_str)
    }

    /// Asks the Seller itself.
    pub async fn ask(&self, request: &Request<'_>) -> Outcome {
        self.send(request, self.node()).await
    }

    /// Asks through the fault proxy.
    pub async fn ask_by_proxy(&self, request: &Request<'_>) -> Outcome {
        self.send(request, &self.proxy).await
    }

    async fn send(&self, request: &Request<'_>, at: &str) -> Outcome {
        let Some(token) = self.token().await else {
            return Outcome::Answer {
                status: 503,
                text: "no token was given".to_owned(),
            };
        };
        let url = format!("http://{at}/acme/mefApi/sonata/{}", request.path);
        let mut sent = self.client.request(request.method.clone(), url).bearer_auth(token);
        if let Some(key) = request.key {
            sent = sent.header("idempotency-key", key);
        }
        if let Some(body) = request.body {
            sent = sent
                .header("content-type", "application/json;charset=utf-8")
                .body(body.to_owned());
        }
        let outcome = match sent.send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                match answer.text().await {
                    Ok(text) => Outcome::Answer { status, text },
                    Err(error) => Outcome::Unknown(format!("{error:?}")),
                }
            }
            Err(error) => Outcome::Unknown(format!("{error:?}")),
        };
        if matches!(outcome, Outcome::Answer { status: 401, .. }) {
            *self.token.lock().await = None;
        }
        outcome
    }

    /// None while the Seller is away.
    async fn token(&self) -> Option<String> {
        let mut kept = self.token.lock().await;
        if kept.is_none() {
            let request = self
                .client
                .post(format!("http://{}/acme/oauth2/token", self.node()))
                .basic_auth(self.name, Some(&self.secret))
                .header("content-type", "application/x-www-form-urlencoded")
                .body("grant_type=client_credentials");
            let answer = request.send().await.ok()?.text().await.ok()?;
            let answer: Value = serde_json::from_str(&answer).ok()?;
            *kept = Some(answer["access_token"].as_str()?.to_owned());
        }
        kept.clone()
    }
}
