//! What a request tells of itself, as far as it is known: condition keys and their values.
//!
//! Source: the IAM User Guide's pages "IAM JSON policy elements: Condition" (the request context; key names have no case) and
//! "Single-valued vs. multivalued context keys".

use std::sync::Arc;

/// The context of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    keys: Vec<(Arc<str>, Carried)>,
    /// What holds of every other key: `Absent` or `Unknown`.
    others: Carried,
}

/// What a request carries of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    Absent,
    /// These values: one, or several of a multivalued key. None at all is what AWS calls a null dataset.
    Values(Vec<Arc<str>>),
    /// Some value or values that are not known.
    Present,
    /// Not even whether it is there.
    Unknown,
}

impl Request {
    /// A request that carries nothing but what is added.
    pub fn bare() -> Request {
        Request { keys: Vec::new(), others: Carried::Absent }
    }

    /// A request of which nothing is known but what is added.
    pub fn open() -> Request {
        Request { keys: Vec::new(), others: Carried::Unknown }
    }

    /// The same with one value for `key`, instead of what it had.
    #[must_use]
    pub fn with(self, key: &str, value: &str) -> Request {
        self.carrying(key, Carried::Values(vec![value.into()]))
    }

    /// The same without `key`.
    #[must_use]
    pub fn without(self, key: &str) -> Request {
        self.carrying(key, Carried::Absent)
    }

    #[must_use]
    pub fn carrying(mut self, key: &str, carried: Carried) -> Request {
        self.keys.retain(|(other, _)| !other.eq_ignore_ascii_case(key));
        self.keys.push((key.into(), carried));
        self
    }

    /// What it carries of `key`, in whatever case that is written.
    pub fn get(&self, key: &str) -> &Carried {
        let known = self.keys.iter().find(|(other, _)| other.eq_ignore_ascii_case(key));
        known.map_or(&self.others, |(_, carried)| carried)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_no_case() {
        let request = Request::bare().with("aws:PrincipalTag/Team", "red").with("AWS:principaltag/team", "blue");
        assert_eq!(request.get("aws:PrincipalTag/TEAM"), &Carried::Values(vec!["blue".into()]));
        assert_eq!(request.get("aws:username"), &Carried::Absent);
        assert_eq!(Request::open().get("aws:username"), &Carried::Unknown);
    }
}
