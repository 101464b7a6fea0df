//! Signed reports: Ed25519 over the canonical bytes of a report, so that whoever gets one knows that
//! nothing in it was changed, and, by a public key that came another way, who made it.
//!
//! Canonical is RFC 8785 but for numbers with a fraction or an exponent, which are written as
//! `serde_json` writes them: members in the order of their names, no blanks. The signature stands in
//! the report as `signature` and is not part of what is signed.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The only algorithm.
const ALGORITHM: &str = "Ed25519";

/// Member of the report.
const SIGNATURE: &str = "signature";

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// Why a report cannot be signed or is not good.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The file is no private key.
    #[error(
        "it is no Ed25519 private key in PEM (PKCS#8): `segue certify key FILE` makes one, or openssl genpkey -algorithm ed25519"
    )]
    Key,
    /// No randomness.
    #[error("making a key failed")]
    Make,
    /// Not JSON, or not an object.
    #[error("it is no report: {0}")]
    Report(String),
    /// Nothing to verify.
    #[error("the report is not signed")]
    Unsigned,
    /// The member `signature` has another form.
    #[error("the member `signature` is not as `--sign` writes it: {0}")]
    Malformed(&'static str),
    /// Somebody else signed it.
    #[error("it was signed with another key: {0}")]
    OtherKey(String),
    /// Something was changed.
    #[error("the signature does not fit: the report was changed after it was signed")]
    Changed,
}

/// A key that signs.
pub struct Signer(Ed25519KeyPair);

impl Signer {
    /// A new one, as the text of a PEM file.
    pub fn make() -> Result<String, SignError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| SignError::Make)?;
        let der = pair.to_pkcs8v1().map_err(|_| SignError::Make)?;
        let text = STANDARD.encode(der.as_ref());
        Ok(format!("{BEGIN}\n{text}\n{END}\n"))
    }

    /// Reads a PEM file.
    pub fn read(pem: &str) -> Result<Self, SignError> {
        let inside = pem.split(BEGIN).nth(1).and_then(|rest| rest.split(END).next());
        let text: String = inside.ok_or(SignError::Key)?.split_whitespace().collect();
        let der = STANDARD.decode(text).map_err(|_| SignError::Key)?;
        // OpenSSL writes the private half alone: then there is nothing to compare the public one with.
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der)
            .map(Self)
            .map_err(|_| SignError::Key)
    }

    /// The public half, base64url.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.public_key().as_ref())
    }

    /// The report with its signature.
    pub fn sign(&self, report: &Value) -> Result<Value, SignError> {
        let mut signed = report.clone();
        let members = signed.as_object_mut().ok_or_else(|| no_object(report))?;
        members.shift_remove(SIGNATURE);
        let value = self.0.sign(canonical(&signed).as_bytes());
        signed[SIGNATURE] = json!({
            "algorithm": ALGORITHM,
            "publicKey": self.public(),
            "value": URL_SAFE_NO_PAD.encode(value.as_ref()),
        });
        Ok(signed)
    }
}

fn no_object(report: &Value) -> SignError {
    let text: String = report.to_string().chars().take(40).collect();
    SignError::Report(format!("an object is expected, and not {text}"))
}

/// Whether the report is as it was signed; the public key it was signed with. With `expected` only by
/// that key.
pub fn verify(report: &str, expected: Option<&str>) -> Result<String, SignError> {
    let mut report: Value = serde_json::from_str(report).map_err(|error| SignError::Report(error.to_string()))?;
    let members = report
        .as_object_mut()
        .ok_or_else(|| SignError::Report("an object is expected".into()))?;
    let signature = members.shift_remove(SIGNATURE).ok_or(SignError::Unsigned)?;
    let text = |name: &'static str| signature[name].as_str().ok_or(SignError::Malformed(name));
    let bytes = |name: &'static str| {
        URL_SAFE_NO_PAD
            .decode(text(name)?)
            .map_err(|_| SignError::Malformed(name))
    };
    if text("algorithm")? != ALGORITHM {
        return Err(SignError::Malformed("algorithm"));
    }
    let public = text("publicKey")?;
    if expected.is_some_and(|expected| expected.trim() != public) {
        return Err(SignError::OtherKey(public.to_owned()));
    }
    let key = UnparsedPublicKey::new(&ED25519, bytes("publicKey")?);
    key.verify(canonical(&report).as_bytes(), &bytes("value")?)
        .map_err(|_| SignError::Changed)?;
    Ok(public.to_owned())
}

/// Members by name (UTF-16, as RFC 8785 has it), no blanks.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_by_key(|name| name.encode_utf16().collect::<Vec<_>>());
            let member = |name: &String| format!("{}:{}", Value::String(name.clone()), canonical(&members[name]));
            format!("{{{}}}", names.into_iter().map(member).collect::<Vec<_>>().join(","))
        }
        Value::Array(elements) => format!("[{}]", elements.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> (Signer, Value) {
        let signer = Signer::read(&Signer::make().unwrap()).unwrap();
        let report = json!({ "seller": "Acme", "cases": [{ "id": "a", "verdict": "failed" }], "at": 1.5 });
        let signed = signer.sign(&report).unwrap();
        (signer, signed)
    }

    #[test]
    fn a_report_is_good_in_any_layout_and_order() {
        let (signer, signed) = signed();
        let pretty = serde_json::to_string_pretty(&signed).unwrap();
        assert_eq!(verify(&pretty, None).unwrap(), signer.public());
        let turned = json!({ "signature": signed["signature"], "at": 1.5, "cases": signed["cases"], "seller": "Acme" });
        assert_eq!(
            verify(&turned.to_string(), Some(&signer.public())).unwrap(),
            signer.public()
        );
    }

    #[test]
    fn every_change_is_found() {
        let (signer, signed) = signed();
        let mut better = signed.clone();
        better["cases"][0]["verdict"] = json!("passed");
        assert!(matches!(verify(&better.to_string(), None), Err(SignError::Changed)));
        let mut more = signed.clone();
        more["note"] = json!("x");
        assert!(matches!(verify(&more.to_string(), None), Err(SignError::Changed)));
        let (_, other) = self::signed();
        let refused = verify(&other.to_string(), Some(&signer.public()));
        assert!(matches!(refused, Err(SignError::OtherKey(_))));
        let mut bare = signed.clone();
        bare.as_object_mut().unwrap().remove("signature");
        assert!(matches!(verify(&bare.to_string(), None), Err(SignError::Unsigned)));
        assert!(matches!(verify("[]", None), Err(SignError::Report(_))));
    }

    #[test]
    fn keys_of_openssl_are_read() {
        let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
        // RFC 8410 section 10.3 has this key and its public half.
        let public = URL_SAFE_NO_PAD.encode(STANDARD.decode("Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=").unwrap());
        assert_eq!(Signer::read(pem).unwrap().public(), public);
        assert!(matches!(Signer::read("no key"), Err(SignError::Key)));
    }
}
