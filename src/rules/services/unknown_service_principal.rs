use crate::catalog;
use crate::finding::{Category, Edit, Message, Severity, What};
use crate::policy::rewrite;
use crate::policy::{PolicyKind, PrincipalKind, Statement};
use crate::rules::kit::rule::{Context, Rule, WITH_PRINCIPALS};

rule! {
    UnknownServicePrincipal, "unknown-service-principal",
    summary: "a service principal that does not exist",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["trust", "validity"],
}

impl Rule for UnknownServicePrincipal {
    fn kinds(&self) -> &'static [PolicyKind] {
        WITH_PRINCIPALS
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        let principals = statement.principals.iter().flat_map(|principals| &principals.items);
        for principal in principals.filter(|principal| principal.kind == PrincipalKind::Service) {
            let item = &principal.item;
            let Some(meant) = item.pattern.as_exact().and_then(catalog::meant_service_principal) else { continue };
            let name = format!("the service principal `{}`", item.text);
            let message = match context.kind() {
                Some(PolicyKind::Trust) => Message::rejected(format!("{name} does not exist")),
                _ => Message::new(name, What::Is("does not exist".to_owned()))
                    .aside(format!("so it admits nobody to {}", context.subject_name())),
            };
            let edit = rewrite::token(&item.place, &item.text, meant, context.sources).map(Edit::as_a_guess);
            let finding = context.at(&item.place, format!("did you mean `{meant}`?")).message(message);
            let finding = finding.help(format!("write `{meant}`")).edit(edit);
            let kind = if context.kind() == Some(PolicyKind::Trust) { "refused" } else { "" };
            context.report_token(finding.kind(kind).fact(&*item.text));
        }
    }
}
