//! Public keys of partners: those in their record, and newer ones from where they publish them.
//!
//! The record is trusted until a first fetch: a key that it holds needs no call. An unknown key
//! id makes one fetch, at most every thirty seconds per partner, however many ids are tried; from
//! then on the published set counts and the record does not. A fetch that fails leaves what was
//! known, and an unknown key stays unknown: closed, not open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use jiff::{SignedDuration, Timestamp};
use segue_model::id::Scope;
use segue_model::party::Client;
use segue_net::keys::KeySet;
use segue_net::outbound::{Outbound, Purpose, Request};

use crate::keys::later;

/// A fetched set is taken as it is for this long.
const KEPT: SignedDuration = SignedDuration::from_mins(5);
/// Nobody makes us fetch more often.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

pub(crate) struct PartnerKeys {
    outbound: Arc<Outbound>,
    seen: Mutex<HashMap<Scope, Seen>>,
}

#[derive(Clone)]
struct Seen {
    uri: String,
    tried_at: Timestamp,
    /// With the time it was fetched.
    set: Option<(Arc<KeySet>, Timestamp)>,
}

impl PartnerKeys {
    pub fn new(outbound: Arc<Outbound>) -> Self {
        Self {
            outbound,
            seen: Mutex::default(),
        }
    }

    /// The keys of a client among which `kid` is to be looked for.
    pub async fn of(&self, scope: &Scope, client: &Client, (kid, now): (&str, Timestamp)) -> Arc<KeySet> {
        let recorded = client.jwks.as_ref().and_then(|set| KeySet::read(set).ok());
        let recorded = Arc::new(recorded.unwrap_or_default());
        let Some(uri) = &client.jwks_uri else {
            return recorded;
        };
        let seen = self.seen(scope, uri);
        let fetched = seen.as_ref().and_then(|seen| seen.set.clone());
        let is_fresh = fetched.as_ref().is_none_or(|(_, at)| later(*at, KEPT) > now);
        let known = fetched.map_or(recorded, |(set, _)| set);
        let must_wait = seen.as_ref().is_some_and(|seen| later(seen.tried_at, PAUSE) > now);
        if must_wait || (is_fresh && known.find(kid).is_some()) {
            return known;
        }
        self.note(scope, uri, now, None);
        match self.fetch(uri).await {
            Ok(set) => {
                let set = Arc::new(set);
                self.note(scope, uri, now, Some(Arc::clone(&set)));
                set
            }
            Err(reason) => {
                tracing::warn!(partner = %scope.partner, company = %scope.company, reason, "fetching a partner's keys failed");
                known
            }
        }
    }

    fn seen(&self, scope: &Scope, uri: &str) -> Option<Seen> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(scope).filter(|seen| seen.uri == uri).cloned()
    }

    fn note(&self, scope: &Scope, uri: &str, now: Timestamp, set: Option<Arc<KeySet>>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen
            .remove(scope)
            .filter(|seen| seen.uri == uri)
            .and_then(|seen| seen.set);
        let entry = Seen {
            uri: uri.to_owned(),
            tried_at: now,
            set: set.map(|set| (set, now)).or(before),
        };
        seen.insert(scope.clone(), entry);
    }

    async fn fetch(&self, uri: &str) -> Result<KeySet, String> {
        let url = self.outbound.parse_target(uri).map_err(|why| why.to_string())?;
        let request = Request::new(Purpose::Credentials, Method::GET, url);
        let answer = self.outbound.send(request).await.map_err(|fault| fault.to_string())?;
        if !answer.is_success() {
            return Err(format!("status {}", answer.status));
        }
        let set = answer.json().map_err(|fault| fault.to_string())?;
        KeySet::read(&set).map_err(|fault| fault.to_string())
    }
}
