//! One binary for all tests from outside: they link once.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and says why it is skipped"
)]

mod access;
mod accounts;
mod baseline;
mod baseline_file;
mod caps;
mod catalog;
mod command;
mod configurations;
#[cfg(unix)]
mod corpus_diff;
mod coverage;
mod decisions;
mod doors;
mod downloads;
mod golden;
mod hostile;
mod integrations;
mod lookup;
mod managed_policies;
mod merging;
mod mistakes;
mod nested;
mod options;
mod owners;
mod perhaps;
mod plan;
mod policy_files;
mod pull_requests;
mod readme;
mod rewrite;
mod run;
mod runaway;
mod second_opinion;
mod shell;
mod subjects;
mod superseding;
mod terragrunt;
mod tidy;
