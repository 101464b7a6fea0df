//! Description (owner: frame).
