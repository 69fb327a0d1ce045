//! Which condition keys a request carries, and which it can lack.
//!
//! The facts are in `data/catalog/condition-keys.json`: the paragraphs "Availability" of the IAM User Guide's pages on global and on IAM's
//! and STS's condition keys, and the pages of services on their own.

use super::key_facts::key_facts;

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

/// Whether requests carry this condition key. Case does not count, and a tag needs its name.
pub fn presence(key: &str) -> Presence {
    let facts = key_facts(key).filter(|_| !key.ends_with(['/', ':']));
    facts.map_or(Presence::Unknown, |facts| facts.presence())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_needs_its_name() {
        assert_eq!(presence("aws:PrincipalTag/"), Presence::Unknown);
        assert_eq!(presence("AWS:PRINCIPALTAG/x"), Presence::Sometimes("a caller without the tag"));
        assert_eq!(presence("ec2:InstanceType"), Presence::Unknown);
    }
}
