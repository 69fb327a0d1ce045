use crate::finding::{Category, Severity};
use crate::policy::pattern::Segment;
use crate::policy::rewrite;
use crate::policy::{Document, Item, PolicyKind, Statement};
use crate::rules::kit::rule::{Context, Rule};

rule! {
    InvalidSid, "invalid-sid",
    summary: "a Sid with characters that AWS does not allow",
    category: Category::Correctness,
    severity: Severity::Medium,
    tags: &["validity"],
}

impl Rule for InvalidSid {
    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !context.document().is_some_and(takes_words_only) {
            return;
        }
        let Some(sid) = &statement.sid else { return };
        let Some(character) = foreign(sid) else { return };
        let shown = if character == ' ' { "a space".to_owned() } else { format!("`{character}`") };
        let word = sid.pattern.as_exact().map(in_one_word).filter(|word| !word.is_empty());
        let help = match &word {
            Some(word) => format!("write `{word}`"),
            None => "use letters and digits only".to_owned(),
        };
        let edit = word.zip(context.document()).and_then(|(word, document)| rewrite::sid(statement, document, &word, context.sources));
        let finding = context
            .at(&sid.place, format!("contains {shown}"))
            .fact(context.policy_name())
            .fact(character)
            .rejected(format!("a Sid can only contain letters and digits, not {shown}"))
            .help(help)
            .edit(edit);
        context.report(finding);
    }
}

/// "The Sid element supports ASCII uppercase letters (A-Z), lowercase letters (a-z), and numbers (0-9)". Buckets, keys and
/// repositories take others, too; of most services nothing is written.
fn takes_words_only(document: &Document) -> bool {
    match document.kind {
        PolicyKind::Resource => matches!(document.carrier.resource(), "aws_secretsmanager_secret" | "aws_secretsmanager_secret_policy"),
        PolicyKind::Endpoint => false,
        _ => true,
    }
}

/// The first character that is known and wrong.
fn foreign(sid: &Item) -> Option<char> {
    sid.pattern.segments().iter().find_map(|segment| match segment {
        Segment::Literal(text) => text.chars().find(|character| !character.is_ascii_alphanumeric()),
        _ => None,
    })
}

/// `Allow read-only` as `AllowReadOnly`.
fn in_one_word(text: &str) -> String {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| word.get(..1).map_or(String::new(), str::to_ascii_uppercase) + word.get(1..).unwrap_or_default();
    words.map(capital).collect()
}
