//! One description of each API version (owner: frame).
