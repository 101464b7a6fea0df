//! Older API versions: documents made by chance from the shapes of both sides go up and down.

mod chance;
mod golden;
mod laws;
mod official;
