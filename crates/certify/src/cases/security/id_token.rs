//! ID tokens (Mplify 128.1, hybrid flow). The answer of the authorization endpoint stands in the profile
//! ([`crate::profile::hybrid`]); a Seller without such an endpoint does not offer any of this.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::case::{Case, Check, Finding, Stop, case};
use crate::lab::Lab;
use crate::lab::tokens::{claim, header};
use crate::profile::hybrid::Hybrid;

/// What an authentication context may be.
const CONTEXTS: [&str; 2] = ["urn:mef:lso:security:oidc:acr:sca", "urn:mef:lso:security:oidc:acr:ca"];

/// OpenID Connect: a subject has at most so many ASCII characters.
const SUBJECT_MAX: usize = 255;

fn given(lab: &Lab) -> Result<Hybrid, Stop> {
    let given = lab.profile.hybrid.clone();
    given.ok_or_else(|| Stop::NotOffered("the profile has no [hybrid]: no ID token is given out".to_owned()))
}

fn finding(expected: &str, came: impl Into<String>) -> Finding {
    Finding {
        expected: expected.to_owned(),
        came: came.into(),
        exchange: None,
    }
}

fn so(holds: bool, expected: &str, came: impl Into<String>) -> Check {
    if holds {
        Ok(())
    } else {
        Err(Stop::Failed(finding(expected, came)))
    }
}

fn of(hybrid: &Hybrid, name: &str) -> Value {
    claim(&hybrid.id_token, name).unwrap_or_default()
}

fn is(hybrid: &Hybrid, name: &str, wanted: &str) -> Check {
    let came = of(hybrid, name);
    so(
        came == wanted,
        &format!("{name} {wanted} in the ID token"),
        format!("{name} is {came}"),
    )
}

/// A case over what was given.
fn over(check: impl Fn(&mut Lab, &Hybrid) -> Check + Send + Sync + 'static) -> impl AsyncFn(&mut Lab) -> Check {
    async move |lab: &mut Lab| {
        let hybrid = given(lab)?;
        check(lab, &hybrid)
    }
}

/// All cases.
pub fn cases() -> Vec<Case> {
    [claims(), about(), hashes()].into_iter().flatten().collect()
}

fn claims() -> Vec<Case> {
    vec![
        case("security.id-token.issued")
            .shows(&["128.1 R13", "128.1 R14"])
            .given("an answer of the authorization endpoint")
            .when("its ID token is read")
            .then("it is a signed JWT that says by which algorithm")
            .wrong("nobody can tell who was there")
            .run(async |lab| {
                let hybrid = given(lab)?;
                let alg = header(&hybrid.id_token)["alg"]
                    .as_str()
                    .unwrap_or("none")
                    .to_lowercase();
                let signed = hybrid.id_token.split('.').filter(|part| !part.is_empty()).count() == 3;
                so(signed && alg != "none", "a JWT with a signature", format!("alg {alg}"))
            }),
        case("security.id-token.claims")
            .shows(&["128.1 R31", "128.1 R35", "128.1 R36", "128.1 R37"])
            .given("an ID token")
            .when("it is read")
            .then("it is of the issuer, for the client, and has the times of its issue and end")
            .wrong("a token for somebody else is taken")
            .run(async |lab| {
                let hybrid = given(lab)?;
                is(&hybrid, "iss", &hybrid.issuer)?;
                let (client, aud) = (
                    Value::from(lab.profile.credentials.client_id.clone()),
                    of(&hybrid, "aud"),
                );
                let for_us = aud == client || aud.as_array().is_some_and(|list| list.contains(&client));
                so(for_us, "the client id in aud", aud.to_string())?;
                ["exp", "iat"].iter().try_for_each(|name| {
                    let came = of(&hybrid, name);
                    so(
                        came.is_number(),
                        &format!("{name} as a number"),
                        format!("{name} is {came}"),
                    )
                })
            }),
        case("security.id-token.nonce")
            .shows(&["128.1 R38"])
            .given("an ID token for a request with a nonce")
            .when("it is read")
            .then("it has that nonce")
            .wrong("a token of an earlier round is taken again")
            .run(async |lab| {
                let hybrid = given(lab)?;
                is(&hybrid, "nonce", &hybrid.nonce)
            }),
        case("security.id-token.context")
            .shows(&["128.1 R40", "128.1 D5"])
            .given("an ID token")
            .when("its authentication context is read")
            .then("it is one of the two of the profile; one that was not asked for is odd")
            .wrong("nobody knows how surely somebody was there")
            .run(async |lab| {
                let hybrid = given(lab)?;
                let acr = of(&hybrid, "acr");
                let known = acr.as_str().is_some_and(|acr| CONTEXTS.contains(&acr));
                so(known, "acr, one of the two URNs", format!("acr is {acr}"))?;
                if !hybrid.acr_values.is_empty() && !hybrid.acr_values.iter().any(|asked| acr == asked.as_str()) {
                    lab.warnings.push(finding("an acr that was asked for", acr.to_string()));
                }
                Ok(())
            }),
    ]
}

fn about() -> Vec<Case> {
    vec![
        case("security.id-token.subject")
            .shows(&["128.1 R32", "128.1 R33"])
            .given("the ID tokens of the authorization endpoint and of the token endpoint")
            .when("their subjects are compared")
            .then("there is one, as OpenID Connect has it, and it is the same in both")
            .wrong("the code is another one's")
            .run(over(|_, hybrid| {
                let sub = of(hybrid, "sub");
                let valid = sub
                    .as_str()
                    .is_some_and(|sub| !sub.is_empty() && sub.is_ascii() && sub.len() <= SUBJECT_MAX);
                so(valid, "sub of 1 to 255 ASCII characters", format!("sub is {sub}"))?;
                let Some(second) = &hybrid.second_id_token else {
                    return Err(Stop::Blocked("the profile has no hybrid.second-id-token".to_owned()));
                };
                let other = claim(second, "sub").unwrap_or_default();
                so(
                    other == sub,
                    "the same sub from both endpoints",
                    format!("{sub} and {other}"),
                )
            })),
        case("security.id-token.intent")
            .shows(&["128.1 R34"])
            .given("an ID token for an intent")
            .when("it is read")
            .then("it names that intent")
            .wrong("something else was agreed to")
            .run(over(|_, hybrid| match &hybrid.intent {
                Some(intent) => is(hybrid, "meflso_intent_id", intent),
                None => Err(Stop::Blocked("the profile has no hybrid.intent".to_owned())),
            })),
        case("security.id-token.party")
            .shows(&["128.1 O8", "128.1 CR3"])
            .given("an ID token that names an authorised party")
            .when("it is read")
            .then("it is the client id")
            .wrong("another client uses what was agreed to")
            .run(async |lab| {
                let hybrid = given(lab)?;
                if of(&hybrid, "azp").is_null() {
                    return Err(Stop::NotOffered("the ID token has no azp".to_owned()));
                }
                is(&hybrid, "azp", &lab.profile.credentials.client_id)
            }),
        case("security.id-token.time")
            .shows(&["128.1 CR2"])
            .given("a request with max_age")
            .when("its ID token is read")
            .then("it tells when somebody logged in")
            .wrong("nobody knows how long ago somebody was there")
            .run(over(|_, hybrid| {
                if !hybrid.max_age_sent {
                    return Err(Stop::NotOffered(
                        "max_age was not sent (hybrid.max-age-sent)".to_owned(),
                    ));
                }
                so(
                    of(hybrid, "auth_time").is_number(),
                    "auth_time as a number",
                    of(hybrid, "auth_time").to_string(),
                )
            })),
    ]
}

/// The left half of the digest that the algorithm of a token chooses (OpenID Connect Core 3.3.2.11).
fn half(alg: &str, text: &str) -> String {
    // Ed25519 signs over SHA-512.
    let long = alg.ends_with("512") || ["EdDSA", "Ed25519"].contains(&alg);
    let algorithm = if long {
        &digest::SHA512
    } else if alg.ends_with("384") {
        &digest::SHA384
    } else {
        &digest::SHA256
    };
    let whole = digest::digest(algorithm, text.as_bytes());
    let bytes = whole.as_ref();
    URL_SAFE_NO_PAD.encode(&bytes[..bytes.len() / 2])
}

/// A hash in the ID token over what came with it.
fn hashed(hybrid: &Hybrid, name: &str, text: &str) -> Check {
    let alg = header(&hybrid.id_token)["alg"].as_str().unwrap_or_default().to_owned();
    is(hybrid, name, &half(&alg, text))
}

fn hashes() -> Vec<Case> {
    vec![
        case("security.id-token.state")
            .shows(&["128.1 CR1", "128.1 D4", "128.1 D6"])
            .given("a request with a state")
            .when("the answer is read")
            .then("the state came back as it was; a hash of it in the ID token is right, and odd where it is missing")
            .wrong("the answer belongs to another request")
            .run(over(|lab, hybrid| {
                let Some(state) = &hybrid.state else {
                    return Err(Stop::NotOffered("no state was sent (hybrid.state)".to_owned()));
                };
                let back = hybrid.returned_state.as_deref().unwrap_or_default();
                so(back == state, "the state that was sent", format!("state is {back:?}"))?;
                if of(hybrid, "s_hash").is_null() {
                    lab.warnings.push(finding("s_hash in the ID token", "it is not there"));
                    return Ok(());
                }
                hashed(hybrid, "s_hash", state)
            })),
        case("security.id-token.access-token")
            .shows(&["128.1 O9", "128.1 CR4"])
            .given("an ID token that came with an access token")
            .when("its hash of the access token is computed anew")
            .then("it is the same")
            .wrong("the access token was swapped on the way")
            .run(over(|_, hybrid| match &hybrid.access_token {
                Some(token) => hashed(hybrid, "at_hash", token),
                None => Err(Stop::NotOffered(
                    "no access token came with it (hybrid.access-token)".to_owned(),
                )),
            })),
        case("security.id-token.code")
            .shows(&["128.1 O10", "128.1 CR5"])
            .given("an ID token that came with a code")
            .when("its hash of the code is computed anew")
            .then("it is the same")
            .wrong("the code was swapped on the way")
            .run(over(|_, hybrid| match &hybrid.code {
                Some(code) => hashed(hybrid, "c_hash", code),
                None => Err(Stop::NotOffered("no code came with it (hybrid.code)".to_owned())),
            })),
    ]
}

#[cfg(test)]
mod tests;
