//! rolelint reads Terraform and OpenTofu, evaluates it as far as source allows, and judges the IAM policies in it.
//!
//! The modules below are floors: each uses only floors below it. ARCHITECTURE.md has the map, `tests/it/tidy.rs` keeps it true.

// Floor 0
pub mod nearest;
pub mod network;
pub mod progress;
pub mod source;
pub mod truth;
// Floor 1
pub mod finding;
pub mod syntax;
// Floor 2
pub mod config;
pub mod terraform;
// Floor 3
pub mod eval;
// Floor 4
pub mod policy;
// Floor 5
pub mod catalog;
// Floor 6
pub mod estate;
// Floor 7
pub mod access;
// Floor 8
pub mod rules;
// Floor 9
pub mod engine;
pub mod report;
// Floor 10
pub mod project;
// Floor 11
pub mod cli;
