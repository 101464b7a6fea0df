//! The one place where any resource or item changes state.

use std::fmt;

/// Who causes a change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The side that serves the API.
    Seller,
    /// The side that calls it.
    Buyer,
    /// A date that has passed.
    Clock,
}

/// The pseudo state before creation.
pub const START: &str = "start";

/// From one state to some others, by one actor.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// A state, or [`START`].
    pub from: &'static str,
    /// The states it may go to.
    pub to: &'static [&'static str],
    /// Who may cause it.
    pub by: Actor,
}

/// All edges of one kind of resource or item. States are spelled as the standard spells them.
#[derive(Debug)]
pub struct Lifecycle {
    /// What it is the life cycle of, for messages (`quote`, `quote item`).
    pub of: &'static str,
    /// Every allowed move; what is not here is forbidden.
    pub edges: &'static [Edge],
}

/// A move that the life cycle does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Of what.
    pub of: &'static str,
    /// Where it stands.
    pub from: String,
    /// Where it should go.
    pub to: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {} in state {} cannot become {}", self.of, self.from, self.to)
    }
}

impl std::error::Error for Refused {}

impl Lifecycle {
    /// Allows or refuses the move `from` -> `to` by `by`.
    pub fn step(&self, from: &str, to: &str, by: Actor) -> Result<(), Refused> {
        let allowed = self
            .edges
            .iter()
            .any(|edge| edge.from == from && edge.by == by && edge.to.contains(&to));
        if allowed {
            Ok(())
        } else {
            Err(Refused {
                of: self.of,
                from: from.to_owned(),
                to: to.to_owned(),
            })
        }
    }

    /// Whether nothing leaves `state`.
    pub fn is_final(&self, state: &str) -> bool {
        !self.edges.iter().any(|edge| edge.from == state)
    }

    /// Every state named in an edge, without [`START`].
    pub fn states(&self) -> Vec<&'static str> {
        let mut states: Vec<&'static str> = Vec::new();
        for edge in self.edges {
            for state in std::iter::once(&edge.from).chain(edge.to) {
                if *state != START && !states.contains(state) {
                    states.push(state);
                }
            }
        }
        states
    }
}
