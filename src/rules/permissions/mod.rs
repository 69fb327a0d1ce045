//! Rules on what identities are allowed.

pub mod admin_access;
pub mod admin_of_people;
mod administrators;
mod breadth;
mod exceptions;
pub mod full_access_policy;
mod harm;
pub mod iam_user_access_key;
mod limitable;
pub mod not_action_allow;
pub mod not_resource_allow;
pub mod power_user_access;
mod published;
pub mod resource_wildcard;
pub mod scoped_resource;
pub mod service_wildcard;
mod wide;
