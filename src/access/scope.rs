//! What is looked at: a policy, a statement of it or an identity, within the estate of its root module. Nothing here is said of it.

use std::cell::OnceCell;
use std::rc::Rc;

use super::perhaps::Open;
use super::witness::MOST_AT_A_POLICY;
use super::{Access, MOST_HOLDERS};
use crate::config::Config;
use crate::estate::{AccountRef, Attached, Estate, FormId, Identity, PolicyId, Provider, Relation, managed_document};
use crate::eval::Presence;
use crate::policy::{Document, PolicyKind, Principal, Statement};
use crate::source::{Sources, Span};

/// What is at hand, to read. A copy is cheap.
#[derive(Clone)]
pub struct Scope<'a> {
    pub estate: &'a Estate,
    pub config: &'a Config,
    /// The text that everything points into: what a help text shows is taken from there.
    pub sources: &'a Sources,
    attached: Option<(FormId, &'a Attached)>,
    statement: Option<&'a Statement>,
    identity: Option<&'a Identity>,
    address: &'a str,
    subject: Span,
    /// What binds those who come by the policy at hand, once somebody has asked.
    access: OnceCell<Rc<Access<'a>>>,
}

impl<'a> Scope<'a> {
    /// Of a whole estate: nothing is at hand yet.
    pub fn new(estate: &'a Estate, config: &'a Config, sources: &'a Sources) -> Scope<'a> {
        let access = OnceCell::new();
        Scope { estate, config, sources, attached: None, statement: None, identity: None, address: "", subject: Span::default(), access }
    }

    /// Turns to a policy.
    pub fn at_policy(&mut self, form: FormId, attached: &'a Attached) {
        self.attached = Some((form, attached));
        self.access = OnceCell::new();
        (self.statement, self.identity) = (None, None);
        self.address = &attached.document.address;
        self.subject = attached.document.place.span;
    }

    /// Turns back to the whole policy, for the next one who looks at it. What their searches may take is theirs alone: nobody's answers depend
    /// on what others have asked before.
    pub fn at_document(&mut self) {
        self.statement = None;
        self.subject = self.attached.map_or(self.subject, |(_, attached)| attached.document.place.span);
        self.disregard_open();
        if let Some(access) = self.access.get() {
            access.work_left.set(MOST_AT_A_POLICY);
        }
    }

    /// Turns to a statement of the policy.
    pub fn at_statement(&mut self, statement: &'a Statement) {
        self.disregard_open();
        self.statement = Some(statement);
        self.subject = statement.place.span;
    }

    /// Turns to an identity.
    pub fn at_identity(&mut self, identity: &'a Identity) {
        self.attached = None;
        self.access = OnceCell::new();
        (self.statement, self.identity) = (None, Some(identity));
        self.address = &identity.address;
        self.subject = identity.header;
    }

    /// Turns to an identity provider.
    pub fn at_provider(&mut self, provider: &'a Provider) {
        self.attached = None;
        self.access = OnceCell::new();
        (self.statement, self.identity) = (None, None);
        self.address = &provider.address;
        self.subject = provider.header;
    }

    /// What binds those who come by the policy at hand.
    pub fn access(&self) -> Rc<Access<'a>> {
        Rc::clone(self.access.get_or_init(|| Rc::new(Access::of(self))))
    }

    /// The statement at hand.
    pub fn statement(&self) -> Option<&'a Statement> {
        self.statement
    }

    /// The identity at hand, where no policy is.
    pub fn identity(&self) -> Option<&'a Identity> {
        self.identity
    }

    /// What is at hand, as Terraform writes it.
    pub fn address(&self) -> &'a str {
        self.address
    }

    /// The statement, value or block that is at hand.
    pub fn subject(&self) -> Span {
        self.subject
    }

    /// The account of what carries the policy at hand.
    pub fn account(&self) -> AccountRef {
        self.attached.map(|(_, attached)| attached.account.clone()).unwrap_or_default()
    }

    /// On what it rests whether what carries the policy at hand is there.
    pub(super) fn presence(&self) -> Presence {
        self.attached.map(|(_, attached)| attached.presence.clone()).unwrap_or_default()
    }

    /// What was found to be left at hand only if something does not take it away.
    pub fn open(&self) -> Vec<Open> {
        self.access.get().map(|access| access.open()).unwrap_or_default()
    }

    /// What may take away what was found to be left does not matter to what is said next.
    pub fn disregard_open(&self) {
        if let Some(access) = self.access.get() {
            access.begin();
        }
    }

    /// The form of a policy that is at hand.
    pub fn form(&self) -> Option<FormId> {
        self.attached.map(|(form, _)| form)
    }

    /// The policy at hand, with who holds it.
    pub fn attached(&self) -> Option<&'a Attached> {
        self.attached.map(|(_, attached)| attached)
    }

    /// The policy at hand.
    pub fn document(&self) -> Option<&'a Document> {
        self.attached.map(|(_, attached)| &attached.document)
    }

    /// What the policy at hand allows.
    pub fn allows(&self) -> impl Iterator<Item = &'a Statement> {
        self.document().into_iter().flat_map(|document| &document.statements).filter(|statement| statement.allows())
    }

    /// The policy at hand, where it is of that kind.
    pub fn document_of(&self, kind: PolicyKind) -> Option<&'a Document> {
        self.document().filter(|_| self.kind() == Some(kind))
    }

    /// What the policy at hand is for.
    pub fn kind(&self) -> Option<PolicyKind> {
        self.attached().map(Attached::kind)
    }

    /// What people call a policy of that kind.
    pub fn policy_name(&self) -> &'static str {
        self.kind().map_or("policy", PolicyKind::name)
    }

    /// Those who hold the policy at hand.
    pub fn holders(&self) -> Vec<&'a Identity> {
        self.attached.map(|(_, attached)| self.estate.holders(attached).collect()).unwrap_or_default()
    }

    /// Of those who hold the policy at hand the ones to whom something was found to be left; all, where nobody asked.
    pub fn holders_left(&self) -> Vec<&'a Identity> {
        let holders = self.holders();
        let having = self.access.get().map(|access| access.having()).unwrap_or_default();
        // Of many only the first ones were asked about.
        let left: Vec<&Identity> = having.into_iter().filter_map(|place| holders.get(place)).copied().collect();
        if left.is_empty() || holders.len() > MOST_HOLDERS { holders } else { left }
    }

    /// Whether another Allow is of some kind: one of the policy at hand, whomever it lets in, or of another policy that all who hold it hold as
    /// well, be it one of AWS's.
    pub fn is_allowed_beside(&self, statement: &Statement, is_kind: impl Fn(&Statement) -> bool) -> bool {
        let own = self.document().into_iter().flat_map(|document| &document.statements).filter(|other| other.index != statement.index);
        let is_it = |other: &Statement| other.allows() && is_kind(other);
        own.chain(self.held_beside()).any(is_it) || self.managed_beside(&is_it)
    }

    /// The same for all whom the statement lets in.
    pub fn is_allowed_to_the_same(&self, statement: &Statement, is_kind: impl Fn(&Statement) -> bool) -> bool {
        self.is_allowed_beside(statement, |other| lets_in_all_of(other, statement) && is_kind(other))
    }

    /// Whether all who hold the policy at hand have a policy of AWS's with some statement.
    fn managed_beside(&self, is_it: &dyn Fn(&Statement) -> bool) -> bool {
        let holders = self.holders();
        let has = |holder: &&Identity| {
            let documents = holder.managed.iter().filter_map(|policy| managed_document(policy.aws_name()?));
            documents.into_iter().any(|document| document.statements.iter().any(is_it))
        };
        !holders.is_empty() && holders.iter().all(has)
    }

    /// Statements of the other policies that all who hold the policy at hand hold as well.
    fn held_beside(&self) -> Vec<&'a Statement> {
        let (Some((_, attached)), holders) = (self.attached, self.holders()) else { return Vec::new() };
        let Some((first, rest)) = holders.split_first() else { return Vec::new() };
        let by_all = |policy: &&PolicyId| **policy != attached.policy && rest.iter().all(|other| other.policies.contains(policy));
        let others = first.policies.iter().filter(by_all).flat_map(|policy| self.estate.policy(*policy));
        others.flat_map(|other| &other.document.statements).collect()
    }

    /// What an account is to the one that the policy's carrier is in.
    pub fn relation(&self, account: &AccountRef) -> Relation {
        match self.attached {
            Some((_, attached)) => self.estate.relation(&attached.account, account, self.config),
            None => Relation::Unknown,
        }
    }

    /// Why an account is what `relation` says, as a clause for a help text: "464622532012 is the vendor Datadog in the list of known
    /// accounts of 2025-09-17". Nothing where nothing says it.
    pub fn because(&self, account: &AccountRef) -> Option<String> {
        self.estate.because(account, &self.relation(account), self.config)
    }
}

/// Whether whoever a statement lets in comes in by another one, too, as far as their names tell. An identity's policy names nobody.
fn lets_in_all_of(other: &Statement, statement: &Statement) -> bool {
    let is_in = |principal: &Principal| other.admitted().any(|one| one.kind == principal.kind && one.item.text == principal.item.text);
    statement.principals.is_none() || statement.admitted().next().is_some() && statement.admitted().all(is_in)
}
