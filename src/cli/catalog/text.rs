//! Facts for people: a title, then fields in two columns.

use owo_colors::OwoColorize;

use super::super::layout::{fitted, table};
use super::{Answer, Fact, Matches, carriers, origin};
use crate::catalog::issuers::FormKind;
use crate::catalog::{
    self, AccessLevel, AccountKind, Action, CarriedKey, ConditionKey, Escalation, EscalationKind, IssuerFacts, KeyOrigin, KeySource,
    KnownAccount, ManagedPolicy, Presence, ResourceSupport, Sender, Sends, Service, ServicePrincipal, ServiceSource,
};
use crate::report::one_line;

/// Columns before a field's text.
const INDENT: usize = 20;
/// More names than this are counted,
const MOST_NAMES: usize = 12;
/// and these are named as examples.
const EXAMPLES: usize = 3;
/// More condition keys of an action than this are counted as well: hardly any action has so many.
const MOST_KEYS: usize = 60;
/// More resource types than this are only counted.
const MOST_KINDS: usize = 3;
/// Of more escalations than `MOST_NAMES` these are named.
const MOST_ESCALATIONS: usize = 5;
/// Services that a bare name of an action is looked up in, and the actions after which a list has a summary.
const MOST_ACTIONS: usize = 20;

/// How to write facts.
#[derive(Clone, Copy)]
pub struct Style {
    pub color: bool,
    pub columns: usize,
    /// The documents of policies, too.
    pub documents: bool,
    /// Whatever is otherwise only counted.
    pub all: bool,
}

pub fn pages(answers: &[Answer], style: Style) -> String {
    let facts = answers.iter().flat_map(|answer| &answer.facts);
    let pages: Vec<String> = facts.map(|fact| page(fact, style)).collect();
    pages.join("\n")
}

fn page(fact: &Fact, style: Style) -> String {
    let mut page = Page { text: String::new(), style };
    match fact {
        Fact::Action(action) => page.action(*action),
        Fact::Retired(name) => {
            page.title(&one_line(name), "an action that AWS once had and has no more");
            page.field("as of", [catalog::DATE.to_owned()]);
        }
        Fact::Operation(name, permissions) => page.operation(name, permissions),
        Fact::Service(service) => page.service(*service),
        Fact::Key(written, key) => page.key(written, key),
        Fact::Account(id, account) => page.account(id, *account),
        Fact::Owner(accounts) => page.owner(accounts),
        Fact::Policy(policy) => page.policy(*policy),
        Fact::Principal(written, principal) => page.principal(written, *principal),
        Fact::Sender(written, sender) => {
            page.title(&one_line(written), "a service principal");
            page.sender(sender);
        }
        Fact::Issuer(written, issuer) => page.issuer(written, issuer),
        Fact::Matches(matches) => page.matches(matches),
    }
    page.text
}

struct Page {
    text: String,
    style: Style,
}

impl Page {
    fn painted(&self, text: &str, style: owo_colors::Style) -> String {
        if self.style.color { text.style(style).to_string() } else { text.to_owned() }
    }

    fn title(&mut self, name: &str, what: &str) {
        let lines = fitted(&format!("{name}: {what}"), 0, self.style.columns);
        for (n, (indent, line)) in lines.into_iter().enumerate() {
            let rest = line.strip_prefix(name).filter(|_| n == 0);
            let shown = rest.map_or(line.clone(), |rest| self.painted(name, owo_colors::Style::new().bold()) + rest);
            self.text.push_str(&format!("{:indent$}{shown}\n", ""));
        }
    }

    /// A field with its lines, if there are any.
    fn field(&mut self, label: &str, lines: impl IntoIterator<Item = String>) {
        let columns = self.style.columns;
        self.rows(label, lines.into_iter().flat_map(|line| fitted(&line, INDENT, columns)));
    }

    /// A field with a table.
    fn table(&mut self, label: &str, rows: Vec<Vec<String>>) {
        let lines = self.aligned(rows);
        self.field(label, lines);
    }

    fn aligned(&self, rows: Vec<Vec<String>>) -> Vec<String> {
        table(rows, self.style.columns.saturating_sub(INDENT))
    }

    /// Lines at their indentations beside a label.
    fn rows(&mut self, label: &str, lines: impl IntoIterator<Item = (usize, String)>) {
        let mut label = Some(label);
        for (indent, line) in lines {
            let mut at = 0;
            if let Some(label) = label.take() {
                self.text.push_str(&format!("  {}", self.painted(label, owo_colors::Style::new().cyan())));
                at = 2 + label.len();
                if indent <= at {
                    self.text.push('\n');
                    at = 0;
                }
            }
            self.text.push_str(format!("{:width$}{line}", "", width = indent - at).trim_end());
            self.text.push('\n');
        }
    }

    /// Few names a line each, of more only the number and a few.
    fn listed(&self, names: Vec<String>) -> Vec<String> {
        if names.len() <= MOST_NAMES || self.style.all {
            return names;
        }
        let rest = names.len() - EXAMPLES;
        vec![format!("{} and {rest} more (`--all` lists them)", names.get(..EXAMPLES).unwrap_or_default().join(", "))]
    }

    fn action(&mut self, action: Action) {
        let name = action.to_string();
        self.title(&name, &format!("an action of {}", action.service().name()));
        let level = match (action.level(), action.effective_level()) {
            (level, effective) if level == effective => level.name().to_owned(),
            (level, effective) => format!("{}, in effect {}", level.name(), effective.name()),
        };
        self.field("access level", [level]);
        self.resources(action);
        self.keys_of(action);
        self.field("needs as well", action.dependent_actions().map(str::to_owned));
        self.field("escalation", escalations(&catalog::escalations_with(&name).collect::<Vec<_>>(), Some(&name)));
        self.field("sensitive", catalog::sensitive(&name).map(|kind| kind.name().to_owned()));
        self.field("as of", [if action.is_top_up() { catalog::TOP_UP_DATE } else { catalog::DATE }.to_owned()]);
    }

    fn resources(&mut self, action: Action) {
        let types = match action.resources() {
            ResourceSupport::Unknown => return self.field("resource types", ["not known".to_owned()]),
            ResourceSupport::WildcardOnly => return self.field("resource types", ["none: only `*`".to_owned()]),
            ResourceSupport::Types(types) => types,
        };
        let types: Vec<_> = types.collect();
        // The reference marks what every call needs. Where it marks nothing, a call is on one of what it lists.
        let choice = types.len() > 1 && !types.iter().any(|link| link.is_required());
        let rows = types.iter().flat_map(|link| {
            let kind = link.resource_type();
            let needed = if link.is_required() { "required" } else { "optional" };
            let first: Vec<String> = std::iter::once(kind.name()).chain((!choice).then_some(needed)).map(str::to_owned).collect();
            kind.arns().map(move |arn| [&first[..], &[arn.to_owned()]].concat())
        });
        let rows: Vec<Vec<String>> = rows.collect();
        let lines = match types.len() {
            0..=MOST_NAMES => self.aligned(rows),
            _ if self.style.all => self.aligned(rows),
            _ => self.listed(types.iter().map(|link| link.resource_type().name().to_owned()).collect()),
        };
        self.field("resource types", choice.then(|| "one of these:".to_owned()).into_iter().chain(lines));
    }

    fn operation(&mut self, name: &str, permissions: &[&str]) {
        let service = name.split_once(':').and_then(|(prefix, _)| catalog::service(prefix));
        let of = service.map_or_else(String::new, |service| format!(" of {}", service.name()));
        self.title(&one_line(name), &format!("an API operation{of}, not an action"));
        self.field("allowed by", permissions.iter().map(|permission| (*permission).to_owned()));
        self.field("as of", [catalog::DATE.to_owned()]);
    }

    fn keys_of(&mut self, action: Action) {
        let (everywhere, listed): (Vec<CarriedKey>, Vec<CarriedKey>) =
            action.carried_keys().partition(|carried| carried.source == KeySource::EveryRequest);
        // A key that several resource types have is one line, and one that the action has as well needs none of them.
        let mut rows: Vec<(ConditionKey, Vec<&str>, bool)> = Vec::new();
        for carried in listed {
            let kind = match carried.source {
                KeySource::ResourceType(kind) => Some(kind.name()),
                KeySource::Action | KeySource::EveryRequest => None,
            };
            match rows.iter_mut().find(|(key, ..)| *key == carried.key) {
                Some((_, kinds, always)) => {
                    kinds.extend(kind);
                    *always |= kind.is_none();
                }
                None => rows.push((carried.key, kind.into_iter().collect(), kind.is_none())),
            }
        }
        let rows = rows.into_iter().map(|(key, kinds, always)| {
            let with = if always { String::new() } else { with(&kinds) };
            vec![key.name().to_owned(), kind_of(&key), with]
        });
        let rows: Vec<Vec<String>> = rows.collect();
        let mut lines = match rows.len() {
            0..=MOST_KEYS => self.aligned(rows),
            _ if self.style.all => self.aligned(rows),
            _ => self.listed(rows.into_iter().filter_map(|row| row.into_iter().next()).collect()),
        };
        let and = if lines.is_empty() { "" } else { "and " };
        lines.push(format!("{and}{} global ones (`rolelint catalog 'aws:*'`)", everywhere.len()));
        self.field("condition keys", lines);
    }

    fn service(&mut self, service: Service) {
        self.title(service.prefix(), &format!("the service {}", service.name()));
        let count = |level: AccessLevel| service.actions().filter(|action| action.level() == level).count();
        let levels = AccessLevel::ALL.into_iter().map(|level| (level, count(level))).filter(|(_, count)| *count > 0);
        let mut lines = self.aligned(levels.map(|(level, count)| vec![level.name().to_owned(), count.to_string()]).collect());
        lines.push(format!("`rolelint catalog '{}:*'` lists them", service.prefix()));
        self.field("actions", lines);
        let kinds = service.resource_types().flat_map(|kind| kind.arns().map(move |arn| vec![kind.name().to_owned(), arn.to_owned()]));
        self.table("resource types", kinds.collect());
        let keys = service.condition_keys().map(|key| vec![key.name().to_owned(), kind_of(&key)]);
        self.table("condition keys", keys.collect());
        let rcp =
            if service.supports_rcp() { "resource control policies apply to it" } else { "resource control policies do not apply to it" };
        self.field("guard rails", [rcp.to_owned()]);
        self.field("as of", [if service.is_top_up() { catalog::TOP_UP_DATE } else { catalog::DATE }.to_owned()]);
    }

    fn key(&mut self, written: &str, key: &ConditionKey) {
        self.title(&one_line(written), "a condition key");
        if !key.name().eq_ignore_ascii_case(written) {
            let issuer = if key.origin() == KeyOrigin::AnyOidcProvider { "<issuer>:" } else { "" };
            self.field("AWS writes it", [format!("{issuer}{}", key.name())]);
        }
        self.field("type", [kind_of(key)]);
        self.field("comes from", [origin(key).to_owned()]);
        self.field("in a request", [present(catalog::presence(key.name()))]);
        let actions = carriers(key);
        let services: Vec<String> = catalog::services_of_key(written).map(|service| service.prefix().to_owned()).collect();
        self.field("services", self.listed(services));
        self.field("actions", self.listed(actions.iter().map(Action::to_string).collect()));
        if key.origin() == KeyOrigin::AnyOidcProvider {
            self.field("actions", ["sts:AssumeRoleWithWebIdentity".to_owned()]);
        }
        self.field("as of", [catalog::DATE.to_owned()]);
    }

    fn account(&mut self, id: &str, account: KnownAccount) {
        let what = match account.kind() {
            AccountKind::Vendor => format!("an account of the vendor {}", account.name()),
            AccountKind::Aws => format!("an account of AWS's own, {}", account.name()),
        };
        self.title(id, &what);
        self.field("also called", account.also().map(str::to_owned));
        self.field("regions", account.regions().map(str::to_owned));
        self.field("in use", account.is_retired().then(|| "no longer".to_owned()));
        self.field("as of", [catalog::ACCOUNTS_DATE.to_owned()]);
    }

    /// Accounts of one owner.
    fn owner(&mut self, accounts: &[KnownAccount]) {
        let Some(first) = accounts.first() else { return };
        let (what, is_vendor) = match first.kind() {
            AccountKind::Vendor => ("a vendor", true),
            AccountKind::Aws => ("accounts of AWS's own", false),
        };
        self.title(first.name(), what);
        let rows = accounts.iter().map(|account| {
            let mut notes: Vec<&str> = if is_vendor { account.also().collect() } else { account.regions().collect() };
            notes.extend(account.is_retired().then_some("no longer in use"));
            vec![account.id(), notes.join(", ")]
        });
        self.table("accounts", rows.collect());
        self.field("as of", [catalog::ACCOUNTS_DATE.to_owned()]);
    }

    fn policy(&mut self, policy: ManagedPolicy) {
        let what = if policy.is_deprecated() { "a policy that AWS managed and has deprecated" } else { "a policy that AWS manages" };
        self.title(policy.name(), what);
        self.field("ARN", [policy.arn().unwrap_or_else(|| "not known".to_owned())]);
        let updated = policy.updated().map(|day| format!(" of {day}")).unwrap_or_default();
        self.field("version", [policy.version().map_or_else(|| "not known".to_owned(), |version| format!("{version}{updated}"))]);
        let makes = [
            (policy.is_admin(), "every action on every resource"),
            (policy.is_iam_full() && !policy.is_admin(), "every action of IAM: its holder may grant itself the rest"),
            (policy.is_power(), "nearly every action on every resource"),
            (policy.has_not_action(), "by NotAction: what AWS adds is allowed as well"),
        ];
        self.field("allows", makes.into_iter().filter(|(holds, _)| *holds).map(|(_, words)| words.to_owned()));
        let levels: Vec<&str> = policy.levels().map(AccessLevel::name).collect();
        let reaches = policy.action_count().map(|count| match levels.as_slice() {
            [] => format!("{count} actions"),
            levels => format!("{count} actions: {}", levels.join(", ")),
        });
        self.field("reaches", [reaches.unwrap_or_else(|| "not known".to_owned())]);
        self.field("whole services", self.listed(policy.full_services().map(|service| service.prefix().to_owned()).collect()));
        self.field("escalation", self.escalations_of(policy));
        // Some of its patterns match no action.
        self.field("no longer exist", policy.unmatched().map(str::to_owned));
        if self.style.documents {
            let document = policy.document().map_or_else(|| "not known".to_owned(), indented);
            // As it is, however long its lines are: it is to be copied.
            self.rows("document", document.lines().map(|line| (INDENT, line.to_owned())));
        }
        self.field("as of", [catalog::MANAGED_POLICIES_DATE.to_owned()]);
    }

    /// What a policy's actions can be used for; of many only the number and the first.
    fn escalations_of(&self, policy: ManagedPolicy) -> Vec<String> {
        let sets: Vec<Escalation> = policy.escalations().collect();
        let known = catalog::escalations().count();
        if sets.len() <= MOST_NAMES || self.style.all {
            return escalations(&sets, None);
        }
        let mut lines = vec![format!("{} of the {known} ways to more permissions that are known", sets.len())];
        lines.extend(escalations(sets.get(..MOST_ESCALATIONS).unwrap_or_default(), None));
        lines.push(format!("and {} more (`--all` lists them)", sets.len() - MOST_ESCALATIONS));
        lines
    }

    fn principal(&mut self, written: &str, principal: ServicePrincipal) {
        self.title(&one_line(written), "a service principal");
        if !principal.name().eq_ignore_ascii_case(written) {
            self.field("a form of", [principal.name().to_owned()]);
        }
        self.field("in AWS's policies", principal.uses().map(|use_| use_.words().to_owned()));
        self.field("as of", [catalog::PRINCIPALS_DATE.to_owned()]);
        if let Some(sender) = catalog::sender(principal.name()) {
            self.sender(sender);
        }
    }

    fn issuer(&mut self, written: &str, issuer: &IssuerFacts) {
        self.title(&one_line(written), &format!("the issuer of tokens of {}", issuer.name));
        let host = issuer.host(written);
        let of = host.map(|host| host.provider.clone()).filter(|provider| !provider.eq_ignore_ascii_case(written));
        self.field("a form of", of);
        let shared = host.is_some_and(|host| host.shared);
        let one = || format!("those of one {}, which its URL names", issuer.tenant_word);
        let whose = if shared { format!("{}: many tenants share it", issuer.who) } else { one() };
        self.field("whose tokens", [whose]);
        self.field("told apart by", shared.then(|| issuer.pins_tenant.join(", ")));
        self.field(
            "AWS asks for",
            issuer.aws_demands.as_ref().map(|demand| {
                let since = demand.since.as_ref().map(|since| format!(", since {since}")).unwrap_or_default();
                let instead = demand.instead.as_ref().map(|or| format!("; since {} for it or {}", or.since, or.claim)).unwrap_or_default();
                format!("{}{since}{instead}, when a role is made or its trust policy changed", demand.claims.join(", "))
            }),
        );
        self.field("audience for AWS", issuer.audience.clone());
        let (own, usual): (Vec<_>, Vec<_>) =
            issuer.forms.iter().filter(|form| form.kind != FormKind::Possible).partition(|form| form.kind == FormKind::Customised);
        self.table("subjects", usual.iter().map(|form| vec![form.id.clone(), form.template.clone()]).collect());
        self.field("", (!own.is_empty()).then(|| "and others, where a tenant says what they hold".to_owned()));
        self.field("condition keys", [issuer.claims.join(", ")]);
        self.field("sources", issuer.sources.clone());
        self.field("as of", [catalog::issuers::ISSUERS_DATE.to_owned()]);
    }

    /// What a service says of the resource that it acts for, by what it calls.
    fn sender(&mut self, sender: &Sender) {
        let to = |receiver: &str| if receiver == "trust" { "roles".to_owned() } else { receiver.to_owned() };
        let rows = sender.receivers().map(|(receiver, source)| vec![to(receiver), says_for_whom(source)]);
        self.table("says for whom", rows.collect());
        let arns = sender.receivers().filter_map(|(receiver, source)| Some(vec![to(receiver), source.arn.clone()?]));
        self.table("by such an ARN", arns.collect());
        let mut pages: Vec<String> = Vec::new();
        for (_, source) in sender.receivers() {
            if !pages.contains(&source.page) {
                pages.push(source.page.clone());
            }
        }
        self.field("AWS's pages", pages);
        self.field("as of", [catalog::senders_date().to_owned()]);
    }

    fn matches(&mut self, matches: &Matches) {
        let Matches { pattern, bare, actions, keys, services, policies, principals } = matches;
        let rows = actions.iter().map(|action| vec![action.to_string(), action.level().name().to_owned()]);
        let most = if *bare && !self.style.all { MOST_ACTIONS } else { usize::MAX };
        let summary = (actions.len() > MOST_ACTIONS).then(|| levels(actions));
        self.list(pattern, "actions", rows.collect(), summary, most);
        let rows = keys.iter().map(|key| vec![key.name().to_owned(), kind_of(key)]);
        self.list(pattern, "condition keys", rows.collect(), None, usize::MAX);
        let rows = services.iter().map(|service| vec![service.prefix().to_owned(), service.name().to_owned()]);
        self.list(pattern, "services", rows.collect(), None, usize::MAX);
        let deprecated = |policy: &ManagedPolicy| if policy.is_deprecated() { "deprecated" } else { "" };
        let rows = policies
            .iter()
            .map(|policy| vec![policy.name().to_owned(), policy.updated().unwrap_or("").to_owned(), deprecated(policy).to_owned()]);
        self.list(pattern, "policies of AWS's own", rows.collect(), None, usize::MAX);
        let rows = principals.iter().map(|principal| vec![principal.name().to_owned()]);
        self.list(pattern, "service principals", rows.collect(), None, usize::MAX);
    }

    fn list(&mut self, pattern: &str, what: &str, mut rows: Vec<Vec<String>>, summary: Option<String>, most: usize) {
        if rows.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let what = if rows.len() == 1 { format!("1 of the {what}") } else { format!("{} {what}", rows.len()) };
        self.title(&one_line(pattern), &what);
        let rest = rows.len().saturating_sub(most);
        rows.truncate(most);
        let more = (rest > 0).then(|| format!("and {rest} more (`--all` lists them)"));
        let columns = self.style.columns;
        let lines = summary.into_iter().chain(table(rows, columns.saturating_sub(2))).chain(more);
        for (indent, line) in lines.flat_map(|line| fitted(&line, 2, columns)) {
            self.text.push_str(&format!("{:indent$}{line}\n", ""));
        }
    }
}

/// How many actions there are of each access level: `7 List, 10 Read`.
fn levels(actions: &[Action]) -> String {
    let count = |level: AccessLevel| actions.iter().filter(|action| action.level() == level).count();
    let counts = AccessLevel::ALL.into_iter().map(|level| (level, count(level))).filter(|(_, count)| *count > 0);
    counts.map(|(level, count)| format!("{count} {}", level.name())).collect::<Vec<_>>().join(", ") + ":"
}

/// Whether requests carry a key, in words.
fn present(presence: Presence) -> String {
    match (presence, presence.lacking()) {
        (Presence::Always, _) => "always, wherever it applies".to_owned(),
        (_, Some(who)) => format!("not always: {who} lacks it"),
        (_, None) => "AWS does not say whether always".to_owned(),
    }
}

/// `String`, or `String, several values`.
fn kind_of(key: &ConditionKey) -> String {
    let also = key.also_type().map(|kind| format!(" or {}", kind.name())).unwrap_or_default();
    let several = if key.is_multi_valued() { ", several values" } else { "" };
    format!("{}{also}{several}", key.value_type().name())
}

/// With which resource types a key is valid.
fn with(kinds: &[&str]) -> String {
    match kinds {
        [] => String::new(),
        [.., _] if kinds.len() <= MOST_KINDS => format!("with {}", kinds.join(", ")),
        _ => format!("with {} and {} more", kinds.get(..MOST_KINDS).unwrap_or_default().join(", "), kinds.len() - MOST_KINDS),
    }
}

/// Sets of actions below what they are good for. On the page of one of them, only what it needs beside itself.
fn escalations(sets: &[Escalation], of: Option<&str>) -> Vec<String> {
    let written = |set: &Escalation| {
        let others: Vec<&str> = set.actions().filter(|action| of.is_none_or(|of| !of.eq_ignore_ascii_case(action))).collect();
        match (of, others.as_slice()) {
            (Some(_), []) => "  alone".to_owned(),
            (Some(_), others) => format!("  with {}", others.join(" + ")),
            (None, all) => format!("  {}", all.join(" + ")),
        }
    };
    let mut lines = Vec::new();
    for kind in EscalationKind::ALL {
        let mut of_kind = sets.iter().filter(|set| set.kind() == kind).peekable();
        if of_kind.peek().is_some() {
            lines.push(format!("{}:", kind.words()));
        }
        lines.extend(of_kind.map(written));
    }
    lines
}

/// JSON on one line with line breaks and indentation put in; the order of members stays.
fn indented(json: &str) -> String {
    let mut out = String::new();
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut rest = json.chars().peekable();
    while let Some(c) = rest.next() {
        out.push(c);
        match c {
            _ if quoted => {
                quoted = escaped || c != '"';
                escaped = c == '\\' && !escaped;
            }
            '"' => quoted = true,
            '{' | '[' if !matches!(rest.peek(), Some('}' | ']')) => {
                depth += 1;
                new_line(&mut out, depth);
            }
            ',' => new_line(&mut out, depth),
            ':' => out.push(' '),
            _ => {}
        }
        let empty = matches!(c, '{' | '[') && !quoted;
        if matches!(rest.peek(), Some('}' | ']')) && !quoted && !empty {
            depth = depth.saturating_sub(1);
            new_line(&mut out, depth);
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// The keys that it sends, in words.
fn says_for_whom(source: &ServiceSource) -> String {
    let keys = source.keys.join(", ");
    match source.sends {
        Sends::Yes if source.is_within_account() => format!("{keys}; for resources of the same account alone"),
        Sends::Yes => keys,
        Sends::No => "nothing".to_owned(),
        Sends::Unsure => format!("{keys}, as others say"),
    }
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn a_document_is_laid_out_and_stays_the_same() {
        let text = r#"{"Version":"2012-10-17","Statement":[{"Action":["a:b","c, d: {\"}[\\"],"Condition":{},"NotResource":[]}]}"#;
        let expected = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Action": [
        "a:b",
        "c, d: {\"}[\\"
      ],
      "Condition": {},
      "NotResource": []
    }
  ]
}"#;
        assert_eq!(indented(text), expected);
        let same = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let all = crate::catalog::managed_policies().filter_map(crate::catalog::ManagedPolicy::document);
        all.for_each(|document| assert_eq!(same(&indented(document)), same(document)));
    }
}
