//! Keys and secrets: sealed on the disk, open in memory; assertions and tokens seen once.

use segue_store::{MasterKey, Options, Secret, SigningKeyRow, StoreError};
use serde_json::json;

use crate::fixture::*;

fn signing_key(kid: &str, seconds: i64) -> SigningKeyRow {
    SigningKeyRow {
        kid: kid.to_owned(),
        private: Secret::from("PLANTED-PRIVATE-KEY"),
        public_jwk: json!({ "kid": kid }),
        created_at: after(seconds),
        retired_at: None,
    }
}

#[tokio::test]
async fn keys_and_secrets_come_back_and_no_file_holds_their_text() {
    let mut at = Fixture::new();
    at.store.put_signing_key(&acme(), signing_key("old", 0)).await.unwrap();
    at.store.put_signing_key(&acme(), signing_key("new", 1)).await.unwrap();
    at.store.retire_signing_key(&acme(), "old", after(2)).await.unwrap();
    at.store.put_secret(&acme(), "beta", "PLANTED-SECRET").await.unwrap();
    at.reopen(|_| ()).await;

    let keys = at.store.signing_keys(&acme()).await.unwrap();
    let seen: Vec<_> = keys.iter().map(|key| (key.kid.as_str(), key.retired_at)).collect();
    assert_eq!(seen, [("new", None), ("old", Some(after(2)))]);
    assert_eq!(keys[0].private.expose(), b"PLANTED-PRIVATE-KEY");
    let secret = at.store.secret(&acme(), "beta").await.unwrap();
    assert_eq!(secret.unwrap().expose_text(), Some("PLANTED-SECRET"));
    for file in std::fs::read_dir(at.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(7).any(|part| part == b"PLANTED"));
    }
    at.store.delete_secret(&acme(), "beta").await.unwrap();
    assert_eq!(at.store.secret(&acme(), "beta").await.unwrap(), None);
}

#[tokio::test]
async fn another_master_key_is_refused_and_none_seals_nothing() {
    let at = Fixture::new();
    at.store.put_secret(&acme(), "beta", "x").await.unwrap();
    at.store.clone().close().await;
    let wrong = Options::new(index).with_master_key(MasterKey::random().unwrap());
    let refused = open(&at.path(), wrong).err().unwrap();
    assert!(matches!(refused, StoreError::WrongMasterKey), "{refused}");

    let without = open(&at.path(), Options::new(index)).unwrap();
    let refused = without.secret(&acme(), "beta").await.unwrap_err();
    assert!(matches!(refused, StoreError::NoMasterKey), "{refused}");
    without.close().await;
}

#[tokio::test]
async fn a_sealed_secret_moved_to_another_name_does_not_open() {
    let mut at = Fixture::new();
    at.store.put_secret(&acme(), "one", "x").await.unwrap();
    at.reopen(|db| {
        db.batch("UPDATE secret SET name = 'two'");
    })
    .await;
    at.store.secret(&acme(), "two").await.unwrap_err();
}

#[tokio::test]
async fn an_assertion_is_used_once_by_each_client() {
    let at = Fixture::new();
    assert!(at.store.use_jti("acme/beta", "1", after(60)).await.unwrap());
    assert!(!at.store.use_jti("acme/beta", "1", after(60)).await.unwrap());
    assert!(at.store.use_jti("acme/gamma", "1", after(60)).await.unwrap());
}

#[tokio::test]
async fn a_revoked_token_stays_revoked() {
    let mut at = Fixture::new();
    at.store.revoke_token("t", after(60)).await.unwrap();
    at.store.revoke_token("t", after(10)).await.unwrap();
    at.reopen(|_| ()).await;
    assert!(at.store.token_revoked("t").await.unwrap());
    assert!(!at.store.token_revoked("u").await.unwrap());
    at.store.sweep(after(59)).await.unwrap();
    assert!(at.store.token_revoked("t").await.unwrap());
}
