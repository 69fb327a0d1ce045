use crate::catalog;
use crate::finding::{Category, Message, Severity, What};
use crate::policy::condition::Base;
use crate::policy::pattern::Segment;
use crate::policy::{Document, Item, Statement, variables};
use crate::rules::kit::keys::is_unknown;
use crate::rules::kit::rule::{Context, Rule};

rule! {
    PolicyVariableEscaping, "policy-variable-escaping",
    summary: "a policy variable that AWS does not read as a variable",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["validity"],
}

impl Rule for PolicyVariableEscaping {
    fn document<'a>(&self, document: &'a Document, context: &mut Context<'a>) {
        for statement in &document.statements {
            context.at_statement(statement);
            for item in statement.with_variables() {
                if let Some((kind, variable, message, label, help)) = where_they_work(item) {
                    context.report(context.at(&item.place, label).kind(kind).fact(variable).message(message).help(help));
                }
            }
            for (item, what) in elsewhere(statement) {
                let Some(variable) = variables::literal(item, '$').next() else { continue };
                let finding = context
                    .at(&item.place, "is taken literally")
                    .kind("elsewhere")
                    .facts([variable, &what])
                    .says(format!("`${{{variable}}}`"), What::Is(format!("is not a variable in {what}")))
                    .because("variables only work in resources and in strings and ARNs of conditions")
                    .help("write the value itself");
                context.report(finding);
            }
        }
    }
}

/// What is wrong with a variable: its kind, the variable, the message, the label and the help.
type Words = (&'static str, String, Message, String, String);

/// Of the strings in which variables work.
fn where_they_work(item: &Item) -> Option<Words> {
    left_for_terraform(item).or_else(|| doubled(item)).or_else(|| unknown(item))
}

/// `&{aws:username}`, which the policy document data source makes `${aws:username}` in its own statements, and nobody else does.
fn left_for_terraform(item: &Item) -> Option<Words> {
    let known = |name: &&str| catalog::condition_key(variables::key_of(name)).is_some();
    let variable = variables::literal(item, '&').find(known)?;
    Some((
        "left",
        variable.to_owned(),
        Message::new(format!("`&{{{variable}}}`"), What::Is("is not a variable".to_owned())).because("AWS takes it literally"),
        "reaches AWS as it is".into(),
        format!(
            "write `$${{{variable}}}` in HCL, and `${{{variable}}}` in a file: only the statements of a policy document data source turn `&{{` into `${{`"
        ),
    ))
}

/// `$${aws:username}` where nobody halves the `$`, as in a file that is read with file().
fn doubled(item: &Item) -> Option<Words> {
    let variable = item.pattern.segments().windows(2).find_map(|pair| match pair {
        [Segment::Literal(text), Segment::Variable(name)] if text.ends_with('$') => Some(name),
        _ => None,
    })?;
    Some((
        "doubled",
        variable.to_string(),
        Message::new(format!("`$${{{variable}}}`"), What::Is(format!("means a `$` followed by the value of `${{{variable}}}`"))),
        "keeps both `$` on the way to AWS".into(),
        format!("write `${{{variable}}}`: only HCL and templatefile() halve `$$`"),
    ))
}

fn unknown(item: &Item) -> Option<Words> {
    let key = item.pattern.segments().iter().find_map(|segment| match segment {
        Segment::Variable(name) => Some(variables::key_of(name)).filter(|key| key.contains(':') && is_unknown(key)),
        _ => None,
    })?;
    let near = catalog::suggest_condition_key(key, &[]).filter(|near| !near.contains("${"));
    let label = near.as_ref().map_or("does not exist".to_owned(), |near| format!("did you mean `${{{near}}}`?"));
    let help = match near {
        Some(near) => format!("AWS had no such key on {}: write `${{{near}}}` if you mean that one", catalog::DATE),
        None => format!("AWS had no such key on {}: use the name of a condition key", catalog::DATE),
    };
    let message =
        Message::new("no request", What::Is(format!("has a value for `${{{key}}}`"))).because("this condition key does not exist");
    Some(("unknown", key.to_owned(), message, label, help))
}

/// Strings in which there are no variables, and what each is.
fn elsewhere(statement: &Statement) -> Vec<(&Item, String)> {
    let mut items: Vec<(&Item, String)> = Vec::new();
    items.extend(statement.sid.iter().map(|item| (item, "a Sid".to_owned())));
    let actions = statement.actions.iter().flat_map(|actions| &actions.items);
    items.extend(actions.map(|item| (item, "an Action".to_owned())));
    let principals = statement.principals.iter().flat_map(|principals| &principals.items);
    items.extend(principals.map(|principal| (&principal.item, "a Principal".to_owned())));
    for condition in statement.conditions.iter().filter(|condition| !condition.operator.takes_variables()) {
        let known = condition.operator.base != Base::Unknown;
        items.extend(condition.values.iter().filter(|_| known).map(|item| (item, "the value of this operator".to_owned())));
    }
    items
}
