//! The hybrid flow: only for a Buyer that sends somebody to the authorization endpoint. One that gets
//! its tokens by client credentials alone does not offer it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::wrong;
use crate::case::{Case, Check, Stop, case};
use crate::lab::tokens::header;
use crate::stage::Stage;

/// What a response type may be.
const TYPES: [&str; 3] = ["code id_token", "code id_token token", "code"];

/// What an authentication context may be.
const CONTEXTS: [&str; 2] = ["urn:mef:lso:security:oidc:acr:sca", "urn:mef:lso:security:oidc:acr:ca"];

/// Claims of an ID token that the profile itself speaks of.
const LISTED: [&str; 10] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nonce",
    "acr",
    "azp",
    "auth_time",
    "meflso_intent_id",
];

/// A request to the authorization endpoint.
type Fields = Vec<(String, String)>;

/// The pages.
pub fn cases() -> Vec<Case<Stage>> {
    vec![
        case("buyer.security.authorize.fields")
            .shows(&["128.1 R15", "128.1 R18", "128.1 R19", "128.1 R20", "128.1 R22", "128.1 R23"])
            .given("A Buyer that uses the authorization endpoint of the tester.")
            .when("It is sent there.")
            .then("The request has response type, the agreed client id, an absolute redirect address, and the scope openid.")
            .wrong("The Seller could not tell who asks for what, and where to send the answer.")
            .watch(fields),
        case("buyer.security.authorize.object")
            .shows(&["128.1 R16", "128.1 R25", "128.1 R26", "128.1 R27", "128.1 R28"])
            .given("A Buyer that uses the authorization endpoint of the tester.")
            .when("It is sent there.")
            .then("The request has a signed request object, which says the same as the address, and asks for the intent.")
            .wrong("Whoever is on the way could change what was asked for.")
            .watch(object),
        case("buyer.security.authorize.context")
            .shows(&["128.1 R30"])
            .given("A Buyer that uses the authorization endpoint of the tester.")
            .when("It asks for a kind of authentication.")
            .then("It is one of the two that the profile has.")
            .wrong("The Seller would not know it.")
            .watch(context),
        case("buyer.security.authorize.intent")
            .shows(&["128.1 R29"])
            .given("A Buyer that uses the authorization endpoint of the tester, and the intents it was given (client.intents).")
            .when("It is sent there.")
            .then("The request object asks for one of these intents.")
            .wrong("It asks for consent to what is another one's.")
            .watch(intent),
        case("buyer.security.authorize.claims")
            .shows(&["128.1 O4", "128.1 O5"])
            .given("A Buyer that uses the authorization endpoint of the tester, which has no UserInfo and lists no further claims.")
            .when("It asks for claims.")
            .then("It asks for none of UserInfo; further ones of the ID token are odd.")
            .wrong("It waits for what is not there.")
            .watch(claims),
    ]
}

fn seen(stage: &Stage) -> Result<Vec<Fields>, Stop> {
    let seen = stage.desk.lock().authorized.clone();
    if seen.is_empty() {
        let why = "nobody came to the authorization endpoint: the Buyer gets its tokens without it";
        return Err(Stop::NotOffered(why.to_owned()));
    }
    Ok(seen)
}

fn field<'a>(fields: &'a Fields, name: &str) -> Result<&'a str, Stop> {
    let found = fields.iter().find(|(known, value)| known == name && !value.is_empty());
    found
        .map(|(_, value)| value.as_str())
        .ok_or_else(|| wrong(format!("{name} in the request"), "it is not there"))
}

async fn fields(stage: &mut Stage) -> Check {
    for fields in seen(stage)? {
        let kind = field(&fields, "response_type")?;
        if !TYPES.contains(&kind) {
            return Err(wrong(format!("response_type one of {}", TYPES.join(", ")), kind));
        }
        let client = field(&fields, "client_id")?;
        if client != stage.profile.client.client_id {
            return Err(wrong(format!("client_id {}", stage.profile.client.client_id), client));
        }
        let redirect = field(&fields, "redirect_uri")?;
        if !redirect.parse::<url::Url>().is_ok_and(|url| url.has_host()) {
            return Err(wrong("an absolute redirect_uri", redirect));
        }
        let scope = field(&fields, "scope")?;
        if !scope.split_whitespace().any(|scope| scope == "openid") {
            return Err(wrong("openid in scope", scope));
        }
    }
    Ok(())
}

async fn object(stage: &mut Stage) -> Check {
    for fields in seen(stage)? {
        let jwt = field(&fields, "request")?;
        let alg = header(jwt)["alg"].as_str().unwrap_or("none").to_lowercase();
        if jwt.split('.').count() == 3 && (alg == "none" || jwt.ends_with('.')) {
            return Err(wrong("a signed request object", "one without signature"));
        }
        // One that is encrypted cannot be read here.
        let Some(payload) = payload(jwt) else { continue };
        for (name, value) in &fields {
            let said = payload.get(name).and_then(Value::as_str);
            if let Some(said) = said.filter(|said| said != value) {
                return Err(wrong(
                    format!("{name} {said} in the address, as in the request object"),
                    value,
                ));
            }
        }
        if payload.pointer("/claims/id_token/meflso_intent_id").is_none() {
            return Err(wrong(
                "meflso_intent_id among the claims of the ID token",
                payload["claims"].to_string(),
            ));
        }
    }
    Ok(())
}

/// Every request object that can be read.
fn objects(stage: &Stage) -> Result<Vec<Value>, Stop> {
    let seen = seen(stage)?;
    let read = seen.iter().filter_map(|fields| payload(field(fields, "request").ok()?));
    let objects: Vec<Value> = read.collect();
    if objects.is_empty() {
        return Err(Stop::Blocked("no request object can be read".to_owned()));
    }
    Ok(objects)
}

/// The request object asks for an intent that was given.
fn has_intent(object: &Value, given: &[String]) -> Check {
    let asked = &object["claims"]["id_token"]["meflso_intent_id"]["value"];
    if given.iter().any(|intent| asked == intent.as_str()) {
        return Ok(());
    }
    Err(wrong(
        format!("meflso_intent_id out of {}", given.join(", ")),
        asked.to_string(),
    ))
}

/// Claims of the ID token that the tester does not list; a fault where it asks for those of UserInfo.
fn beyond(object: &Value) -> Result<Vec<String>, Stop> {
    if !object["claims"]["userinfo"].is_null() {
        let came = object["claims"]["userinfo"].to_string();
        return Err(wrong("no claims of UserInfo, which is not there", came));
    }
    let asked = object["claims"]["id_token"].as_object();
    let names = asked.into_iter().flat_map(serde_json::Map::keys);
    Ok(names.filter(|name| !LISTED.contains(&name.as_str())).cloned().collect())
}

async fn intent(stage: &mut Stage) -> Check {
    let (objects, given) = (objects(stage)?, stage.profile.client.intents.clone());
    if given.is_empty() {
        return Err(Stop::Blocked("the profile has no client.intents".to_owned()));
    }
    objects.iter().try_for_each(|object| has_intent(object, &given))
}

async fn claims(stage: &mut Stage) -> Check {
    for object in objects(stage)? {
        for name in beyond(&object)? {
            stage.warnings.push(crate::case::Finding {
                expected: format!("claims out of {}", LISTED.join(", ")),
                came: name,
                exchange: None,
            });
        }
    }
    Ok(())
}

/// What a request object says; none where it is encrypted.
fn payload(jwt: &str) -> Option<Value> {
    let parts: Vec<&str> = jwt.split('.').collect();
    let [_, payload, _] = parts[..] else { return None };
    let decoded = URL_SAFE_NO_PAD.decode(payload).ok()?;
    Some(serde_json::from_slice(&decoded).unwrap_or_default())
}

async fn context(stage: &mut Stage) -> Check {
    let mut asked = false;
    for fields in seen(stage)? {
        let Ok(values) = field(&fields, "acr_values") else {
            continue;
        };
        asked = true;
        if let Some(other) = values.split_whitespace().find(|value| !CONTEXTS.contains(value)) {
            return Err(wrong(format!("acr_values out of {}", CONTEXTS.join(", ")), other));
        }
    }
    if asked {
        return Ok(());
    }
    Err(Stop::NotOffered(
        "the Buyer asks for no kind of authentication".to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{beyond, has_intent};

    #[test]
    fn an_intent_has_to_be_one_that_was_given() {
        let given = ["i-1".to_owned()];
        let object = |id: &str| json!({ "claims": { "id_token": { "meflso_intent_id": { "value": id } } } });
        assert!(has_intent(&object("i-1"), &given).is_ok());
        assert!(has_intent(&object("i-2"), &given).is_err());
        assert!(has_intent(&json!({}), &given).is_err());
    }

    #[test]
    fn claims_of_user_info_are_wrong_and_further_ones_odd() {
        assert!(beyond(&json!({ "claims": { "userinfo": { "email": null } } })).is_err());
        let further = beyond(&json!({ "claims": { "id_token": { "acr": null, "email": null } } })).unwrap();
        assert_eq!(further, ["email"]);
    }
}
