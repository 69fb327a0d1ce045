//! Rules on conditions that do not do what they say.

pub mod allows_only_without_tls;
pub mod condition_bypassable;
pub mod condition_key_unsupported;
pub mod condition_never_matches;
pub mod condition_operator_mismatch;
pub mod each_resource;
pub mod key_values;
pub mod null_with_if_exists;
pub mod requests;
mod sent_sources;
pub mod typed_values;
pub mod unknown_condition_key;
