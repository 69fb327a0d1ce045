#![allow(clippy::expect_used, clippy::unwrap_used, reason = "tests may stop")]

mod catalog;
mod golden;
mod tidy;
