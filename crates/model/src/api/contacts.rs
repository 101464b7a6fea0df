//! Contacts in requests (owner: service).
