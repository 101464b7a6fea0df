//! Answers that are signed or encrypted as a whole. Most Sellers send plain JSON: then none of this is
//! offered. The tester holds no private key of a Buyer: of what is encrypted it reads the header alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::listed_with;
use crate::case::{Case, Check, Finding, Stop, case};
use crate::lab::Lab;
use crate::lab::expect::Answer;
use crate::lab::tokens::{Token, header};

/// `enc` with authentication and a key length in its name (RFC 7518, section 5.1).
const AEAD: [&str; 6] = [
    "A128CBC-HS256",
    "A192CBC-HS384",
    "A256CBC-HS512",
    "A128GCM",
    "A192GCM",
    "A256GCM",
];

/// Parts of a compact JWS and of a compact JWE.
const SIGNED: usize = 3;
const ENCRYPTED: usize = 5;

/// All answers so far that are JOSE, as text or as an object.
async fn found(lab: &mut Lab) -> Result<Vec<Answer>, Stop> {
    listed_with(lab, Token::Ours).await?;
    let all = lab.log.iter().map(Answer::of);
    let found: Vec<Answer> = all
        .filter(|answer| parts(answer) > 0 || answer.body["protected"].is_string())
        .collect();
    if found.is_empty() {
        return Err(Stop::NotOffered(
            "answers are plain JSON: none is signed or encrypted".to_owned(),
        ));
    }
    Ok(found)
}

/// The compact form: it may stand in quotes.
fn compact(answer: &Answer) -> &str {
    answer.body.as_str().unwrap_or(answer.text.trim())
}

/// How many parts the compact form has; 0 where the answer is none.
fn parts(answer: &Answer) -> usize {
    let text = compact(answer);
    let count = text.split('.').count();
    let is_jose = [SIGNED, ENCRYPTED].contains(&count) && header(text)["alg"].is_string();
    if is_jose { count } else { 0 }
}

/// The protected header.
fn head(answer: &Answer) -> Value {
    match answer.body["protected"].as_str() {
        Some(protected) => header(protected),
        None => header(compact(answer)),
    }
}

fn is_encrypted(answer: &Answer) -> bool {
    parts(answer) == ENCRYPTED || answer.body["ciphertext"].is_string()
}

/// All cases.
pub fn cases() -> Vec<Case> {
    vec![
        case("security.payload.form")
            .shows(&["128.1 R41", "128.1 D11"])
            .given("answers that are signed or encrypted")
            .when("their form is read")
            .then("every part is base64url, the header is protected, and it asks for nothing that is not explained")
            .wrong("what is not protected can be changed on the way")
            .run(form),
        case("security.payload.encrypted")
            .shows(&["128.1 R52", "128.1 R53", "128.1 R56", "128.1 R57", "128.1 D14"])
            .given("answers that are encrypted")
            .when("their header is read")
            .then("it has alg, kid and enc, and enc is authenticated and tells the length of its key; no access-jwk is odd")
            .wrong("the Buyer cannot open it, or opens what was changed")
            .run(encrypted),
    ]
}

async fn form(lab: &mut Lab) -> Check {
    for answer in found(lab).await? {
        let open = ["header", "unprotected"]
            .iter()
            .find(|name| !answer.body[**name].is_null());
        answer.so(
            open.is_none(),
            "protected headers only",
            format!("a member {}", open.unwrap_or(&"")),
        )?;
        let coded = |part: &str| URL_SAFE_NO_PAD.decode(part).is_ok();
        let sound = parts(&answer) == 0 || compact(&answer).split('.').all(coded);
        answer.so(sound, "parts in base64url", answer.told())?;
        let head = head(&answer);
        answer.so(head["alg"].is_string(), "alg in the header", head.to_string())?;
        // RFC 7515, section 4.1.11: an empty list is not allowed, and what it names has to be there.
        if let Some(list) = head.get("crit") {
            let names = list.as_array().filter(|list| !list.is_empty());
            let there = names.is_some_and(|list| {
                list.iter()
                    .all(|name| name.as_str().is_some_and(|name| head.get(name).is_some()))
            });
            answer.so(there, "crit with names of the header", list.to_string())?;
        }
    }
    Ok(())
}

async fn encrypted(lab: &mut Lab) -> Check {
    let all: Vec<Answer> = found(lab).await?.into_iter().filter(is_encrypted).collect();
    if all.is_empty() {
        return Err(Stop::NotOffered("no answer is encrypted".to_owned()));
    }
    for answer in all {
        let head = head(&answer);
        for name in ["alg", "kid", "enc"] {
            let there = head[name]
                .as_str()
                .is_some_and(|text| !text.is_empty() && text != "none");
            answer.so(there, format!("{name} in the header"), head.to_string())?;
        }
        let enc = head["enc"].as_str().unwrap_or_default();
        answer.so(AEAD.contains(&enc), format!("enc out of {}", AEAD.join(", ")), enc)?;
        if head["access-jwk"].is_null() {
            lab.warnings.push(Finding {
                expected: "access-jwk in the header".to_owned(),
                came: "it is not there".to_owned(),
                exchange: Some(answer.number),
            });
        }
    }
    Ok(())
}
