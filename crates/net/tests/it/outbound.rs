//! The guard at work: refused targets see no connection.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use futures_util::future::BoxFuture;
use http::Method;
use segue_net::outbound::{Class, Lookup, Outbound, OutboundError, OutboundOptions, Purpose, Refused, Request};
use tokio::net::TcpListener;

use crate::support::{Server, open_to};

struct Fixed(Vec<IpAddr>);

impl Lookup for Fixed {
    fn lookup(&self, _host: String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        let addresses = self.0.clone();
        Box::pin(async move { Ok(addresses) })
    }
}

fn resolving_to(addresses: &[&str], open: &[String]) -> Outbound {
    let addresses = addresses.iter().map(|ip| ip.parse().unwrap()).collect();
    Outbound::new(OutboundOptions {
        open: open.to_vec(),
        lookup: Some(Arc::new(Fixed(addresses))),
        ports: (1024..=u16::MAX).collect(),
        ..OutboundOptions::default()
    })
    .unwrap()
}

fn get_of(url: &str) -> Request {
    Request::new(Purpose::Notification, Method::GET, url.parse().unwrap())
}

/// A listener that counts connections.
async fn recorder() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, count)
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_not_connected_to() {
    let (address, count) = recorder().await;
    for answer in [
        vec!["127.0.0.1"],
        vec!["8.8.8.8", "127.0.0.1"],
        vec!["::ffff:127.0.0.1"],
    ] {
        let outbound = resolving_to(&answer, &[]);
        let url = format!("https://partner.example:{}/", address.port());
        let fault = outbound.send(get_of(&url)).await.unwrap_err();
        assert!(
            matches!(&fault, OutboundError::Refused { why: Refused::ResolvedAddress, target } if target.contains("partner.example")),
            "{fault}"
        );
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn literal_addresses_skip_the_resolver_and_are_refused_all_the_same() {
    let (address, count) = recorder().await;
    let outbound = resolving_to(&["8.8.8.8"], &[]);
    for host in ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"] {
        let fault = outbound
            .send(get_of(&format!("https://{host}:{}/", address.port())))
            .await
            .unwrap_err();
        assert!(
            matches!(
                fault,
                OutboundError::Refused {
                    why: Refused::Address,
                    ..
                }
            ),
            "{fault}"
        );
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_opened_name_may_be_private_but_never_a_metadata_service() {
    let server = Server::start(Router::new().route("/", get(|| async { "here" })), None).await;
    let open = [format!("lab.example:{}", server.address.port())];
    let url = format!("http://lab.example:{}/", server.address.port());
    let answer = resolving_to(&["127.0.0.1"], &open).send(get_of(&url)).await.unwrap();
    assert_eq!(answer.body, "here");
    let fault = resolving_to(&["169.254.169.254"], &open)
        .send(get_of(&url))
        .await
        .unwrap_err();
    assert!(
        matches!(
            fault,
            OutboundError::Refused {
                why: Refused::ResolvedAddress,
                ..
            }
        ),
        "{fault}"
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (target, count) = recorder().await;
    let to = format!("http://{target}/");
    let router = Router::new().route(
        "/",
        get(move || async move { (StatusCode::FOUND, [(header::LOCATION, to)]) }),
    );
    let server = Server::start(router, None).await;
    let outbound = Outbound::new(OutboundOptions {
        open: vec![server.address.to_string(), target.to_string()],
        ..OutboundOptions::default()
    })
    .unwrap();
    let answer = outbound.send(get_of(server.url("/").as_str())).await.unwrap();
    assert_eq!(answer.status, 302);
    assert!(!answer.is_success());
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_body_above_the_limit_is_cut_off_while_reading() {
    let router = Router::new().route("/", get(|| async { vec![b'x'; 65 * 1024] }));
    let server = Server::start(router, None).await;
    let outbound = open_to(server.address);
    let fault = outbound.send(get_of(server.url("/").as_str())).await.unwrap_err();
    assert!(
        matches!(fault, OutboundError::TooLarge { limit: 65_536, .. }),
        "{fault}"
    );
    let larger = Request::new(Purpose::Operation, Method::GET, server.url("/"));
    assert_eq!(outbound.send(larger).await.unwrap().body.len(), 65 * 1024);
}

#[tokio::test]
async fn network_faults_have_a_class_and_no_query_in_their_text() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let fault = open_to(address)
        .send(get_of(&format!("http://{address}/x?secret=1")))
        .await
        .unwrap_err();
    let text = fault.to_string();
    assert!(
        matches!(
            fault,
            OutboundError::Failed {
                class: Class::Refused,
                ..
            }
        ),
        "{text}"
    );
    assert!(text.contains("/x") && !text.contains("secret"), "{text}");

    let fault = resolving_to(&[], &[])
        .send(get_of("https://nowhere.example/"))
        .await
        .unwrap_err();
    assert!(
        matches!(fault, OutboundError::Failed { class: Class::Dns, .. }),
        "{fault}"
    );
}
