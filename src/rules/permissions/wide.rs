//! Resources that are every one of a type.

use super::limitable::{Limitable, by_types};
use crate::catalog::arn_match::plainest_types;
use crate::catalog::{self, Action, ResourceSupport, ResourceType};
use crate::policy::arn::Arn;
use crate::policy::pattern::{Case, Mode, Pattern};
use crate::policy::{Item, Statement};

/// The resource because of which the action may be used on everything: `*`, or a pattern that certainly matches every resource of
/// a type.
pub fn widest<'i>(candidates: &[Wide<'i>], of: Limitable) -> Option<&'i Item> {
    // Nothing comes before a `*` that stands first.
    if let Some(Wide { item, arn: None }) = candidates.first() {
        return of.on_everything.then_some(*item);
    }
    let spans = |candidate: &Wide, kind: ResourceType| kind.arns().any(|template| candidate.spans(template));
    by_types(of.action, |kind| candidates.iter().find(|candidate| spans(candidate, kind)).map(|candidate| candidate.item))
}

/// A resource that may be every one of a kind: `*`, or an ARN with a wildcard in its last field.
pub struct Wide<'i> {
    pub item: &'i Item,
    /// None for `*`.
    arn: Option<Arn>,
}

impl<'i> Wide<'i> {
    /// Those of a statement; none of a `NotResource`.
    pub fn all_of(statement: &'i Statement) -> Vec<Wide<'i>> {
        let resources = statement.resources.iter().filter(|resources| !resources.negated).flat_map(|resources| &resources.items);
        resources.filter_map(Wide::of).collect()
    }

    fn of(item: &'i Item) -> Option<Wide<'i>> {
        if item.is_every_resource() {
            return Some(Wide { item, arn: None });
        }
        let arn = Arn::split(&item.pattern).filter(|arn| arn.resource.has_wildcard() && arn.service.is_exact())?;
        Some(Wide { item, arn: Some(arn) })
    }

    /// Whether it certainly is every resource of the type that one thinks of with an action.
    pub fn is_all_of_plainest(&self, action: Action) -> bool {
        self.arn.is_none() || plainest_types(action).first().is_some_and(|kind| kind.arns().any(|template| self.spans(template)))
    }

    /// Whether it certainly is every resource of some type that an action works on.
    pub fn is_all_of_a_type(&self, action: Action) -> bool {
        let ResourceSupport::Types(kinds) = action.resources() else { return self.arn.is_none() };
        kinds.into_iter().any(|kind| kind.resource_type().arns().any(|template| self.spans(template)))
    }

    /// Whether it certainly matches everything that fits the template, in some account and region.
    fn spans(&self, template: &str) -> bool {
        let Some(arn) = &self.arn else { return true };
        let one_service = template.split(':').nth(2) == arn.service.as_exact();
        let whole = || Arn::split(&template_pattern(template));
        one_service && whole().is_some_and(|whole| arn.resource.includes(&whole.resource, Case::Sensitive).certainly())
    }
}

/// An ARN template with `*` for each placeholder.
fn template_pattern(template: &str) -> Pattern {
    let mut text = String::new();
    for part in catalog::arn_parts(template) {
        match part {
            catalog::Part::Literal(literal) => text.push_str(literal),
            catalog::Part::Placeholder(_) => text.push('*'),
        }
    }
    Pattern::parse(&text, Mode::WILDCARDS)
}
