//! Bugs that are put in on purpose, one at a time, to see whether the harness finds them: there only in a build
//! with the feature `planted`, and even then only the one that `SEGUE_PLANTED` names.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use segue_model::commit::Commit;
use segue_model::document::Object;

static CHOSEN: LazyLock<String> = LazyLock::new(|| std::env::var("SEGUE_PLANTED").unwrap_or_default());

/// Longer than any job of this process: made first, so every later id is greater.
static FIRST_ID: LazyLock<String> = LazyLock::new(segue_model::id::new_id);

/// For how long a read is behind.
const BEHIND: Duration = Duration::from_secs(2);

/// Between two transactions that should be one.
pub const GAP: Duration = Duration::from_millis(30);

/// How late an answer is that an event overtakes.
pub const LATE: Duration = Duration::from_millis(400);

/// Whether this bug is in.
pub fn is(name: &str) -> bool {
    *CHOSEN == name
}

/// An id that is smaller than all that this process makes from now on.
pub fn first_id() -> &'static str {
    &FIRST_ID
}

/// What of a commit is stored in a transaction of its own, later.
pub fn late(commit: &mut Commit) -> Option<Commit> {
    let mut late = Commit {
        trace: commit.trace.clone(),
        ..Commit::default()
    };
    if is("outbox-apart") {
        late.events = std::mem::take(&mut commit.events);
    }
    if is("key-apart") {
        late.idempotency = commit.idempotency.take();
    }
    (!late.events.is_empty() || late.idempotency.is_some()).then_some(late)
}

/// What a replica that is behind would answer.
pub fn behind(id: &str, now: Option<Object>) -> Option<Object> {
    type Seen = HashMap<String, (Instant, Option<Object>)>;
    static SEEN: LazyLock<Mutex<Seen>> = LazyLock::new(Mutex::default);
    let Ok(mut seen) = SEEN.lock() else { return now };
    match seen.get(id) {
        Some((at, then)) if at.elapsed() < BEHIND => then.clone(),
        _ => {
            seen.insert(id.to_owned(), (Instant::now(), now.clone()));
            now
        }
    }
}
