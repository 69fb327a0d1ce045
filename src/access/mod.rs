//! Who can do what: the questions that rules ask of the policies of an estate.
//!
//! A rule judges one statement. What other statements take away of it is answered here, in one place and by one search (`witness.rs`), for
//! identity policies, trust policies and resource policies alike. Three things hold:
//!
//! - A verdict is certain only if it is that whatever unknown parts stand for.
//! - A request that is said to be allowed was put through the evaluator of single requests (`policy/evaluate/`) against every Deny.
//! - What the caller, the resource or AWS decides of a request is fixed by the question; only what the asker controls is chosen.

mod denies;
mod keys;
mod question;
mod scope;
#[cfg(test)]
mod tests;
mod witness;

pub use denies::Denies;
pub use question::{Question, UNNAMED, Who, some, unnamed};
pub use scope::Scope;
pub use witness::{Example, Verdict};

use crate::policy::Statement;
use crate::truth::Truth;

/// What Denies leave of an Allow for the requests of a question.
pub fn left<'d>(allow: &'d Statement, denies: &'d Denies<'_>, question: &Question) -> Verdict<'d> {
    let denies: Vec<(&Statement, bool)> = denies.all().collect();
    witness::left(allow, &denies, question)
}

/// Whether some request of the question comes through the Denies, whatever the Allow's own conditions say of it: whom those let in is judged by
/// itself.
pub fn comes_through(allow: &Statement, denies: &Denies<'_>, question: &Question) -> Truth {
    if denies.is_empty() {
        return Truth::Yes;
    }
    let allow = Statement { conditions: Vec::new(), ..allow.clone() };
    left(&allow, denies, question).some
}
