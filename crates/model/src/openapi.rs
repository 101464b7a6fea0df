//! OpenAPI documents from descriptions (owner: frame).
