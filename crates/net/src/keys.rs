//! Signing keys of ours (ES256) and sets of public keys of others.
//!
//! A private key never leaves a [`KeyPair`] but as the bytes that the store seals; neither type
//! has a `Debug` text.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A set with more keys is refused: each of them would have to be looked at.
pub const KEYS_MAX: usize = 32;

/// RSA keys below 2048 bits are refused (FAPI 2.0).
const RSA_BYTES_MIN: usize = 256;

/// What went wrong with a key.
#[derive(Clone, Debug, thiserror::Error)]
pub enum KeyError {
    /// The cryptographic library could not make a key.
    #[error("making an ES256 key pair failed")]
    Generate,
    /// Stored bytes are no PKCS#8 document of a P-256 key.
    #[error("reading the stored private key {kid} failed: it is no PKCS#8 document of a P-256 key")]
    Stored {
        /// Id of that key.
        kid: String,
    },
    /// Signing failed.
    #[error("signing with key {kid} failed: {reason}")]
    Sign {
        /// Id of that key.
        kid: String,
        /// From the library.
        reason: String,
    },
    /// Not a JWK set, or one that is not accepted.
    #[error("reading a JWK set failed: {0}")]
    Set(String),
}

/// An ES256 key pair of ours.
#[derive(Clone)]
pub struct KeyPair {
    kid: String,
    pkcs8: Vec<u8>,
    public_jwk: Value,
    signer: EncodingKey,
}

impl KeyPair {
    /// A new key; its id is its RFC 7638 thumbprint.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| KeyError::Generate)?;
        let pkcs8 = pair.to_pkcs8v1().map_err(|_| KeyError::Generate)?;
        Ok(Self::assemble(&pair, pkcs8.as_ref()))
    }

    /// The key that [`KeyPair::pkcs8`] gave. `kid` is only named in the error.
    pub fn from_stored(kid: &str, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
            .map_err(|_| KeyError::Stored { kid: kid.to_owned() })?;
        Ok(Self::assemble(&pair, pkcs8))
    }

    fn assemble(pair: &EcdsaKeyPair, pkcs8: &[u8]) -> Self {
        // Uncompressed point: 0x04, 32 bytes of x, 32 bytes of y.
        let point = pair.public_key().as_ref();
        let x = URL_SAFE_NO_PAD.encode(&point[1..33]);
        let y = URL_SAFE_NO_PAD.encode(&point[33..65]);
        let kid = thumbprint(&x, &y);
        let public_jwk =
            json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": kid });
        Self {
            kid,
            pkcs8: pkcs8.to_vec(),
            public_jwk,
            signer: EncodingKey::from_ec_der(pkcs8),
        }
    }

    /// Its id, unique in the world.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The private half, to be sealed by the store and shown to nobody.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The public half, as published.
    pub fn public_jwk(&self) -> &Value {
        &self.public_jwk
    }

    /// Compact JWS over `claims`, with `typ` in the header (`at+jwt`, `client-authentication+jwt`).
    pub fn sign(&self, claims: &impl Serialize, typ: &str) -> Result<String, KeyError> {
        let mut header = jsonwebtoken::Header::new(Algorithm::ES256);
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.signer).map_err(|fault| KeyError::Sign {
            kid: self.kid.clone(),
            reason: fault.to_string(),
        })
    }
}

/// RFC 7638: SHA-256 over the required members in lexical order.
fn thumbprint(x: &str, y: &str) -> String {
    let text = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

/// `{"keys": [...]}` of public keys.
pub fn jwks<'a>(public: impl IntoIterator<Item = &'a Value>) -> Value {
    json!({ "keys": public.into_iter().collect::<Vec<_>>() })
}

/// Public keys to verify with, each with the one algorithm it is good for.
#[derive(Clone, Default)]
pub struct KeySet {
    keys: Vec<PublicKey>,
}

/// One key of a [`KeySet`].
#[derive(Clone)]
pub struct PublicKey {
    kid: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
}

impl KeySet {
    /// Reads a JWK set. Keys of other kinds than ES256, EdDSA (Ed25519) and PS256, keys for
    /// encryption and keys without id are passed over: they can verify nothing here. A private or
    /// a symmetric key in the set is an error, since its owner has published a secret.
    pub fn read(set: &Value) -> Result<Self, KeyError> {
        let list = set
            .get("keys")
            .and_then(Value::as_array)
            .ok_or_else(|| KeyError::Set("it has no list named keys".into()))?;
        if list.len() > KEYS_MAX {
            return Err(KeyError::Set(format!("it has more than {KEYS_MAX} keys")));
        }
        let mut keys: Vec<PublicKey> = Vec::new();
        for jwk in list {
            if jwk.get("d").is_some() || jwk.get("k").is_some() {
                return Err(KeyError::Set("it holds a private key".into()));
            }
            if let Some(key) = public_key(jwk) {
                if keys.iter().any(|known| known.kid == key.kid) {
                    return Err(KeyError::Set(format!("two keys have the id {}", key.kid)));
                }
                keys.push(key);
            }
        }
        Ok(Self { keys })
    }

    /// The key with this id.
    pub fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.keys.iter().find(|key| key.kid == kid)
    }

    /// How many usable keys there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether it can verify nothing.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

fn public_key(jwk: &Value) -> Option<PublicKey> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    if text("use").is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    let (algorithm, spelled, key) = match (text("kty")?, text("crv")) {
        ("EC", Some("P-256")) => (
            Algorithm::ES256,
            "ES256",
            DecodingKey::from_ec_components(text("x")?, text("y")?).ok()?,
        ),
        ("OKP", Some("Ed25519")) => (
            Algorithm::EdDSA,
            "EdDSA",
            DecodingKey::from_ed_components(text("x")?).ok()?,
        ),
        ("RSA", _) => {
            let modulus = text("n")?;
            if URL_SAFE_NO_PAD.decode(modulus).ok()?.len() < RSA_BYTES_MIN {
                return None;
            }
            (
                Algorithm::PS256,
                "PS256",
                DecodingKey::from_rsa_components(modulus, text("e")?).ok()?,
            )
        }
        _ => return None,
    };
    if text("alg").is_some_and(|alg| alg != spelled) {
        return None;
    }
    Some(PublicKey {
        kid: text("kid")?.to_owned(),
        algorithm,
        key,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_its_stored_bytes_with_the_same_id() {
        let key = KeyPair::generate().unwrap();
        let again = KeyPair::from_stored(key.kid(), key.pkcs8()).unwrap();
        assert_eq!(again.kid(), key.kid());
        assert_eq!(again.public_jwk(), key.public_jwk());
    }

    #[test]
    fn stored_rubbish_is_an_error_that_names_the_key() {
        let fault = KeyPair::from_stored("k1", b"rubbish").err().unwrap();
        assert!(fault.to_string().contains("k1"));
    }

    #[test]
    fn a_set_holds_public_members_only() {
        let key = KeyPair::generate().unwrap();
        let set = jwks([key.public_jwk()]);
        assert!(set["keys"][0].get("d").is_none());
        assert_eq!(KeySet::read(&set).unwrap().len(), 1);
    }

    #[test]
    fn a_published_private_key_refuses_the_whole_set() {
        let mut jwk = KeyPair::generate().unwrap().public_jwk().clone();
        jwk["d"] = json!("AAAA");
        assert!(KeySet::read(&jwks([&jwk])).is_err());
    }

    #[test]
    fn keys_for_other_uses_and_weak_keys_are_passed_over() {
        let mut encryption = KeyPair::generate().unwrap().public_jwk().clone();
        encryption["use"] = json!("enc");
        let mut other_alg = KeyPair::generate().unwrap().public_jwk().clone();
        other_alg["alg"] = json!("ES384");
        let weak = json!({"kty": "RSA", "kid": "weak", "n": "AQAB", "e": "AQAB"});
        assert!(
            KeySet::read(&jwks([&encryption, &other_alg, &weak]))
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn more_keys_than_the_limit_are_refused() {
        let key = json!({"kty": "oct"});
        assert!(KeySet::read(&json!({"keys": vec![key; KEYS_MAX + 1]})).is_err());
    }
}
