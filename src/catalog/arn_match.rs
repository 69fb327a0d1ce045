//! Which resource types a `Resource` pattern can be.
//!
//! A template such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}` is the set of ARNs that fill it in, and a pattern of a
//! policy is a set of ARNs as well. The pattern can be of the type if the two have one in common, which `Pattern::intersects`
//! decides exactly: `*` of a policy crosses `:` and `/`, and what source does not give may be anything that it can be.
//!
//! Sources: the "Resource types" tables of the Service Authorization Reference, and "IAM JSON policy elements: Resource" in the IAM
//! User Guide. ARNs are compared without regard to case here: whether a resource's name has case is its service's matter.

mod readings;
mod takes;

use std::collections::HashMap;
use std::sync::LazyLock;

use self::readings::{AS_DOCUMENTED, Field, How, IN_ANY_WAY, Name, fill, shortened};
pub use self::takes::{OtherEnd, Takes, most_taken, other_end, own_key, takes};
use super::reference::{Action, ResourceSupport, ResourceType, services};
use super::template::{Part, arn_parts};
use crate::policy::arn::Arn;
use crate::policy::pattern::{Case, HoleClass, Pattern, PatternBuilder, Segment};
use crate::truth::Truth;

/// Whether some ARN that fills in the template is one of the pattern's: no, if there is none whatever the pattern's unknown parts are.
fn meets(resource: &Pattern, set: &Pattern) -> Truth {
    match resource.intersects(set, Case::Insensitive) {
        // The template's own parts may be chosen freely; only what the pattern leaves open is unknown.
        Truth::Unknown if !resource.has_hole() && !resource.has_variable() => Truth::Yes,
        answer => answer,
    }
}

/// The same of a template of the reference as it is read. No, if it cannot be read so.
fn meets_template(resource: &Pattern, template: &str, how: How) -> Truth {
    readings::with(template, how, |set| meets(resource, set)).unwrap_or(Truth::No)
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
    if is_of_another_service(resource, template) {
        return Truth::No;
    }
    meets_template(resource, template, AS_DOCUMENTED)
}

/// Whether the third field of both is written out and not the same: most templates are told apart by it, and automata cost more.
fn is_of_another_service(resource: &Pattern, template: &str) -> bool {
    let theirs = template.split(':').nth(2).unwrap_or_default();
    let open = theirs.is_empty() || theirs.contains(['$', '<', '*']);
    !open && written_service(resource).is_some_and(|own| !own.eq_ignore_ascii_case(theirs))
}

/// `s3` of `arn:aws:s3:…`, where the partition may be unknown but not a wildcard, which takes colons as well.
fn written_service(resource: &Pattern) -> Option<&str> {
    let mut colons = 0;
    for segment in resource.segments() {
        match segment {
            Segment::Literal(text) => {
                let mut fields = text.split(':');
                // Up to its first colon it goes on with the field before.
                let mut field = fields.next()?;
                let mut whole = false;
                for next in fields {
                    if colons == 2 {
                        return whole.then_some(field);
                    }
                    (field, whole) = (next, true);
                    colons += 1;
                }
            }
            Segment::Hole(hole) if colons == 1 && hole.class == HoleClass::Word => {}
            _ => return None,
        }
    }
    None
}

/// The same, but whatever region and account are, and with or without the last part of a name that has several: AWS asks for
/// `stack/NAME` in one action and for `stack/NAME/ID` in the next.
pub fn fits_loosely(resource: &Pattern, template: &str) -> Truth {
    let exact = fits(resource, template);
    if exact.possibly() || is_of_another_service(resource, template) {
        return exact;
    }
    let mut fields = template.split(':').skip(2);
    let (service, region) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
    if meets_template(resource, template, IN_ANY_WAY) == Truth::No {
        return Truth::No;
    }
    // Without its region `arn:aws:s3:eu-west-1:…:accesspoint/x` would be an object: what is of a type as it stands is not read anew.
    let without_region = || !region.is_empty() && !is_of_a_type(resource, service);
    let readings = if without_region() { &MISPLACED[..] } else { &MISPLACED[..MISPLACED.len() - 2] };
    let hows =
        [Name::Whole, Name::Short].into_iter().flat_map(|name| readings.iter().map(move |(region, account)| (*region, *account, name)));
    let mut found = hows.map(|(region, account, name)| meets_template(resource, template, How { region, account, name }));
    // That is more than AWS documents: never a certain yes.
    if found.any(Truth::possibly) { Truth::Unknown } else { Truth::No }
}

/// The last two leave out the region: it may be empty by default, and even AWS leaves it out in places where its reference has one.
const MISPLACED: [(Field, Field); 7] = [
    (Field::Documented, Field::Documented),
    (Field::Given, Field::Documented),
    (Field::Documented, Field::Given),
    (Field::Given, Field::Given),
    // What AWS itself owns: `arn:aws:ssm:eu-west-1::parameter/aws/…`.
    (Field::Documented, Field::Empty),
    (Field::Empty, Field::Documented),
    (Field::Empty, Field::Empty),
];

/// Whether an ARN is, or may be, of a type of `service` exactly as the reference has it.
fn is_of_a_type(resource: &Pattern, service: &str) -> bool {
    templates(service).iter().any(|template| fits(resource, template).possibly())
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

/// Whether resources, as they are written, are one thing and what is in it: a queue, a table with its indexes, a bucket with its objects.
pub fn is_one_thing(resources: &[&str]) -> bool {
    let Some(first) = resources.iter().min_by_key(|text| text.len()) else { return true };
    let one = first.trim_end_matches(['*', '/', ':']);
    let inside = |text: &str| text.strip_prefix(one).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']));
    names_one(one) && resources.iter().all(|text| inside(text))
}

/// Whether the text names a thing, in whatever region: `arn:aws:sqs:eu-west-1:111122223333:` is all queues, and
/// `arn:aws:dynamodb:eu-west-1:111122223333:table` all tables.
fn names_one(text: &str) -> bool {
    let open = |text: &str| text.contains(['*', '?']);
    match text.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        [_, _, service, _, account, resource] => {
            let is_type = || templates(service).iter().any(|template| lead(template).trim_end_matches(['/', ':']) == *resource);
            !open(account) && !open(resource) && !resource.is_empty() && !is_type()
        }
        // A single unknown, as `${aws_sqs_queue.jobs.arn}`.
        _ => !open(text) && text.contains("${"),
    }
}

/// The types that an action works on, the plainest first: those of its own service (`ssm:SendCommand` takes a document, and a bucket as
/// well), then the shortest (`table`, not `index`; `object`, not `accesspointobject`).
pub fn plainest_types(action: Action) -> Vec<ResourceType> {
    let ResourceSupport::Types(kinds) = action.resources() else { return Vec::new() };
    // A name is worth a word of three letters: `execution`, not `express` with one more id.
    let words = |template: &str| -> usize {
        let lengths = arn_parts(template).map(|part| match part {
            Part::Literal(text) => text.len(),
            Part::Placeholder(_) => 3,
        });
        lengths.sum()
    };
    let rank = |kind: &ResourceType| {
        let template = kind.arns().next().unwrap_or_default();
        (template.split(':').nth(2) != Some(action.service().prefix()), words(template), template.len())
    };
    let mut types: Vec<ResourceType> = kinds.map(|kind| kind.resource_type()).collect();
    types.sort_by_cached_key(rank);
    types
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

/// Whether `resource` matches a request for which the reference has no resource. Such a request is for `*`; but several services send
/// the ARN of a whole type (`arn:aws:dynamodb:eu-west-1:111122223333:table/*`), of what one thing holds (`table/orders/stream/*`), or
/// the prefix or path that a list is asked for (`server-certificate/cloudfront/`), so a pattern that stands for many things of the
/// service may match. One that names a single thing does not. Of an ARN that is of no known type, nothing is known.
fn is_everything(resource: &Pattern, service: &str) -> Truth {
    let Some(arn) = Arn::split(resource) else {
        return if resource.is_exact() { Truth::No } else { Truth::Unknown };
    };
    if arn.service.as_exact().is_some_and(|other| other != service) || super::lists::asks_for_everything(service) {
        return Truth::No;
    }
    let prefix = arn.resource.literal_prefix();
    let many = match arn.resource.segments().iter().find(|segment| !matches!(segment, Segment::Literal(_))) {
        None => false,
        // A name that source does not give is one name, if it cannot hold a wildcard.
        Some(Segment::Hole(hole)) => {
            let open = hole.class == HoleClass::Any;
            open && hole.id.is_none() && is_whole_type(service, prefix) || (open || arn.resource.has_wildcard()) && is_path(service, prefix)
        }
        Some(Segment::Variable(_)) => arn.resource.has_wildcard() && is_path(service, prefix),
        Some(_) => !prefix.ends_with(['/', ':']) || is_whole_type(service, prefix) || prefix.ends_with('/') && is_path(service, prefix),
    };
    let of_no_type = || !templates(service).is_empty() && !templates(service).iter().any(|template| is_named_as(&arn.resource, template));
    if many || of_no_type() { Truth::Unknown } else { Truth::No }
}

/// Whether a name is missing in the ARN, as where a variable is empty: `arn:aws:s3:::`, `arn:aws:s3:::/*`, `…:key/`, or stands for
/// nothing: `arn:aws:kms:::KEY_NOT_IN_USE`. Some services send ARNs without a name for requests that name nothing:
/// `arn:aws:ce:us-east-1:111122223333:/GetCostAndUsage`.
pub fn is_unfinished(resource: &Pattern) -> bool {
    let Some(arn) = Arn::split(resource) else { return false };
    let name = arn.resource.literal_prefix();
    let leads_with_slash =
        || arn.service.as_exact().is_some_and(|service| templates(service).iter().any(|other| lead(other).starts_with('/')));
    let word = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    match arn.resource.as_exact() {
        Some(name) if name.is_empty() || name.ends_with(['/', ':']) => true,
        Some(name) if name.contains('_') && name.bytes().all(word) => true,
        _ => name.starts_with('/') && !leads_with_slash(),
    }
}

/// Whether the last field of an ARN can be that of a type, with or without the last part of its name.
fn is_named_as(resource: &Pattern, template: &str) -> bool {
    let last = |template: &str| fill(PatternBuilder::new(), template.splitn(6, ':').nth(5).unwrap_or_default()).finish();
    [Some(template), shortened(template)].into_iter().flatten().any(|template| meets(resource, &last(template)).possibly())
}

/// Whether what stands before a wildcard is no more than a type's name, as `table/` or nothing, or what leads to the parts of a thing,
/// as `table/orders/stream/`.
fn is_whole_type(service: &str, prefix: &str) -> bool {
    let starts = |text: &str| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    prefix.is_empty() || templates(service).iter().any(|template| starts(lead(template)) || leads_to_parts(template, prefix))
}

/// Whether `prefix` is a template's last field up to one of its placeholders. An object is no part of its bucket that lists would be
/// asked for.
fn leads_to_parts(template: &str, prefix: &str) -> bool {
    let resource = template.splitn(6, ':').nth(5).unwrap_or_default();
    let befores = resource.match_indices("${").filter_map(|(at, _)| resource.get(..at));
    befores.filter(|before| !before.is_empty() && !before.contains("${BucketName}")).any(|before| super::template::fills(before, prefix))
}

/// Whether `prefix` is that of names with paths, such as roles: IAM asks for `role/teams/` where a list is for that path.
fn is_path(service: &str, prefix: &str) -> bool {
    let mut paths = templates(service).iter().filter(|template| template.ends_with("WithPath}")).map(|template| lead(template));
    paths.any(|lead| !lead.is_empty() && prefix.starts_with(lead))
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

impl Misplaced {
    /// The text of an ARN without it.
    pub fn taken_out(self, text: &str) -> String {
        let mut fields: Vec<&str> = text.splitn(6, ':').collect();
        let positions: &[usize] = match self {
            Misplaced::Region => &[3],
            Misplaced::Account => &[4],
            Misplaced::Both => &[3, 4],
        };
        for position in positions {
            if let Some(field) = fields.get_mut(*position) {
                *field = "";
            }
        }
        fields.join(":")
    }
}

/// What does not belong in an ARN that would be of a known type without its region or its account: nothing when it may be of some
/// type as it is, or is of none.
///
/// That a region or account is missing is not said: ARNs of what AWS itself owns lack them, as `arn:aws:ssm:us-east-1::parameter/aws/…`.
pub fn misplaced(resource: &Pattern) -> Option<Misplaced> {
    let arn = Arn::split(resource)?;
    if arn.region.as_exact() == Some("") && arn.account.as_exact() == Some("") {
        return None;
    }
    let templates = templates(arn.service.as_exact()?);
    if templates.iter().any(|template| fits(resource, template).possibly() || template.contains("${Vendor}")) {
        return None;
    }
    let tried = [(Misplaced::Region, Field::Given, Field::Documented), (Misplaced::Account, Field::Documented, Field::Given)];
    let both = (Misplaced::Both, Field::Given, Field::Given);
    tried.into_iter().chain([both]).find_map(|(fault, region, account)| {
        let fits = templates.iter().any(|template| {
            let field = |at: usize| template.split(':').nth(at).unwrap_or_default();
            let lacks = (region != Field::Given || field(3).is_empty()) && (account != Field::Given || field(4).is_empty());
            lacks && meets_template(resource, template, How { region, account, name: Name::Whole }).possibly()
        });
        fits.then_some(fault)
    })
}

#[cfg(test)]
mod tests;
