//! Which partners have errands that wait: a commit about the others need not look for any.
//!
//! Errands are opened by commits of this process only, so what it has once looked up stays true
//! until it opens one. What is not known is looked up; a restart knows nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use segue_model::id::Scope;

/// What is known of partners.
#[derive(Default)]
pub(crate) struct Quiet(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Commits under way that open errands. One that was cut off counts for ever: nobody knows
    /// whether it was stored.
    opening: usize,
    /// How many of them have ended.
    opened: u64,
    waits: HashMap<Scope, bool>,
}

/// The moment in which somebody began to look.
pub(crate) struct Look {
    opened: u64,
    is_sure: bool,
}

impl Quiet {
    /// Whether errands of this partner wait; none where that has to be looked up.
    pub fn waits(&self, scope: &Scope) -> Option<bool> {
        self.known().waits.get(scope).copied()
    }

    /// Before it is looked up.
    pub fn look(&self) -> Look {
        let known = self.known();
        Look {
            opened: known.opened,
            is_sure: known.opening == 0,
        }
    }

    /// What was found. It is not believed where an errand may have been opened meanwhile.
    pub fn found(&self, scope: &Scope, waits: bool, look: &Look) {
        let mut known = self.known();
        if look.is_sure && known.opening == 0 && known.opened == look.opened {
            known.waits.insert(scope.clone(), waits);
        }
    }

    /// An errand is about to be opened.
    pub fn opening(&self, scope: &Scope) {
        let mut known = self.known();
        known.opening += 1;
        known.waits.remove(scope);
    }

    /// It is, or was refused.
    pub fn opened(&self, scope: &Scope) {
        let mut known = self.known();
        known.opening -= 1;
        known.opened += 1;
        known.waits.remove(scope);
    }

    /// An errand has ended: perhaps it was the last.
    pub fn ended(&self, scope: &Scope) {
        let mut known = self.known();
        if known.waits.get(scope) == Some(&true) {
            known.waits.remove(scope);
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes() -> (Scope, Scope) {
        (Scope::new("acme", "beta"), Scope::new("acme", "gamma"))
    }

    #[test]
    fn what_was_looked_up_is_known_until_an_errand_is_opened_or_the_last_has_ended() {
        let (quiet, (beta, gamma)) = (Quiet::default(), scopes());
        assert_eq!(quiet.waits(&beta), None);
        quiet.found(&beta, false, &quiet.look());
        quiet.found(&gamma, false, &quiet.look());
        quiet.ended(&beta);
        assert_eq!(quiet.waits(&beta), Some(false));
        quiet.opening(&beta);
        assert_eq!((quiet.waits(&beta), quiet.waits(&gamma)), (None, Some(false)));
        quiet.opened(&beta);
        quiet.found(&beta, true, &quiet.look());
        assert_eq!(quiet.waits(&beta), Some(true));
        quiet.ended(&beta);
        assert_eq!(quiet.waits(&beta), None);
    }

    #[test]
    fn nobody_who_looked_while_an_errand_was_opened_is_believed() {
        let (quiet, (beta, _)) = (Quiet::default(), scopes());
        let before = quiet.look();
        quiet.opening(&beta);
        let meanwhile = quiet.look();
        quiet.found(&beta, false, &before);
        quiet.found(&beta, false, &meanwhile);
        assert_eq!(quiet.waits(&beta), None);
        quiet.opened(&beta);
        quiet.found(&beta, false, &before);
        quiet.found(&beta, false, &meanwhile);
        assert_eq!(quiet.waits(&beta), None);
        quiet.found(&beta, true, &quiet.look());
        assert_eq!(quiet.waits(&beta), Some(true));
    }
}
