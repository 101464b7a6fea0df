//! Product items of requests (owner: service).
