//! Rules on what AWS's services do for others, and on resources that others reach.

pub mod function_url_public;
pub mod key_policy_lockout;
pub mod receivers;
pub mod resource_policy_any_principal;
pub mod resource_policy_vendor;
pub mod resource_policy_whole_account;
pub mod service_confused_deputy;
pub mod service_role_confused_deputy;
pub mod service_source_unpinned;
pub mod source_arn_without_account;
pub mod unknown_service_principal;
pub mod whole_accounts;
