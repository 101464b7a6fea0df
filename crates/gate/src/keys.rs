//! Signing keys of our companies: made, published ahead of use, replaced without a gap.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use segue_model::id::CompanyId;
use segue_net::keys::{KeyPair, KeySet, jwks};
use segue_store::{Secret, SigningKeyRow};
use serde_json::Value;

use crate::{Gate, GateError};

/// A new key is published this long before it signs: partners keep our key set for minutes.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);
/// A replaced key stays published this long.
const OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The store is asked again after this time: a key comes of age, a retired one leaves.
const KEPT: SignedDuration = SignedDuration::from_secs(60);

/// What is ready for use of a company's keys.
pub(crate) struct Ready {
    pub signing: Arc<KeyPair>,
    pub verifying: KeySet,
    pub published: Value,
    until: Timestamp,
}

#[derive(Default)]
pub(crate) struct Cache(Mutex<HashMap<CompanyId, Arc<Ready>>>);

impl Cache {
    fn get(&self, company: &CompanyId, now: Timestamp) -> Option<Arc<Ready>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(company).filter(|ready| ready.until > now).cloned()
    }

    fn put(&self, company: &CompanyId, ready: &Arc<Ready>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(company.clone(), Arc::clone(ready));
    }

    fn forget(&self, company: &CompanyId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(company);
    }
}

impl Gate {
    /// Makes the first key of a company; does nothing when there is one.
    pub async fn ensure_key(&self, company: &CompanyId) -> Result<(), GateError> {
        if self.store.signing_keys(company).await?.is_empty() {
            self.add_key(company).await?;
        }
        Ok(())
    }

    /// Makes a new key. It is published at once, signs in ten minutes, and only then do the keys
    /// before it stop to sign; they stay published for another week. Gives its id.
    pub async fn rotate_key(&self, company: &CompanyId) -> Result<String, GateError> {
        let before = self.store.signing_keys(company).await?;
        let kid = self.add_key(company).await?;
        let at = later(self.wall.now(), AHEAD);
        for key in before.iter().filter(|key| key.retired_at.is_none()) {
            self.store.retire_signing_key(company, &key.kid, at).await?;
        }
        self.keys.forget(company);
        Ok(kid)
    }

    /// The key that signs now.
    pub async fn key(&self, company: &CompanyId) -> Result<Arc<KeyPair>, GateError> {
        Ok(Arc::clone(&self.ready_keys(company).await?.signing))
    }

    /// The published key set.
    pub async fn jwks(&self, company: &CompanyId) -> Result<Value, GateError> {
        Ok(self.ready_keys(company).await?.published.clone())
    }

    async fn add_key(&self, company: &CompanyId) -> Result<String, GateError> {
        let key = KeyPair::generate().map_err(|reason| GateError::Key {
            company: company.clone(),
            reason,
        })?;
        let row = SigningKeyRow {
            kid: key.kid().to_owned(),
            private: Secret::from(key.pkcs8()),
            public_jwk: key.public_jwk().clone(),
            created_at: self.wall.now(),
            retired_at: None,
        };
        self.store.put_signing_key(company, row).await?;
        self.keys.forget(company);
        Ok(key.kid().to_owned())
    }

    pub(crate) async fn ready_keys(&self, company: &CompanyId) -> Result<Arc<Ready>, GateError> {
        let now = self.wall.now();
        if let Some(ready) = self.keys.get(company, now) {
            return Ok(ready);
        }
        let rows = self.store.signing_keys(company).await?;
        let ready = Arc::new(make_ready(company, &rows, now)?);
        self.keys.put(company, &ready);
        Ok(ready)
    }
}

fn make_ready(company: &CompanyId, rows: &[SigningKeyRow], now: Timestamp) -> Result<Ready, GateError> {
    let fault = |reason| GateError::Key {
        company: company.clone(),
        reason,
    };
    let row = signing(rows, now).ok_or_else(|| GateError::NoKey(company.clone()))?;
    let signing = KeyPair::from_stored(&row.kid, row.private.expose()).map_err(fault)?;
    let is_published = |row: &&SigningKeyRow| row.retired_at.is_none_or(|at| later(at, OVERLAP) > now);
    let published = jwks(rows.iter().filter(is_published).map(|row| &row.public_jwk));
    Ok(Ready {
        signing: Arc::new(signing),
        verifying: KeySet::read(&published).map_err(fault)?,
        published,
        until: later(now, KEPT),
    })
}

/// The newest key that partners have had time to learn; without one (a new company, or everything
/// just replaced) the oldest that is not retired.
fn signing(rows: &[SigningKeyRow], now: Timestamp) -> Option<&SigningKeyRow> {
    let live = || rows.iter().filter(|row| row.retired_at.is_none_or(|at| at > now));
    let learnt = live().filter(|row| later(row.created_at, AHEAD) <= now);
    learnt
        .max_by_key(|row| row.created_at)
        .or_else(|| live().min_by_key(|row| row.created_at))
}

pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
