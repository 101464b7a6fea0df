//! The shape notation (owner: schema).
