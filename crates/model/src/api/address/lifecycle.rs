//! Life cycles of address validations.

use crate::lifecycle::Lifecycle;

/// One validation.
pub static VALIDATION: Lifecycle = Lifecycle {
    of: "address validation",
    edges: &[],
};
