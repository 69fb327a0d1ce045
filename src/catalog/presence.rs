//! Whether requests carry a condition key, and who lacks it: what `key_facts.rs` answers.

/// Whether requests carry a condition key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Every request to which the key can apply.
    Always,
    /// All but anonymous requests.
    Signed,
    /// All but requests that are made with long-term credentials, such as an IAM user's access keys: a role has none.
    Temporary,
    /// Not every request; who lacks it, as the subject of a sentence: "a call through a VPC endpoint".
    Sometimes(&'static str),
    /// AWS's documentation does not say, or it depends on the resource.
    Unknown,
}

impl Presence {
    /// Who lacks the key, as the subject of a sentence; nothing for nobody, or if it is not known.
    pub fn lacking(self) -> Option<&'static str> {
        match self {
            Presence::Always | Presence::Unknown => None,
            Presence::Signed => Some("an anonymous request"),
            Presence::Temporary => Some("a call with an IAM user's access keys"),
            Presence::Sometimes(who) => Some(who),
        }
    }
}
