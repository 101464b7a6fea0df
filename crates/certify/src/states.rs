//! The life cycles of the standard, written down from the guides (Kylie), and what a history of
//! states has to be.

use serde_json::Value;

use crate::case::{Check, Stop};
use crate::lab::expect::{Answer, Part};

/// States and the ways between them.
pub struct Graph {
    /// Where a history may begin.
    pub starts: &'static [&'static str],
    /// From a state to those that may follow.
    pub ways: &'static [(&'static str, &'static [&'static str])],
}

impl Graph {
    fn allows(&self, from: &str, to: &str) -> bool {
        from == to
            || self
                .ways
                .iter()
                .any(|(state, next)| *state == from && next.contains(&to))
    }

    /// Whether nothing follows on a state.
    pub fn is_end(&self, state: &str) -> bool {
        !self.ways.iter().any(|(from, _)| *from == state)
    }
}

/// Mplify 87.1 section on states: of the qualification.
pub const POQ: Graph = Graph {
    starts: &["acknowledged", "done"],
    ways: &[
        ("acknowledged", &["inProgress", "rejected"]),
        ("inProgress", &["done", "terminatedWithError"]),
    ],
};

/// Mplify 87.1 section on states: of its items.
pub const POQ_ITEM: Graph = Graph {
    starts: &["acknowledged", "done"],
    ways: &[
        ("acknowledged", &["inProgress", "rejected", "done.abandoned"]),
        ("inProgress", &["done", "terminatedWithError", "done.abandoned"]),
    ],
};

/// Mplify 115.1: of the quote, firm and budgetary together. An immediate one may begin with the
/// state it ends in; some Sellers note an `acknowledged` of the same instant before it.
pub const QUOTE: Graph = Graph {
    starts: &[
        "acknowledged",
        "answered",
        "approved.orderable",
        "approved.orderableAlternate",
        "unableToProvide",
    ],
    ways: &[
        (
            "acknowledged",
            &[
                "inProgress",
                "rejected",
                "answered",
                "approved.orderable",
                "approved.orderableAlternate",
                "unableToProvide",
            ],
        ),
        (
            "inProgress",
            &[
                "inProgress.draft",
                "answered",
                "approved.orderable",
                "approved.orderableAlternate",
                "unableToProvide",
                "cancelled",
            ],
        ),
        (
            "inProgress.draft",
            &[
                "approved.orderable",
                "approved.orderableAlternate",
                "unableToProvide",
                "cancelled",
            ],
        ),
        ("approved.orderable", &["declined", "accepted", "expired"]),
        ("approved.orderableAlternate", &["declined", "accepted", "expired"]),
        ("answered", &["expired"]),
    ],
};

/// Mplify 115.1: of the items of a quote.
pub const QUOTE_ITEM: Graph = Graph {
    starts: &[
        "acknowledged",
        "answered",
        "approved.orderable",
        "approved.orderableAlternate",
        "unableToProvide",
        "abandoned",
    ],
    ways: &[
        (
            "acknowledged",
            &[
                "inProgress",
                "rejected",
                "abandoned",
                "answered",
                "approved.orderable",
                "approved.orderableAlternate",
                "unableToProvide",
            ],
        ),
        (
            "inProgress",
            &[
                "inProgress.draft",
                "answered",
                "approved.orderable",
                "approved.orderableAlternate",
                "unableToProvide",
                "abandoned",
            ],
        ),
        (
            "inProgress.draft",
            &[
                "approved.orderable",
                "approved.orderableAlternate",
                "unableToProvide",
                "abandoned",
            ],
        ),
        // The quote that is cancelled leaves its items; one that came to an end keeps them.
    ],
};

/// Mplify 123.1: of the order.
pub const ORDER: Graph = Graph {
    starts: &["acknowledged"],
    ways: &[
        ("acknowledged", &["inProgress", "rejected"]),
        (
            "inProgress",
            &[
                "completed",
                "failed",
                "partial",
                "held.assessingCharge",
                "pending.assessingModification",
                "assessingCancellation",
                "pendingCancellation",
            ],
        ),
        ("held.assessingCharge", &["inProgress"]),
        ("pending.assessingModification", &["inProgress"]),
        ("assessingCancellation", &["pendingCancellation", "inProgress"]),
        ("pendingCancellation", &["cancelled"]),
    ],
};

/// Mplify 123.1: of its items.
pub const ORDER_ITEM: Graph = Graph {
    starts: &["acknowledged"],
    ways: &[
        (
            "acknowledged",
            &["inProgress", "rejected", "rejected.validated", "rejected.unassessed"],
        ),
        ("inProgress", &["completed", "failed", "held", "pending"]),
        ("held", &["inProgress", "failed"]),
        ("pending", &["inProgress", "cancelled", "failed"]),
    ],
};

/// Mplify 116.1 and MEF 81: of a product.
pub const PRODUCT: Graph = Graph {
    starts: &["pendingActive", "active"],
    ways: &[
        ("pendingActive", &["active", "cancelled"]),
        ("active", &["active.pendingChange", "pendingTerminate", "suspended"]),
        ("active.pendingChange", &["active"]),
        ("pendingTerminate", &["terminated", "active"]),
        ("suspended", &["active", "suspendedPendingTerminate"]),
        ("suspendedPendingTerminate", &["terminated", "suspended"]),
    ],
};

/// The history at `base` is whole: it begins where one may begin, goes only ways that exist, and
/// ends with the state shown. `names` are those of the history and of the state.
pub fn history(answer: &Answer, base: &str, (changes, state): (&str, &str), graph: &Graph) -> Check {
    let part = answer.at(&format!("{base}/{changes}"));
    part.filled()?;
    let (mut entries, shown) = (sorted(&part, state), answer.at(&format!("{base}/{state}")));
    let Some(first) = entries.first() else {
        return Err(part.fail("to have entries with state and changeDate"));
    };
    part.so(
        graph.starts.contains(&first.as_str()),
        format!("to begin with one of {}", graph.starts.join(", ")),
    )?;
    for pair in entries.windows(2) {
        part.so(
            graph.allows(&pair[0], &pair[1]),
            format!("to have a way from {} to {}", pair[0], pair[1]),
        )?;
    }
    let last = entries.pop().unwrap_or_default();
    part.so(
        last == shown.text(),
        format!("to end with the state shown, {}", shown.text()),
    )
}

/// The states of a history, oldest first. Entries of one instant keep the order they have, or the
/// opposite one where the list is newest first.
fn sorted(part: &Part, state: &str) -> Vec<String> {
    let entries = part.value.as_array().map(Vec::as_slice).unwrap_or_default();
    let date = |entry: &Value| {
        entry["changeDate"]
            .as_str()
            .and_then(|text| text.parse::<jiff::Timestamp>().ok())
    };
    let mut dated: Vec<_> = entries
        .iter()
        .map(|entry| (date(entry), entry[state].as_str().unwrap_or_default()))
        .collect();
    let newest_first = dated.first().map(|first| first.0) > dated.last().map(|last| last.0);
    if newest_first {
        dated.reverse();
    }
    dated.sort_by_key(|(date, _)| *date);
    dated.into_iter().map(|(_, state)| state.to_owned()).collect()
}

/// Which combinations of item states a qualification may have (Mplify 87.1, table of dependencies).
pub fn poq_matrix(answer: &Answer) -> Check {
    let state = answer.at("/state");
    let items = answer.each("/productOfferingQualificationItem/*/state");
    let is = |wanted: &str| items.iter().filter(|item| item.text() == wanted).count();
    let (all, known) = (items.len(), state.text());
    let fail = |why: &str| Err::<(), Stop>(state.fail(format!("to fit its items: {why}")));
    let open = is("acknowledged") + is("inProgress");
    match known {
        "acknowledged" if is("acknowledged") != all => fail("acknowledged means that every item is"),
        "inProgress" if is("inProgress") == 0 => fail("inProgress needs an item in progress"),
        "inProgress" if is("rejected") + is("terminatedWithError") + is("done.abandoned") > 0 => {
            fail("inProgress has no item that failed")
        }
        "done" if is("done") != all => fail("done means that every item is"),
        "rejected" if is("rejected") == 0 || open + is("terminatedWithError") > 0 => {
            fail("rejected needs a rejected item and leaves none open")
        }
        "terminatedWithError" if is("terminatedWithError") == 0 || open + is("rejected") > 0 => {
            fail("terminatedWithError needs such an item and leaves none open")
        }
        _ => Ok(()),
    }
}
