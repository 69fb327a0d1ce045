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
pub use question::{Caller, Question, UNNAMED, Who, some, unnamed};
pub use scope::Scope;
pub use witness::{Example, Verdict};

use crate::policy::Statement;

/// What Denies leave of an Allow for the requests of a question.
pub fn left(allow: &Statement, denies: &Denies, question: &Question) -> Verdict {
    let denies: Vec<(&Statement, bool)> = denies.all().collect();
    witness::left(allow, &denies, question)
}

/// Whether the Denies certainly let some request of one of these callers through, on whatever resource. The Allow's own conditions do not count:
/// whom those let in is judged by itself.
pub fn lets_through(allow: &Statement, denies: &Denies, callers: &[Caller], action: &str) -> bool {
    let allow = Statement { conditions: Vec::new(), ..allow.clone() };
    denies.is_empty() || callers.iter().any(|caller| left(&allow, denies, &Question::anywhere(caller, action)).some.certainly())
}
