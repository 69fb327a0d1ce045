//! Who asks, by the form of its ARN: what a policy of a resource grants depends on it (IAM User Guide, "AWS JSON policy elements: Principal").

use super::question::Who;
use crate::config::is_account_id;
use crate::policy::{Principal, PrincipalKind};

/// The path of roles that a service has linked to itself (IAM User Guide, "Using service-linked roles").
pub(super) const SERVICE_LINKED: &str = ":role/aws-service-role/";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Whoever holds identity policies.
    Holder,
    User,
    /// A session of a role, by the role.
    Role,
    /// The same by its own ARN.
    Session,
    Federated,
    /// An account's root user.
    Root,
    Service,
    Anonymous,
    Other,
}

pub(super) struct Requester<'q> {
    pub who: Who<'q>,
    pub form: Form,
    /// The account's number.
    pub account: Option<&'q str>,
    arn: &'q str,
}

impl<'q> Requester<'q> {
    pub fn of(who: Who<'q>) -> Requester<'q> {
        let Who::Named(principal) = who else {
            let form = match who {
                Who::Holder => Form::Holder,
                Who::Service(_) => Form::Service,
                _ => Form::Anonymous,
            };
            return Requester { who, form, account: None, arn: "" };
        };
        let arn = principal.item.pattern.as_exact().unwrap_or_default();
        let mut fields = arn.splitn(6, ':').skip(4);
        let account = fields.next().filter(|account| is_account_id(account));
        let resource = fields.next().unwrap_or_default();
        let form = match resource.split('/').next().unwrap_or_default() {
            _ if principal.kind == PrincipalKind::Service => Form::Service,
            "role" => Form::Role,
            "assumed-role" => Form::Session,
            "federated-user" => Form::Federated,
            "root" => Form::Root,
            "user" => Form::User,
            // A provider's token, and what AWS does not know: no statement of a resource grants to it by a form of its own.
            _ => Form::Other,
        };
        Requester { who, form, account, arn }
    }

    /// Whether it is of an account, and not a service or nobody.
    pub fn is_of_account(&self) -> bool {
        !matches!(self.form, Form::Service | Form::Anonymous)
    }

    /// "SCPs do not affect any service-linked role" (AWS Organizations User Guide, "Service control policies").
    pub fn is_service_linked(&self) -> bool {
        self.arn.contains(SERVICE_LINKED) || self.arn.contains(":assumed-role/AWSServiceRoleFor")
    }

    /// Whether a principal may name it.
    pub fn may_be(&self, principal: &Principal) -> bool {
        self.who.is_among(principal).possibly()
    }
}
