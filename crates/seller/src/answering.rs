//! Which documents are being answered right now.
//!
//! The standard wants the first event of a resource only after the answer to its create went
//! out. A request marks what its commit changes and tells before the commit; the mark goes when
//! the response body is dropped, which hyper does when it is written or the connection is gone.
//! Jobs of a marked document wait, and so do deliveries of a marked lane. After a crash nothing
//! is marked, and no connection is left either.

use std::collections::{BTreeSet, HashMap};
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use segue_store::Store;
use tokio::sync::watch;

/// What is marked, and by how many answers: two requests may change one order at once. Where other
/// processes may do the work that waits, the store tells them.
pub struct Answering {
    store: Store,
    marked: Mutex<HashMap<String, usize>>,
    numbers: AtomicI64,
    released: watch::Sender<u64>,
}

/// The mark of one answer; dropping it takes the mark away.
pub struct Mark {
    of: Arc<Answering>,
    number: i64,
    names: BTreeSet<String>,
}

impl Mark {
    /// What other processes are told of it.
    pub fn shared(&self) -> segue_store::Mark {
        segue_store::Mark {
            number: self.number,
            names: self.names.iter().cloned().collect(),
        }
    }
}

impl Answering {
    /// Nothing is marked.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            marked: Mutex::default(),
            numbers: AtomicI64::new(0),
            released: watch::Sender::new(0),
        }
    }

    /// Marks documents and lanes until the `Mark` is dropped.
    pub fn mark(self: &Arc<Self>, names: BTreeSet<String>) -> Mark {
        if let Ok(mut marked) = self.marked.lock() {
            for name in &names {
                *marked.entry(name.clone()).or_default() += 1;
            }
        }
        Mark {
            of: Arc::clone(self),
            number: self.numbers.fetch_add(1, Ordering::Relaxed),
            names,
        }
    }

    /// Changes whenever a mark goes.
    pub fn released(&self) -> watch::Receiver<u64> {
        self.released.subscribe()
    }

    /// Whether an answer about this document or lane is still on its way.
    pub fn contains(&self, name: &str) -> bool {
        self.marked.lock().is_ok_and(|marked| marked.contains_key(name))
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        if let Ok(mut marked) = self.of.marked.lock() {
            for name in &self.names {
                let left = marked.get(name).map_or(0, |count| count - 1);
                if left == 0 {
                    marked.remove(name);
                } else {
                    marked.insert(name.clone(), left);
                }
            }
        }
        self.of.store.unmark(self.number);
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

    fn mark(answering: &Arc<Answering>, names: &[&str]) -> Option<Mark> {
        Some(answering.mark(names.iter().map(|&name| name.to_owned()).collect()))
    }

    fn answering() -> (tempfile::TempDir, Arc<Answering>) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state"), segue_store::Options::new(|_| Vec::new())).unwrap();
        (folder, Arc::new(Answering::new(store)))
    }

    #[test]
    fn a_mark_lasts_as_long_as_the_body_that_holds_it() {
        let (_folder, answering) = answering();
        let body = MarkedBody::new(Bytes::from_static(b"{}"), mark(&answering, &["q1"]));
        assert!(answering.contains("q1"));
        drop(body);
        assert!(!answering.contains("q1"));
    }

    #[test]
    fn what_two_answers_mark_stays_until_the_second_is_gone() {
        let (_folder, answering) = answering();
        let (first, second) = (mark(&answering, &["o1", "q1"]), mark(&answering, &["o1"]));
        drop(first);
        assert!(answering.contains("o1") && !answering.contains("q1"));
        drop(second);
        assert!(!answering.contains("o1"));
    }
}
