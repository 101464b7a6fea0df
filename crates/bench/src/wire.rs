//! One connection of the load generator: HTTP/1.1 over TLS, a request at a time. Leaner than a client
//! library, because what the generator costs is taken from the server on a small machine.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Where requests go, and who is believed to be there.
#[derive(Clone)]
pub struct Target {
    /// Address of the server.
    pub address: SocketAddr,
    /// The bearer token of all requests.
    pub token: String,
    tls: Arc<ClientConfig>,
}

impl Target {
    /// A server at `address` with exactly this certificate.
    pub fn new(address: SocketAddr, certificate: &CertificateDer<'static>) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone())?;
        let tls = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            address,
            token: String::new(),
            tls: Arc::new(tls),
        })
    }

    /// The same server, asked with `token`.
    pub fn with_token(&self, token: String) -> Self {
        Self { token, ..self.clone() }
    }
}

/// What was answered.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// All of the body.
    pub body: Bytes,
}

/// What is asked: method, path with query, body.
#[derive(Clone)]
pub struct Ask {
    /// `GET`, `POST`
    pub method: &'static str,
    /// From the first `/`.
    pub path: String,
    /// Empty for a GET.
    pub body: Bytes,
}

/// A connection.
pub struct Wire {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    authorization: String,
}

impl Wire {
    /// Connects; the handshake is done when this returns.
    pub async fn connect(target: &Target) -> Result<Self> {
        let tcp = TcpStream::connect(target.address)
            .await
            .with_context(|| format!("connecting to {}", target.address))?;
        tcp.set_nodelay(true)?;
        let name = ServerName::from(target.address.ip());
        let stream = TlsConnector::from(Arc::clone(&target.tls)).connect(name, tcp).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move {
            // Its end is told by the request that fails.
            let _ = connection.await;
        });
        Ok(Self {
            sender,
            host: target.address.to_string(),
            authorization: format!("Bearer {}", target.token),
        })
    }

    /// Asks and waits for all of the answer.
    pub async fn ask(&mut self, ask: Ask) -> Result<Answer> {
        let request = Request::builder()
            .method(ask.method)
            .uri(ask.path)
            .header(header::HOST, &self.host)
            .header(header::AUTHORIZATION, &self.authorization)
            .header(header::CONTENT_TYPE, "application/json;charset=utf-8")
            .body(Full::new(ask.body))?;
        self.send(request).await
    }

    /// A new access token for a client, from the token endpoint at `path`.
    pub async fn token(&mut self, path: &str, (client, secret): (&str, &str)) -> Result<String> {
        let request = Request::post(path)
            .header(header::HOST, &self.host)
            .header(
                header::AUTHORIZATION,
                format!("Basic {}", STANDARD.encode(format!("{client}:{secret}"))),
            )
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from_static(b"grant_type=client_credentials")))?;
        let answer = self.send(request).await?;
        let told: Value = serde_json::from_slice(&answer.body).context("the token endpoint did not answer JSON")?;
        let token = told["access_token"].as_str();
        Ok(token.with_context(|| format!("no token: {told}"))?.to_owned())
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Answer> {
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, body })
    }
}
