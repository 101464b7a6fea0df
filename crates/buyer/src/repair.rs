//! Looks after mirrored documents of which nothing is heard: events are lost, and some Sellers
//! send none. Who acts is the server, by the wall clock.
//!
//! Guaranteed: what can still change is asked for in the end, the more rarely the longer it stays
//! the same; one request at a time to each Seller; one that does not answer is left alone, ever
//! longer, and holds up no other. Nothing of this is stored but what the mirror tells: after a
//! restart it goes on from there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use segue_gate::calls::CallError;
use segue_model::describe::resource_by_name;
use segue_model::document::Document;
use segue_model::id::Scope;
use segue_net::token_source::TokenError;
use segue_store::{QuietMirror, StoreError};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::mirror::Cause;
use crate::{Buyer, BuyerError};

/// After so much silence a document is asked for: Sellers repeat a lost event after 5 s and 5 min.
const SILENCE: SignedDuration = SignedDuration::from_mins(15);

/// The longest pause between two questions: what has not changed for days changes rarely.
const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(6);

/// A Seller that does not answer is left alone so long, and twice as long each time after.
const REST_FIRST: SignedDuration = SignedDuration::from_mins(1);
const REST_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Between two rounds.
const ROUND_EVERY: Duration = Duration::from_secs(60);

/// How soon the work is taken up when the process that did it has ended.
const FOLLOWING_PAUSE: Duration = Duration::from_secs(1);

/// Questions to one Seller in a round: one a second, which is within every limit we know of.
const ASKED_MAX: usize = 60;

/// Every pause is a fifth shorter or longer, so that many do not fall together.
const JITTER: f64 = 0.2;

/// A document: whose, resource, identifier.
pub(crate) type Key = (Scope, String, String);

/// When a document is asked for.
struct Plan {
    heard_at: Timestamp,
    due: Timestamp,
}

/// How long a Seller is left alone.
struct Rest {
    times: u32,
    until: Timestamp,
}

/// What came of one question.
enum Found {
    /// What we knew.
    Same,
    /// Something nobody had told us.
    Repaired,
    /// The Seller does not know it.
    Missing,
    /// An answer that is none, about this document only.
    Odd(BuyerError),
    /// The Seller refuses us, or does not answer: no use to go on asking.
    Silent(BuyerError),
}

/// The looking after. `random` spreads the questions.
pub struct Repair<R> {
    buyer: Arc<Buyer>,
    random: R,
    plans: HashMap<Key, Plan>,
    rests: HashMap<Scope, Rest>,
}

impl<R: Rng> Repair<R> {
    /// Nothing is planned yet.
    pub fn new(buyer: Arc<Buyer>, random: R) -> Self {
        Self {
            buyer,
            random,
            plans: HashMap::new(),
            rests: HashMap::new(),
        }
    }

    /// Goes round until `stop` turns true.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let leads = self.buyer.parts.store.leads();
            tokio::select! {
                round = self.round(), if leads => {
                    if let Err(error) = round {
                        tracing::error!(%error, "mirrors that are quiet cannot be looked for");
                    }
                }
                _ = stop.changed() => return,
                else => {}
            }
            tokio::select! {
                () = tokio::time::sleep(if leads { ROUND_EVERY } else { FOLLOWING_PAUSE }) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Asks for everything that is due, all Sellers at once and each for one thing after the other.
    ///
    /// # Errors
    /// Our own store.
    pub async fn round(&mut self) -> Result<(), StoreError> {
        let now = self.buyer.parts.wall.now();
        let mut sellers = JoinSet::new();
        for (scope, due) in self.due(now).await? {
            sellers.spawn(ask_all(Arc::clone(&self.buyer), scope, due));
        }
        while let Some(asked) = sellers.join_next().await {
            match asked {
                Ok((scope, found)) => self.note(&scope, found, now),
                Err(error) => tracing::error!(%error, "looking after mirrors broke off; it is tried again"),
            }
        }
        Ok(())
    }

    async fn due(&mut self, now: Timestamp) -> Result<HashMap<Scope, Vec<QuietMirror>>, StoreError> {
        let store = self.buyer.parts.store.clone();
        let mut due: HashMap<Scope, Vec<QuietMirror>> = HashMap::new();
        let mut quiet = HashSet::new();
        for company in store.companies().await? {
            for mirror in store
                .quiet_mirrors(&company.id, now - scaled(SILENCE, 1.0 - JITTER))
                .await?
            {
                if !changes(&mirror) {
                    continue;
                }
                let key = key(&mirror);
                let is_due = self.plan(&key, mirror.heard_at, now) <= now;
                quiet.insert(key);
                let rests = self.rests.get(&mirror.scope).is_some_and(|rest| rest.until > now);
                let asked = due.entry(mirror.scope.clone()).or_default();
                if is_due && !rests && asked.len() < ASKED_MAX {
                    asked.push(mirror);
                }
            }
        }
        self.plans.retain(|key, _| quiet.contains(key));
        self.buyer.forget_heard(|key| quiet.contains(key));
        due.retain(|_, asked| !asked.is_empty());
        Ok(due)
    }

    /// When a document is asked for. What is overdue by far, as after a restart, is spread out.
    fn plan(&mut self, key: &Key, stored_at: Timestamp, now: Timestamp) -> Timestamp {
        let heard_at = self.buyer.heard_at(key).map_or(stored_at, |heard| heard.max(stored_at));
        if let Some(plan) = self.plans.get(key).filter(|plan| plan.heard_at == heard_at) {
            return plan.due;
        }
        let due = if now.duration_since(heard_at) > SILENCE * 2 {
            now + scaled(SILENCE, self.random.random())
        } else {
            heard_at + self.jittered(SILENCE)
        };
        self.plans.insert(key.clone(), Plan { heard_at, due });
        due
    }

    fn note(&mut self, scope: &Scope, found: Vec<(QuietMirror, Found)>, now: Timestamp) {
        for (mirror, found) in found {
            tell(&mirror, &found);
            if let Found::Silent(error) = &found {
                self.rest(scope, asked_to_wait(error), now);
                continue;
            }
            self.rests.remove(scope);
            let missing = matches!(found, Found::Missing);
            let heard_at = self.plans.get(&key(&mirror)).map(|plan| plan.heard_at);
            let age = now.duration_since(heard_at.unwrap_or(mirror.heard_at));
            let pause = if missing {
                PAUSE_MAX
            } else {
                age.clamp(SILENCE, PAUSE_MAX)
            };
            let due = now + self.jittered(pause);
            if let Some(plan) = self.plans.get_mut(&key(&mirror)) {
                plan.due = due;
            }
        }
    }

    fn rest(&mut self, scope: &Scope, wanted: SignedDuration, now: Timestamp) {
        let times = self.rests.get(scope).map_or(0, |rest| rest.times + 1);
        let pause = REST_FIRST.saturating_mul(1 << times.min(10)).min(REST_MAX);
        let until = now + self.jittered(pause).max(wanted);
        self.rests.insert(scope.clone(), Rest { times, until });
    }

    fn jittered(&mut self, pause: SignedDuration) -> SignedDuration {
        scaled(pause, self.random.random_range(1.0 - JITTER..1.0 + JITTER))
    }
}

impl Buyer {
    /// Remembers that a Seller spoke of a document, or we looked at it, and nothing had changed.
    pub(crate) fn note_heard(&self, known: &Document, cause: Cause<'_>) {
        if let (Ok(mut heard), false) = (self.heard.lock(), matches!(cause, Cause::Poll)) {
            let key = (known.scope.clone(), known.resource.clone(), known.id.clone());
            heard.insert(key, self.parts.wall.now());
        }
    }

    fn heard_at(&self, key: &Key) -> Option<Timestamp> {
        self.heard.lock().ok()?.get(key).copied()
    }

    fn forget_heard(&self, keep: impl Fn(&Key) -> bool) {
        if let Ok(mut heard) = self.heard.lock() {
            heard.retain(|key, _| keep(key));
        }
    }

    async fn look_again(&self, mirror: &QuietMirror) -> Found {
        let Some((_, resource)) = resource_by_name(&mirror.resource) else {
            return Found::Same;
        };
        match self
            .fetch((&mirror.scope, Cause::Poll), resource.name, &mirror.id)
            .await
        {
            Ok((_, Some(kept))) if kept.is_new => Found::Repaired,
            Ok(_) => Found::Same,
            Err(error) if error.is_not_found() => Found::Missing,
            Err(BuyerError::Refused(refused)) if !is_about_all(refused.status) => {
                Found::Odd(BuyerError::Refused(refused))
            }
            Err(error @ BuyerError::Unreadable { .. }) => Found::Odd(error),
            Err(error) => Found::Silent(error),
        }
    }
}

async fn ask_all(buyer: Arc<Buyer>, scope: Scope, due: Vec<QuietMirror>) -> (Scope, Vec<(QuietMirror, Found)>) {
    let mut all = Vec::new();
    for mirror in due {
        let found = buyer.look_again(&mirror).await;
        let is_silent = matches!(found, Found::Silent(_));
        all.push((mirror, found));
        if is_silent {
            break;
        }
    }
    (scope, all)
}

/// Whether a refusal says something about the Seller or us, and not about the document.
fn is_about_all(status: u16) -> bool {
    matches!(status, 401 | 403 | 408 | 429) || status >= 500 && status != 501
}

/// Whether it may still change by itself. A product does so for years; it is fetched before it is
/// used. A state that nobody knows is no end.
fn changes(mirror: &QuietMirror) -> bool {
    let described = resource_by_name(&mirror.resource).filter(|(_, resource)| resource.get.is_some());
    let lifecycle = described.and_then(|(_, resource)| resource.lifecycle);
    mirror.resource != "product"
        && lifecycle.is_some_and(|lifecycle| {
            let state = mirror.state.as_str();
            !lifecycle.states().contains(&state) || !lifecycle.is_final(state)
        })
}

fn key(mirror: &QuietMirror) -> Key {
    (mirror.scope.clone(), mirror.resource.clone(), mirror.id.clone())
}

fn scaled(pause: SignedDuration, factor: f64) -> SignedDuration {
    SignedDuration::from_secs_f64(pause.as_secs_f64() * factor)
}

fn asked_to_wait(error: &BuyerError) -> SignedDuration {
    let wanted = match error {
        BuyerError::Refused(refused) => refused.retry_after,
        _ => None,
    };
    wanted.map_or(SignedDuration::ZERO, |wanted| {
        SignedDuration::try_from(wanted).unwrap_or(REST_MAX).min(PAUSE_MAX)
    })
}

/// What an operator has to know, and figures of all.
fn tell(mirror: &QuietMirror, found: &Found) {
    let QuietMirror {
        scope, resource, id, ..
    } = mirror;
    let word = match found {
        Found::Same => "same",
        Found::Repaired => {
            tracing::info!(partner = %scope.partner, resource, id, "no event told of a change; the mirror is right again");
            "repaired"
        }
        Found::Missing => {
            tracing::warn!(partner = %scope.partner, resource, id, "the Seller does not know what we know of it (404)");
            "missing"
        }
        Found::Odd(error) => {
            tracing::warn!(partner = %scope.partner, resource, id, %error, "a quiet document cannot be fetched");
            "odd"
        }
        Found::Silent(error) if is_refusal(error) => {
            tracing::warn!(partner = %scope.partner, %error, "the Seller refuses us; are our credentials and the agreement still good?");
            "refused"
        }
        Found::Silent(error) => {
            tracing::warn!(partner = %scope.partner, %error, "the Seller is left alone for a while; nothing is heard of it");
            "silent"
        }
    };
    metrics::counter!("segue_mirror_polls_total", "found" => word).increment(1);
}

fn is_refusal(error: &BuyerError) -> bool {
    match error {
        BuyerError::Refused(refused) => matches!(refused.status, 401 | 403),
        BuyerError::Call { source, .. } => matches!(**source, CallError::Token(TokenError::Denied { .. })),
        _ => false,
    }
}
