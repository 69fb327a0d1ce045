//! Rules on what AWS refuses, or reads otherwise than it is written.

mod arn_help;
pub mod dead_actions;
pub mod duplicate_key;
pub mod duplicate_sid;
pub mod empty_list;
pub mod invalid_arn;
pub mod invalid_element;
pub mod invalid_sid;
pub mod not_resource_excludes_nothing;
pub mod partition_mismatch;
pub mod policy_too_large;
pub mod policy_variable_escaping;
pub mod policy_version_missing;
pub mod resource_type_mismatch;
pub mod superfluous_action;
pub mod unknown_action;
pub mod unknown_service;
