//! Rules on what identities are allowed.

pub mod admin_access;
mod breadth;
mod limitable;
pub mod resource_wildcard;
pub mod scoped_resource;
pub mod service_wildcard;
