//! Documents as the pages of testdata/policy write them: one element a line.
//!
//! `<name>` is a part of a string that source does not give but that is one word, `<name…>` one that may be anything; `${*}` is
//! an ordinary star. A line `and perhaps more: …` says that an element, a statement or the document may hold what is not known.
//! A block `policy places` also says where each thing is written, `@main.tf:4 «text»`.

use rolelint::estate::Attached;
use rolelint::policy::pattern::{HoleClass, Pattern, Segment};
use rolelint::policy::{Condition, Effect, FlawKind, Item, Items, Place, PrincipalKind, Principals, Statement};
use rolelint::source::Span;

use super::project::Project;
use super::show_value;

pub struct Show<'p> {
    pub project: &'p Project,
    /// Whether to say where each thing is written.
    pub places: bool,
}

impl Show<'_> {
    pub fn policy(&self, attached: &Attached) -> String {
        let document = &attached.document;
        let mut lines = vec![format!("{} of {}{}", attached.kind().name(), document.address, self.at(&document.place))];
        if let Some(version) = document.version.as_ref().filter(|version| &*version.text != "2012-10-17") {
            lines.push(format!("  Version {}", self.item(version)));
        }
        let assumed = document.assumed.iter().map(|assumption| format!("{} is {}", assumption.decision.why.name(), assumption.taken));
        let assumed: Vec<String> = assumed.collect();
        if !assumed.is_empty() {
            lines.push(format!("  if {}", assumed.join(" and ")));
        }
        document.statements.iter().for_each(|statement| self.statement(statement, &mut lines));
        lines.extend(document.gap.iter().map(|gap| format!("  and perhaps more statements: {}", show_value::unknown(gap))));
        lines.extend(document.flaws.iter().map(|flaw| format!("  flaw at {}: {}", self.line(flaw.place.span), words(&flaw.kind))));
        for (span, unknown) in &document.unknowns {
            lines.push(format!("  unknown at {}: {}", self.line(*span), unknown.reason));
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    fn line(&self, span: Span) -> String {
        let (file, line) = self.project.place(span);
        format!("{file}:{line}")
    }

    fn at(&self, place: &Place) -> String {
        if !self.places {
            return String::new();
        }
        let text = self.project.sources.text(place.span);
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        let more = if lines.next().is_some() { "…" } else { "" };
        format!(" @{} «{first}{more}»", self.line(place.span))
    }

    fn item(&self, item: &Item) -> String {
        format!("{}{}", pattern(&item.pattern), self.at(&item.place))
    }

    fn statement(&self, statement: &Statement, lines: &mut Vec<String>) {
        let effect = match statement.effect {
            Some(Effect::Allow) => "Allow",
            Some(Effect::Deny) => "Deny",
            None => "(no effect)",
        };
        let effect_at = statement.effect_place.as_ref().map(|place| self.at(place)).unwrap_or_default();
        let sid = statement.sid.as_ref().map(|sid| format!(" \"{}\"{}", sid.text, self.at(&sid.place))).unwrap_or_default();
        lines.push(format!("  {effect}{effect_at}{sid}"));
        statement.principals.iter().for_each(|principals| self.principals(principals, lines));
        for (items, name) in [(&statement.actions, "Action"), (&statement.resources, "Resource")] {
            items.iter().for_each(|items| self.items(items, name, lines));
        }
        statement.conditions.iter().for_each(|condition| self.condition(&condition.key, condition, lines));
        statement.gap.open().iter().for_each(|open| self.condition(&pattern(&open.key), &open.condition, lines));
        if let Some(gap) = statement.gap.hidden_conditions() {
            lines.push(format!("    and perhaps more conditions: {}", show_value::unknown(gap)));
        }
        if let Some(gap) = statement.gap.elements() {
            lines.push(format!("    and perhaps more elements: {}", show_value::unknown(gap)));
        }
    }

    fn principals(&self, principals: &Principals, lines: &mut Vec<String>) {
        let name = if principals.negated { "NotPrincipal" } else { "Principal" };
        for principal in &principals.items {
            let kind = match &principal.kind {
                PrincipalKind::Any => String::new(),
                PrincipalKind::Aws => " AWS".to_owned(),
                PrincipalKind::Service => " Service".to_owned(),
                PrincipalKind::Federated => " Federated".to_owned(),
                PrincipalKind::CanonicalUser => " CanonicalUser".to_owned(),
                PrincipalKind::Other(other) => format!(" {other}?"),
            };
            lines.push(format!("    {name}{kind} {}", self.item(&principal.item)));
        }
        if let Some(gap) = &principals.gap {
            lines.push(format!("    {name} and perhaps more: {}", show_value::unknown(gap)));
        }
    }

    fn items(&self, items: &Items, name: &str, lines: &mut Vec<String>) {
        let not = if items.negated { "Not" } else { "" };
        for item in &items.items {
            lines.push(format!("    {not}{name} {}", self.item(item)));
        }
        if let Some(gap) = &items.gap {
            lines.push(format!("    {not}{name} and perhaps more: {}", show_value::unknown(gap)));
        }
    }

    fn condition(&self, key: &str, condition: &Condition, lines: &mut Vec<String>) {
        let operator = &condition.operator;
        let set = operator.set.map(|set| format!("{set:?}:")).unwrap_or_default();
        let if_exists = if operator.if_exists { "IfExists" } else { "" };
        let mut values: Vec<String> = condition.values.iter().map(|value| self.item(value)).collect();
        values.extend(condition.gap.iter().map(|gap| format!("and perhaps more: {}", show_value::unknown(gap))));
        let places = format!("{}{}", self.at(&condition.operator_place), self.at(&condition.key_place));
        lines.push(format!("    Condition {set}{:?}{if_exists} {}{places} = {}", operator.base, key, values.join(", ")));
    }
}

pub fn pattern(pattern: &Pattern) -> String {
    let mut shown = String::new();
    for segment in pattern.segments() {
        match segment {
            Segment::Literal(text) => shown.push_str(&text.replace('*', "${*}").replace('?', "${?}")),
            Segment::Star => shown.push('*'),
            Segment::Question => shown.push('?'),
            Segment::Variable(name) => shown.push_str(&format!("${{{name}}}")),
            Segment::Hole(hole) => {
                let name = hole.id.as_deref().unwrap_or("?").replace("/:", "");
                let any = if hole.class == HoleClass::Any { "…" } else { "" };
                shown.push_str(&format!("<{name}{any}>"));
            }
        }
    }
    shown
}

fn words(flaw: &FlawKind) -> String {
    match flaw {
        FlawKind::NotJson(error) => format!("no JSON: {error}"),
        FlawKind::WrongType { element, expected } => format!("{element} is not {expected}"),
        FlawKind::UnknownElement { name, nearest: Some(nearest), of } => format!("`{name}` of {of} is `{nearest}` misspelt"),
        FlawKind::UnknownElement { name, nearest: None, of } => format!("`{name}` is no element of {of}"),
        FlawKind::Missing { elements } => format!("no {}", elements.join(", ")),
        FlawKind::BareStatement { is_list } => format!("{} without a policy", if *is_list { "statements" } else { "a statement" }),
        FlawKind::KeyAsOperator { key } => format!("key `{key}` as an operator"),
        FlawKind::WildcardService { action } => format!("a wildcard in the service of `{action}`"),
        FlawKind::Both { first, second } => format!("{first} and {second}"),
        FlawKind::NotHere { element } => format!("{element} does not belong here"),
        FlawKind::WrongValue { element, value, expected } => format!("{element} is `{value}`, not {expected}"),
        FlawKind::NotThisValue { element, value, expected } => format!("{element} is `{value}` and must be {expected}"),
        FlawKind::Empty { element, left_out: false } => format!("{element} is empty"),
        FlawKind::Empty { element, left_out: true } => format!("{element} is empty and left out"),
        FlawKind::NoValues { key, .. } => format!("no values of `{key}`"),
        FlawKind::SameKey { key, .. } => format!("`{key}` twice"),
        FlawKind::SameKeyInCase { key, .. } => format!("`{key}` twice, in two cases"),
        FlawKind::SameSid { sid, .. } => format!("a second statement `{sid}`"),
        FlawKind::NullIfExists { name } | FlawKind::NullOfSet { name, .. } => format!("`{name}` is no form of Null"),
        FlawKind::UnknownOperator { name, nearest: Some(nearest) } => format!("operator `{name}` is `{nearest}` misspelt"),
        FlawKind::UnknownOperator { name, nearest: None } => format!("`{name}` is no operator"),
    }
}
