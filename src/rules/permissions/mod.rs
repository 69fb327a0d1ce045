//! Rules on what identities are allowed.

pub mod admin_access;
mod breadth;
pub mod resource_wildcard;
pub mod scoped_resource;
pub mod service_wildcard;
