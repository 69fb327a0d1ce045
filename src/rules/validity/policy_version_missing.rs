use crate::catalog;
use crate::finding::{Category, Edit, Severity, What};
use crate::policy::{Document, Item, Statement, rewrite, variables};
use crate::rules::kit::rule::{Context, Rule};
use crate::truth::Truth;

rule! {
    PolicyVersionMissing, "policy-version-missing",
    summary: "policy variables in a policy whose version does not support them",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["validity"],
}

impl Rule for PolicyVersionMissing {
    fn document(&self, document: &Document, context: &mut Context) {
        if document.has_variables != Truth::No {
            return;
        }
        let items = document.statements.iter().flat_map(Statement::with_variables);
        for (item, variable) in items.filter_map(|item| Some((item, literal_variable(item)?))) {
            let why = match &document.version {
                Some(version) => format!("version {} does not support variables", version.text),
                None => "a policy without a Version does not support variables".to_owned(),
            };
            let mut finding = context
                .at(&item.place, "is not a variable here")
                .fact(&variable)
                .facts(document.version.as_ref().map(|version| &*version.text))
                .says(format!("`${{{variable}}}`"), What::Is("is taken literally".to_owned()))
                .because(why)
                .help("write Version \"2012-10-17\"")
                // What a variable stands for may be more than the text that it is now.
                .edit(rewrite::version(document, "2012-10-17", context.sources).map(Edit::as_a_guess));
            if let Some(version) = &document.version {
                finding = finding.label(version.place.span, "is the version without variables");
            }
            context.report(finding);
        }
    }
}

/// A variable that is none here.
fn literal_variable(item: &Item) -> Option<String> {
    let known = |name: &&str| catalog::condition_key(variables::key_of(name)).is_some();
    variables::literal(item, '$').find(known).map(str::to_owned)
}
