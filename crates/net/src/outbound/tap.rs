//! Something between this program and those it calls: what an emulator changes on the way out
//! (events that are lost, doubled, late) it changes here. It is no way around the guard: whatever
//! goes on goes through it.

use futures_util::future::BoxFuture;

use super::{Answer, Outbound, OutboundError, Request};

/// Sees every call before it leaves.
pub trait Tap: Send + Sync {
    /// Does what it wants with the request; `onward` sends it, once, often or never.
    fn call<'a>(&'a self, request: Request, onward: Onward<'a>) -> BoxFuture<'a, Result<Answer, OutboundError>>;
}

/// The way on.
#[derive(Clone, Copy)]
pub struct Onward<'a>(pub(super) &'a Outbound);

impl Onward<'_> {
    /// Sends as if there was nothing in between.
    pub async fn send(&self, request: Request) -> Result<Answer, OutboundError> {
        self.0.straight(request).await
    }
}
