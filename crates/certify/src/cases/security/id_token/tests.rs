//! A right answer of an authorization endpoint passes, and each wrong one is failed by its case. No Seller
//! is asked: the answer stands in the profile.

use serde_json::json;

use super::*;
use crate::case::Stop;
use crate::profile::Profile;

const PROFILE: &str = r#"
seller = "Acme"
url = "https://acme.example"
functions = ["security"]
versions = {}
credentials = { token-endpoint = "https://acme.example/token", client-id = "me", client-secret = "s" }
agreed = { representations = ["fielded"], billing-account = "1" }
contact = { name = "Ann", number = "1", email = "ann@example.com" }
places = { good = { id = "1", fielded = { city = "Berlin" } } }
"#;

fn token(claims: &Value) -> String {
    let coded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.AAAA",
        coded(&json!({ "alg": "ES256", "kid": "1" })),
        coded(claims)
    )
}

/// The right one.
fn claims() -> Value {
    json!({
        "iss": "https://acme.example", "sub": "ann", "aud": ["me"], "exp": 2, "iat": 1, "auth_time": 1,
        "nonce": "n", "acr": CONTEXTS[0], "azp": "me", "meflso_intent_id": "i-1",
        "s_hash": half("ES256", "st"), "at_hash": half("ES256", "at"), "c_hash": half("ES256", "co"),
    })
}

fn answer(claims: &Value) -> Hybrid {
    Hybrid {
        issuer: "https://acme.example".to_owned(),
        nonce: "n".to_owned(),
        state: Some("st".to_owned()),
        returned_state: Some("st".to_owned()),
        acr_values: vec![CONTEXTS[0].to_owned()],
        max_age_sent: true,
        intent: Some("i-1".to_owned()),
        id_token: token(claims),
        code: Some("co".to_owned()),
        access_token: Some("at".to_owned()),
        second_id_token: Some(token(&json!({ "sub": "ann" }))),
    }
}

/// The cases that fail, and how many oddities there are.
async fn failed(hybrid: Hybrid) -> (Vec<&'static str>, usize) {
    let mut profile = Profile::read(PROFILE, "p").unwrap();
    profile.hybrid = Some(hybrid);
    let mut lab = Lab::open(profile).await.unwrap();
    let mut failed = Vec::new();
    for case in cases() {
        match case.run(&mut lab).await {
            Ok(()) => {}
            Err(Stop::Failed(_)) => failed.push(case.id),
            Err(other) => panic!("{}: {other:?}", case.id),
        }
    }
    (failed, lab.warnings.len())
}

async fn check_failed(name: &str, value: Value, case: &str) {
    let mut wrong = claims();
    wrong[name] = value;
    assert_eq!(failed(answer(&wrong)).await.0, [case], "{name}");
}

#[tokio::test]
async fn a_right_answer_passes_and_each_wrong_claim_is_failed_by_its_case() {
    assert_eq!(failed(answer(&claims())).await, (Vec::new(), 0));
    check_failed("iss", json!("https://other.example"), "security.id-token.claims").await;
    check_failed("aud", json!("other"), "security.id-token.claims").await;
    check_failed("exp", Value::Null, "security.id-token.claims").await;
    check_failed("iat", json!("now"), "security.id-token.claims").await;
    check_failed("nonce", json!("old"), "security.id-token.nonce").await;
    check_failed("acr", json!("mine"), "security.id-token.context").await;
    check_failed("sub", json!("bob"), "security.id-token.subject").await;
    check_failed("meflso_intent_id", json!("i-2"), "security.id-token.intent").await;
    check_failed("azp", json!("other"), "security.id-token.party").await;
    check_failed("auth_time", Value::Null, "security.id-token.time").await;
    check_failed("s_hash", json!("x"), "security.id-token.state").await;
    check_failed("at_hash", json!("x"), "security.id-token.access-token").await;
    check_failed("c_hash", json!("x"), "security.id-token.code").await;
}

#[tokio::test]
async fn an_unsigned_token_and_another_state_fail_and_what_is_a_should_is_odd() {
    let mut unsigned = answer(&claims());
    unsigned.id_token = unsigned.id_token.trim_end_matches("AAAA").to_owned();
    assert_eq!(failed(unsigned).await.0, ["security.id-token.issued"]);
    let mut other = answer(&claims());
    other.returned_state = Some("another".to_owned());
    assert_eq!(failed(other).await.0, ["security.id-token.state"]);
    let mut odd = claims();
    odd["acr"] = json!(CONTEXTS[1]);
    odd["s_hash"] = Value::Null;
    assert_eq!(failed(answer(&odd)).await, (Vec::new(), 2));
}
