//! Reading JWTs strictly: what is not exactly as expected is refused before a signature is
//! looked at, and nothing in a header is ever trusted to bring its own key (RFC 8725).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use segue_model::document::Object;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;

use crate::keys::KeySet;

/// A longer token is refused unread: ours have some 800 bytes.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// How far two clocks may be apart, in seconds (FAPI 2.0: at most 60).
pub const SKEW_S: i64 = 60;

/// Why a token is refused. The text goes to the audit log, never to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Longer than [`TOKEN_BYTES_MAX`].
    #[error("longer than the limit")]
    TooLong,
    /// Not three parts of base64url, or header or claims are no JSON object.
    #[error("not a well-formed JWT")]
    Malformed,
    /// `alg` is missing, `none`, symmetric, or not that of the key.
    #[error("algorithm not allowed")]
    Algorithm,
    /// `typ` is another one.
    #[error("type not allowed")]
    Type,
    /// `crit` is there: we understand no extension.
    #[error("critical extension")]
    Critical,
    /// No key with this `kid`.
    #[error("unknown key")]
    UnknownKey,
    /// The signature does not match.
    #[error("bad signature")]
    Signature,
    /// A claim that must be there is not, or has the wrong form.
    #[error("claim {0} missing or malformed")]
    Claim(&'static str),
    /// A claim has another value.
    #[error("claim {0} has another value")]
    Mismatch(&'static str),
    /// `exp` has passed.
    #[error("expired")]
    Expired,
    /// `iat` or `nbf` lies in the future.
    #[error("not valid yet")]
    TooEarly,
    /// `exp - iat` is longer than allowed.
    #[error("valid for too long")]
    TooLongLived,
}

/// A parsed token whose signature nobody has checked: only its header may be looked at.
pub struct Unverified<'a> {
    /// `kid`
    pub kid: String,
    typ: Option<String>,
    alg: Algorithm,
    message: &'a str,
    claims: &'a str,
    signature: &'a str,
}

/// Takes a token apart. Duplicate members, unknown algorithms and critical extensions are refused.
pub fn parse(token: &str) -> Result<Unverified<'_>, Fault> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Fault::TooLong);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(Fault::Malformed)?;
    let (header, claims) = message.split_once('.').ok_or(Fault::Malformed)?;
    if claims.contains('.') {
        return Err(Fault::Malformed);
    }
    let header = object(header)?;
    if header.contains_key("crit") {
        return Err(Fault::Critical);
    }
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    let alg = match text("alg") {
        Some("ES256") => Algorithm::ES256,
        Some("EdDSA") => Algorithm::EdDSA,
        Some("PS256") => Algorithm::PS256,
        _ => return Err(Fault::Algorithm),
    };
    if header.contains_key("typ") && text("typ").is_none() {
        return Err(Fault::Type);
    }
    Ok(Unverified {
        kid: text("kid").ok_or(Fault::UnknownKey)?.to_owned(),
        typ: text("typ").map(str::to_owned),
        alg,
        message,
        claims,
        signature,
    })
}

impl Unverified<'_> {
    /// What the token says in `iss`: good for finding the keys of whoever it claims to be from,
    /// and for nothing else.
    pub fn claimed_issuer(&self) -> Result<String, Fault> {
        text(&object(self.claims)?, "iss").map(str::to_owned)
    }

    /// The claims, once the type, the key, its algorithm and the signature are right. `types` are
    /// the accepted values of `typ` in lower case; an empty text among them accepts none at all.
    pub fn verify(&self, keys: &KeySet, types: &[&str]) -> Result<Object, Fault> {
        // RFC 7515 4.1.9: a media type, so case does not matter, and `application/` may be left out.
        let typ = self.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
        let typ = typ.strip_prefix("application/").unwrap_or(&typ);
        if !types.contains(&typ) {
            return Err(Fault::Type);
        }
        let key = keys.find(&self.kid).ok_or(Fault::UnknownKey)?;
        if key.algorithm != self.alg {
            return Err(Fault::Algorithm);
        }
        let good = jsonwebtoken::crypto::verify(self.signature, self.message.as_bytes(), &key.key, self.alg);
        if !good.unwrap_or(false) {
            return Err(Fault::Signature);
        }
        object(self.claims)
    }
}

/// A text claim.
pub fn text<'a>(claims: &'a Object, name: &'static str) -> Result<&'a str, Fault> {
    claims.get(name).and_then(Value::as_str).ok_or(Fault::Claim(name))
}

/// A text claim with one right value.
pub fn expect(claims: &Object, name: &'static str, value: &str) -> Result<(), Fault> {
    if text(claims, name)? == value {
        Ok(())
    } else {
        Err(Fault::Mismatch(name))
    }
}

/// A NumericDate claim in seconds. Fractions are cut.
pub fn seconds(claims: &Object, name: &'static str) -> Result<i64, Fault> {
    let value = claims.get(name).ok_or(Fault::Claim(name))?;
    // The cast saturates, and a date that far away is refused by the checks on it.
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let whole = value.as_i64().or_else(|| value.as_f64().map(|date| date as i64));
    whole.ok_or(Fault::Claim(name))
}

/// Checks `exp`, `iat` and `nbf` (where there) against the wall clock, with [`SKEW_S`] both ways.
/// `exp` and `iat` are required, and no more than `life_max_s` apart. Gives `exp`.
pub fn check_times(claims: &Object, now: Timestamp, life_max_s: i64) -> Result<Timestamp, Fault> {
    let now_s = now.as_second();
    let (issued, expires) = (seconds(claims, "iat")?, seconds(claims, "exp")?);
    if expires.saturating_add(SKEW_S) <= now_s {
        return Err(Fault::Expired);
    }
    if issued > now_s + SKEW_S || (claims.contains_key("nbf") && seconds(claims, "nbf")? > now_s + SKEW_S) {
        return Err(Fault::TooEarly);
    }
    if expires.saturating_sub(issued) > life_max_s {
        return Err(Fault::TooLongLived);
    }
    Timestamp::from_second(expires).map_err(|_| Fault::Claim("exp"))
}

fn object(part: &str) -> Result<Object, Fault> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Fault::Malformed)?;
    let mut reader = serde_json::Deserializer::from_slice(&bytes);
    let object = (&mut reader)
        .deserialize_map(NoDuplicates)
        .map_err(|_| Fault::Malformed)?;
    reader.end().map_err(|_| Fault::Malformed)?;
    Ok(object)
}

/// Two readers that take different ones of two equal members would see different tokens.
struct NoDuplicates;

impl<'de> Visitor<'de> for NoDuplicates {
    type Value = Object;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object without duplicate members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Object, A::Error> {
        let mut object = Object::new();
        while let Some((name, value)) = access.next_entry::<String, Value>()? {
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("duplicate member"));
            }
        }
        Ok(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{KeyPair, jwks};
    use serde_json::json;

    fn keys(pair: &KeyPair) -> KeySet {
        KeySet::read(&jwks([pair.public_jwk()])).unwrap()
    }

    fn token(header: &str, claims: &str, signature: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{signature}", part(header), part(claims))
    }

    #[track_caller]
    fn check_refused(token: &str, expected: Fault) {
        let pair = KeyPair::generate().unwrap();
        let result = parse(token).and_then(|parsed| parsed.verify(&keys(&pair), &["at+jwt"]));
        assert_eq!(result.err(), Some(expected), "{token}");
    }

    #[test]
    fn what_we_sign_we_verify() {
        let pair = KeyPair::generate().unwrap();
        let signed = pair.sign(&json!({"sub": "beta"}), "at+jwt").unwrap();
        let claims = parse(&signed).unwrap().verify(&keys(&pair), &["at+jwt"]).unwrap();
        assert_eq!(text(&claims, "sub"), Ok("beta"));
    }

    /// Signs with a key of another kind than ours and verifies with its public half.
    #[track_caller]
    fn check_other_kind(alg: Algorithm, signer: &jsonwebtoken::EncodingKey, public: Value) {
        let mut header = jsonwebtoken::Header::new(alg);
        header.kid = Some("k".into());
        let signed = jsonwebtoken::encode(&header, &json!({"sub": "beta"}), signer).unwrap();
        let keys = KeySet::read(&json!({ "keys": [public] })).unwrap();
        let claims = parse(&signed).unwrap().verify(&keys, &["jwt"]).unwrap();
        assert_eq!(text(&claims, "sub"), Ok("beta"));
        // The same key id under another algorithm is another key.
        let ours = KeyPair::generate().unwrap();
        let mut jwk = ours.public_jwk().clone();
        jwk["kid"] = json!("k");
        let fault = parse(&signed)
            .unwrap()
            .verify(&KeySet::read(&jwks([&jwk])).unwrap(), &["jwt"])
            .err();
        assert_eq!(fault, Some(Fault::Algorithm));
    }

    #[test]
    fn ed25519_and_rsa_pss_of_partners_are_verified() {
        use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
        use aws_lc_rs::signature::KeyPair as _;
        let edwards = aws_lc_rs::signature::Ed25519KeyPair::generate().unwrap();
        let x = URL_SAFE_NO_PAD.encode(edwards.public_key().as_ref());
        check_other_kind(
            Algorithm::EdDSA,
            &jsonwebtoken::EncodingKey::from_ed_der(edwards.to_pkcs8v1().unwrap().as_ref()),
            json!({"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x}),
        );
        let rsa = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der = rsa.as_der().unwrap();
        let modulus = URL_SAFE_NO_PAD.encode(rsa.public_key().modulus().big_endian_without_leading_zero());
        let exponent = URL_SAFE_NO_PAD.encode(rsa.public_key().exponent().big_endian_without_leading_zero());
        check_other_kind(
            Algorithm::PS256,
            // PKCS#1 lies inside PKCS#8, behind 26 bytes.
            &jsonwebtoken::EncodingKey::from_rsa_der(&der.as_ref()[26..]),
            json!({"kty": "RSA", "kid": "k", "n": modulus, "e": exponent}),
        );
    }

    #[test]
    fn forged_headers_are_refused_before_any_signature() {
        check_refused(
            &token(r#"{"alg":"none","kid":"k","typ":"at+jwt"}"#, "{}", ""),
            Fault::Algorithm,
        );
        check_refused(
            &token(r#"{"alg":"None","kid":"k","typ":"at+jwt"}"#, "{}", "AA"),
            Fault::Algorithm,
        );
        check_refused(
            &token(r#"{"alg":"HS256","kid":"k","typ":"at+jwt"}"#, "{}", "AA"),
            Fault::Algorithm,
        );
        check_refused(
            &token(r#"{"alg":"RS256","kid":"k","typ":"at+jwt"}"#, "{}", "AA"),
            Fault::Algorithm,
        );
        check_refused(&token(r#"{"kid":"k","typ":"at+jwt"}"#, "{}", "AA"), Fault::Algorithm);
        check_refused(&token(r#"{"alg":["ES256"],"kid":"k"}"#, "{}", "AA"), Fault::Algorithm);
        check_refused(&token(r#"{"alg":"ES256","kid":"k","typ":7}"#, "{}", "AA"), Fault::Type);
        check_refused(
            &token(r#"{"alg":"ES256","kid":"k","typ":"JWT"}"#, "{}", "AA"),
            Fault::Type,
        );
        check_refused(&token(r#"{"alg":"ES256","kid":"k"}"#, "{}", "AA"), Fault::Type);
        check_refused(
            &token(r#"{"alg":"ES256","typ":"at+jwt"}"#, "{}", "AA"),
            Fault::UnknownKey,
        );
        check_refused(
            &token(r#"{"alg":"ES256","kid":"k","typ":"at+jwt"}"#, "{}", "AA"),
            Fault::UnknownKey,
        );
        check_refused(
            &token(
                r#"{"alg":"ES256","kid":"k","typ":"at+jwt","crit":["b64"],"b64":false}"#,
                "{}",
                "AA",
            ),
            Fault::Critical,
        );
        check_refused(
            &token(r#"{"alg":"none","alg":"ES256","kid":"k"}"#, "{}", "AA"),
            Fault::Malformed,
        );
        check_refused(&token("[]", "{}", "AA"), Fault::Malformed);
        check_refused("a.b", Fault::Malformed);
        check_refused("a.b.c.d", Fault::Malformed);
        check_refused("", Fault::Malformed);
        check_refused(&"x".repeat(TOKEN_BYTES_MAX + 1), Fault::TooLong);
    }

    #[test]
    fn a_key_in_the_header_is_never_used() {
        let (ours, theirs) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let forged = theirs.sign(&json!({"sub": "beta"}), "at+jwt").unwrap();
        let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": ours.kid(), "jwk": theirs.public_jwk()});
        let rest = forged.split_once('.').unwrap().1;
        let forged = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()));
        let fault = parse(&forged).unwrap().verify(&keys(&ours), &["at+jwt"]).err();
        assert_eq!(fault, Some(Fault::Signature));
    }

    #[test]
    fn changed_claims_break_the_signature() {
        let pair = KeyPair::generate().unwrap();
        let signed = pair.sign(&json!({"sub": "beta"}), "at+jwt").unwrap();
        let parts: Vec<&str> = signed.split('.').collect();
        let forged = format!(
            "{}.{}.{}",
            parts[0],
            URL_SAFE_NO_PAD.encode(r#"{"sub":"acme"}"#),
            parts[2]
        );
        let fault = parse(&forged).unwrap().verify(&keys(&pair), &["at+jwt"]).err();
        assert_eq!(fault, Some(Fault::Signature));
    }

    #[track_caller]
    fn check_time(claims: &Value, expected: Result<(), Fault>) {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let found = check_times(claims.as_object().unwrap(), now, 60).map(|_| ());
        assert_eq!(found, expected, "{claims}");
    }

    #[test]
    fn times_are_checked_with_a_minute_of_skew() {
        check_time(&json!({"iat": 1_000_000, "exp": 1_000_060}), Ok(()));
        check_time(&json!({"iat": 999_890, "exp": 999_950}), Ok(()));
        check_time(&json!({"iat": 999_880, "exp": 999_940}), Err(Fault::Expired));
        check_time(&json!({"iat": 1_000_060, "exp": 1_000_120}), Ok(()));
        check_time(&json!({"iat": 1_000_061, "exp": 1_000_121}), Err(Fault::TooEarly));
        check_time(
            &json!({"iat": 1_000_000, "exp": 1_000_060, "nbf": 1_000_061}),
            Err(Fault::TooEarly),
        );
        check_time(&json!({"iat": 1_000_000, "exp": 1_000_061}), Err(Fault::TooLongLived));
        check_time(&json!({"iat": i64::MIN, "exp": i64::MAX}), Err(Fault::TooLongLived));
        check_time(&json!({"iat": 1_000_000}), Err(Fault::Claim("exp")));
        check_time(&json!({"exp": 1_000_060}), Err(Fault::Claim("iat")));
        check_time(&json!({"iat": "1000000", "exp": 1_000_060}), Err(Fault::Claim("iat")));
    }
}
