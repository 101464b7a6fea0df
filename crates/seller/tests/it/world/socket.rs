//! The same Seller behind a port: requests leave through a client of HTTP, and come in as they do from
//! partners.

use std::net::SocketAddr;

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use tokio::net::TcpListener;

use super::{Reply, World};

/// Where a Seller is served, and who asks there.
pub struct Socket {
    address: SocketAddr,
    client: reqwest::Client,
}

impl World {
    /// Serves on a free port until the test ends; from now on all requests go there.
    pub async fn bind(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = segue_net::serve::serve(listener, None, self.router.clone(), std::future::pending());
        tokio::spawn(serving);
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap();
        self.socket = Some(Socket { address, client });
    }
}

impl Socket {
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let url = format!("http://{}{}", self.address, parts.uri);
        let asked = self.client.request(parts.method, url).headers(parts.headers).body(body);
        let answer = asked.send().await.unwrap();
        Reply {
            status: answer.status(),
            headers: answer.headers().clone(),
            text: answer.text().await.unwrap(),
        }
    }
}
