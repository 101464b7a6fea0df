//! State change records and events (owner: order).
