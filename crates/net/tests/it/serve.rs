//! The accept loop: TLS, peers, limits and a clean end.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::routing::get;
use axum::{Extension, Router};
use http::Method;
use segue_net::outbound::{Class, Outbound, OutboundError, OutboundOptions, Purpose, Request};
use segue_net::serve::{Drained, Peer, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::support::{Server, open_to};

fn get_of(url: url::Url) -> Request {
    Request::new(Purpose::Operation, Method::GET, url)
}

/// Writes a new self-signed certificate for `127.0.0.1` and gives its files.
fn certificate(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let (cert, key) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (cert, key)
}

fn trusting(server: &Server, root: &Path) -> Outbound {
    Outbound::new(OutboundOptions {
        open: vec![server.address.to_string()],
        roots: vec![root.to_owned()],
        ..OutboundOptions::default()
    })
    .unwrap()
}

fn https(server: &Server) -> url::Url {
    format!("https://{}/", server.address).parse().unwrap()
}

#[tokio::test]
async fn handlers_see_the_address_of_the_caller() {
    let router = Router::new().route(
        "/",
        get(|Extension(Peer(peer)): Extension<Peer>| async move { peer.to_string() }),
    );
    let server = Server::start(router, None).await;
    let answer = open_to(server.address).send(get_of(server.url("/"))).await.unwrap();
    assert!(std::str::from_utf8(&answer.body).unwrap().starts_with("127.0.0.1:"));
}

#[tokio::test]
async fn tls_speaks_http_2_and_a_new_certificate_is_served_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = certificate(folder.path(), "first");
    let tls = Tls::load(&cert, &key).unwrap();
    let router = Router::new().route(
        "/",
        get(|request: axum::extract::Request| async move { format!("{:?}", request.version()) }),
    );
    let server = Server::start(router, Some(Arc::clone(&tls))).await;

    let answer = trusting(&server, &cert).send(get_of(https(&server))).await.unwrap();
    assert_eq!(answer.body, "HTTP/2.0");

    let (other, other_key) = certificate(folder.path(), "second");
    let fault = trusting(&server, &other)
        .send(get_of(https(&server)))
        .await
        .unwrap_err();
    assert!(
        matches!(fault, OutboundError::Failed { class: Class::Tls, .. }),
        "{fault}"
    );

    std::fs::copy(&other, &cert).unwrap();
    std::fs::copy(&other_key, &key).unwrap();
    tls.reload().unwrap();
    assert!(trusting(&server, &other).send(get_of(https(&server))).await.is_ok());

    std::fs::write(&key, "rubbish").unwrap();
    assert!(tls.reload().is_err());
    assert!(trusting(&server, &other).send(get_of(https(&server))).await.is_ok());
}

#[tokio::test]
async fn a_request_under_way_is_finished_when_the_server_ends() {
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inside, outside) = (Arc::clone(&entered), Arc::clone(&leave));
    let router = Router::new().route(
        "/",
        get(move || async move {
            inside.notify_one();
            outside.notified().await;
            "done"
        }),
    );
    let server = Server::start(router, None).await;
    let (address, url) = (server.address, server.url("/"));
    let call = tokio::spawn(async move { open_to(address).send(get_of(url)).await });
    entered.notified().await;
    let ended = server.stop();
    // Closed to newcomers as soon as the loop has seen the end.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    leave.notify_one();
    assert_eq!(call.await.unwrap().unwrap().body, "done");
    assert_eq!(ended.await.unwrap(), Drained { cut: 0 });
}

#[tokio::test]
async fn headers_beyond_the_limit_are_refused() {
    let server = Server::start(Router::new(), None).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(20 * 1024));
    let _ = stream.write_all(head.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(
        answer.starts_with(b"HTTP/1.1 431"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}

#[test]
fn a_missing_certificate_is_named() {
    let fault = Tls::load(Path::new("/nowhere/cert.pem"), Path::new("/nowhere/key.pem"))
        .err()
        .unwrap();
    assert!(fault.to_string().contains("/nowhere/cert.pem"));
}
