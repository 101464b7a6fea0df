//! Signing keys, secrets, and what tokens and assertions were seen.

use jiff::Timestamp;
use segue_model::id::CompanyId;
use serde_json::Value;

use crate::db::bind;
use crate::row::{At, Json};
use crate::{MasterKey, Secret, Store, StoreError};

/// A key pair with which a company signs.
#[derive(Clone, Debug)]
pub struct SigningKeyRow {
    /// Its `kid`.
    pub kid: String,
    /// PKCS #8; sealed while it lies in the store.
    pub private: Secret,
    /// What is published.
    pub public_jwk: Value,
    /// Wall time.
    pub created_at: Timestamp,
    /// Wall time from which it signs nothing new and may leave the published set; given by
    /// [`Store::retire_signing_key`].
    pub retired_at: Option<Timestamp>,
}

impl Store {
    fn master_key(&self) -> Result<MasterKey, StoreError> {
        self.0.master_key.clone().ok_or(StoreError::NoMasterKey)
    }

    /// Stores a new signing key.
    pub async fn put_signing_key(&self, company: &CompanyId, key: SigningKeyRow) -> Result<(), StoreError> {
        let sealed = self
            .master_key()?
            .seal(&key_name(company, &key.kid), key.private.expose())?;
        let company = company.clone();
        self.engine()
            .write("store a signing key", move |db| {
                db.run(
                    "INSERT INTO signing_key(company, kid, sealed, public_jwk, created_at, retired_at) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    &bind![
                        company.as_str(),
                        key.kid,
                        sealed,
                        Json(key.public_jwk),
                        At(key.created_at),
                        key.retired_at.map(At)
                    ],
                )?;
                Ok(())
            })
            .await
    }

    /// All signing keys of a company, newest first, retired ones too.
    pub async fn signing_keys(&self, company: &CompanyId) -> Result<Vec<SigningKeyRow>, StoreError> {
        let (company, master) = (company.clone(), self.master_key()?);
        self.engine()
            .look("read signing keys", move |db| {
                let statement = "SELECT kid, public_jwk, created_at, retired_at, sealed FROM signing_key
                     WHERE company = ?1 ORDER BY created_at DESC, kid";
                let sealed = db.all(statement, &bind![company.as_str()], |row| {
                    Ok(SigningKeyRow {
                        kid: row.get(0)?,
                        private: row.get::<Vec<u8>>(4)?.into(),
                        public_jwk: row.stored(1)?,
                        created_at: row.get::<At>(2)?.0,
                        retired_at: row.get::<Option<At>>(3)?.map(|at| at.0),
                    })
                })?;
                let open = |key: SigningKeyRow| {
                    let private = master.open(&key_name(&company, &key.kid), key.private.expose())?;
                    Ok(SigningKeyRow { private, ..key })
                };
                sealed.into_iter().map(open).collect()
            })
            .await
    }

    /// From `at` (wall time) the key signs nothing new.
    pub async fn retire_signing_key(&self, company: &CompanyId, kid: &str, at: Timestamp) -> Result<(), StoreError> {
        let (company, kid) = (company.clone(), kid.to_owned());
        self.engine()
            .write("retire a signing key", move |db| {
                db.run(
                    "UPDATE signing_key SET retired_at = ?3 WHERE company = ?1 AND kid = ?2",
                    &bind![company.as_str(), kid, At(at)],
                )?;
                Ok(())
            })
            .await
    }

    /// Seals a secret under a name, in the place of an older one of that name.
    pub async fn put_secret(
        &self,
        company: &CompanyId,
        name: &str,
        plain: impl Into<Secret>,
    ) -> Result<(), StoreError> {
        let sealed = self
            .master_key()?
            .seal(&secret_name(company, name), plain.into().expose())?;
        let (company, name) = (company.clone(), name.to_owned());
        self.engine()
            .write("store a secret", move |db| {
                db.run(
                    "INSERT INTO secret(company, name, sealed) VALUES (?1, ?2, ?3)
                     ON CONFLICT(company, name) DO UPDATE SET sealed = excluded.sealed",
                    &bind![company.as_str(), name, sealed],
                )?;
                Ok(())
            })
            .await
    }

    /// Opens a secret.
    pub async fn secret(&self, company: &CompanyId, name: &str) -> Result<Option<Secret>, StoreError> {
        let (company, name, master) = (company.clone(), name.to_owned(), self.master_key()?);
        self.engine()
            .look("read a secret", move |db| {
                let sealed: Option<Vec<u8>> = db.one(
                    "SELECT sealed FROM secret WHERE company = ?1 AND name = ?2",
                    &bind![company.as_str(), name],
                    |row| row.get(0),
                )?;
                sealed
                    .map(|sealed| master.open(&secret_name(&company, &name), &sealed))
                    .transpose()
            })
            .await
    }

    /// Forgets a secret.
    pub async fn delete_secret(&self, company: &CompanyId, name: &str) -> Result<(), StoreError> {
        let (company, name) = (company.clone(), name.to_owned());
        self.engine()
            .write("delete a secret", move |db| {
                db.run(
                    "DELETE FROM secret WHERE company = ?1 AND name = ?2",
                    &bind![company.as_str(), name],
                )?;
                Ok(())
            })
            .await
    }

    /// Notes that `client` used this `jti`; false when it did before. `expires` is the wall time
    /// after which the assertion is refused for its age anyway.
    pub async fn use_jti(&self, client: &str, jti: &str, expires: Timestamp) -> Result<bool, StoreError> {
        let (client, jti) = (client.to_owned(), jti.to_owned());
        self.engine()
            .write("note an assertion", move |db| {
                let stored = db.run(
                    "INSERT INTO seen_jti(client, jti, expires_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                    &bind![client, jti, At(expires)],
                )?;
                Ok(stored == 1)
            })
            .await
    }

    /// From now on the token with this `jti` is refused; `until` is the wall time it ends anyway.
    pub async fn revoke_token(&self, jti: &str, until: Timestamp) -> Result<(), StoreError> {
        let jti = jti.to_owned();
        self.engine()
            .write("revoke a token", move |db| {
                db.run(
                    "INSERT INTO revoked_token(jti, until) VALUES (?1, ?2)
                     ON CONFLICT(jti) DO UPDATE SET until = excluded.until WHERE revoked_token.until < excluded.until",
                    &bind![jti, At(until)],
                )?;
                Ok(())
            })
            .await
    }

    /// Whether [`Store::revoke_token`] was called for this token.
    pub async fn token_revoked(&self, jti: &str) -> Result<bool, StoreError> {
        let jti = jti.to_owned();
        self.engine()
            .look("look for a revoked token", move |db| {
                Ok(db.any("SELECT 1 FROM revoked_token WHERE jti = ?1", &bind![jti])?)
            })
            .await
    }
}

fn key_name(company: &CompanyId, kid: &str) -> String {
    format!("signing-key/{company}/{kid}")
}

fn secret_name(company: &CompanyId, name: &str) -> String {
    format!("secret/{company}/{name}")
}
