//! Structural comparison of OpenAPI documents (owner: frame).
