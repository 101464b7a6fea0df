//! What people and cards tell about a partner, checked before anything is kept: a wrong address or
//! key would be noticed only when the first request fails.

use segue_model::party::card::Card;
use segue_net::keys::KeySet;
use serde_json::Value;
use url::Url;

use crate::command::CommandError;

/// An address of a partner: scheme, host and path. `what` names it for people.
pub fn address(what: &str, text: &str) -> Result<Url, CommandError> {
    let refused = |reason: &str| {
        CommandError::new(format!("{what} {text:?} is no address: {reason}"))
            .hint("Write scheme, host and path: https://lso.gamma.example/gamma")
    };
    let url = Url::parse(text).map_err(|error| refused(&error.to_string()))?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
        return Err(refused("it must begin with https:// (http:// in labs only)"));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(refused("it must have no query, fragment or user"));
    }
    Ok(url)
}

/// A JWK set with at least one key that can be used.
pub fn keys(what: &str, set: &Value) -> Result<(), CommandError> {
    let hint = "It must be a JWK set with a public key for ES256, EdDSA or PS256.";
    match KeySet::read(set) {
        Ok(keys) if keys.is_empty() => {
            Err(CommandError::new(format!("{what} holds no key that is used here")).hint(hint))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(CommandError::new(format!("{what}: {error}")).hint(hint)),
    }
}

/// Everything in a card that will be called or believed.
pub fn card(file: &str, card: &Card) -> Result<(), CommandError> {
    let addresses = [
        ("baseUrl", &card.base_url),
        ("issuer", &card.issuer),
        ("tokenEndpoint", &card.token_endpoint),
        ("jwksUri", &card.jwks_uri),
    ];
    for (name, text) in addresses {
        address(&format!("{file}: {name}"), text)?;
    }
    keys(&format!("{file}: jwks"), &card.jwks)
}
