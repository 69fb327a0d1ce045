//! Which resource types a `Resource` pattern can be.
//!
//! A template such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}` is the set of ARNs that fill it in, and a pattern of a
//! policy is a set of ARNs as well. The pattern can be of the type if the two have one in common, which `Pattern::intersects`
//! decides exactly: `*` of a policy crosses `:` and `/`, and what source does not give may be anything that it can be.
//!
//! Sources: the "Resource types" tables of the Service Authorization Reference, and "IAM JSON policy elements: Resource" in the IAM
//! User Guide. ARNs are compared without regard to case here: whether a resource's name has case is its service's matter.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::reference::{Action, ResourceSupport, ResourceType, services};
use super::template::{Part, arn_parts};
use crate::policy::arn::Arn;
use crate::policy::pattern::{Case, Hole, HoleClass, Mode, Pattern, PatternBuilder, Segment};
use crate::truth::Truth;

/// Placeholders whose text has neither `/` nor `:`. The reference does not say of which that is so, so that the others may have them:
/// names of roles and parameters have paths, those of secrets and log groups slashes, those of functions a version behind a colon.
/// Sources: the naming rules in the guides of Amazon S3, SQS, SNS, DynamoDB and Route 53.
const ONE_WORD: &[&str] = &["Partition", "Region", "Account", "AccountId", "BucketName", "KeyId", "QueueName", "TableName", "TopicName"];

/// How region or account of a template are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    /// As the reference has it.
    Documented,
    Empty,
    Given,
}

/// An ARN template as the set of ARNs that it stands for.
fn pattern(template: &str, region: Field, account: Field) -> Pattern {
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
        };
    }
    builder.finish()
}

fn fill(mut builder: PatternBuilder, field: &str) -> PatternBuilder {
    for part in arn_parts(field) {
        builder = match part {
            Part::Literal(text) => builder.text(text, Mode::LITERAL),
            Part::Placeholder(name) if ONE_WORD.contains(&name) => builder.hole(word()),
            Part::Placeholder(_) => builder.text("*", Mode::WILDCARDS),
        };
    }
    builder
}

fn word() -> Hole {
    Hole { id: None, class: HoleClass::Word }
}

/// Whether some ARN that fills in the template is one of the pattern's: no, if there is none whatever the pattern's unknown parts are.
fn meets(resource: &Pattern, set: &Pattern) -> Truth {
    match resource.intersects(set, Case::Insensitive) {
        // The template's own parts may be chosen freely; only what the pattern leaves open is unknown.
        Truth::Unknown if !resource.has_hole() && !resource.has_variable() => Truth::Yes,
        answer => answer,
    }
}

/// Whether a resource of this type can be one that `resource` matches.
pub fn can_be(resource: &Pattern, kind: ResourceType) -> Truth {
    Truth::any(kind.arns().map(|template| fits(resource, template)))
}

/// Whether an ARN that fills in `template` can be one that `resource` matches.
pub fn fits(resource: &Pattern, template: &str) -> Truth {
    if resource.is_any() {
        return Truth::Yes;
    }
    meets(resource, &pattern(template, Field::Documented, Field::Documented))
}

/// The same, but whatever region and account are, and with or without the last part of a name that has several: AWS asks for
/// `stack/NAME` in one action and for `stack/NAME/ID` in the next.
pub fn fits_loosely(resource: &Pattern, template: &str) -> Truth {
    let exact = fits(resource, template);
    if exact.possibly() {
        return exact;
    }
    let shorter = shortened(template);
    let templates = [Some(template), shorter].into_iter().flatten();
    let found = templates.flat_map(|template| MISPLACED.map(|(region, account)| meets(resource, &pattern(template, region, account))));
    // That is more than AWS documents: never a certain yes.
    if Truth::any(found).possibly() { Truth::Unknown } else { Truth::No }
}

const MISPLACED: [(Field, Field); 5] = [
    (Field::Documented, Field::Documented),
    (Field::Given, Field::Empty),
    (Field::Empty, Field::Given),
    (Field::Given, Field::Given),
    (Field::Empty, Field::Empty),
];

/// `stack/${StackName}` of `stack/${StackName}/${Id}`. An object is another thing than its bucket.
fn shortened(template: &str) -> Option<&str> {
    let end = template.rfind("${").filter(|_| template.ends_with('}'))?;
    let shorter = template.get(..end)?.strip_suffix(['/', ':'])?;
    (shorter.ends_with('}') && !shorter.ends_with("${BucketName}") && shorter.matches(':').count() >= 5).then_some(shorter)
}

/// Whether `resource` can be something that `action` works on. Yes for every resource where the reference does not know the types.
pub fn works_on(action: Action, resource: &Pattern) -> Truth {
    if resource.is_any() {
        return Truth::Yes;
    }
    match action.resources() {
        ResourceSupport::Unknown => Truth::Unknown,
        ResourceSupport::WildcardOnly => is_everything(resource, action.service().prefix()),
        ResourceSupport::Types(kinds) => {
            let templates = kinds.flat_map(|kind| kind.resource_type().arns());
            Truth::any(templates.map(|template| fits_loosely(resource, template)))
        }
    }
}

/// An ARN for people, of the action's plainest type (`table`, not `index`; `object`, not `accesspointobject`):
/// `arn:aws:sqs:REGION:ACCOUNT:QUEUE-NAME`. None for an action that works on `*` only, or whose types are not known.
pub fn example(action: Action) -> Option<String> {
    let ResourceSupport::Types(kinds) = action.resources() else { return None };
    let templates = kinds.filter_map(|kind| kind.resource_type().arns().next());
    templates.min_by_key(|template| template.len()).map(readable)
}

/// `arn:aws:s3:::BUCKET-NAME/OBJECT-NAME` of `arn:${Partition}:s3:::${BucketName}/${ObjectName}`.
pub fn readable(template: &str) -> String {
    let mut text = String::new();
    for part in arn_parts(template) {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            Part::Placeholder("Partition") => text.push_str("aws"),
            Part::Placeholder(name) => shout(name, &mut text),
        }
    }
    text
}

/// `RoleNameWithPath` as `ROLE-NAME-WITH-PATH`.
fn shout(name: &str, text: &mut String) {
    let mut before = None;
    for character in name.chars() {
        if character.is_ascii_uppercase() && before.is_some_and(|before: char| before.is_ascii_lowercase()) {
            text.push('-');
        }
        text.push(character.to_ascii_uppercase());
        before = Some(character);
    }
}

/// Whether `resource` matches a request that names no resource. Such a request is for `*`; but several services send the ARN of a
/// whole type, as in `arn:aws:dynamodb:eu-west-1:111122223333:table/*`, or of the prefix that a list is asked for, so a pattern that
/// stands for many things of the service may match. One that names a single thing, or what is in it, does not.
fn is_everything(resource: &Pattern, service: &str) -> Truth {
    let Some(arn) = Arn::split(resource) else {
        return if resource.is_exact() { Truth::No } else { Truth::Unknown };
    };
    if arn.service.as_exact().is_some_and(|other| other != service) {
        return Truth::No;
    }
    let prefix = arn.resource.literal_prefix();
    let many = match arn.resource.segments().iter().find(|segment| !matches!(segment, Segment::Literal(_))) {
        None => false,
        // A name that source does not give is one name, if it cannot hold a wildcard.
        Some(Segment::Hole(hole)) => hole.id.is_none() && hole.class == HoleClass::Any && is_whole_type(service, prefix),
        Some(Segment::Variable(_)) => false,
        Some(_) => !prefix.ends_with(['/', ':']) || is_whole_type(service, prefix),
    };
    if many { Truth::Unknown } else { Truth::No }
}

/// Whether a name is missing in the ARN, as where a variable is empty: `arn:aws:s3:::`, `arn:aws:s3:::/*`, `…:key/`. Some services send
/// such ARNs for requests that name nothing: `arn:aws:ce:us-east-1:111122223333:/GetCostAndUsage`.
pub fn is_unfinished(resource: &Pattern) -> bool {
    let Some(arn) = Arn::split(resource) else { return false };
    let name = arn.resource.literal_prefix();
    let bare = arn.resource.as_exact().is_some_and(|name| name.is_empty() || name.ends_with(['/', ':']));
    let slash = name.starts_with('/')
        && arn.service.as_exact().is_none_or(|service| !templates(service).iter().any(|template| lead(template).starts_with('/')));
    bare || slash
}

/// Whether what stands before a wildcard is no more than a type's name: `table/`, or nothing.
fn is_whole_type(service: &str, prefix: &str) -> bool {
    prefix.is_empty() || templates(service).iter().any(|template| lead(template).starts_with(prefix))
}

/// Whether the text is the name of a type in ARNs of the service, and of nothing of the type: `table`.
pub fn is_type_name(service: &str, resource: &str) -> bool {
    templates(service).iter().any(|template| lead(template).trim_end_matches(['/', ':']) == resource)
}

/// The text of a template's last field before its first placeholder.
fn lead(template: &str) -> &str {
    let resource = template.splitn(6, ':').nth(5).unwrap_or_default();
    resource.split("${").next().unwrap_or_default()
}

/// The templates of all services' types, by the service in the ARN, which need not be the one that lists the type.
static BY_SERVICE: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut found: HashMap<&'static str, Vec<&'static str>> = HashMap::new();
    for template in services().flat_map(|service| service.resource_types().flat_map(ResourceType::arns)) {
        let known = found.entry(template.split(':').nth(2).unwrap_or_default()).or_default();
        if !known.contains(&template) {
            known.push(template);
        }
    }
    found
});

/// The ARN templates whose third field is `service`; none for a service that has no ARNs or that the reference does not have.
pub fn templates(service: &str) -> &'static [&'static str] {
    BY_SERVICE.get(service).map_or(&[], Vec::as_slice)
}

/// Whether ARNs of some known type have this text in their third field.
pub fn is_arn_service(service: &str) -> bool {
    BY_SERVICE.contains_key(service)
}

/// Where an ARN has something that no ARN of its type has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplaced {
    /// A region or account, or the like, where the type's ARNs have none.
    Region,
    Account,
    Both,
}

/// The ARN's fault if it would be of a known type without its region or its account, and its own template: nothing when it may be
/// of some type as it is, or is of none.
///
/// That a region or account is missing is not said: ARNs of what AWS itself owns lack them, as `arn:aws:ssm:us-east-1::parameter/aws/…`.
pub fn misplaced(resource: &Pattern) -> Option<(Misplaced, &'static str)> {
    let arn = Arn::split(resource)?;
    let templates = templates(arn.service.as_exact()?);
    if templates.iter().any(|template| fits(resource, template).possibly() || template.contains("${Vendor}")) {
        return None;
    }
    let tried = [(Misplaced::Region, Field::Given, Field::Documented), (Misplaced::Account, Field::Documented, Field::Given)];
    let both = (Misplaced::Both, Field::Given, Field::Given);
    let found = tried.into_iter().chain([both]).find_map(|(fault, region, account)| {
        let fitting = templates.iter().find(|template| {
            let field = |at: usize| template.split(':').nth(at).unwrap_or_default();
            let lacks = (region != Field::Given || field(3).is_empty()) && (account != Field::Given || field(4).is_empty());
            lacks && meets(resource, &pattern(template, region, account)).possibly()
        });
        fitting.map(|template| (fault, *template))
    });
    found
}
