//! When a step is asked, answered, and lost: what statistics count, read off the states a
//! document went through.
//!
//! Counted are whole documents, not items: a quote of ten items is one question.

use jiff::{SignedDuration, Timestamp};

/// What reaching a state means for a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// The clock of this step starts. A step without this mark starts when the document is made.
    Begun,
    /// The partner has its answer.
    Answered,
    /// The partner has its answer, and the business is lost.
    FellOut,
    /// The answer was given, and the business was lost later.
    Lost,
    /// The Buyer took its question back.
    Withdrawn,
}

/// One step of the way from an address to a product.
#[derive(Debug)]
pub struct Stage {
    /// `address`, `poq`, `quote`, `order` or `provisioning`: as errands and decisions call it.
    pub step: &'static str,
    /// The resource whose states tell of it.
    pub resource: &'static str,
    marks: &'static [(&'static str, Mark)],
}

/// All steps, in the order a Buyer takes them.
pub static STAGES: [Stage; 5] = [
    Stage {
        step: "address",
        resource: "geographicAddressValidation",
        marks: &[("ready", Mark::Answered), ("rejected", Mark::FellOut)],
    },
    Stage {
        step: "poq",
        resource: "productOfferingQualification",
        marks: &[
            ("done", Mark::Answered),
            ("rejected", Mark::FellOut),
            ("terminatedWithError", Mark::FellOut),
        ],
    },
    Stage {
        step: "quote",
        resource: "quote",
        marks: &[
            ("approved.orderable", Mark::Answered),
            ("approved.orderableAlternate", Mark::Answered),
            ("answered", Mark::Answered),
            ("unableToProvide", Mark::FellOut),
            ("rejected", Mark::FellOut),
            ("expired", Mark::Lost),
            ("cancelled", Mark::Withdrawn),
        ],
    },
    Stage {
        step: "order",
        resource: "productOrder",
        marks: &[("inProgress", Mark::Answered), ("rejected", Mark::FellOut)],
    },
    Stage {
        step: "provisioning",
        resource: "productOrder",
        marks: &[
            ("inProgress", Mark::Begun),
            ("completed", Mark::Answered),
            ("partial", Mark::FellOut),
            ("failed", Mark::FellOut),
            ("cancelled", Mark::Withdrawn),
        ],
    },
];

/// The states a document went through, first one first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The document.
    pub id: String,
    /// Business time it was made.
    pub created_at: Timestamp,
    /// Each state with the business time it was entered; a state is there once for each entry.
    pub states: Vec<(String, Timestamp)>,
}

/// What one document says about one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// From question to answer, business time; absent while it waits.
    pub answered_after: Option<SignedDuration>,
    /// The state in which the business was lost.
    pub fell_out: Option<String>,
    /// Whether the Buyer took its question back before there was an answer.
    pub withdrawn: bool,
}

impl Stage {
    fn mark(&self, state: &str) -> Option<Mark> {
        let found = self.marks.iter().find(|(name, _)| *name == state);
        found.map(|(_, mark)| *mark)
    }

    fn has_begin(&self) -> bool {
        self.marks.iter().any(|(_, mark)| *mark == Mark::Begun)
    }

    /// How `passage` took this step; none when it has not come to it.
    pub fn of(&self, passage: &Passage) -> Option<Taken> {
        let mut begun = (!self.has_begin()).then_some(passage.created_at);
        let mut taken = Taken::default();
        for (state, at) in &passage.states {
            let mark = self.mark(state);
            if mark == Some(Mark::Begun) {
                begun = begun.or(Some(*at));
            }
            // An order that is rejected never came to be built.
            let (Some(mark), Some(begun)) = (mark, begun) else {
                continue;
            };
            if matches!(mark, Mark::Answered | Mark::FellOut) {
                taken.answered_after.get_or_insert(at.duration_since(begun));
            }
            if matches!(mark, Mark::FellOut | Mark::Lost) {
                taken.fell_out.get_or_insert_with(|| state.clone());
            }
            if mark == Mark::Withdrawn {
                taken.withdrawn = taken.answered_after.is_none();
            }
        }
        begun.map(|_| taken)
    }

    /// The states in which business of this step is lost: a closed list.
    pub fn losses(&self) -> impl Iterator<Item = &'static str> {
        let lost = self
            .marks
            .iter()
            .filter(|(_, mark)| matches!(mark, Mark::FellOut | Mark::Lost));
        lost.map(|(state, _)| *state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::resource_by_name;

    #[track_caller]
    fn check(step: &str, states: &[(&str, i64)], expected: Option<(Option<i64>, Option<&str>, bool)>) {
        let start = Timestamp::UNIX_EPOCH;
        let at = |seconds: i64| start.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        let passage = Passage {
            id: "1".into(),
            created_at: start,
            states: states
                .iter()
                .map(|(state, after)| ((*state).to_owned(), at(*after)))
                .collect(),
        };
        let stage = STAGES.iter().find(|stage| stage.step == step).unwrap();
        let expected = expected.map(|(after, fell_out, withdrawn)| Taken {
            answered_after: after.map(SignedDuration::from_secs),
            fell_out: fell_out.map(str::to_owned),
            withdrawn,
        });
        assert_eq!(stage.of(&passage), expected, "{step} {states:?}");
    }

    #[test]
    fn a_quote_is_answered_once_and_may_be_lost_later() {
        check("quote", &[("approved.orderable", 0)], Some((Some(0), None, false)));
        let deferred = [("acknowledged", 0), ("inProgress", 1), ("inProgress.draft", 2)];
        check("quote", &deferred, Some((None, None, false)));
        let expired = [("acknowledged", 0), ("approved.orderable", 60), ("expired", 90)];
        check("quote", &expired, Some((Some(60), Some("expired"), false)));
        check(
            "quote",
            &[("unableToProvide", 0)],
            Some((Some(0), Some("unableToProvide"), false)),
        );
        let cancelled = [("acknowledged", 0), ("inProgress", 1), ("cancelled", 5)];
        check("quote", &cancelled, Some((None, None, true)));
    }

    #[test]
    fn an_order_is_accepted_first_and_built_from_then_on() {
        let built = [
            ("acknowledged", 0),
            ("inProgress", 10),
            ("held.assessingCharge", 20),
            ("inProgress", 30),
            ("completed", 100),
        ];
        check("order", &built, Some((Some(10), None, false)));
        check("provisioning", &built, Some((Some(90), None, false)));
        let rejected = [("acknowledged", 0), ("rejected", 3)];
        check("order", &rejected, Some((Some(3), Some("rejected"), false)));
        check("provisioning", &rejected, None);
        check("provisioning", &[("acknowledged", 0)], None);
        let failed = [("acknowledged", 0), ("inProgress", 1), ("failed", 4)];
        check("provisioning", &failed, Some((Some(3), Some("failed"), false)));
    }

    #[test]
    fn every_step_reads_a_resource_that_there_is() {
        for stage in &STAGES {
            assert!(resource_by_name(stage.resource).is_some(), "{}", stage.resource);
        }
    }
}
