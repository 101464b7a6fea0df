//! Who the Buyer is (Mplify 128.1): how it gets its tokens, and how it uses them.

mod hybrid;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::common;
use crate::case::{Case, Check, Finding, Function, Stop, case};
use crate::lab::tokens::header;
use crate::stage::Stage;
use crate::stage::tokens::TokenAsked;

/// Scopes of OpenID Connect that are no operation.
const OPENID: [&str; 3] = ["openid", "profile", "offline_access"];

/// The pages.
pub fn cases() -> Vec<Case<Stage>> {
    let mut all = of_tokens();
    all.extend(hybrid::cases());
    all
}

fn of_tokens() -> Vec<Case<Stage>> {
    vec![
        case("buyer.security.client")
            .shows(&["128.1 R3"])
            .given("The client id that was agreed.")
            .when("The Buyer asks for a token.")
            .then("It names itself by that id, in every request for a token.")
            .wrong("Nobody could say who calls.")
            .watch(client),
        case("buyer.security.did")
            .shows(&["128.1 D1", "128.1 D3"])
            .given("A Buyer whose client id is a decentralised identifier.")
            .when("It asks for a token.")
            .then("The id has the form of one: did, a method, and an id of that method.")
            .wrong("Its keys cannot be found by its id.")
            .watch(did),
        case("buyer.security.scopes")
            .shows(&["128.1 R24"])
            .given("The operations of the APIs that were agreed.")
            .when("The Buyer asks for a token with a scope.")
            .then("Each scope is one of these operations.")
            .wrong("It asks for more than was agreed.")
            .watch(scopes),
        case("buyer.security.bearer")
            .shows(&["128.1 R3"])
            .given("Tokens that the tester gave to the Buyer.")
            .when("The Buyer makes requests.")
            .then("Each one carries a token in its Authorization header, and none in its query.")
            .wrong("Tokens in addresses end up in logs.")
            .watch(bearer),
        case("buyer.security.keys")
            .shows(&["128.1 R4", "128.1 R5"])
            .given("A Buyer, and where its keys are looked up (client.jwks-uri).")
            .when("It asks for a token.")
            .then("It shows who it is by a signature, and the key is found there under the id in its header.")
            .wrong("Whoever reads a secret can call in its name.")
            .watch(keys),
        case("buyer.security.signature")
            .shows(&["128.1 R45", "128.1 R46"])
            .given("A Buyer that signs.")
            .when("It asks for a token.")
            .then("The header has alg and kid, and alg is one for signatures by a private key.")
            .wrong("Anybody could have made it.")
            .watch(signature),
    ]
}

/// All requests for tokens, after something that needs one.
async fn asked(stage: &mut Stage) -> Result<Vec<TokenAsked>, Stop> {
    // A Buyer that still has a token asks for none: this one is not taken any more.
    stage
        .made("a request with a new token", async |stage| {
            stage.desk.lock().tokens_since = jiff::Timestamp::now();
            stage.step("validate", &[], "createGeographicAddressValidation").await
        })
        .await?;
    let asked = stage.desk.lock().tokens.clone();
    if asked.is_empty() {
        return Err(Stop::Blocked("the Buyer asked for no token".to_owned()));
    }
    Ok(asked)
}

fn wrong(expected: impl Into<String>, came: impl Into<String>) -> Stop {
    Stop::Failed(Finding {
        expected: expected.into(),
        came: came.into(),
        exchange: None,
    })
}

async fn client(stage: &mut Stage) -> Check {
    let agreed = stage.profile.client.clone();
    for asked in asked(stage).await? {
        if asked.client_id != agreed.client_id {
            let came = format!("{:?} by {}", asked.client_id, asked.method);
            return Err(wrong(format!("the client id {}", agreed.client_id), came));
        }
        if agreed.client_secret.is_some() && asked.secret.is_some() && asked.secret != agreed.client_secret {
            return Err(wrong("the secret that was agreed", "another secret"));
        }
    }
    Ok(())
}

/// `did:method:id` (W3C DID Core, section 3.1), without checking the id by its method.
fn is_did(id: &str) -> bool {
    let mut parts = id.splitn(3, ':');
    let method = parts.by_ref().nth(1).unwrap_or_default();
    let rest = parts.next().unwrap_or_default();
    let of_method = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let of_id = |c: char| c.is_ascii_alphanumeric() || ".-_%:".contains(c);
    let filled = !method.is_empty() && !rest.is_empty() && !rest.ends_with(':');
    filled && method.chars().all(of_method) && rest.chars().all(of_id)
}

async fn did(stage: &mut Stage) -> Check {
    let asked = asked(stage).await?;
    let mut dids = asked
        .iter()
        .filter(|asked| asked.client_id.starts_with("did:"))
        .peekable();
    if dids.peek().is_none() {
        return Err(Stop::NotOffered("the client id is no DID (a SHOULD)".to_owned()));
    }
    match dids.find(|asked| !is_did(&asked.client_id)) {
        Some(other) => Err(wrong("did:METHOD:ID", other.client_id.clone())),
        None => Ok(()),
    }
}

async fn scopes(stage: &mut Stage) -> Check {
    let asked = asked(stage).await?;
    let inside = stage.desk.lock();
    let known = |scope: &str| {
        OPENID.contains(&scope)
            || Function::ALL
                .into_iter()
                .any(|function| inside.structure.by_id(function, scope).is_some())
    };
    let fields = asked.iter().flat_map(|asked| &asked.fields);
    let scopes = fields
        .filter(|(name, _)| name == "scope")
        .map(|(_, value)| value.as_str());
    let mut scopes = scopes.flat_map(str::split_whitespace).peekable();
    if scopes.peek().is_none() {
        return Err(Stop::NotOffered(
            "the Buyer asks for no scope: it takes what was agreed".to_owned(),
        ));
    }
    match scopes.find(|scope| !known(scope)) {
        Some(scope) => Err(wrong("scopes that are operations of the agreed APIs", scope)),
        None => Ok(()),
    }
}

async fn bearer(stage: &mut Stage) -> Check {
    common::validated(stage).await?;
    let log = stage.desk.lock().log.clone();
    for exchange in &log {
        let request = crate::lab::expect::Answer::of(exchange);
        let carries = request
            .header("authorization")
            .is_some_and(|text| text.starts_with("Bearer "));
        request.so(carries, "Authorization: Bearer", "no token in the header")?;
        let in_query = request.param("access_token").is_some();
        request.so(!in_query, "no token in the query", "access_token in the query")?;
    }
    Ok(())
}

/// The assertion that was shown, its header and payload.
async fn assertion(stage: &mut Stage) -> Result<(String, Value, Value), Stop> {
    let asked = asked(stage).await?;
    let Some(jwt) = asked.iter().find_map(|asked| asked.assertion.clone()) else {
        let how = asked.first().map_or("nothing", |asked| asked.method);
        return Err(Stop::NotOffered(format!(
            "the Buyer shows who it is by {how}, not by a signature"
        )));
    };
    let payload = jwt.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let payload = payload.and_then(|payload| serde_json::from_slice(&payload).ok());
    let head = header(&jwt);
    Ok((jwt, head, payload.unwrap_or_default()))
}

async fn signature(stage: &mut Stage) -> Check {
    let (_, head, payload) = assertion(stage).await?;
    for name in ["alg", "kid"] {
        if head[name].as_str().is_none_or(str::is_empty) {
            return Err(wrong(
                format!("{name} in the header of the assertion"),
                head.to_string(),
            ));
        }
    }
    let alg = head["alg"].as_str().unwrap_or_default();
    let is_public = ["RS", "PS", "ES", "Ed"].iter().any(|begin| alg.starts_with(begin));
    if !is_public {
        return Err(wrong("an alg with a private key", alg));
    }
    let agreed = &stage.profile.client.client_id;
    for name in ["iss", "sub"] {
        if payload[name] != agreed.as_str() {
            return Err(wrong(
                format!("{name} {agreed} in the assertion"),
                payload[name].to_string(),
            ));
        }
    }
    Ok(())
}

async fn keys(stage: &mut Stage) -> Check {
    let (jwt, head, _) = match assertion(stage).await {
        Err(Stop::NotOffered(how)) => return Err(wrong("a signature with a key of the Buyer", how)),
        other => other?,
    };
    let Some(uri) = stage.profile.client.jwks_uri.clone() else {
        return Err(Stop::Blocked("the profile has no client.jwks-uri".to_owned()));
    };
    let set = stage.fetch(&uri).await?;
    let kid = head["kid"].as_str().unwrap_or_default().to_owned();
    let of_it = |key: &&Value| key["kid"] == kid.as_str();
    let key = set["keys"].as_array().into_iter().flatten().find(of_it).cloned();
    let Some(key) = key else {
        return Err(wrong(
            format!("the key {kid} at {uri}"),
            format!("{} keys, not that one", set["keys"].as_array().map_or(0, Vec::len)),
        ));
    };
    if key.get("d").is_some() {
        return Err(wrong("public keys only", format!("the private part of {kid} at {uri}")));
    }
    if jwt.split('.').count() != 3 || jwt.ends_with('.') {
        return Err(wrong("a signed assertion", "one without signature"));
    }
    Ok(())
}
