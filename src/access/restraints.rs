//! What stands against a grant: the Denies of the same document and of every other policy that a holder has, and what caps the holder or the
//! account.
//!
//! "If a policy that applies to a request includes a Deny statement, the request results in an explicit deny" (IAM User Guide, "Policy
//! evaluation logic"), whichever of the policies it is. A permissions boundary must allow what the holder's own policies grant. The policies of
//! an organization take away: that AWS's FullAWSAccess is detached Terraform does not write, so that their Allows allow nothing new.

use std::sync::Arc;

use super::Scope;
use super::holder::{Own, asks_who};
use super::perhaps::{Binds, Cap, Open, Perhaps, Text, Why, beside, differ, given_to, given_with, is_given, known};
use super::question::{Question, Who};
use super::witness::{Avoided, Level};
use crate::catalog;
use crate::estate::{self, AccountRef, Boundary, BoundaryPolicy, Estate, Identity, ManagedPolicy, PolicyId};
use crate::eval::{Beside, Presence, Tags};
use crate::policy::pattern::{Case, Pattern};
use crate::policy::{Document, Items, PolicyKind, Statement};
use crate::source::Span;
use crate::truth::Truth;

/// What stands against the grants of one holder, or of one document.
#[derive(Default)]
pub struct Restraints<'a> {
    denies: Vec<&'a Statement>,
    /// The same of resource control policies, which bind some services alone.
    of_resources: Vec<&'a Statement>,
    /// Documents of AWS's own policies, which no source has.
    managed: Vec<Arc<Document>>,
    /// What the boundary allows.
    boundary: Option<Text<'a>>,
    /// Where the boundary is set that is weighed, and the policy's ARN.
    set_at: Option<(Span, Option<Pattern>)>,
    /// What source shows, and may not stand against anything.
    perhaps: Vec<Perhaps<'a>>,
    /// The holder as its requests show it.
    own: Option<Own>,
    /// Whether it matters to some of it who asks.
    asks_who: bool,
    /// The tags of what the policy at hand is for.
    tags: Option<&'a Tags>,
}

impl<'a> Restraints<'a> {
    /// Of the document at hand alone.
    pub fn of_document(document: &'a Document) -> Restraints<'a> {
        let mut restraints = Restraints::default();
        restraints.add(document);
        restraints
    }

    /// Of a document of an account, with the organization's policies that bind the account: resources by the one kind, identities by the other.
    pub fn within_account(document: &'a Document, presence: &Presence, account: &AccountRef, estate: &'a Estate) -> Restraints<'a> {
        let mut restraints = Restraints::of_document(document);
        restraints.bind(account, document.kind, &given_with(document, presence), estate);
        restraints.tags = estate.tags.get(&document.address);
        restraints
    }

    /// Of the policy at hand, and of all that `holder` has beside it.
    pub fn of_holder(scope: &Scope<'a>, holder: &Identity) -> Restraints<'a> {
        let mut restraints = scope.document().map(Restraints::of_document).unwrap_or_default();
        let given = given_to(holder, scope);
        let at_hand = scope.attached().map(|attached| attached.policy);
        for policy in holder.policies.iter().filter(|policy| Some(**policy) != at_hand) {
            restraints.hold(holder, *policy, &given, scope.estate);
        }
        holder.managed.iter().for_each(|policy| restraints.hold_managed(policy, &given));
        holder.boundary.iter().for_each(|boundary| restraints.cap(boundary, &given, scope.estate));
        restraints.bind(&holder.lives_in(), PolicyKind::Identity, &given, scope.estate);
        let asks_who = restraints.statements().any(asks_who);
        let own = Some(Own::of(holder, scope.estate, restraints.partition()));
        Restraints { asks_who, own, ..restraints }
    }

    fn add(&mut self, document: &'a Document) {
        self.denies.extend(document.statements.iter().filter(|statement| statement.denies()));
    }

    /// The holder has a policy beside the one at hand, if what attaches it is there.
    fn hold(&mut self, holder: &Identity, policy: PolicyId, given: &Presence, estate: &'a Estate) {
        let forms = beside(given, estate.policy(policy));
        let Some(first) = forms.first() else { return };
        if !forms.iter().any(|form| form.document.statements.iter().any(Statement::denies)) {
            return;
        }
        let attached = match holder.holds(policy, given) {
            Beside::Always => first.presence.beside(given),
            other => other,
        };
        let depends = match attached {
            Beside::Never => return,
            Beside::Always if forms.len() == 1 => return self.add(&first.document),
            Beside::Always => None,
            Beside::Perhaps(on) => Some(on),
        };
        let is_there = depends.is_none();
        let why = depends.map_or_else(|| differ(given, &forms), Why::If);
        let open = Open { cap: Cap::Denies(first.document.address.clone()), span: first.document.place.span, why };
        let texts = forms.into_iter().map(|form| Text::Own(&form.document)).collect();
        self.perhaps.push(Perhaps { open, binds: Binds::Holder, texts, allows: false, is_there });
    }

    /// The same of one of AWS's own.
    fn hold_managed(&mut self, policy: &ManagedPolicy, given: &Presence) {
        let document = policy.aws_name().and_then(estate::managed_document);
        let Some(document) = document.filter(|document| document.statements.iter().any(Statement::denies)) else { return };
        match policy.presence.beside(given) {
            Beside::Never => {}
            Beside::Always => self.managed.push(document),
            Beside::Perhaps(on) => {
                let open = Open { cap: Cap::Denies(policy.address.clone()), span: policy.place.span, why: Why::If(on) };
                let texts = vec![Text::Managed(document)];
                self.perhaps.push(Perhaps { open, binds: Binds::Holder, texts, allows: false, is_there: false });
            }
        }
    }

    /// The holder has a boundary.
    fn cap(&mut self, boundary: &Boundary, given: &Presence, estate: &'a Estate) {
        let on = match boundary.presence.beside(given) {
            Beside::Never => return,
            Beside::Perhaps(on) => Some(on),
            Beside::Always => None,
        };
        let (policy, on) = match &boundary.policy {
            BoundaryPolicy::Perhaps(policy, depends) => (&**policy, Some(depends.clone())),
            policy => (policy, on),
        };
        let (texts, why): (Vec<Text>, Why) = match policy {
            BoundaryPolicy::Own(policy) => {
                let forms = beside(given, estate.policy(*policy));
                let why = if forms.len() > 1 { differ(given, &forms) } else { Why::Unknown };
                (forms.into_iter().map(|form| Text::Own(&form.document)).collect(), why)
            }
            BoundaryPolicy::Managed(policy) => {
                let document = policy.aws_name().and_then(estate::managed_document);
                (document.map(Text::Managed).into_iter().collect(), Why::Unknown)
            }
            BoundaryPolicy::Perhaps(..) | BoundaryPolicy::Unknown => (Vec::new(), Why::Unknown),
        };
        match (texts.as_slice(), &on) {
            ([only], None) if is_given(only.document()) => {
                match only {
                    Text::Own(document) => self.add(document),
                    Text::Managed(document) => self.managed.push(Arc::clone(document)),
                }
                self.boundary = Some(only.clone());
                self.set_at = Some((boundary.place.span, boundary.arn.clone()));
            }
            _ => {
                let is_there = on.is_none();
                let open = Open { cap: Cap::Boundary, span: boundary.place.span, why: on.map_or(why, Why::If) };
                self.perhaps.push(Perhaps { open, binds: Binds::Holder, texts: known(texts), allows: true, is_there });
            }
        }
    }

    /// An account is in an organization: whatever is attached above it binds identities, or its resources.
    fn bind(&mut self, account: &AccountRef, kind: PolicyKind, given: &Presence, estate: &'a Estate) {
        let is_for_resources = matches!(kind, PolicyKind::Resource | PolicyKind::Trust);
        for (binding, is_bound) in estate.organization.binding(account) {
            let forms = binding.policy.map(|policy| beside(given, estate.policy(policy))).unwrap_or_default();
            let kinds = [PolicyKind::ServiceControl, PolicyKind::ResourceControl];
            let kind = kinds.into_iter().find(|kind| forms.iter().any(|form| form.document.kind == *kind));
            if kind.is_some_and(|kind| (kind == PolicyKind::ResourceControl) != is_for_resources) {
                continue;
            }
            let binds = if is_for_resources { Binds::Resources } else { Binds::Holder };
            let presence = forms.first().map_or_else(|| binding.presence.clone(), |form| binding.presence.and(&form.presence));
            let why = match presence.beside(given) {
                Beside::Never => continue,
                Beside::Perhaps(on) => Some(Why::If(on)),
                Beside::Always if is_bound != Truth::Yes => Some(Why::Elsewhere),
                Beside::Always => None,
            };
            let texts: Vec<Text> = known(forms.iter().map(|form| Text::Own(&form.document)).collect());
            match (texts.as_slice(), &why) {
                ([Text::Own(only)], None) if is_given(only) => {
                    let denies = only.statements.iter().filter(|statement| statement.denies());
                    if is_for_resources { self.of_resources.extend(denies) } else { self.denies.extend(denies) }
                }
                _ => {
                    let is_there = why.is_none();
                    let why = why.unwrap_or_else(|| if forms.len() > 1 { differ(given, &forms) } else { Why::Unknown });
                    let open = Open { cap: Cap::Attached(binding.address.clone()), span: binding.header, why };
                    self.perhaps.push(Perhaps { open, binds, texts, allows: false, is_there });
                }
            }
        }
    }

    /// Whether nothing stands against any grant, and nothing may.
    pub fn is_empty(&self) -> bool {
        let has_denies = !self.denies.is_empty() || !self.of_resources.is_empty() || self.managed_denies().next().is_some();
        !has_denies && self.perhaps.is_empty() && !self.is_capped()
    }

    /// Whether a boundary takes something away, as far as its Allows go.
    fn is_capped(&self) -> bool {
        self.boundary.is_some() && !self.allowing().any(allows_everything)
    }

    fn allowing(&self) -> impl Iterator<Item = &Statement> {
        self.boundary.iter().flat_map(Text::allows)
    }

    /// What must allow a request beside what grants it.
    pub fn levels(&self) -> Vec<Level<'_>> {
        if self.is_capped() { vec![self.allowing().collect()] } else { Vec::new() }
    }

    /// Whether something is against some action of a pattern, or may be.
    pub fn meet(&self, actions: &Pattern) -> bool {
        self.is_capped()
            || self.perhaps.iter().any(Perhaps::is_of_anything)
            || self.all().any(|statement| {
                let named = |items: &Items| items.items.iter().any(|item| item.pattern.intersects(actions, Case::Insensitive).possibly());
                statement.actions.as_ref().is_none_or(|items| items.negated || items.gap.is_some() || named(items))
            })
    }

    /// Whether something is about an action, or may be.
    pub fn are_about(&self, action: &str) -> bool {
        let is_of_anything = || self.perhaps.iter().any(|one| one.is_of_anything() && one.counts_for(action));
        self.is_capped() || is_of_anything() || self.all().any(|statement| statement.covers_action(action).possibly())
    }

    /// What each has to say of an action.
    pub fn about(&self, action: &str) -> Vec<Truth> {
        let levels = self.levels();
        let perhaps = self.perhaps.iter().flat_map(Perhaps::allows);
        let statements = self.all().chain(levels.iter().flatten().copied()).chain(perhaps);
        let about = statements.map(|statement| statement.covers_action(action));
        about.chain(self.perhaps.iter().map(|one| one.counts_for(action).into())).collect()
    }

    /// A question with what is known of who holds the policies, or of the tags of what they are for; nothing where that does not matter.
    pub fn asker<'q>(&self, start: Option<&Statement>, question: &Question<'q>) -> Option<Question<'q>> {
        let keys = || start.into_iter().flat_map(|start| &start.conditions).map(|condition| &*condition.key).chain(self.keys());
        if let Some(tags) = self.tags {
            return keys().any(|key| key.contains('/')).then(|| question.on_tagged(tags, keys()));
        }
        let own = self.own.as_ref().filter(|_| matches!(question.caller().who, Who::Holder))?;
        (self.asks_who || start.is_some_and(asks_who)).then(|| question.asked_by(own, keys()))
    }

    /// The partition that some of it names, or else the one in which nearly all accounts are: an account is in one.
    fn partition(&self) -> &str {
        let patterns = self.statements().flat_map(|statement| {
            let values = statement.conditions.iter().flat_map(|condition| &condition.values);
            statement.resources.iter().flat_map(|resources| &resources.items).chain(values)
        });
        let named = patterns.filter_map(|item| item.pattern.literal_prefix().strip_prefix("arn:")?.split(':').next());
        named.into_iter().find(|name| name.starts_with("aws-")).unwrap_or("aws")
    }

    /// All Denies, and what a boundary allows.
    fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.all().chain(self.allowing()).chain(self.perhaps.iter().flat_map(Perhaps::allows))
    }

    /// The tags of what the policy at hand is for, if source gives them.
    pub fn tags(&self) -> Option<&'a Tags> {
        self.tags
    }

    /// The condition keys that are tested.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.statements().flat_map(|statement| &statement.conditions).map(|condition| &*condition.key)
    }

    /// All Denies, and what may be one.
    pub fn all(&self) -> impl Iterator<Item = &Statement> {
        self.certain().chain(self.perhaps.iter().flat_map(|one| one.texts.iter().flat_map(Text::denies)))
    }

    /// The Denies that are certainly there.
    pub fn certain(&self) -> impl Iterator<Item = &Statement> {
        self.denies.iter().copied().chain(self.of_resources.iter().copied()).chain(self.managed_denies())
    }

    fn managed_denies(&self) -> impl Iterator<Item = &Statement> {
        self.managed.iter().flat_map(|document| &document.statements).filter(|statement| statement.denies())
    }

    /// The Denies that certainly count for an action, and those of one more policy.
    pub fn avoided<'s>(&'s self, action: &str, more: Option<&'s Text>) -> impl Iterator<Item = Avoided<'s>> {
        let of_resources = self.denies.len()..self.denies.len() + self.of_resources.len();
        let is_bound = catalog::is_bound_by_resource_control(action);
        let counts = move |position: &usize| is_bound || !of_resources.contains(position);
        let all = self.certain().chain(more.into_iter().flat_map(Text::denies));
        let placed = all.enumerate().filter(move |(position, _)| counts(position));
        placed.map(|(position, statement)| Avoided { position, statement })
    }

    /// What may stand against a request for an action.
    pub fn perhaps<'s>(&'s self, action: &'s str) -> impl Iterator<Item = &'s Perhaps<'a>> {
        self.perhaps.iter().filter(move |one| one.counts_for(action))
    }

    /// Where the boundary is set that was weighed.
    pub fn boundary(&self) -> Option<Span> {
        self.set_at.as_ref().map(|(span, _)| *span)
    }

    /// The ARN of its policy.
    pub fn boundary_arn(&self) -> Option<&Pattern> {
        self.set_at.as_ref()?.1.as_ref()
    }
}

/// Whether a statement allows every action on every resource, always.
fn allows_everything(statement: &Statement) -> bool {
    statement.conditions.is_empty() && statement.gap.is_none() && is_everything(statement)
}

/// Whether a statement is about every action on every resource.
pub(super) fn is_everything(statement: &Statement) -> bool {
    let all =
        |items: &Option<Items>| items.as_ref().is_some_and(|items| !items.negated && items.items.iter().any(|item| item.pattern.is_any()));
    all(&statement.actions) && all(&statement.resources)
}
