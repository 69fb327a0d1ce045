//! Rules on what identities are allowed.

pub mod admin_access;
pub mod admin_of_people;
mod administrators;
mod breadth;
mod limitable;
mod published;
pub mod full_access_policy;
pub mod power_user_access;
pub mod resource_wildcard;
pub mod scoped_resource;
pub mod service_wildcard;
