//! Request checks from shapes (owner: schema).
