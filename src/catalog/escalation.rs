//! Actions that raise their holder's permissions, alone or together, and actions that are sensitive for other reasons.

use std::fmt;

use super::layout::{EscalationRow, SensitiveRow, TABLES};
use super::names::find;

/// A set of actions that together let their holder get permissions that it was not given. No listed set is part of another.
///
/// How much is gained depends on the resources they are allowed on, and on trust policies: a set says what to look at.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Escalation {
    row: &'static [u8; EscalationRow::SIZE],
}

/// How a set of actions raises permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EscalationKind {
    /// The holder changes its own permissions.
    SelfEscalation,
    /// The holder gets the credentials of another principal.
    PrincipalAccess,
    /// The holder passes a role to something new that runs its code.
    NewPassRole,
    /// The holder runs its code under the role of something that is there.
    ExistingPassRole,
}

impl EscalationKind {
    pub const ALL: [EscalationKind; 4] =
        [EscalationKind::SelfEscalation, EscalationKind::PrincipalAccess, EscalationKind::NewPassRole, EscalationKind::ExistingPassRole];

    /// What the holder can do, in words.
    pub fn words(self) -> &'static str {
        match self {
            EscalationKind::SelfEscalation => "change permissions that it holds",
            EscalationKind::PrincipalAccess => "get the credentials of another principal",
            EscalationKind::NewPassRole => "pass a role to something new that runs its code",
            EscalationKind::ExistingPassRole => "run its code under the role of something that is there",
        }
    }

    /// The name that the tables use: `new-passrole`.
    pub fn name(self) -> &'static str {
        match self {
            EscalationKind::SelfEscalation => "self-escalation",
            EscalationKind::PrincipalAccess => "principal-access",
            EscalationKind::NewPassRole => "new-passrole",
            EscalationKind::ExistingPassRole => "existing-passrole",
        }
    }
}

impl Escalation {
    /// The id of the first source that lists the set: `iam-001`.
    pub fn id(self) -> &'static str {
        self.read().id.get()
    }

    /// One line of what is done: `change own permissions with iam:CreatePolicyVersion`.
    pub fn label(self) -> &'static str {
        self.read().label.get()
    }

    pub fn kind(self) -> EscalationKind {
        EscalationKind::ALL.get(usize::from(self.read().kind)).copied().unwrap_or(EscalationKind::SelfEscalation)
    }

    /// The actions, all of which are needed, as `iam:PassRole`, by name. One may be retired.
    pub fn actions(self) -> impl Iterator<Item = &'static str> + Clone {
        TABLES.text_set(self.read().actions)
    }

    /// Service principals that the role is passed to; empty where the sources name none.
    pub fn passed_to(self) -> impl Iterator<Item = &'static str> + Clone {
        TABLES.text_set(self.read().passed_to)
    }

    fn read(self) -> EscalationRow {
        EscalationRow::read(self.row)
    }
}

impl fmt::Debug for Escalation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Escalation({})", self.id())
    }
}

/// Every minimal set, by id.
pub fn escalations() -> impl Iterator<Item = Escalation> + Clone {
    TABLES.escalations.iter().map(|row| Escalation { row })
}

/// The sets that need this action (`iam:PassRole`). Case does not count.
pub fn escalations_with(action: &str) -> impl Iterator<Item = Escalation> + Clone {
    escalations().filter(move |set| set.actions().any(|needed| needed.eq_ignore_ascii_case(action)))
}

pub(super) fn escalation_of_number(number: u16) -> Option<Escalation> {
    TABLES.escalations.get(usize::from(number)).map(|row| Escalation { row })
}

/// Why an action is sensitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SensitiveKind {
    /// Its answer holds credentials.
    CredentialExposure,
    /// It reads data that people store.
    DataAccess,
    /// It can raise permissions.
    PrivilegeEscalation,
    /// It can let others at a resource.
    ResourceExposure,
}

impl SensitiveKind {
    pub(super) const ALL: [SensitiveKind; 4] =
        [SensitiveKind::CredentialExposure, SensitiveKind::DataAccess, SensitiveKind::PrivilegeEscalation, SensitiveKind::ResourceExposure];

    /// The name in words: `credential exposure`.
    pub fn name(self) -> &'static str {
        match self {
            SensitiveKind::CredentialExposure => "credential exposure",
            SensitiveKind::DataAccess => "data access",
            SensitiveKind::PrivilegeEscalation => "privilege escalation",
            SensitiveKind::ResourceExposure => "resource exposure",
        }
    }
}

/// The lists of sensitive actions that this action (`s3:GetObject`) is on. Case does not count.
pub fn sensitive(action: &str) -> impl Iterator<Item = SensitiveKind> + Clone + use<> {
    let row = find(TABLES.sensitive, action, |row| SensitiveRow::read(row).action.get());
    let kinds = row.map_or(0, |row| SensitiveRow::read(row).kinds);
    SensitiveKind::ALL.into_iter().zip(0..).filter(move |(_, bit)| kinds >> bit & 1 == 1).map(|(kind, _)| kind)
}
