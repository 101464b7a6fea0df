//! Which documents are being answered right now.
//!
//! The standard wants the first event of a resource only after the answer to its create went
//! out. A create marks its document before the commit; the mark goes when the response body is
//! dropped, which hyper does when it is written or the connection is gone. Jobs of a marked
//! document wait. After a crash nothing is marked, and no connection is left either.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::watch;

/// The set of marked documents.
#[derive(Default)]
pub struct Answering {
    marked: Mutex<HashSet<String>>,
    released: watch::Sender<u64>,
}

/// One mark; dropping it takes the mark away.
pub struct Mark {
    of: Arc<Answering>,
    document_id: String,
}

impl Answering {
    /// Marks `document_id` until the [`Mark`] is dropped.
    pub fn mark(self: &Arc<Self>, document_id: &str) -> Mark {
        if let Ok(mut marked) = self.marked.lock() {
            marked.insert(document_id.to_owned());
        }
        Mark {
            of: Arc::clone(self),
            document_id: document_id.to_owned(),
        }
    }

    /// Changes whenever a mark goes.
    pub fn released(&self) -> watch::Receiver<u64> {
        self.released.subscribe()
    }

    /// Whether its answer is still on its way.
    pub fn contains(&self, document_id: &str) -> bool {
        self.marked.lock().is_ok_and(|marked| marked.contains(document_id))
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        if let Ok(mut marked) = self.of.marked.lock() {
            marked.remove(&self.document_id);
        }
        self.of.released.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// A response body that holds a [`Mark`] until it is written or given up.
pub struct MarkedBody {
    inner: Full<Bytes>,
    _mark: Option<Mark>,
}

impl MarkedBody {
    /// `body` with `mark`.
    pub fn new(body: Bytes, mark: Option<Mark>) -> Self {
        Self {
            inner: Full::new(body),
            _mark: mark,
        }
    }
}

impl Body for MarkedBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_lasts_as_long_as_the_body_that_holds_it() {
        let answering = Arc::new(Answering::default());
        let body = MarkedBody::new(Bytes::from_static(b"{}"), Some(answering.mark("q1")));
        assert!(answering.contains("q1"));
        drop(body);
        assert!(!answering.contains("q1"));
    }
}
