//! Secrets at rest: AES-256-GCM under a master key that is never in the database.
//!
//! Security chapter 13. A sealed value opens only under the name it was sealed with, so nobody
//! can exchange two of them. The memory of a secret is not wiped when it is dropped.

use std::fmt;
use std::io::Write;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

use crate::db::{Db, bind};
use crate::{StoreError, folder};

/// The environment variable that may hold the master key.
pub const MASTER_KEY_VARIABLE: &str = "SEGUE_MASTER_KEY";

const KEY_BYTES: usize = 32;
/// First byte of a sealed value: how it was sealed.
const FORM: u8 = 1;
const KEY_ID_SETTING: &str = "master-key-id";

/// The key that seals all others. Its text form is Base64 of 32 bytes.
#[derive(Clone)]
pub struct MasterKey([u8; KEY_BYTES]);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

impl MasterKey {
    /// A new one.
    ///
    /// # Errors
    /// The machine gives no randomness.
    pub fn random() -> Result<Self, StoreError> {
        let mut key = [0; KEY_BYTES];
        aws_lc_rs::rand::fill(&mut key)
            .map_err(|_| StoreError::BadMasterKey("cannot be made: no randomness".to_owned()))?;
        Ok(Self(key))
    }

    /// Reads the text form; blanks around it do not count.
    ///
    /// # Errors
    /// It is not Base64 of 32 bytes.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let bytes = BASE64.decode(text.trim()).ok();
        let key = bytes.and_then(|bytes| <[u8; KEY_BYTES]>::try_from(bytes).ok());
        key.map(Self)
            .ok_or_else(|| StoreError::BadMasterKey(format!("is not Base64 of {KEY_BYTES} bytes")))
    }

    /// The key in [`MASTER_KEY_VARIABLE`], if the variable is set.
    ///
    /// # Errors
    /// It is set, but not to a key.
    pub fn from_environment() -> Result<Option<Self>, StoreError> {
        match std::env::var(MASTER_KEY_VARIABLE) {
            Ok(text) => Self::parse(&text).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// It is missing, open to other users, or holds no key.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        Self::parse(&folder::read_private(path)?)
    }

    /// Makes a new key and a file for it that only its owner can read. The folder is made where
    /// it is missing. An existing file is never overwritten: what it sealed would be lost.
    ///
    /// # Errors
    /// The file exists already, or cannot be written.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        let key = Self::random()?;
        let mut file = folder::new_private_file(path)?;
        let written = writeln!(file, "{}", BASE64.encode(key.0)).and_then(|()| file.sync_all());
        written.map_err(folder::fault("write", path))?;
        Ok(key)
    }

    /// Names the key without telling it.
    fn id(&self) -> String {
        let digest = Sha256::new()
            .chain_update(b"segue master key id")
            .chain_update(self.0)
            .finalize();
        format!("{digest:x}")[..16].to_owned()
    }

    fn cipher(&self, name: &str) -> Result<RandomizedNonceKey, StoreError> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.0).map_err(|_| StoreError::Sealed(name.to_owned()))
    }

    /// Form, nonce, cipher text and tag.
    pub(crate) fn seal(&self, name: &str, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut hidden = plain.to_vec();
        let nonce = self
            .cipher(name)?
            .seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut hidden)
            .map_err(|_| StoreError::Sealed(name.to_owned()))?;
        let mut sealed = vec![FORM];
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut hidden);
        Ok(sealed)
    }

    pub(crate) fn open(&self, name: &str, sealed: &[u8]) -> Result<Secret, StoreError> {
        self.try_open(name, sealed)
            .ok_or_else(|| StoreError::Sealed(name.to_owned()))
    }

    fn try_open(&self, name: &str, sealed: &[u8]) -> Option<Secret> {
        let rest = sealed.strip_prefix(&[FORM])?;
        let (nonce, hidden) = rest.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut plain = hidden.to_vec();
        let cipher = self.cipher(name).ok()?;
        let length = cipher
            .open_in_place(nonce, Aad::from(name.as_bytes()), &mut plain)
            .ok()?
            .len();
        plain.truncate(length);
        Some(Secret(plain))
    }
}

/// Refuses another key than the one that sealed what is here; the first one is remembered.
pub(crate) fn recognise(db: &Db, key: &MasterKey) -> Result<(), StoreError> {
    let known: Option<String> = db.one(
        "SELECT value FROM setting WHERE name = ?1",
        &bind![KEY_ID_SETTING],
        |row| row.get(0),
    )?;
    match known {
        Some(known) if known == key.id() => Ok(()),
        Some(_) => Err(StoreError::WrongMasterKey),
        None => {
            db.run(
                "INSERT INTO setting(name, value) VALUES (?1, ?2)",
                &bind![KEY_ID_SETTING, key.id()],
            )?;
            Ok(())
        }
    }
}

/// Something that must not be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The secret itself.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The secret itself, where it is text.
    pub fn expose_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Secret {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_under_its_own_name_and_key_and_unaltered() {
        let key = MasterKey::random().unwrap();
        let sealed = key.seal("a", b"open sesame").unwrap();
        assert_eq!(key.open("a", &sealed).unwrap().expose_text(), Some("open sesame"));
        key.open("b", &sealed).unwrap_err();
        MasterKey::random().unwrap().open("a", &sealed).unwrap_err();
        for place in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[place] ^= 1;
            key.open("a", &altered).unwrap_err();
        }
        key.open("a", &sealed[..5]).unwrap_err();
    }

    #[test]
    fn sealing_twice_gives_two_texts() {
        let key = MasterKey::random().unwrap();
        assert_ne!(key.seal("a", b"x").unwrap(), key.seal("a", b"x").unwrap());
    }

    #[test]
    fn secrets_have_no_debug_text() {
        let text = format!("{:?} {:?}", Secret::from("plain"), MasterKey::random().unwrap());
        assert_eq!(text, "Secret(..) MasterKey(..)");
    }

    #[test]
    fn a_short_master_key_is_refused() {
        let error = MasterKey::parse("c2hvcnQ=").unwrap_err();
        assert!(error.to_string().contains("32 bytes"), "{error}");
    }
}
