//! The limit: the least server that could give the same promise on the same machine. It speaks HTTP
//! over TLS by the same accept loop, checks the signature and the times of a token, reads and parses
//! the same body, keeps the same number of bytes on the disk before it answers (many requests share
//! one flush), and answers as many. It has no rules, no schemas, no indexes but the key.

mod disk;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use bytes::Bytes;
use clap::Args;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use jiff::Timestamp;
use segue_net::jwt;
use segue_net::keys::{KeyPair, KeySet, jwks};
use segue_net::serve::{Tls, serve};
use serde_json::{Value, json};
use tower::service_fn;

use disk::Disk;

/// Seconds a token is good for: longer than any run.
const TOKEN_LIFE_S: i64 = 24 * 3_600;
/// A token without scopes: head, other claims, signature.
const CLAIMS_BYTES: usize = 350;
/// More than any body that is measured.
const BODY_MAX: usize = 4 * 1024 * 1024;

/// How the bare server is started; `run` does it.
#[derive(Args)]
pub struct Setting {
    /// Where it listens.
    #[arg(long)]
    listen: SocketAddr,
    /// PEM of its certificate.
    #[arg(long)]
    certificate: PathBuf,
    /// PEM of the key.
    #[arg(long)]
    key: PathBuf,
    /// A file of SQLite, or words of a connection to PostgreSQL (`host=... dbname=...`).
    #[arg(long)]
    database: String,
    /// Bytes that each POST keeps.
    #[arg(long)]
    stored: usize,
    /// Bytes of each answer.
    #[arg(long)]
    answer: usize,
    /// Bytes of its token.
    #[arg(long)]
    token: usize,
}

struct Limit {
    keys: KeySet,
    disk: Disk,
    answer: Bytes,
    stored: usize,
}

/// Serves until it is killed. Its first line is a token.
pub async fn run(setting: Setting) -> Result<()> {
    let pair = KeyPair::generate()?;
    let now = Timestamp::now().as_second();
    let claims = json!({
        "iss": "https://limit.example", "aud": "https://limit.example/api", "sub": "gamma", "client_id": "gamma",
        "iat": now, "exp": now + TOKEN_LIFE_S, "jti": "one",
        // Base64 makes four of three.
        "scope": "a".repeat((setting.token * 3 / 4).saturating_sub(CLAIMS_BYTES)),
    });
    let token = pair.sign(&claims, "at+jwt")?;
    let limit = Arc::new(Limit {
        keys: KeySet::read(&jwks([pair.public_jwk()]))?,
        disk: Disk::open(setting.database).await?,
        // An answer of JSON that is as long.
        answer: Bytes::from(format!("\"{}\"", "a".repeat(setting.answer.saturating_sub(2)))),
        stored: setting.stored,
    });
    let tls = Tls::load(&setting.certificate, &setting.key)?;
    let listener = tokio::net::TcpListener::bind(setting.listen)
        .await
        .with_context(|| format!("listening on {}", setting.listen))?;
    println!("{token}");
    let service = service_fn(move |request| {
        let limit = Arc::clone(&limit);
        async move { Ok::<_, Infallible>(limit.answer(request).await) }
    });
    serve(listener, Some(tls), service, std::future::pending()).await;
    Ok(())
}

impl Limit {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        match self.work(request).await {
            Ok((status, body)) => answer(status, body),
            Err(fault) => answer(StatusCode::INTERNAL_SERVER_ERROR, Bytes::from(format!("{fault:#}"))),
        }
    }

    async fn work(&self, request: Request<Incoming>) -> Result<(StatusCode, Bytes)> {
        self.admit(&request)?;
        if request.method() == Method::GET {
            let id = request.uri().path().rsplit('/').next().and_then(|id| id.parse().ok());
            let found = self.disk.read(id.context("no number")?)?;
            return Ok((StatusCode::OK, found));
        }
        let read = Limited::new(request.into_body(), BODY_MAX).collect().await;
        let text = read.map_err(|fault| anyhow::anyhow!(fault))?.to_bytes();
        let _: Value = serde_json::from_slice(&text)?;
        if self.stored == 0 {
            return Ok((StatusCode::OK, self.answer.clone()));
        }
        let rest = self.stored.saturating_sub(text.len());
        self.disk.keep((text, rest, self.answer.clone())).await?;
        Ok((StatusCode::CREATED, self.answer.clone()))
    }

    fn admit(&self, request: &Request<Incoming>) -> Result<()> {
        let sent = request.headers().get(header::AUTHORIZATION).context("no token")?;
        let token = sent.to_str()?.strip_prefix("Bearer ").context("no bearer token")?;
        let claims = jwt::parse(token)?.verify(&self.keys, &["at+jwt"])?;
        jwt::check_times(&claims, Timestamp::now(), TOKEN_LIFE_S)?;
        Ok(())
    }
}

fn answer(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let json = http::HeaderValue::from_static("application/json;charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
