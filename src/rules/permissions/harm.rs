//! What harm an action does, for which of several is spoken of first.

use super::limitable::{exposes, gives, raises};
use crate::catalog::{self, Action};

/// The worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// To change who may do what, or to be somebody else.
    Identities,
    /// To have one's code run as another identity.
    Escalates,
    Reads,
    /// To let others at a resource.
    Exposes,
    TakesOver,
    /// To delete, and anything else.
    Deletes,
}

impl Harm {
    pub const ALL: [Harm; 6] = [Harm::Identities, Harm::Escalates, Harm::Reads, Harm::Exposes, Harm::TakesOver, Harm::Deletes];

    pub fn of(action: Action) -> Harm {
        match action {
            _ if raises(action) => Harm::Identities,
            _ if catalog::reads_data(action) => Harm::Reads,
            _ if gives(action) => Harm::Escalates,
            _ if catalog::takes_over(action) => Harm::TakesOver,
            _ if exposes(action) => Harm::Exposes,
            _ => Harm::Deletes,
        }
    }

    /// How grave it is among findings of one holder: more is worse.
    pub fn rank(self) -> u8 {
        Harm::Deletes as u8 - self as u8
    }
}
