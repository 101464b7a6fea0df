//! The token endpoint, from outside.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use segue_model::id::Scope;
use segue_model::party::{AuthMethod, Credentials, Role};
use segue_model::time::Clock;
use segue_net::keys::KeyPair;
use segue_net::token_source::{Ask, Proof, TokenSource};
use serde_json::{Value, json};

use crate::support::{CLIENT, Fixture, claims_of, error_of};

#[tokio::test]
async fn our_own_client_gets_a_token_from_our_own_server_and_passes() {
    let fixture = Fixture::start().await;
    let credentials = Credentials {
        issuer: fixture.company.issuer(),
        token_endpoint: fixture.company.token_endpoint(),
        client_id: CLIENT.into(),
        method: AuthMethod::PrivateKeyJwt,
        secret: None,
    };
    let source = TokenSource::new(Arc::clone(&fixture.outbound), fixture.clock.clone());
    let proof = Proof::Key(Arc::new(fixture.key.clone()));
    let (scope, resource) = (Scope::new("beta", "acme"), fixture.resource("quoteManagement"));
    let ask = Ask {
        scope: &scope,
        credentials: &credentials,
        proof: &proof,
        operations: &["createQuote"],
        resource: &resource,
    };
    let bearer = format!("Bearer {}", source.token(&ask).await.unwrap());
    let caller = fixture
        .admit(("quoteManagement", "createQuote"), Some(&bearer))
        .await
        .unwrap();
    assert_eq!(caller.partner.id.as_str(), CLIENT);
    assert_eq!(caller.agreement.role, Role::Seller);
}

#[tokio::test]
async fn a_token_says_for_whom_by_whom_for_what_and_how_long() {
    let fixture = Fixture::start().await;
    let answer = fixture
        .ask(&fixture.assertion(), &[("scope", "listQuote createQuote")])
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["pragma"], "no-cache");
    let body = answer.json().unwrap();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 300);
    assert_eq!(body["scope"], "createQuote listQuote");
    assert!(body.get("refresh_token").is_none());
    let claims = claims_of(body["access_token"].as_str().unwrap());
    assert_eq!(claims["iss"], json!(fixture.company.issuer()));
    assert_eq!(claims["aud"], json!(fixture.resource("quoteManagement")));
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(CLIENT), &json!(CLIENT)));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    assert!(claims["jti"].as_str().unwrap().len() >= 22);
    let rows = fixture.store.audit_rows(10).await.unwrap();
    let issued = rows.iter().find(|row| row.entry.action == "token.issued").unwrap();
    assert_eq!(issued.entry.actor, CLIENT);
}

#[tokio::test]
async fn an_assertion_works_once() {
    let fixture = Fixture::start().await;
    let assertion = fixture.assertion();
    assert_eq!(fixture.ask(&assertion, &[]).await.status, 200);
    let again = fixture.ask(&assertion, &[]).await;
    assert_eq!((again.status, error_of(&again).as_str()), (401, "invalid_client"));
    let rows = fixture.store.audit_rows(10).await.unwrap();
    assert!(rows.iter().any(|row| row.entry.detail == "assertion: replayed"));
}

#[tokio::test]
async fn forged_assertions_are_all_refused_with_one_text() {
    let fixture = Fixture::start().await;
    let changed = |name: &str, value: Value| {
        let mut claims = fixture.claims();
        claims[name] = value;
        fixture.key.sign(&claims, "JWT").unwrap()
    };
    let without = |name: &str| {
        let mut claims = fixture.claims();
        claims.as_object_mut().unwrap().remove(name);
        fixture.key.sign(&claims, "JWT").unwrap()
    };
    let unsigned = |header: Value| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.", part(&header), part(&fixture.claims()))
    };
    let (now_s, issuer) = (fixture.clock.now().as_second(), fixture.company.issuer());
    let (stranger, kid) = (KeyPair::generate().unwrap(), fixture.key.kid());
    let forged = [
        changed("iss", json!("gamma")),
        changed("iss", json!(["beta"])),
        changed("sub", json!("gamma")),
        changed("aud", json!("https://elsewhere.example")),
        changed("aud", json!([issuer, "https://elsewhere.example"])),
        changed("aud", json!(format!("{issuer}/"))),
        changed("aud", json!(fixture.company.token_endpoint())),
        changed("aud", json!([])),
        changed("exp", json!(now_s - 60)),
        changed("exp", json!(now_s + 61)),
        changed("iat", json!(now_s + 61)),
        changed("nbf", json!(now_s + 61)),
        changed("jti", json!("")),
        changed("jti", json!("x".repeat(129))),
        without("iss"),
        without("sub"),
        without("aud"),
        without("exp"),
        without("iat"),
        without("jti"),
        fixture.key.sign(&fixture.claims(), "at+jwt").unwrap(),
        stranger.sign(&fixture.claims(), "JWT").unwrap(),
        unsigned(json!({"alg": "none", "typ": "JWT"})),
        unsigned(json!({"alg": "none", "typ": "JWT", "kid": kid})),
        unsigned(json!({"alg": "HS256", "typ": "JWT", "kid": kid})),
        unsigned(json!({"alg": "ES256", "typ": "JWT", "kid": kid, "jwk": stranger.public_jwk()})),
        "rubbish".to_owned(),
        "a.b.c".to_owned(),
    ];
    let mut bodies = Vec::new();
    for assertion in &forged {
        let answer = fixture.ask(assertion, &[]).await;
        assert_eq!(answer.status, 401, "{assertion}");
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let good = changed("aud", json!([issuer]));
    assert_eq!(
        fixture.ask(&good, &[]).await.status,
        200,
        "an array of one is the issuer alone"
    );
}

#[tokio::test]
async fn a_secret_works_until_a_week_after_it_was_replaced() {
    let fixture = Fixture::start().await;
    let now = fixture.clock.now();
    let (mut first, mut second) = (String::new(), String::new());
    fixture
        .change(|partner| {
            let client = partner.client.as_mut().unwrap();
            client.method = AuthMethod::ClientSecretBasic;
            first = segue_gate::secret::rotate(client, now).unwrap();
        })
        .await;
    let status = async |secret: &str| {
        let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{secret}")));
        fixture
            .post(&[("grant_type", "client_credentials")], Some(&basic))
            .await
            .status
    };
    assert_eq!(status(&first).await, 200);
    assert_eq!(status("guess").await, 401);
    fixture
        .change(|partner| second = segue_gate::secret::rotate(partner.client.as_mut().unwrap(), now).unwrap())
        .await;
    assert_eq!((status(&first).await, status(&second).await), (200, 200));
    fixture.clock.advance(SignedDuration::from_hours(7 * 24));
    assert_eq!((status(&first).await, status(&second).await), (401, 200));
    // A client registered for secrets does not get in by an assertion.
    assert_eq!(fixture.ask(&fixture.assertion(), &[]).await.status, 401);
}

#[tokio::test]
async fn a_refused_authorization_header_is_answered_with_its_scheme() {
    let fixture = Fixture::start().await;
    let form = [("grant_type", "client_credentials")];
    let answer = fixture.post(&form, Some("Basic eDp5")).await;
    assert_eq!((answer.status, error_of(&answer).as_str()), (401, "invalid_client"));
    assert!(
        answer.headers["www-authenticate"]
            .to_str()
            .unwrap()
            .starts_with("Basic")
    );
    assert!(!fixture.post(&form, None).await.headers.contains_key("www-authenticate"));
}

#[tokio::test]
async fn bad_requests_have_the_codes_of_the_rfc() {
    let fixture = Fixture::start().await;
    let check = async |form: &[(&str, &str)], expected: (u16, &str)| {
        let answer = fixture.post(form, None).await;
        assert_eq!((answer.status, error_of(&answer).as_str()), expected, "{form:?}");
    };
    let grant = ("grant_type", "client_credentials");
    check(&[], (400, "invalid_request")).await;
    check(&[("grant_type", "")], (400, "invalid_request")).await;
    check(&[("grant_type", "password")], (400, "unsupported_grant_type")).await;
    check(&[grant], (401, "invalid_client")).await;
    check(&[grant, grant], (400, "invalid_request")).await;
    check(
        &[grant, ("client_id", CLIENT), ("client_secret", "x")],
        (401, "invalid_client"),
    )
    .await;

    let ask = async |more: &[(&str, &str)], expected: (u16, &str)| {
        let answer = fixture.ask(&fixture.assertion(), more).await;
        assert_eq!((answer.status, error_of(&answer).as_str()), expected, "{more:?}");
    };
    ask(&[("scope", "createQuote createProductOrder")], (400, "invalid_scope")).await;
    ask(&[("resource", "https://elsewhere.example")], (400, "invalid_target")).await;
    ask(&[("client_id", "gamma")], (401, "invalid_client")).await;
    ask(&[("client_id", CLIENT)], (200, "")).await;

    let both = [grant, ("client_assertion", "a.b.c")];
    let answer = fixture.post(&both, Some("Basic eDp5")).await;
    assert_eq!((answer.status, error_of(&answer).as_str()), (400, "invalid_request"));
}

#[tokio::test]
async fn a_suspended_partner_and_one_without_agreement_get_no_token() {
    let fixture = Fixture::start().await;
    fixture.agree(Role::Seller, &[]).await;
    fixture.agree(Role::Buyer, &[]).await;
    let answer = fixture.ask(&fixture.assertion(), &[]).await;
    assert_eq!(
        (answer.status, error_of(&answer).as_str()),
        (400, "unauthorized_client")
    );
    fixture.change(|partner| partner.suspended = true).await;
    assert_eq!(fixture.ask(&fixture.assertion(), &[]).await.status, 401);
}

#[tokio::test]
async fn guessing_is_slowed_down_by_source_address() {
    let fixture = Fixture::start().await;
    for _ in 0..100 {
        assert_eq!(fixture.ask("a.b.c", &[]).await.status, 401);
    }
    let answer = fixture.ask(&fixture.assertion(), &[]).await;
    assert_eq!(answer.status, 429);
    assert!(answer.headers.contains_key("retry-after"));
    fixture.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(fixture.ask(&fixture.assertion(), &[]).await.status, 200);
}

#[tokio::test]
async fn metadata_and_keys_are_public_and_hold_nothing_secret() {
    let fixture = Fixture::start().await;
    let base = fixture.company.base_url.clone();
    let (origin, path) = base.split_at(base.rfind('/').unwrap());
    let answer = fixture
        .get(&format!("{origin}/.well-known/oauth-authorization-server{path}"))
        .await;
    assert_eq!(answer.headers["content-type"], "application/json");
    let metadata = answer.json().unwrap();
    assert_eq!(metadata["issuer"], json!(fixture.company.issuer()));
    assert_eq!(metadata["token_endpoint"], json!(fixture.company.token_endpoint()));
    assert_eq!(metadata["grant_types_supported"], json!(["client_credentials"]));
    assert!(
        metadata["scopes_supported"]
            .as_array()
            .unwrap()
            .contains(&json!("createQuote"))
    );
    let answer = fixture.get(metadata["jwks_uri"].as_str().unwrap()).await;
    assert_eq!(answer.headers["content-type"], "application/jwk-set+json");
    assert_eq!(answer.headers["cache-control"], "max-age=300");
    let keys = answer.json().unwrap();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    assert!(keys["keys"][0].get("d").is_none());
    assert_eq!(
        fixture.get(&format!("{origin}/nobody/oauth2/jwks.json")).await.status,
        404
    );
}
