//! What becomes of a request when more is asked than can be answered: it runs, waits a moment, or is
//! told at once to come again. It is told so before anything costly is done for it, by how urgent
//! it is and by how much its partner asks already, so that one partner's flood is that partner's alone.
//!
//! A request has a [`Ticket`] from its arrival on, and a [`Pass`] while work is done for it; between the
//! two its caller is checked and its body read, for which no pass is held: whoever sends a body
//! slowly keeps nobody from working. How many passes there are follows from how long work takes
//! ([`limit`]); who is next, and who is turned away, is decided in [`desk`].

mod desk;
mod limit;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::HeaderMap;
use http::header::AUTHORIZATION;
use segue_model::describe::{Kind, Operation};
use segue_model::failure::Failure;
use segue_model::id::Scope;
use tokio::sync::oneshot;

use desk::{Desk, Refused};

/// How long a request may wait for a pass in overload. Whoever waits longer is better told to come again.
const WAIT: Duration = Duration::from_millis(100);
/// A burst may take so many times as long.
const BURST_WAITS: u32 = 10;
/// When to come again: overload is over soon, or it lasts and nobody should hurry.
const RETRY_SECONDS: u64 = 1;

/// How urgent a request is; what is less urgent is turned away sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Events of Sellers: refused, they come again and again.
    Event,
    /// Orders and what changes them, and who listens.
    Order,
    /// One document.
    Read,
    /// Quotes, qualifications, places: whoever asks can ask again.
    Question,
    /// Lists: the dearest of reads.
    List,
}

impl Class {
    pub fn of(operation: &Operation) -> Self {
        let orders = operation.api.name.starts_with("productOrdering");
        match operation.kind {
            Kind::Listener => Self::Event,
            Kind::HubCreate | Kind::HubDelete => Self::Order,
            Kind::Create | Kind::Patch | Kind::Act | Kind::Task if orders => Self::Order,
            Kind::Create | Kind::Patch | Kind::Act | Kind::Task => Self::Question,
            Kind::Get | Kind::HubGet => Self::Read,
            Kind::List => Self::List,
        }
    }

    /// As figures name it.
    fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Order => "order",
            Self::Read => "read",
            Self::Question => "question",
            Self::List => "list",
        }
    }
}

/// Who asks: a partner, or somebody whose token was not seen before. All of these are one, so that
/// tokens made up at will gain nobody more.
pub(crate) type Holder = Option<Scope>;

/// Tokens remembered; there are some tens of each partner within the life of a token.
const TOKENS_MAX: usize = 16 * 1024;

/// Whose tokens were accepted lately: known before the token is checked again, and good for nothing
/// but a place in the queue.
#[derive(Default)]
pub(crate) struct Holders {
    by_token: Mutex<HashMap<u64, Scope>>,
    /// Made anew at each start, so that nobody can make up a token that looks like another's.
    hash: RandomState,
}

impl Holders {
    /// Whose token this seems to be.
    pub fn seems(&self, headers: &HeaderMap) -> Holder {
        let token = self.token(headers)?;
        self.tokens().get(&token).cloned()
    }

    /// The token was accepted as one of this partner.
    pub fn remember(&self, headers: &HeaderMap, scope: &Scope) {
        let Some(token) = self.token(headers) else { return };
        let mut tokens = self.tokens();
        if tokens.len() >= TOKENS_MAX {
            tokens.clear();
        }
        tokens.insert(token, scope.clone());
    }

    fn token(&self, headers: &HeaderMap) -> Option<u64> {
        let value = headers.get(AUTHORIZATION)?;
        Some(self.hash.hash_one(value.as_bytes()))
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<u64, Scope>> {
        self.by_token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All requests under way.
#[derive(Default)]
pub(crate) struct Load(Mutex<Desk>);

impl Load {
    /// Takes note of a request, or turns it away.
    pub fn arrive(self: &Arc<Self>, class: Class, holder: Holder) -> Result<Ticket, Failure> {
        match self.desk().arrive(class, &holder) {
            Ok(()) => Ok(Ticket {
                load: Arc::clone(self),
                class,
                holder,
            }),
            Err(refused) => Err(turned_away(class, refused)),
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets those run for whom there are passes now.
    fn call_next(self: &Arc<Self>, desk: &mut Desk) {
        while let Some((waiter, holder)) = desk.next() {
            let pass = Pass::new(self, holder, waiter.operation);
            // Who has gone meanwhile leaves the pass to the next.
            if let Err(mut pass) = waiter.go.send(pass) {
                desk.give_back(&pass.holder);
                pass.load = None;
            }
        }
        metrics::gauge!("segue_requests_running").set(desk.running() as f64);
        metrics::gauge!("segue_requests_limit").set(desk.passes() as f64);
    }
}

fn turned_away(class: Class, refused: Refused) -> Failure {
    metrics::counter!("segue_overload_total", "class" => class.name(), "cause" => refused.name()).increment(1);
    Failure::Unavailable(RETRY_SECONDS)
}

/// A request that has arrived.
pub(crate) struct Ticket {
    load: Arc<Load>,
    class: Class,
    holder: Holder,
}

impl Ticket {
    /// It is known now whose request this is.
    pub fn belongs_to(&mut self, scope: &Scope) {
        if self.holder.as_ref() != Some(scope) {
            let holder = Some(scope.clone());
            self.load.desk().move_over(&self.holder, &holder);
            self.holder = holder;
        }
    }

    /// Waits until work may begin.
    pub async fn pass(&self, operation: &'static str) -> Result<Pass, Failure> {
        let (go, mut called) = oneshot::channel();
        {
            let mut desk = self.load.desk();
            desk.wait((self.class, &self.holder, operation), go, Instant::now());
            self.load.call_next(&mut desk);
        }
        for _ in 0..BURST_WAITS {
            if let Ok(pass) = tokio::time::timeout(WAIT, &mut called).await {
                return pass.map_err(|_| turned_away(self.class, Refused::Wait));
            }
            if self.load.desk().is_overload(Instant::now()) {
                break;
            }
        }
        called.close();
        called.try_recv().map_err(|_| turned_away(self.class, Refused::Wait))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.load.desk().leave(&self.holder);
    }
}

/// Work goes on for a request.
pub(crate) struct Pass {
    /// None once it was given back.
    load: Option<Arc<Load>>,
    holder: Holder,
    operation: &'static str,
    began: Instant,
    worked: bool,
}

impl Pass {
    fn new(load: &Arc<Load>, holder: Holder, operation: &'static str) -> Self {
        Self {
            load: Some(Arc::clone(load)),
            holder,
            operation,
            began: Instant::now(),
            worked: false,
        }
    }

    /// All of the work was done, so that its time says something.
    pub fn worked(mut self) {
        self.worked = true;
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let Some(load) = self.load.take() else { return };
        let mut desk = load.desk();
        let now = Instant::now();
        let took = self.worked.then(|| (self.operation, now.duration_since(self.began)));
        desk.finish(&self.holder, took, now);
        load.call_next(&mut desk);
    }
}
