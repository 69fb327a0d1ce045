use crate::catalog::partition_of;
use crate::estate::{Home, Identity, named_items};
use crate::finding::{Category, FindingBuilder, Message, Severity, What};
use crate::policy::arn::Arn;
use crate::policy::pattern::Pattern;
use crate::policy::{Document, Item, Statement};
use crate::rules::kit::rule::{Context, Rule};

rule! {
    PartitionMismatch, "partition-mismatch",
    summary: "an ARN of another partition than the one that its policy is in",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["validity"],
}

impl Rule for PartitionMismatch {
    fn document<'a>(&self, document: &'a Document, context: &mut Context<'a>) {
        let home = context.attached().and_then(|attached| context.estate.home(attached));
        let statements = document.statements.iter();
        let all: Vec<(&Item, Wrong)> = statements.flat_map(|statement| wrong_of(statement, home)).collect();
        let Some(((item, wrong), rest)) = all.split_first() else { return };
        let principal = document.statements.iter().any(|statement| is_principal(statement, item));
        let because = wrong.because(&item.text, home);
        let message = match principal {
            true => Message::rejected(because),
            false => Message::new(format!("`{}`", item.text), What::Is("matches nothing".to_owned())).because(wrong.why(home)),
        };
        let finding = wrong.show(context.at(&item.place, wrong.label()).message(message).help(wrong.help()), home);
        let kind = if principal { "principal" } else { "" };
        let others = rest.iter().filter(|(other, _)| other.place.span != item.place.span);
        let finding = others.fold(finding, |finding, (other, wrong)| finding.label(other.place.span, wrong.label()));
        context.report_token(finding.kind(kind).facts([&*item.text, wrong.own]));
    }

    fn identity(&self, identity: &Identity, context: &mut Context) {
        let Some(home) = context.estate.home_of(identity) else { return };
        let attached = identity.managed.iter().map(|policy| (&policy.arn, &policy.place, &policy.address));
        let boundary = identity.boundary.iter().filter_map(|boundary| Some((boundary.arn.as_ref()?, &boundary.place, &identity.address)));
        let found = attached.chain(boundary).filter_map(|(arn, place, address)| Some((arn, place, address, wrong(arn, Some(home))?)));
        let all: Vec<_> = found.collect();
        let Some(((arn, place, address, wrong), rest)) = all.split_first() else { return };
        let cannot = format!("cannot be attached to {} `{}`", identity.kind.name(), identity.shown_name());
        let message = Message::new(format!("`{arn}`"), What::Is(cannot)).because(wrong.why(Some(home)));
        let finding = wrong.show(context.at(place, wrong.label()).message(message).help(wrong.help()), Some(home));
        let others = rest.iter().filter(|(_, other, ..)| other.span != place.span);
        let finding = others.fold(finding, |finding, (_, other, _, wrong)| finding.label(other.span, wrong.label()));
        context.report_for(finding.kind("attachment").known_by(arn.to_string()).facts([&*arn.to_string(), wrong.own]), address);
    }
}

/// An ARN in another partition than it should be in.
struct Wrong {
    named: String,
    own: &'static str,
    /// The region of the ARN itself, if that tells its partition.
    region: Option<String>,
}

impl Wrong {
    fn label(&self) -> String {
        format!("is in partition `{}`", self.named)
    }

    fn why(&self, home: Option<&Home>) -> String {
        let own = self.own;
        let Some(region) = &self.region else {
            let home = home.and_then(|home| Some((&home.provider, &home.region.as_ref()?.0)));
            let (provider, region) = home.map_or(("aws", ""), |(provider, region)| (provider, region));
            return format!("it is in partition `{}`, and provider `{provider}` works in `{region}`, which is in `{own}`", self.named);
        };
        format!("it is in partition `{}`, and `{region}` is in `{own}`", self.named)
    }

    fn because(&self, text: &str, home: Option<&Home>) -> String {
        format!("`{text}` is not there: {}", self.why(home))
    }

    fn help(&self) -> String {
        match self.region {
            Some(_) => format!("write `arn:{}:…`", self.own),
            None => format!(
                "write `arn:{}:…`, or `arn:${{data.aws_partition.current.partition}}:…` with a `data \"aws_partition\" \"current\"`, \
                 which is right in every partition",
                self.own
            ),
        }
    }

    /// With the region that the provider works in.
    fn show(&self, finding: FindingBuilder, home: Option<&Home>) -> FindingBuilder {
        match home.and_then(|home| home.region.as_ref()).filter(|_| self.region.is_none()) {
            Some((_, span)) => finding.label(*span, format!("is a region of partition `{}`", self.own)),
            None => finding,
        }
    }
}

/// The ARNs of a statement that are of another partition. A list that names the same thing in its own partition as well is written for several.
fn wrong_of<'s>(statement: &'s Statement, home: Option<&Home>) -> Vec<(&'s Item, Wrong)> {
    let all: Vec<&Item> = named_items(statement).collect();
    let is_named_well = |item: &Item| {
        let rest = without_partition(&item.text);
        all.iter().any(|other| wrong(&other.pattern, home).is_none() && without_partition(&other.text) == rest)
    };
    let found = all.iter().filter_map(|item| Some((*item, wrong(&item.pattern, home)?)));
    found.filter(|(item, _)| !is_named_well(item)).collect()
}

fn without_partition(text: &str) -> Option<&str> {
    Some(text.strip_prefix("arn:")?.split_once(':')?.1)
}

/// Whether an ARN certainly is of another partition than its own region is in, or than the provider works in.
fn wrong(pattern: &Pattern, home: Option<&Home>) -> Option<Wrong> {
    let arn = Arn::split(pattern)?;
    let named = arn.partition.as_exact().filter(|named| *named == "aws" || named.starts_with("aws-"))?;
    let region = arn.region.as_exact().filter(|region| partition_of(region).is_some());
    let own = region.and_then(partition_of).or_else(|| home?.partition())?;
    (own != named).then(|| Wrong { named: named.to_owned(), own, region: region.map(str::to_owned) })
}

fn is_principal(statement: &Statement, item: &Item) -> bool {
    let principals = statement.principals.iter().flat_map(|principals| &principals.items);
    principals.into_iter().any(|principal| std::ptr::eq(&principal.item, item))
}
