//! Rules on what identities are allowed.

pub mod admin_access;
pub mod scoped_resource;
pub mod service_wildcard;
