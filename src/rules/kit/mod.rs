//! What all rules share: what a rule is, how rules are selected, what a run remembers, and what several families ask.

pub mod allowed;
pub mod callers;
pub mod keys;
pub mod mark;
pub mod memory;
pub mod option;
pub mod records;
#[macro_use]
pub mod rule;
pub mod select;
pub mod shared;
pub mod trust;
pub mod words;
