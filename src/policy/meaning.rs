//! What a statement says, as one text that stays the same when it is written in another way: the order of lists, the case of actions and
//! keys, a string or a list of one, the `Sid`, and where a value comes from make no difference.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::pattern::{Hole, Pattern, Segment};
use super::{Condition, Effect, Items, Principal, PrincipalKind, Principals, Statement};
use crate::config::is_account_id;
use crate::eval::unknown::Unknown;

/// The same for two statements that AWS would read alike, as far as source shows. What is not known is told apart by what it refers to, if
/// anything; of what refers to nothing, two values are not one.
pub fn meaning(statement: &Statement) -> String {
    let mut text = match statement.effect {
        Some(Effect::Allow) => "allow".to_owned(),
        Some(Effect::Deny) => "deny".to_owned(),
        None => "?".to_owned(),
    };
    text.push_str(&statement.principals.as_ref().map_or_else(String::new, principals));
    text.push_str(&statement.actions.as_ref().map_or_else(String::new, |actions| items("action", actions, true)));
    text.push_str(&statement.resources.as_ref().map_or_else(String::new, |resources| items("resource", resources, false)));
    let known = statement.conditions.iter().map(condition);
    let open = statement.gap.open().iter().map(|open| condition(&open.condition));
    known.chain(open).collect::<BTreeSet<_>>().iter().for_each(|condition| text.push_str(condition));
    statement.gap.unknowns().for_each(|unknown| text.push_str(&format!("\n{}", gap(unknown))));
    text
}

/// A text in short. Whoever proposes a change must not find a text of the same hash as one that is known, nor two of one hash of which the
/// first is reviewed: 128 bits are enough for both.
pub fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// What stands for an unknown part: no text of a policy has it, whose backslashes are doubled.
const UNKNOWN: &str = "\\u";

/// What the number of the account that a provider works in is known by.
pub const OWN_ACCOUNT: &str = "account(";

/// The same where the number of an account is not known: what a statement said before it was.
pub fn without_account(meaning: &str, number: &str) -> String {
    meaning.replace(number, UNKNOWN)
}

/// What stands for what is not known at all, with what it comes from.
fn gap(unknown: &Unknown) -> String {
    format!("? {}", escaped(&unknown.name()))
}

/// A name, the sorted texts, each on a line of its own, and whether there are more.
fn list(name: &str, negated: bool, mut texts: Vec<String>, more: Option<&Arc<Unknown>>) -> String {
    texts.sort();
    texts.dedup_by(|a, b| a == b && !a.contains(UNKNOWN));
    let not = if negated { "not " } else { "" };
    let mut text = format!("\n{not}{name}");
    texts.iter().for_each(|item| {
        text.push_str("\n  ");
        text.push_str(item);
    });
    if let Some(unknown) = more {
        text.push_str(&format!("\n  {}", gap(unknown)));
    }
    text
}

fn items(name: &str, items: &Items, lower: bool) -> String {
    let of = |pattern: &Pattern| if lower { written(pattern).to_ascii_lowercase() } else { written(pattern) };
    list(name, items.negated, items.items.iter().map(|item| of(&item.pattern)).collect(), items.gap.as_ref())
}

fn principals(principals: &Principals) -> String {
    list("principal", principals.negated, principals.items.iter().map(principal).collect(), principals.gap.as_ref())
}

/// What a symbol refers to, as Terraform writes it. A symbol says in which directory, too, which has another name from elsewhere.
fn address(symbol: &str) -> String {
    // `region(…)` of a provider.
    if let Some((of, inner)) = symbol.strip_suffix(')').and_then(|symbol| symbol.split_once('(')) {
        return format!("{of}({})", address(inner));
    }
    let inside = ["/module.", "/:"].iter().find_map(|start| symbol.find(start)).and_then(|at| symbol.get(at + 1..)).unwrap_or(symbol);
    match inside.split_once(':') {
        Some(("", address)) => address.to_owned(),
        Some((module, address)) => format!("{module}.{address}"),
        None => inside.to_owned(),
    }
}

/// Text that holds nothing by which parts of a meaning are told apart.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('*', "\\*").replace('?', "\\?").replace('\n', "\\n")
}

fn principal(principal: &Principal) -> String {
    let text = written(&principal.item.pattern);
    match &principal.kind {
        // `"*"` and `{ AWS = "*" }` let the same in, and an account's number is its root user's ARN
        // (IAM User Guide, "AWS JSON policy elements: Principal").
        _ if principal.is_everybody() => "*".to_owned(),
        PrincipalKind::Any | PrincipalKind::Aws if is_account_id(&text) => format!("aws arn:aws:iam::{text}:root"),
        PrincipalKind::Any | PrincipalKind::Aws => format!("aws {text}"),
        PrincipalKind::Service => format!("service {text}"),
        PrincipalKind::Federated => format!("federated {text}"),
        PrincipalKind::CanonicalUser => format!("canonical {text}"),
        PrincipalKind::Other(kind) => format!("{} {text}", escaped(kind)),
    }
}

fn condition(condition: &Condition) -> String {
    let name = format!("if {} {}", condition.operator, escaped(&condition.key.to_ascii_lowercase()));
    list(&name, false, condition.values.iter().map(|value| written(&value.pattern)).collect(), condition.gap.as_ref())
}

/// A pattern's text on one line, in which an unknown part is what it refers to, if anything.
pub fn written(pattern: &Pattern) -> String {
    let segment = |segment: &Segment| match segment {
        Segment::Literal(text) => escaped(text),
        Segment::Star => "*".to_owned(),
        Segment::Question => "?".to_owned(),
        Segment::Variable(name) => format!("${{{name}}}"),
        Segment::Hole(Hole { id: Some(id), .. }) if !id.starts_with(OWN_ACCOUNT) => format!("{UNKNOWN}{{{}}}", escaped(&address(id))),
        // The account's number may become known.
        Segment::Hole(_) => UNKNOWN.to_owned(),
    };
    pattern.segments().iter().map(segment).collect()
}
