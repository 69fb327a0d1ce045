use super::issuers;
use crate::estate::Values;
use crate::finding::{Category, Severity, What};
use crate::policy::{PolicyKind, Statement};
use crate::rules::kit::rule::listed;
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::truth::Truth;

rule! {
    OidcAudienceUnregistered, "oidc-audience-unregistered",
    summary: "a trust policy that asks for an audience its identity provider does not accept",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["trust", "federation"],
}

impl Rule for OidcAudienceUnregistered {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        for (principal, issuer) in issuers(statement, context) {
            let conditions = statement.conditions_on_claim(&issuer, "aud");
            let Some(asked) =
                conditions.iter().find(|condition| condition.operator.is_positive()).and_then(|condition| condition.values.first())
            else {
                continue;
            };
            let providers: Vec<_> = context.estate.providers_of(principal, &issuer).collect();
            let lists: Option<Vec<&Values>> = providers.iter().map(|provider| provider.audiences.as_ref()).collect();
            let Some(lists) = lists.filter(|lists| !lists.is_empty() && lists.iter().all(|list| list.complete)) else { continue };
            let registered: Vec<String> = lists.iter().flat_map(|list| &list.items).map(|item| item.text.to_string()).collect();
            let passing = statement.passing_claim(&issuer, "aud");
            if registered.is_empty() || Truth::any(registered.iter().map(|audience| passing.value(audience))) != Truth::No {
                continue;
            }
            let finding = context.at(&asked.place, "is not an audience of the identity provider").fact(&*asked.text);
            let why = format!("its identity provider does not accept tokens for `{}`", asked.text);
            let mut finding = finding.says("nobody", What::Assume).because(why);
            if let Some(list) = lists.first() {
                finding = finding.label(
                    list.place.span,
                    format!("only {} {} registered", listed(&registered, 3), if registered.len() == 1 { "is" } else { "are" }),
                );
            }
            context.report(finding.help("add the audience to `client_id_list`, or test the one that is there"));
        }
    }
}
