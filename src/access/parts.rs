//! The parts that policies play in one decision.

use crate::policy::Statement;

/// Which part a policy plays (IAM User Guide, "Policies and permissions in AWS Identity and Access Management", "Policy types").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Grants to the caller that holds it.
    Identity,
    /// The caller's permissions boundary.
    Boundary,
    /// Passed with the session that calls.
    Session,
    /// Of the VPC endpoint that the request comes through.
    Endpoint,
    /// Of the caller's account, at a level of the organization from the root down.
    ServiceControl(usize),
    /// Of the resource's account, at such a level.
    ResourceControl(usize),
    /// On what is called on.
    Resource,
    /// Of the role that is called on.
    Trust,
}

/// A statement, and the part of its policy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held<'a> {
    pub statement: &'a Statement,
    pub part: Part,
}
