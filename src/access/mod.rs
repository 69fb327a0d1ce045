//! Who can do what: the questions that rules ask of the policies of an estate.

mod scope;

pub use scope::Scope;
