//! Tests of the model from outside: one module per subject.

mod schema_shapes;
