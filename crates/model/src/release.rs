//! SDK releases (owner: frame).
