//! What a finding says, as data: who can do what, where. `Message::text` is the only place that makes a sentence of it.

use std::fmt::{self, Display, Formatter};

/// One sentence, in its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The subject of the sentence: `any Datadog customer`, `` `s3:GetObjects` ``. Not asked for where AWS is the subject.
    pub who: String,
    pub what: What,
    pub whereabouts: Whereabouts,
    pub tail: Tail,
    /// What may take it away: `its permissions boundary blocks it`.
    pub unless: Option<String>,
    /// The undecided conditions in source on which it depends, by name: no names where they have none, nothing where it depends on none.
    pub depends: Option<Vec<String>>,
    /// How many more findings of its kind stand for themselves at the same token.
    pub folded: usize,
    /// How many more statements it is so of.
    pub elsewhere: usize,
}

/// The predicate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum What {
    /// `can assume` the carrier of the policy, which is a role.
    Assume,
    /// `can get DEPUTY to assume` the role `on their behalf`.
    AssumeThrough(String),
    CannotAssume,
    /// `can …`
    Can(String),
    /// `AWS rejects this` policy.
    Rejected,
    /// A part of the policy that `grants nothing`.
    GrantsNothing,
    /// A condition that `restricts nothing`.
    RestrictsNothing,
    /// Any other predicate.
    Is(String),
    #[default]
    Nothing,
}

/// Where it holds: what the policy is called, and what carries it. The context of a rule knows both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whereabouts {
    /// ``role `ci` ``
    pub carrier: String,
    /// `trust policy`
    pub policy: &'static str,
}

/// What follows the predicate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tail {
    #[default]
    None,
    /// How: ``… by naming the session `x` ``.
    Way(String),
    /// A further clause, after a comma.
    Aside(String),
    /// Why, after a colon.
    Reason(String),
}

impl Message {
    pub fn new(who: impl Into<String>, what: What) -> Message {
        Message { who: who.into(), what, ..Message::default() }
    }

    /// That AWS rejects the policy.
    pub fn rejected(why: impl Into<String>) -> Message {
        Message::new("", What::Rejected).because(why)
    }

    /// How it is done: ``by naming the session `x` ``.
    pub fn by(self, way: impl Into<String>) -> Message {
        Message { tail: Tail::Way(way.into()), ..self }
    }

    /// A further clause, after a comma.
    pub fn aside(self, clause: impl Into<String>) -> Message {
        Message { tail: Tail::Aside(clause.into()), ..self }
    }

    /// Why, after a colon.
    pub fn because(self, why: impl Into<String>) -> Message {
        Message { tail: Tail::Reason(why.into()), ..self }
    }

    pub fn text(&self) -> String {
        self.to_string()
    }

    /// What somebody can do, where that is what it says: `use `s3:*` on every resource of the account`.
    pub fn deed(&self) -> Option<&str> {
        match &self.what {
            What::Can(deed) => Some(deed),
            _ => None,
        }
    }
}

impl Display for Message {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        let Message { who, what, whereabouts, tail, .. } = self;
        let carrier = &whereabouts.carrier;
        match what {
            What::Assume => write!(out, "{who} can assume {carrier}")?,
            What::AssumeThrough(deputy) => write!(out, "{who} can get {deputy} to assume {carrier} on their behalf")?,
            What::CannotAssume => write!(out, "{who} cannot assume {carrier}")?,
            What::Can(deed) => write!(out, "{who} can {deed}")?,
            What::Rejected => write!(out, "AWS rejects this {}", whereabouts.policy)?,
            What::GrantsNothing => write!(out, "{who} grants nothing")?,
            What::RestrictsNothing => write!(out, "{who} restricts nothing")?,
            What::Is(predicate) => write!(out, "{who} {predicate}")?,
            What::Nothing => out.write_str(who)?,
        }
        match tail {
            Tail::None => {}
            Tail::Way(way) => write!(out, " {way}")?,
            Tail::Aside(clause) => write!(out, ", {clause}")?,
            Tail::Reason(why) => write!(out, ": {why}")?,
        }
        if let Some(unless) = &self.unless {
            write!(out, ", unless {unless}")?;
        }
        match self.depends.as_deref() {
            None => {}
            Some([]) => out.write_str(", depending on conditions that are not known")?,
            Some(names) => write!(out, ", depending on {}", names.join(" and "))?,
        }
        match self.folded {
            0 => {}
            folded => write!(out, "; and {folded} more of this kind at the same place")?,
        }
        match self.elsewhere {
            0 => Ok(()),
            1 => out.write_str("; another statement is like it"),
            more => write!(out, "; {more} more statements are like it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_make_one_sentence() {
        let whereabouts = Whereabouts { carrier: "role `ci`".into(), policy: "trust policy" };
        let message = |who: &str, what| Message { whereabouts: whereabouts.clone(), ..Message::new(who, what) };
        let vendor = message("any Datadog customer", What::AssumeThrough("Datadog".into()));
        assert_eq!(vendor.text(), "any Datadog customer can get Datadog to assume role `ci` on their behalf");
        let unless = Message { unless: Some("its permissions boundary blocks it".into()), ..vendor };
        assert!(unless.text().ends_with("on their behalf, unless its permissions boundary blocks it"));
        let depends = |names: &[&str]| {
            let depends = Some(names.iter().map(|name| (*name).to_owned()).collect());
            Message { depends, folded: 2, tail: Tail::Reason("it has no `Version`".into()), ..message("", What::Rejected) }.text()
        };
        assert_eq!(
            depends(&["`var.on`"]),
            "AWS rejects this trust policy: it has no `Version`, depending on `var.on`; and 2 more of this kind at the same place"
        );
        assert!(depends(&[]).contains(", depending on conditions that are not known; and"));
    }
}
