//! Estates as the pages of testdata/estate write them: who there is and what each holds, then the policies that nobody holds.

use rolelint::estate::{AccountRef, Attached, Estate, Identity, Node, NodeKind, Parent, Provider, Use};
use rolelint::policy::{Item, PolicyKind};

use super::show_policy::pattern;

pub fn estate(estate: &Estate) -> String {
    let mut lines = Vec::new();
    for identity in &estate.identities {
        show_identity(identity, estate, &mut lines);
    }
    for attached in &estate.policies {
        if attached.holders().next().is_none() {
            let document = &attached.document;
            let uses = bound(attached, estate).unwrap_or_else(|| "held by nobody".to_owned());
            lines.push(format!("{} {} in {}, {uses}", attached.kind().name(), document.address, account(&attached.account)));
        }
    }
    lines.extend(estate.clusters.iter().map(|cluster| format!("EKS: {}", cluster.address)));
    estate.providers.iter().for_each(|provider| show_provider(provider, &mut lines));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Where in the organization a policy is attached, each with what is above.
fn bound(attached: &Attached, estate: &Estate) -> Option<String> {
    let nodes = attached.uses.iter().filter_map(|part| if let Use::Binds(node) = part { Some(*node) } else { None });
    let shown = nodes.map(|node| {
        let path: Vec<String> = estate.organization.above(node).map(|(_, node)| shown_node(node)).collect();
        let last = estate.organization.above(node).last();
        let more = last.is_some_and(|(_, node)| node.parent == Parent::Unknown);
        format!("{}{}", path.join(" in "), if more { " in something unknown" } else { "" })
    });
    let shown: Vec<String> = shown.collect();
    (!shown.is_empty()).then(|| format!("attached to {}", shown.join(" and to ")))
}

fn shown_node(node: &Node) -> String {
    match &node.kind {
        NodeKind::Root => format!("root {}", node.address),
        NodeKind::Unit => format!("unit {}", node.address),
        NodeKind::Somewhere => node.address.clone(),
        NodeKind::Account(number) => format!("{} of {}", account(number), node.address),
    }
}

fn show_provider(provider: &Provider, lines: &mut Vec<String>) {
    let issuer = provider.issuer().map_or_else(|| "SAML".to_owned(), |issuer| format!("`{}`", pattern(&issuer.name)));
    lines.push(format!("identity provider {issuer} in {}: {}", account(&provider.account), provider.address));
    for (name, values) in [("audiences", &provider.audiences), ("thumbprints", &provider.thumbprints)] {
        let Some(values) = values else { continue };
        let mut shown: Vec<String> = values.items.iter().map(|item| pattern(&item.pattern)).collect();
        shown.extend((!values.complete).then(|| "not all known".to_owned()));
        lines.push(format!("  {name}: {}", shown.join(", ")));
    }
}

fn show_identity(identity: &Identity, estate: &Estate, lines: &mut Vec<String>) {
    let name = identity.name.as_ref().map_or_else(|| "?".to_owned(), |name| pattern(&name.pattern));
    let path = identity.path.as_ref().map(|path| format!(" at {}", pattern(&path.pattern))).unwrap_or_default();
    lines.push(format!("{} `{name}`{path} in {}: {}", identity.kind.name(), account(&identity.account), identity.address));
    for document in
        identity.trust.iter().chain(&identity.policies).flat_map(|policy| estate.policy(*policy)).map(|attached| &attached.document)
    {
        let statements = document.statements.len();
        let same = document.address == identity.address;
        let whose = if same { String::new() } else { format!(" {}", document.address) };
        let kind = if same && document.kind == PolicyKind::Identity { "inline policy" } else { document.kind.name() };
        lines.push(format!("  {kind}{whose} ({statements} {})", if statements == 1 { "statement" } else { "statements" }));
    }
    for managed in &identity.managed {
        let aws = managed.aws_name().map(|name| format!(", AWS's own {name}")).unwrap_or_default();
        lines.push(format!("  managed policy {} by {}{aws}", pattern(&managed.arn), managed.address));
    }
    let known = |item: &Option<Item>| item.as_ref().map_or_else(|| "?".to_owned(), |item| pattern(&item.pattern));
    for account in &identity.service_accounts {
        lines.push(format!("  for service account {} in {}", known(&account.name), known(&account.namespace)));
    }
    match identity.access_keys.len() {
        0 => {}
        1 => lines.push("  has an access key".to_owned()),
        many => lines.push(format!("  has {many} access keys")),
    }
    if identity.boundary.is_some() {
        lines.push("  has a permissions boundary".to_owned());
    }
    if identity.incomplete {
        lines.push("  and perhaps more policies".to_owned());
    }
}

pub fn account(account: &AccountRef) -> String {
    match account {
        AccountRef::Number(number) => number.to_string(),
        AccountRef::Symbol(symbol) => symbol.replace("/:", ""),
        AccountRef::Unknown => "an unknown account".to_owned(),
    }
}
