//! Facts for people: a title, then fields in two columns.

use owo_colors::{OwoColorize, Style};

use super::{Answer, Fact, Matches, carriers, origin};
use crate::catalog::{
    self, AccessLevel, AccountKind, Action, CarriedKey, ConditionKey, Escalation, EscalationKind, KeyOrigin, KeySource, KnownAccount,
    ManagedPolicy, ResourceSupport, Service, ServicePrincipal,
};
use crate::report::one_line;

/// Columns before a field's text.
const INDENT: usize = 20;
/// More names than this are only counted.
const MOST_NAMES: usize = 12;
/// More resource types than this are only counted.
const MOST_KINDS: usize = 3;

pub fn pages(answers: &[Answer], documents: bool, color: bool) -> String {
    let facts = answers.iter().flat_map(|answer| &answer.facts);
    let pages: Vec<String> = facts.map(|fact| page(fact, documents, color)).collect();
    pages.join("\n")
}

fn page(fact: &Fact, documents: bool, color: bool) -> String {
    let mut page = Page { text: String::new(), color };
    match fact {
        Fact::Action(action) => page.action(*action),
        Fact::Retired(name) => {
            page.title(&one_line(name), "an action that AWS once had and has no more");
            page.field("as of", [catalog::DATE.to_owned()]);
        }
        Fact::Service(service) => page.service(*service),
        Fact::Key(written, key) => page.key(written, key),
        Fact::Account(id, account) => page.account(id, *account),
        Fact::Policy(policy) => page.policy(*policy, documents),
        Fact::Principal(written, principal) => page.principal(written, *principal),
        Fact::Matches(matches) => page.matches(matches),
    }
    page.text
}

struct Page {
    text: String,
    color: bool,
}

impl Page {
    fn painted(&self, text: &str, style: Style) -> String {
        if self.color { text.style(style).to_string() } else { text.to_owned() }
    }

    fn title(&mut self, name: &str, what: &str) {
        let name = self.painted(name, Style::new().bold());
        self.text.push_str(&format!("{name}: {what}\n"));
    }

    /// A field with its lines, if there are any.
    fn field(&mut self, label: &str, lines: impl IntoIterator<Item = String>) {
        let mut label = label;
        for line in lines {
            let space = " ".repeat(INDENT.saturating_sub(2 + label.len()));
            let shown = self.painted(label, Style::new().cyan());
            self.text.push_str(format!("  {shown}{space}{line}").trim_end());
            self.text.push('\n');
            label = "";
        }
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
        self.field("escalation", escalations(catalog::escalations_with(&name).collect()));
        self.field("sensitive", catalog::sensitive(&name).map(|kind| kind.name().to_owned()));
        self.field("as of", [if action.is_top_up() { catalog::TOP_UP_DATE } else { catalog::DATE }.to_owned()]);
    }

    fn resources(&mut self, action: Action) {
        let types = match action.resources() {
            ResourceSupport::Unknown => return self.field("resource types", ["not known".to_owned()]),
            ResourceSupport::WildcardOnly => return self.field("resource types", ["none: only `*`".to_owned()]),
            ResourceSupport::Types(types) => types,
        };
        let rows = types.flat_map(|link| {
            let kind = link.resource_type();
            let required = if link.is_required() { "required" } else { "optional" };
            kind.arns().map(move |arn| vec![kind.name().to_owned(), required.to_owned(), arn.to_owned()])
        });
        self.field("resource types", aligned(rows.collect()));
    }

    fn keys_of(&mut self, action: Action) {
        let (everywhere, listed): (Vec<CarriedKey>, Vec<CarriedKey>) =
            action.carried_keys().partition(|carried| carried.source == KeySource::EveryRequest);
        // A key that several resource types have is one line.
        let mut rows: Vec<(ConditionKey, Vec<&str>)> = Vec::new();
        for carried in listed {
            let kind = match carried.source {
                KeySource::ResourceType(kind) => Some(kind.name()),
                KeySource::Action | KeySource::EveryRequest => None,
            };
            match rows.iter_mut().find(|(key, kinds)| *key == carried.key && kinds.is_empty() == kind.is_none()) {
                Some((_, kinds)) => kinds.extend(kind),
                None => rows.push((carried.key, kind.into_iter().collect())),
            }
        }
        let rows = rows.into_iter().map(|(key, kinds)| vec![key.name().to_owned(), kind_of(&key), with(&kinds)]);
        let mut lines = aligned(rows.collect());
        let and = if lines.is_empty() { "" } else { "and " };
        lines.push(format!("{and}{} that requests to every service may carry", everywhere.len()));
        self.field("condition keys", lines);
    }

    fn service(&mut self, service: Service) {
        self.title(service.prefix(), &format!("the service {}", service.name()));
        let count = |level: AccessLevel| service.actions().filter(|action| action.level() == level).count();
        let levels = AccessLevel::ALL.into_iter().map(|level| (level, count(level))).filter(|(_, count)| *count > 0);
        let mut lines = aligned(levels.map(|(level, count)| vec![level.name().to_owned(), count.to_string()]).collect());
        lines.push(format!("`rolelint catalog '{}:*'` lists them", service.prefix()));
        self.field("actions", lines);
        let kinds = service.resource_types().flat_map(|kind| kind.arns().map(move |arn| vec![kind.name().to_owned(), arn.to_owned()]));
        self.field("resource types", aligned(kinds.collect()));
        let keys = service.condition_keys().map(|key| vec![key.name().to_owned(), kind_of(&key)]);
        self.field("condition keys", aligned(keys.collect()));
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
        let actions = carriers(key);
        let services: Vec<String> = catalog::services_of_key(written).map(|service| service.prefix().to_owned()).collect();
        self.field("services", listed(services, "services"));
        self.field("actions", listed(actions.iter().map(Action::to_string).collect(), "actions"));
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

    fn policy(&mut self, policy: ManagedPolicy, documents: bool) {
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
        self.field("whole services", listed(policy.full_services().map(|service| service.prefix().to_owned()).collect(), "services"));
        self.field("escalation", escalations(policy.escalations().collect()));
        self.field("names nothing", policy.unmatched().map(str::to_owned));
        if documents {
            let document = policy.document().map_or_else(|| "not known".to_owned(), indented);
            self.field("document", document.lines().map(str::to_owned));
        }
        self.field("as of", [catalog::MANAGED_POLICIES_DATE.to_owned()]);
    }

    fn principal(&mut self, written: &str, principal: ServicePrincipal) {
        self.title(&one_line(written), "a service principal");
        if !principal.name().eq_ignore_ascii_case(written) {
            self.field("a form of", [principal.name().to_owned()]);
        }
        self.field("in AWS's policies", principal.uses().map(|use_| use_.words().to_owned()));
        self.field("as of", [catalog::PRINCIPALS_DATE.to_owned()]);
    }

    fn matches(&mut self, matches: &Matches) {
        let Matches { actions, keys, services, policies, principals, .. } = matches;
        let rows = actions.iter().map(|action| vec![action.to_string(), action.level().name().to_owned()]);
        self.list(&matches.pattern, "actions", rows.collect());
        let rows = keys.iter().map(|key| vec![key.name().to_owned(), kind_of(key)]);
        self.list(&matches.pattern, "condition keys", rows.collect());
        let rows = services.iter().map(|service| vec![service.prefix().to_owned(), service.name().to_owned()]);
        self.list(&matches.pattern, "services", rows.collect());
        let deprecated = |policy: &ManagedPolicy| if policy.is_deprecated() { "deprecated" } else { "" };
        let rows = policies
            .iter()
            .map(|policy| vec![policy.name().to_owned(), policy.updated().unwrap_or("").to_owned(), deprecated(policy).to_owned()]);
        self.list(&matches.pattern, "policies of AWS's own", rows.collect());
        let rows = principals.iter().map(|principal| vec![principal.name().to_owned()]);
        self.list(&matches.pattern, "service principals", rows.collect());
    }

    fn list(&mut self, pattern: &str, what: &str, rows: Vec<Vec<String>>) {
        if rows.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let what = if rows.len() == 1 { format!("1 of the {what}") } else { format!("{} {what}", rows.len()) };
        self.title(&one_line(pattern), &what);
        for line in aligned(rows) {
            self.text.push_str(&format!("  {line}\n"));
        }
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

/// Sets of actions below what they are good for.
fn escalations(sets: Vec<Escalation>) -> Vec<String> {
    let mut lines = Vec::new();
    for kind in EscalationKind::ALL {
        let mut of_kind = sets.iter().filter(|set| set.kind() == kind).peekable();
        if of_kind.peek().is_some() {
            lines.push(format!("{}:", kind.words()));
        }
        lines.extend(of_kind.map(|set| format!("  {}", set.actions().collect::<Vec<_>>().join(" + "))));
    }
    lines
}

/// Few names a line each, of more only the number and the first.
fn listed(names: Vec<String>, what: &str) -> Vec<String> {
    if names.len() <= MOST_NAMES {
        return names;
    }
    let rest = names.len() - MOST_NAMES;
    let shown = names.into_iter().take(MOST_NAMES);
    shown.chain([format!("and {rest} more {what}")]).collect()
}

/// Rows with their columns below each other.
fn aligned(rows: Vec<Vec<String>>) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(|at| rows.iter().filter_map(|row| row.get(at)).map(String::len).max().unwrap_or(0)).collect();
    let line = |row: Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.into_iter().map(line).collect()
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
