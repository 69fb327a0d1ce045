//! ARN templates as sets of ARNs, each in the ways in which it may be read, compiled once.

use std::sync::{LazyLock, OnceLock};

use rustc_hash::FxHashMap;

use super::super::reference::{ResourceType, services};
use super::super::template::{Part, arn_parts};
use crate::policy::pattern::{Hole, HoleClass, Mode, Pattern, PatternBuilder};

/// Placeholders whose text has neither `/` nor `:`. The reference does not say of which that is so, so that the others may have them:
/// names of roles and parameters have paths, those of secrets and log groups slashes, those of functions a version behind a colon.
/// Sources: the naming rules in the guides of Amazon S3, SQS, SNS, DynamoDB and Route 53.
const ONE_WORD: &[&str] = &["Partition", "Region", "Account", "AccountId", "BucketName", "KeyId", "QueueName", "TableName", "TopicName"];

/// How region or account of a template are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// As the reference has it.
    Documented,
    Empty,
    Given,
    /// Whatever any of the others is.
    Whatever,
}

/// A template read in one way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct How {
    pub(super) region: Field,
    pub(super) account: Field,
    pub(super) name: Name,
}

/// How much of a name that has several parts is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Whole,
    /// Without the last part.
    Short,
    /// With it or without.
    Either,
}

pub(super) const AS_DOCUMENTED: How = How { region: Field::Documented, account: Field::Documented, name: Name::Whole };

/// Includes every other reading: what is nothing of this is nothing of any of them.
pub(super) const IN_ANY_WAY: How = How { region: Field::Whatever, account: Field::Whatever, name: Name::Either };

/// As many as there are values of `How`.
const WAYS: usize = 4 * 4 * 3;

impl How {
    fn number(self) -> usize {
        (self.region as usize * 4 + self.account as usize) * 3 + self.name as usize
    }
}

/// A template in each way in which it may be read, as far as somebody has asked.
type Readings = [OnceLock<Option<Pattern>>; WAYS];

/// The templates of the reference. Each is compiled once, and most are never.
static COMPILED: LazyLock<FxHashMap<&'static str, OnceLock<Box<Readings>>>> = LazyLock::new(|| {
    let templates = services().flat_map(|service| service.resource_types().flat_map(ResourceType::arns));
    templates.map(|template| (template, OnceLock::new())).collect()
});

/// The ARNs that fill in a template, given to `ask`; nothing if the template cannot be read so.
pub(super) fn with<T>(template: &str, how: How, ask: impl FnOnce(&Pattern) -> T) -> Option<T> {
    let readings = COMPILED.get(template).map(|readings| readings.get_or_init(|| Box::new([const { OnceLock::new() }; WAYS])));
    match readings.and_then(|readings| readings.get(how.number())) {
        Some(known) => known.get_or_init(|| read(template, how)).as_ref().map(ask),
        None => read(template, how).as_ref().map(ask),
    }
}

/// Nothing where a name has no part to leave out.
fn read(template: &str, how: How) -> Option<Pattern> {
    match how.name {
        Name::Whole => Some(pattern(template, how.region, how.account).finish()),
        Name::Short => shortened(template).map(|shorter| pattern(shorter, how.region, how.account).finish()),
        Name::Either => {
            let shorter = shortened(template);
            let set = pattern(shorter.unwrap_or(template), how.region, how.account);
            Some(if shorter.is_some() { set.text("*", Mode::WILDCARDS).finish() } else { set.finish() })
        }
    }
}

/// An ARN template as the set of ARNs that it stands for.
fn pattern(template: &str, region: Field, account: Field) -> PatternBuilder {
    let mut builder = PatternBuilder::new();
    for (position, field) in template.splitn(6, ':').enumerate() {
        if position > 0 {
            builder = builder.text(":", Mode::LITERAL);
        }
        let reading = match position {
            3 => region,
            4 => account,
            _ => Field::Documented,
        };
        builder = match reading {
            Field::Documented => fill(builder, field),
            Field::Empty => builder,
            Field::Given => builder.hole(word()),
            Field::Whatever => builder.text("*", Mode::WILDCARDS),
        };
    }
    builder
}

pub(super) fn fill(mut builder: PatternBuilder, field: &str) -> PatternBuilder {
    for part in arn_parts(field) {
        builder = match part {
            Part::Literal(text) => builder.text(text, Mode::LITERAL),
            Part::Placeholder(name) if ONE_WORD.contains(&name) => builder.hole(word()),
            Part::Placeholder(_) => builder.text("*", Mode::WILDCARDS),
        };
    }
    builder
}

pub(super) fn word() -> Hole {
    Hole { id: None, class: HoleClass::Word }
}

/// `stack/${StackName}` of `stack/${StackName}/${Id}`. An object is another thing than its bucket.
pub(super) fn shortened(template: &str) -> Option<&str> {
    let end = template.rfind("${").filter(|_| template.ends_with('}'))?;
    let shorter = template.get(..end)?.strip_suffix(['/', ':'])?;
    (shorter.ends_with('}') && !shorter.ends_with("${BucketName}") && shorter.matches(':').count() >= 5).then_some(shorter)
}
