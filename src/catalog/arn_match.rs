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
    if is_of_another_service(resource, template) {
        return Truth::No;
    }
    meets(resource, &pattern(template, Field::Documented, Field::Documented))
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
    // Without its region `arn:aws:s3:eu-west-1:…:accesspoint/x` would be an object: what is of a type as it stands is not read anew.
    let without_region = || !region.is_empty() && !is_of_a_type(resource, service);
    let readings = if without_region() { &MISPLACED[..] } else { &MISPLACED[..MISPLACED.len() - 2] };
    let mut found = [Some(template), shortened(template)]
        .into_iter()
        .flatten()
        .flat_map(|template| readings.iter().map(move |(region, account)| meets(resource, &pattern(template, *region, *account))));
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

/// An ARN for people, of the action's plainest type: `arn:aws:sqs:REGION:ACCOUNT:QUEUE-NAME`. None for an action that works on `*`
/// only, or whose types are not known.
pub fn example(action: Action) -> Option<String> {
    let types = plainest_types(action);
    // Tags are for everything that the service has, of which none is plainer than the others.
    if types.len() > MANY_TYPES {
        return Some(format!("arn:aws:{}:REGION:ACCOUNT:…", action.service().prefix()));
    }
    types.first().and_then(|kind| kind.arns().next()).map(readable)
}

const MANY_TYPES: usize = 20;

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
    types.sort_by_key(rank);
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
    if arn.service.as_exact().is_some_and(|other| other != service) {
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
            lacks && meets(resource, &pattern(template, region, account)).possibly()
        });
        fits.then_some(fault)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::action;

    fn parsed(text: &str) -> Pattern {
        Pattern::parse(text, Mode::ALL)
    }

    fn on(name: &str, resource: &str) -> Truth {
        works_on(action(name).unwrap(), &parsed(resource))
    }

    #[test]
    fn the_service_is_read_where_it_is_written_out() {
        let partition = Hole { id: None, class: HoleClass::Word };
        let held = PatternBuilder::new().text("arn:", Mode::ALL).hole(partition).text(":s3:::b", Mode::ALL).finish();
        assert_eq!(written_service(&held), Some("s3"));
        assert_eq!(written_service(&parsed("arn:aws:sqs:eu-west-1:111111111111:q")), Some("sqs"));
        for open in ["arn:*:s3:::b", "arn:aws:s*:::b", "arn:aws:s3", "*", "${aws:PrincipalTag/x}:aws:s3:::b", "arn:a?s:s3:::b"] {
            assert_eq!(written_service(&parsed(open)), None, "{open}");
        }
    }

    #[test]
    fn buckets_are_told_from_objects() {
        for (name, resource, answer) in [
            ("s3:ListBucket", "arn:aws:s3:::b", Truth::Yes),
            ("s3:ListBucket", "arn:aws:s3:::b/*", Truth::No),
            ("s3:ListBucket", "arn:aws:s3:::b*", Truth::Yes),
            ("s3:ListBucket", "arn:aws:s3:eu-west-1:111111111111:accesspoint/a", Truth::Yes),
            ("s3:GetObject", "arn:aws:s3:::b", Truth::No),
            ("s3:GetObject", "arn:aws:s3:::b/a/b", Truth::Yes),
            ("s3:GetObject", "arn:aws-cn:s3:::b/*", Truth::Yes),
            ("s3:GetObject", "arn:*:s3:::*", Truth::Yes),
            ("s3:GetObject", "arn:aws:sqs:eu-west-1:111111111111:q", Truth::No),
            ("s3:GetObject", "*", Truth::Yes),
        ] {
            assert_eq!(on(name, resource), answer, "{name} on {resource}");
        }
    }

    #[test]
    fn names_may_have_slashes_where_aws_lets_them() {
        for (name, resource) in [
            ("iam:PassRole", "arn:aws:iam::111111111111:role/a/b/c"),
            ("ssm:GetParameter", "arn:aws:ssm:eu-west-1:111111111111:parameter/a/b"),
            ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:111111111111:secret:a/b-123456"),
            ("logs:PutLogEvents", "arn:aws:logs:*:*:log-group:/aws/lambda/x:*"),
            ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111111111111:function:x:live"),
            ("execute-api:Invoke", "arn:aws:execute-api:eu-west-1:111111111111:abc/prod/GET/"),
        ] {
            assert_eq!(on(name, resource), Truth::Yes, "{name} on {resource}");
        }
        assert_eq!(on("logs:PutLogEvents", "arn:aws:logs:eu-west-1:111111111111:log-group:x"), Truth::No);
        assert_eq!(on("kms:Decrypt", "arn:aws:kms:eu-west-1:111111111111:alias/x"), Truth::No);
        // A stack is asked for before it has its id; a region where none belongs is not this question.
        assert_eq!(on("cloudformation:CreateStack", "arn:aws:cloudformation:eu-west-1:111111111111:stack/x"), Truth::Unknown);
        assert_eq!(on("s3:ListBucket", "arn:aws:s3:eu-west-1::b"), Truth::Unknown);
    }

    #[test]
    fn an_action_for_everything_does_not_match_a_single_thing() {
        for (resource, answer) in [
            ("*", Truth::Yes),
            ("arn:aws:dynamodb:eu-west-1:111111111111:table/x", Truth::No),
            ("arn:aws:dynamodb:eu-west-1:111111111111:table/*", Truth::Unknown),
            ("arn:aws:dynamodb:*:*:*", Truth::Unknown),
            ("arn:aws:dynamodb:eu-west-1:111111111111:table/x/*", Truth::No),
            ("arn:aws:sqs:*:*:*", Truth::No),
        ] {
            assert_eq!(on("dynamodb:ListTables", resource), answer, "{resource}");
        }
    }

    #[test]
    fn what_source_does_not_give_may_be_anything() {
        let hole = |class, id: Option<&str>| Hole { id: id.map(Into::into), class };
        let built = |class, id, after: &str| {
            PatternBuilder::new().text("arn:aws:s3:::", Mode::ALL).hole(hole(class, id)).text(after, Mode::ALL).finish()
        };
        let list = action("s3:ListBucket").unwrap();
        assert_eq!(works_on(list, &built(HoleClass::Any, None, "")), Truth::Unknown);
        assert_eq!(works_on(list, &built(HoleClass::Any, None, "/x")), Truth::No);
        assert_eq!(works_on(list, &built(HoleClass::Word, Some("b"), "/*")), Truth::No);
        assert_eq!(works_on(action("s3:GetObject").unwrap(), &built(HoleClass::Word, Some("b"), "")), Truth::No);
        assert_eq!(works_on(list, &Pattern::hole(hole(HoleClass::Any, None))), Truth::Unknown);
    }

    #[test]
    fn what_does_not_belong_is_found() {
        let fault = |text: &str| misplaced(&parsed(text));
        assert_eq!(fault("arn:aws:iam:eu-west-1:111111111111:role/x"), Some(Misplaced::Region));
        assert_eq!(fault("arn:aws:s3:eu-west-1:111111111111:b"), Some(Misplaced::Both));
        assert_eq!(fault("arn:aws:s3::111111111111:b/*"), Some(Misplaced::Account));
        assert_eq!(fault("arn:aws:route53::111111111111:hostedzone/Z"), Some(Misplaced::Account));
        for good in [
            "arn:aws:s3:::b",
            "arn:aws:s3:eu-west-1:111111111111:accesspoint/a",
            "arn:aws:iam::*:role/x",
            "arn:aws:iam:*:*:role/x",
            "arn:aws:ssm:eu-west-1::parameter/aws/service/x",
            "arn:aws:brandnew:eu-west-1:111111111111:thing/x",
            "*",
        ] {
            assert_eq!(fault(good), None, "{good}");
        }
    }

    #[test]
    fn one_thing_is_told_from_many() {
        for one in [
            &["arn:aws:sqs:eu-west-1:1:q"][..],
            &["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
            &["arn:aws:dynamodb:*:1:table/t/index/*", "arn:aws:dynamodb:*:1:table/t"],
            &["arn:aws:dynamodb:*:1:table/t/*"],
            &["${aws_sqs_queue.q.arn}"],
            &[],
        ] {
            assert!(is_one_thing(one), "{one:?}");
        }
        for many in [
            &["*"][..],
            &["arn:aws:sqs:eu-west-1:1:*"],
            &["arn:aws:sqs:eu-west-1:*:q"],
            &["arn:aws:sqs:eu-west-1:1:q-*"],
            &["arn:aws:dynamodb:*:1:table/*"],
            &["arn:aws:s3:::b", "arn:aws:s3:::c"],
            &["arn:aws:s3:::b", "arn:aws:s3:::bc/*"],
        ] {
            assert!(!is_one_thing(many), "{many:?}");
        }
    }

    #[test]
    fn names_that_are_missing_or_stand_for_nothing_are_seen() {
        for text in [
            "arn:aws:s3:::",
            "arn:aws:s3:::/*",
            "arn:aws:kms:eu-west-1:1:key/",
            "arn:aws:kms:::KEY_NOT_IN_USE",
            "arn:aws:ce:us-east-1:1:/GetX",
        ] {
            assert!(is_unfinished(&parsed(text)), "{text}");
        }
        for text in ["arn:aws:s3:::b", "arn:aws:apigateway:eu-west-1::/restapis/x", "*", "arn:aws:route53:::hostedzone/Z1"] {
            assert!(!is_unfinished(&parsed(text)), "{text}");
        }
    }

    #[test]
    fn examples_are_for_people() {
        assert_eq!(readable("arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}"), "arn:aws:iam::ACCOUNT:role/ROLE-NAME-WITH-PATH");
        assert_eq!(example(action("s3:GetObject").unwrap()).unwrap(), "arn:aws:s3:::BUCKET-NAME/OBJECT-NAME");
        assert_eq!(example(action("s3:ListAllMyBuckets").unwrap()), None);
        assert_eq!(example(action("ssm:SendCommand").unwrap()).unwrap(), "arn:aws:ssm:REGION:ACCOUNT:document/DOCUMENT-NAME");
        assert!(example(action("states:DescribeExecution").unwrap()).unwrap().contains(":execution:"));
        assert!(example(action("execute-api:Invoke").unwrap()).unwrap().contains(":API-ID/STAGE/"));
        assert_eq!(example(action("ec2:CreateTags").unwrap()).unwrap(), "arn:aws:ec2:REGION:ACCOUNT:…");
    }

    /// A template whose placeholders are filled in.
    fn filled(template: &str, words: &[String]) -> String {
        let mut text = String::new();
        for (part, word) in arn_parts(template).zip(words.iter().cycle()) {
            text.push_str(match part {
                Part::Literal(literal) => literal,
                Part::Placeholder(_) => word,
            });
        }
        text
    }

    fn all_types() -> Vec<ResourceType> {
        services().flat_map(|service| service.resource_types().collect::<Vec<_>>()).collect()
    }

    proptest! {
        #[test]
        fn a_filled_template_is_of_its_type(at in any::<prop::sample::Index>(), words in prop::collection::vec("[a-z0-9-]{1,8}", 3)) {
            let types = all_types();
            let kind = at.get(&types);
            for template in kind.arns() {
                prop_assert_eq!(can_be(&parsed(&filled(template, &words)), *kind), Truth::Yes);
            }
        }

        /// A part of an ARN that becomes a wildcard or a hole never makes a no of what could be.
        #[test]
        fn opening_an_arn_never_rules_it_out(at in any::<prop::sample::Index>(), words in prop::collection::vec("[a-z0-9-]{1,8}", 3), cut in any::<prop::sample::Index>(), star in any::<bool>()) {
            let types = all_types();
            let kind = at.get(&types);
            let text = filled(kind.arns().next().unwrap(), &words);
            let (start, end) = { let a = cut.index(text.len() + 1); (a, (a + 3).min(text.len())) };
            let builder = PatternBuilder::new().text(&text[..start], Mode::ALL);
            let opened = if star { builder.text("*", Mode::WILDCARDS) } else { builder.hole(Hole { id: None, class: HoleClass::Any }) };
            prop_assert!(can_be(&opened.text(&text[end..], Mode::ALL).finish(), *kind).possibly());
        }

        /// What one type of an action can be, the action works on.
        #[test]
        fn an_action_works_on_what_its_types_can_be(at in any::<prop::sample::Index>(), words in prop::collection::vec("[a-z0-9-]{1,8}", 3)) {
            let all: Vec<Action> = services().flat_map(|service| service.actions()).collect();
            let action = at.get(&all);
            if let ResourceSupport::Types(kinds) = action.resources() {
                for template in kinds.flat_map(|kind| kind.resource_type().arns()) {
                    prop_assert!(works_on(*action, &parsed(&filled(template, &words))).certainly());
                }
            }
        }
    }
}
