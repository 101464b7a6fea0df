//! Keys that change while they are in use.

use std::sync::{Arc, Mutex};

use http::Method;
use jiff::SignedDuration;
use segue_gate::Gate;
use segue_net::keys::{KeyPair, jwks};
use segue_net::outbound::{Outbound, Purpose, Request};
use tokio::net::TcpListener;

use crate::support::{ASSERTION_TYPE, Fixture, open_to, publisher, serve};

const CREATE: (&str, &str) = ("quoteManagement", "createQuote");

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_stays_for_a_week() {
    let fixture = Fixture::start().await;
    let company = &fixture.company.id;
    let old = fixture.gate.key(company).await.unwrap().kid().to_owned();
    fixture.clock.advance(SignedDuration::from_hours(1));
    let new = fixture.gate.rotate_key(company).await.unwrap();
    let published = async || {
        fixture.gate.jwks(company).await.unwrap()["keys"]
            .as_array()
            .unwrap()
            .len()
    };
    let signing = async || fixture.gate.key(company).await.unwrap().kid().to_owned();
    assert_eq!((published().await, signing().await), (2, old.clone()));
    fixture.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(signing().await, old);
    fixture.clock.advance(SignedDuration::from_mins(5));
    assert_eq!((published().await, signing().await), (2, new));
    fixture.clock.advance(SignedDuration::from_hours(8 * 24));
    assert_eq!(published().await, 1);
}

#[tokio::test]
async fn a_token_of_the_old_key_is_good_until_its_own_end() {
    let fixture = Fixture::start().await;
    fixture.clock.advance(SignedDuration::from_hours(1));
    let new = fixture.gate.rotate_key(&fixture.company.id).await.unwrap();
    fixture.clock.advance(SignedDuration::from_secs(590));
    let bearer = format!("Bearer {}", fixture.token(&[]).await);
    fixture.clock.advance(SignedDuration::from_secs(120));
    assert_eq!(fixture.gate.key(&fixture.company.id).await.unwrap().kid(), new);
    assert!(fixture.admit(CREATE, Some(&bearer)).await.is_ok());
}

#[tokio::test]
async fn a_partner_changes_its_keys_where_it_publishes_them() {
    let fixture = Fixture::start().await;
    let next = KeyPair::generate().unwrap();
    let published = Arc::new(Mutex::new((jwks([next.public_jwk()]), 0)));
    let address = publisher(Arc::clone(&published)).await;
    let uri = format!("http://{address}/jwks.json");
    fixture
        .change(|partner| partner.client.as_mut().unwrap().jwks_uri = Some(uri))
        .await;
    let asking = Asking::start(&fixture, open_to(&[address])).await;
    let fetches = || published.lock().unwrap().1;

    // The key of the record needs no call.
    assert_eq!((asking.ask(&fixture.key).await, fetches()), (200, 0));
    // An unknown one is looked up, and from then on the published set counts.
    assert_eq!((asking.ask(&next).await, fetches()), (200, 1));
    assert_eq!(asking.ask(&fixture.key).await, 401);
    // However many ids are tried, the partner's server is asked twice a minute at most.
    for _ in 0..10 {
        assert_eq!(asking.ask(&KeyPair::generate().unwrap()).await, 401);
    }
    assert_eq!(fetches(), 1);
    fixture.clock.advance(SignedDuration::from_secs(30));
    assert_eq!((asking.ask(&KeyPair::generate().unwrap()).await, fetches()), (401, 2));
    assert_eq!(asking.ask(&next).await, 200);
    // A key that left the set stops within the time a set is kept.
    published.lock().unwrap().0 = jwks([KeyPair::generate().unwrap().public_jwk()]);
    fixture.clock.advance(SignedDuration::from_mins(5));
    assert_eq!((asking.ask(&next).await, fetches()), (401, 3));
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_stay_unknown() {
    let fixture = Fixture::start().await;
    let uri = "https://10.0.0.1/jwks.json".to_owned();
    fixture
        .change(|partner| partner.client.as_mut().unwrap().jwks_uri = Some(uri))
        .await;
    let stranger = KeyPair::generate().unwrap();
    let assertion = stranger.sign(&fixture.claims(), "JWT").unwrap();
    assert_eq!(fixture.ask(&assertion, &[]).await.status, 401);
    assert_eq!(fixture.ask(&fixture.assertion(), &[]).await.status, 200);
}

/// Another gate over the same store, whose own calls go through `outbound`.
struct Asking<'a> {
    fixture: &'a Fixture,
    client: Outbound,
    endpoint: String,
}

impl<'a> Asking<'a> {
    async fn start(fixture: &'a Fixture, outbound: Outbound) -> Self {
        let gate = Gate::new(fixture.store.clone(), Arc::new(outbound), fixture.clock.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        serve(listener, gate.router());
        Self {
            fixture,
            client: open_to(&[address]),
            endpoint: format!("http://{address}/acme/oauth2/token"),
        }
    }

    async fn ask(&self, key: &KeyPair) -> u16 {
        let assertion = key.sign(&self.fixture.claims(), "client-authentication+jwt").unwrap();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion.as_str()),
        ];
        let request = Request::new(Purpose::Credentials, Method::POST, self.endpoint.parse().unwrap()).form(&form);
        self.client.send(request).await.unwrap().status
    }
}
