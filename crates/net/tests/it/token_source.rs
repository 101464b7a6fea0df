//! Tokens from a recording authorization server.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Router, body::Bytes};
use jiff::{SignedDuration, Timestamp};
use segue_model::id::Scope;
use segue_model::party::{AuthMethod, Credentials};
use segue_model::time::ManualClock;
use segue_net::jwt;
use segue_net::keys::{KeyPair, KeySet, jwks};
use segue_net::token_source::{Ask, Proof, TokenError, TokenSource};

use crate::support::{Server, open_to};

const RESOURCE: &str = "https://partner.example/mefApi/sonata/quoteManagement/v10";

#[derive(Default)]
struct Recorder {
    asked: AtomicUsize,
    last: Mutex<(HeaderMap, String)>,
}

async fn answer(State(recorder): State<Arc<Recorder>>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let number = recorder.asked.fetch_add(1, Ordering::SeqCst) + 1;
    *recorder.last.lock().unwrap() = (headers, String::from_utf8(body.to_vec()).unwrap());
    let body = format!(r#"{{"access_token":"token-{number}","token_type":"Bearer","expires_in":300}}"#);
    (StatusCode::OK, body)
}

struct Fixture {
    server: Server,
    recorder: Arc<Recorder>,
    clock: Arc<ManualClock>,
    source: Arc<TokenSource>,
    key: Arc<KeyPair>,
}

async fn fixture() -> Fixture {
    let recorder = Arc::new(Recorder::default());
    let router = Router::new()
        .route("/token", post(answer))
        .route(
            "/denied",
            post(|| async { (StatusCode::UNAUTHORIZED, r#"{"error":"invalid_client"}"#) }),
        )
        .route("/odd", post(|| async { r#"{"access_token":"x","token_type":"mac"}"# }))
        .with_state(Arc::clone(&recorder));
    let server = Server::start(router, None).await;
    let clock = Arc::new(ManualClock::at("2026-11-24T08:00:00Z".parse().unwrap()));
    let source = Arc::new(TokenSource::new(Arc::new(open_to(server.address)), clock.clone()));
    Fixture {
        server,
        recorder,
        clock,
        source,
        key: Arc::new(KeyPair::generate().unwrap()),
    }
}

impl Fixture {
    fn credentials(&self, path: &str, method: AuthMethod) -> Credentials {
        Credentials {
            issuer: "https://partner.example".into(),
            token_endpoint: self.server.url(path).to_string(),
            client_id: "acme".into(),
            method,
            secret: None,
        }
    }

    async fn ask(&self, credentials: &Credentials, proof: Proof) -> Result<String, TokenError> {
        let scope = Scope::new("acme", "beta");
        let ask = Ask {
            scope: &scope,
            credentials,
            proof: &proof,
            operations: &["createQuote", "retrieveQuote"],
            resource: RESOURCE,
        };
        self.source.token(&ask).await
    }

    async fn ask_by_key(&self) -> String {
        let credentials = self.credentials("/token", AuthMethod::PrivateKeyJwt);
        self.ask(&credentials, Proof::Key(Arc::clone(&self.key))).await.unwrap()
    }
}

#[tokio::test]
async fn an_assertion_says_who_we_are_for_one_minute_to_one_issuer() {
    let fixture = fixture().await;
    assert_eq!(fixture.ask_by_key().await, "token-1");
    let (_, body) = fixture.recorder.last.lock().unwrap().clone();
    let form: std::collections::HashMap<String, String> =
        url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!(form["scope"], "createQuote retrieveQuote");
    assert_eq!(form["resource"], RESOURCE);
    let keys = KeySet::read(&jwks([fixture.key.public_jwk()])).unwrap();
    let parsed = jwt::parse(&form["client_assertion"]).unwrap();
    let claims = parsed.verify(&keys, &["client-authentication+jwt"]).unwrap();
    assert_eq!(claims["iss"], "acme");
    assert_eq!(claims["sub"], "acme");
    assert_eq!(claims["aud"], "https://partner.example");
    let now: Timestamp = "2026-11-24T08:00:00Z".parse().unwrap();
    assert!(jwt::check_times(&claims, now, 60).is_ok());
}

#[tokio::test]
async fn a_secret_travels_in_the_authorization_header() {
    let fixture = fixture().await;
    let credentials = fixture.credentials("/token", AuthMethod::ClientSecretBasic);
    fixture.ask(&credentials, Proof::Secret("s3cret".into())).await.unwrap();
    let (headers, body) = fixture.recorder.last.lock().unwrap().clone();
    assert_eq!(headers["authorization"], "Basic YWNtZTpzM2NyZXQ=");
    assert!(!body.contains("s3cret"));
}

#[tokio::test]
async fn a_token_is_kept_until_half_a_minute_before_its_end() {
    let fixture = fixture().await;
    assert_eq!(fixture.ask_by_key().await, "token-1");
    fixture.clock.advance(SignedDuration::from_secs(269));
    assert_eq!(fixture.ask_by_key().await, "token-1");
    fixture.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(fixture.ask_by_key().await, "token-2");
}

#[tokio::test]
async fn many_who_wait_for_one_token_ask_once() {
    let fixture = fixture().await;
    let tokens = futures_util::future::join_all((0..20).map(|_| fixture.ask_by_key())).await;
    assert!(tokens.iter().all(|token| token == "token-1"));
    assert_eq!(fixture.recorder.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_rejected_token_is_forgotten_but_a_newer_one_is_not() {
    let fixture = fixture().await;
    let scope = Scope::new("acme", "beta");
    let first = fixture.ask_by_key().await;
    fixture.source.invalidate(&scope, RESOURCE, &first).await;
    let second = fixture.ask_by_key().await;
    assert_eq!(second, "token-2");
    fixture.source.invalidate(&scope, RESOURCE, &first).await;
    assert_eq!(fixture.ask_by_key().await, second);
}

#[tokio::test]
async fn a_new_key_asks_for_a_new_token() {
    let mut fixture = fixture().await;
    assert_eq!(fixture.ask_by_key().await, "token-1");
    fixture.key = Arc::new(KeyPair::generate().unwrap());
    assert_eq!(fixture.ask_by_key().await, "token-2");
}

#[tokio::test]
async fn refusals_and_odd_answers_say_what_happened_where() {
    let fixture = fixture().await;
    let by_key = || Proof::Key(Arc::clone(&fixture.key));
    let denied = fixture.credentials("/denied", AuthMethod::PrivateKeyJwt);
    let fault = fixture.ask(&denied, by_key()).await.unwrap_err();
    assert!(
        matches!(&fault, TokenError::Denied { status: 401, error, .. } if error == "invalid_client"),
        "{fault}"
    );
    let odd = fixture.credentials("/odd", AuthMethod::PrivateKeyJwt);
    let fault = fixture.ask(&odd, by_key()).await.unwrap_err();
    assert!(matches!(fault, TokenError::Unusable { .. }), "{fault}");
    let wrong_proof = fixture.credentials("/token", AuthMethod::ClientSecretBasic);
    let fault = fixture.ask(&wrong_proof, by_key()).await.unwrap_err();
    assert!(matches!(fault, TokenError::Proof("client_secret_basic")), "{fault}");
}
