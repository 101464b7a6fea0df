//! Who is let in, who is not, and what they are told.

use http::HeaderMap;
use http::header::AUTHORIZATION;
use jiff::SignedDuration;
use segue_gate::admit::{Caller, check_parties};
use segue_model::api;
use segue_model::failure::{BadRequest, Failure};
use segue_model::id::CompanyId;
use segue_model::party::Role;
use segue_net::keys::KeyPair;
use serde_json::{Value, json};

use crate::support::{Fixture, claims_of};

const CREATE: (&str, &str) = ("quoteManagement", "createQuote");

async fn admit(fixture: &Fixture, operation: (&str, &str), token: &str) -> Result<Caller, Failure> {
    fixture.admit(operation, Some(&format!("Bearer {token}"))).await
}

#[tokio::test]
async fn without_a_bearer_token_credentials_are_missing() {
    let fixture = Fixture::start().await;
    for authorization in [None, Some("Basic eDp5"), Some("Bearer"), Some("Bearer "), Some("")] {
        let refused = fixture.admit(CREATE, authorization).await.unwrap_err();
        assert_eq!(refused, Failure::MissingCredentials, "{authorization:?}");
    }
}

#[tokio::test]
async fn a_token_opens_its_operations_and_no_other() {
    let fixture = Fixture::start().await;
    let token = fixture.token(&[("scope", "createQuote")]).await;
    assert!(admit(&fixture, CREATE, &token).await.is_ok());
    assert!(fixture.admit(CREATE, Some(&format!("bEaReR {token}"))).await.is_ok());
    let refused = admit(&fixture, ("quoteManagement", "listQuote"), &token)
        .await
        .unwrap_err();
    assert_eq!(refused, Failure::AccessDenied("listQuote".into()));
    // Another API of the same company is another audience.
    let refused = admit(&fixture, ("productInventory", "listProduct"), &token)
        .await
        .unwrap_err();
    assert_eq!(refused, Failure::InvalidCredentials);
}

#[tokio::test]
async fn a_hub_scope_counts_only_with_its_audience() {
    let fixture = Fixture::start().await;
    fixture
        .agree(
            Role::Seller,
            &[("quoteManagement", 10), ("productOrderingManagement", 11)],
        )
        .await;
    let resource = fixture.resource("quoteManagement");
    let token = fixture
        .token(&[("scope", "registerListener"), ("resource", &resource)])
        .await;
    assert!(
        admit(&fixture, ("quoteManagement", "registerListener"), &token)
            .await
            .is_ok()
    );
    let other = ("productOrderingManagement", "registerListener");
    assert_eq!(
        admit(&fixture, other, &token).await.unwrap_err(),
        Failure::InvalidCredentials
    );
}

#[tokio::test]
async fn a_seller_of_ours_may_send_events_about_what_we_order() {
    let fixture = Fixture::start().await;
    let api = api::find("productOrderingNotification", 11).unwrap();
    let token = fixture.token(&[("resource", &fixture.resource(api.name))]).await;
    let caller = admit(&fixture, (api.name, api.operations()[0].id), &token)
        .await
        .unwrap();
    assert_eq!(caller.agreement.role, Role::Buyer);
}

#[tokio::test]
async fn forged_and_old_tokens_are_refused() {
    let fixture = Fixture::start().await;
    let token = fixture.token(&[]).await;
    let ours = fixture.gate.key(&fixture.company.id).await.unwrap();
    let claims = claims_of(&token);
    let changed = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        ours.sign(&claims, "at+jwt").unwrap()
    };
    assert!(admit(&fixture, CREATE, &changed("jti", json!("other"))).await.is_ok());
    let forged = [
        changed("iss", json!("https://elsewhere.example")),
        changed("aud", json!("https://elsewhere.example")),
        changed("aud", json!(null)),
        changed("client_id", json!("gamma")),
        changed("exp", json!(0)),
        changed("exp", json!(claims["exp"].as_i64().unwrap() + 1)),
        changed("iat", json!(claims["iat"].as_i64().unwrap() + 61)),
        changed("jti", json!(7)),
        ours.sign(&claims, "JWT").unwrap(),
        KeyPair::generate().unwrap().sign(&claims, "at+jwt").unwrap(),
        fixture.assertion(),
        "x".repeat(9_000),
    ];
    for token in &forged {
        let refused = admit(&fixture, CREATE, token).await.unwrap_err();
        assert_eq!(refused, Failure::InvalidCredentials, "{token}");
    }
    fixture.clock.advance(SignedDuration::from_secs(359));
    assert!(admit(&fixture, CREATE, &token).await.is_ok());
    fixture.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(
        admit(&fixture, CREATE, &token).await.unwrap_err(),
        Failure::InvalidCredentials
    );
}

#[tokio::test]
async fn suspension_revocation_and_a_narrower_agreement_act_at_once() {
    let fixture = Fixture::start().await;
    let token = fixture.token(&[]).await;
    assert!(admit(&fixture, CREATE, &token).await.is_ok());

    fixture.change(|partner| partner.suspended = true).await;
    assert_eq!(
        admit(&fixture, CREATE, &token).await.unwrap_err(),
        Failure::InvalidCredentials
    );
    fixture.change(|partner| partner.suspended = false).await;

    fixture.agree(Role::Seller, &[("productInventory", 8)]).await;
    assert_eq!(
        admit(&fixture, CREATE, &token).await.unwrap_err(),
        Failure::InvalidCredentials
    );
    let list = ("productInventory", "listProduct");
    assert!(admit(&fixture, list, &token).await.is_ok());

    let until = segue_model::time::parse("2026-11-24T09:00:00Z").unwrap();
    let claims = claims_of(&token);
    fixture
        .store
        .revoke_token(claims["jti"].as_str().unwrap(), until)
        .await
        .unwrap();
    assert_eq!(
        admit(&fixture, list, &token).await.unwrap_err(),
        Failure::InvalidCredentials
    );
}

#[tokio::test]
async fn an_unknown_company_is_told_like_any_bad_token() {
    let fixture = Fixture::start().await;
    let token = fixture.token(&[]).await;
    let operation = api::find("quoteManagement", 10)
        .unwrap()
        .operation("createQuote")
        .unwrap();
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    let nobody = CompanyId::new("nobody");
    let refused = fixture
        .gate
        .admit(&nobody, Role::Seller, &operation, &headers)
        .await
        .unwrap_err();
    assert_eq!(refused, Failure::InvalidCredentials);
}

#[tokio::test]
async fn parties_in_the_query_narrow_and_never_widen() {
    let fixture = Fixture::start().await;
    let token = fixture.token(&[]).await;
    let mut caller = admit(&fixture, CREATE, &token).await.unwrap();
    assert_eq!(check_parties(&caller, None, None), Ok(()));
    assert_eq!(check_parties(&caller, Some("beta-1"), Some("acme-1")), Ok(()));
    for (buyer, seller) in [
        (Some("acme-1"), None),
        (Some("x"), None),
        (None, Some("beta-1")),
        (None, Some("")),
    ] {
        let refused = check_parties(&caller, buyer, seller).unwrap_err();
        assert!(
            matches!(refused, Failure::ForbiddenRequester(_)),
            "{buyer:?} {seller:?}"
        );
    }
    caller.partner.party_ids.push("beta-2".into());
    let refused = check_parties(&caller, None, None).unwrap_err();
    assert!(matches!(
        refused,
        Failure::BadRequest(BadRequest::MissingQueryParameter, _)
    ));
    assert_eq!(check_parties(&caller, Some("beta-2"), None), Ok(()));
    // Under an agreement as Buyer the sides are the other way round.
    caller.agreement.role = Role::Buyer;
    assert_eq!(check_parties(&caller, Some("acme-1"), Some("beta-2")), Ok(()));
}
