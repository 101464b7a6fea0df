//! Rules (owner: service).
