//! Tests of the model from outside: one module per subject.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on may panic; clippy knows only functions marked #[test]"
)]

mod book_answer;
mod book_charges;
mod book_clean;
mod book_find;
mod book_packed;
mod book_profile;
mod book_read;
mod frame_bound;
mod frame_bound_many;
mod frame_descriptions;
mod frame_diff;
mod frame_openapi;
mod frame_query;
mod official;
mod products_bench;
mod products_beside;
mod products_changed;
mod products_declared;
mod products_differential;
mod products_examples;
mod products_import;
mod products_interface_rows;
mod products_official;
mod products_rows;
mod products_rules;
mod products_samples;
mod products_verdicts;
mod release;
mod requirements;
mod schema_checks;
mod schema_examples;
mod schema_shapes;
mod schema_words;
mod sdk;
