//! What runs the pages.

pub mod edits;
pub mod form;
pub mod marks;
pub mod page;
pub mod project;
pub mod run;
pub mod show_accounts;
pub mod show_estate;
pub mod show_policy;
pub mod show_value;
pub mod statement;
