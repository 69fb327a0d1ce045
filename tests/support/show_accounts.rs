//! Whose accounts are whose, as the pages of testdata/estate write it: the provider configurations with their accounts and reasons, then
//! what each account that a policy lets in is to the one that the policy is in.

use rolelint::config::Config;
use rolelint::estate::{AccountRef, Estate, Relation};
use rolelint::source::Span;

use super::show_estate::account;

pub fn accounts(estate: &Estate, config: &Config, place: &dyn Fn(Span) -> (String, usize)) -> String {
    let at = |span: Option<Span>| span.map(place).map(|(file, line)| format!(" ({file}:{line})")).unwrap_or_default();
    let mut homes: Vec<String> = estate
        .homes
        .iter()
        .map(|home| format!("{}: {}, because {}{}", home.provider, account(&home.account), home.words(), at(home.span)))
        .collect();
    homes.sort();
    let mut lines = Vec::new();
    for attached in &estate.policies {
        let principals = attached.document.statements.iter().filter_map(|statement| statement.principals.as_ref());
        for principal in principals.flat_map(|principals| &principals.items) {
            let other = AccountRef::of_principal(&principal.item.pattern);
            let relation = estate.relation(&attached.account, &other, config);
            let because = estate.because(&other, &relation, config).map(|because| format!(", because {because}")).unwrap_or_default();
            lines.push(format!("{} lets in {}: {}{because}", attached.document.address, principal.item.text, words(&relation)));
        }
    }
    homes.into_iter().chain(lines).map(|line| line + "\n").collect()
}

fn words(relation: &Relation) -> String {
    match relation {
        Relation::Same => "the same account".to_owned(),
        Relation::Ours { name, environment, trusted } => {
            let environment = environment.as_ref().map(|environment| format!(" ({environment})")).unwrap_or_default();
            format!("ours, `{name}`{environment}{}", if *trusted { ", trusted" } else { "" })
        }
        Relation::Vendor { name } => format!("the vendor {name}"),
        Relation::ThirdParty { name } => format!("the third party `{name}`"),
        Relation::Aws { name } => format!("AWS's {name}"),
        Relation::Stranger => "a stranger".to_owned(),
        Relation::Unknown => "not known".to_owned(),
    }
}
