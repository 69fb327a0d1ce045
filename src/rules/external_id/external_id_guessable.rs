use super::{admitted, asking, called, why_invalid};
use crate::access::Scope;
use crate::config::is_account_id;
use crate::estate::{AccountRef, Relation};
use crate::finding::{Category, Confidence, Severity, What};
use crate::policy::pattern::Segment;
use crate::policy::{Item, PolicyKind, Principal, Statement};
use crate::rules::kit::rule::{Context, OF_ROLES, Rule};
use crate::rules::kit::trust::lets_in;

rule! {
    ExternalIdGuessable, "external-id-guessable",
    summary: "an external ID that a stranger can guess",
    category: Category::Security,
    severity: Severity::Low,
    confidence: Confidence::Medium,
    tags: &["trust", "external-id"],
}

/// Shorter ones can be tried out, or are somebody's number.
const ENOUGH: usize = 12;

/// What people write until they have the real one, without case and punctuation.
const PLACEHOLDERS: &[&str] = &[
    "changeit",
    "changeme",
    "dummy",
    "example",
    "exampleexternalid",
    "externalid",
    "externalidhere",
    "fixme",
    "insertexternalid",
    "myexternalid",
    "password",
    "placeholder",
    "replaceme",
    "replacewithexternalid",
    "sample",
    "secret",
    "someexternalid",
    "testexternalid",
    "todo",
    "uniqueid",
    "yourexternalid",
    "youruniqueid",
];

/// Words that say what a role is for, or where.
const PURPOSES: &[&str] = &[
    "access",
    "account",
    "actions",
    "admin",
    "agent",
    "api",
    "app",
    "assume",
    "audit",
    "aws",
    "backup",
    "billing",
    "build",
    "ci",
    "cicd",
    "cloud",
    "cluster",
    "cross",
    "crossaccount",
    "data",
    "demo",
    "deploy",
    "deployer",
    "deployment",
    "dev",
    "development",
    "dns",
    "env",
    "external",
    "github",
    "gitlab",
    "id",
    "infra",
    "integration",
    "internal",
    "jenkins",
    "key",
    "lab",
    "live",
    "log",
    "logging",
    "logs",
    "monitoring",
    "nonprod",
    "ops",
    "org",
    "pipeline",
    "platform",
    "preprod",
    "prod",
    "production",
    "project",
    "qa",
    "readonly",
    "role",
    "sandbox",
    "sbx",
    "security",
    "service",
    "shared",
    "stage",
    "staging",
    "stg",
    "support",
    "team",
    "terraform",
    "test",
    "testing",
    "tf",
    "token",
    "tool",
    "tools",
    "trust",
    "uat",
    "user",
    "vendor",
];

impl Rule for ExternalIdGuessable {
    fn kinds(&self) -> &'static [PolicyKind] {
        OF_ROLES
    }

    fn statement(&self, statement: &Statement, context: &mut Context) {
        if !lets_in(statement, "sts:AssumeRole", context) {
            return;
        }
        let admitted = admitted(statement, context);
        let Some((party, made_by_vendor)) = party(&admitted) else { return };
        let names: Vec<String> = context.holders().iter().map(|holder| holder.shown_name().to_ascii_lowercase()).collect();
        for condition in asking(statement).filter(|condition| statement.enforces(condition).possibly()) {
            for value in &condition.values {
                let Some(why) = why_guessable(value, made_by_vendor, &names, context) else { continue };
                let guess = if value.pattern.is_exact() { format!(" `{}`", value.text) } else { " the external ID".to_owned() };
                let finding = context
                    .at(&value.place, why)
                    .fact(if value.pattern.is_exact() { context.name_fact(&value.text) } else { "" })
                    .fact(&party)
                    .says(format!("anyone who guesses{guess}"), What::AssumeThrough(party.clone()))
                    .label(condition.key_place.span, "is what keeps out other customers of the same third party")
                    .help("use one that cannot be guessed: the one that the third party generated for you, or a UUID");
                context.report_token(finding);
            }
        }
    }
}

/// What to call the first account for which the ID matters, and whether all of them are known vendors, which make the ID.
fn party(admitted: &[(&Principal, AccountRef, Relation)]) -> Option<(String, bool)> {
    if admitted.iter().any(|(principal, _, _)| principal.is_everybody()) {
        return None;
    }
    let first = admitted.iter().find_map(|(_, account, relation)| called(account, relation))?;
    Some((first, admitted.iter().all(|(_, _, relation)| matches!(relation, Relation::Vendor { .. }))))
}

fn why_guessable(value: &Item, made_by_vendor: bool, names: &[String], scope: &Scope) -> Option<&'static str> {
    let id = text(value, scope)?;
    if id.is_empty() || id.contains(['*', '?', '<', '{']) || why_invalid(value).is_some() {
        return None;
    }
    let bare: String = id.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    if PLACEHOLDERS.contains(&bare.as_str()) || is_row(&bare) {
        return Some("is a placeholder");
    }
    // The vendor makes the ID, in whatever form, and the customer cannot choose another: New Relic's is a number, Fastly's has letters.
    if made_by_vendor {
        return None;
    }
    if is_account_id(&id) {
        return Some("is an account ID, which is part of every role ARN");
    }
    if names.iter().any(|name| name.eq_ignore_ascii_case(&id)) {
        return Some("is the role's own name");
    }
    if id.chars().count() < ENOUGH {
        return Some("is short enough to try every value");
    }
    is_slug(&id, names).then_some("is made of plain words")
}

/// The text, with zeros for the number of the account in use.
fn text(value: &Item, scope: &Scope) -> Option<String> {
    let part = |segment: &Segment| match segment {
        Segment::Literal(text) => Some(text.to_string()),
        Segment::Star => Some("*".to_owned()),
        Segment::Question => Some("?".to_owned()),
        Segment::Hole(hole) => {
            let account = AccountRef::Symbol(hole.id.clone()?);
            (scope.relation(&account) == Relation::Same).then(|| "0".repeat(12))
        }
        Segment::Variable(_) => None,
    };
    value.pattern.segments().iter().map(part).collect()
}

/// `1234567890`, `abcdef`, `xxxx`: keys in a row, or one again and again.
fn is_row(bare: &str) -> bool {
    let bytes = bare.as_bytes();
    let steps = |step: u8| bytes.windows(2).all(|pair| matches!(pair, [a, b] if a.wrapping_add(step) == *b || (*a, *b) == (b'9', b'0')));
    bytes.len() > 2 && (steps(1) || steps(0))
}

/// Words with something between them, of which one says what the role is for. What looks drawn at random is no word.
fn is_slug(id: &str, names: &[String]) -> bool {
    let words: Vec<String> =
        id.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).flat_map(humps).collect();
    let telling = |word: &String| {
        is_account_id(word)
            || PURPOSES.contains(&word.trim_end_matches(|character: char| character.is_ascii_digit()))
            || word.len() > 3 && names.iter().any(|name| name.contains(word.as_str()))
    };
    words.len() > 1 && words.iter().all(|word| is_word(word)) && words.iter().any(telling)
}

/// `ProdDeploy` is two words, in lower case here.
fn humps(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut lower = false;
    for character in text.chars() {
        match words.last_mut() {
            Some(word) if !(lower && character.is_ascii_uppercase()) => word.push(character.to_ascii_lowercase()),
            _ => words.push(character.to_ascii_lowercase().to_string()),
        }
        lower = character.is_ascii_lowercase();
    }
    words
}

/// A year, an account's number, or letters that can be said, with a number of two digits at most behind them.
fn is_word(word: &str) -> bool {
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        return word.len() <= 4 || is_account_id(word);
    }
    let letters = word.trim_end_matches(|character: char| character.is_ascii_digit());
    let said = letters.split(['a', 'e', 'i', 'o', 'u', 'y']).all(|run| run.len() <= 4);
    let short = letters.len() <= 4 || letters.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    word.len() - letters.len() <= 2
        && (1..=16).contains(&letters.len())
        && letters.bytes().all(|byte| byte.is_ascii_lowercase())
        && said
        && short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_told_from_what_is_drawn_at_random() {
        let names = ["billing-export".to_owned()];
        for slug in ["myorg-prod-deploy", "acme_billing_2024", "AcmeProdDeploy", "export/finance", "acme-111111111111", "staging2-acme"] {
            assert!(is_slug(slug, &names), "{slug}");
        }
        for random in [
            "4d0bb6b1-f7a0-4a3e-9c55-b4a1e0d7c3f2",
            "XT78565_SFCRole=153_t57DnWacgW6/QLEOSfMVFF1TK",
            "dGhpcyBpcyBubyBzZWNyZXQ=",
            "qzxkvjwmptlr-prod",
            "c915c3254375451ca61c8d37d8b195f7",
            "correct-horse-battery-staple",
            "feedfacedeadbeefcafe",
            "WcPtXzKqRvLm-jHbGtYdSnQw",
        ] {
            assert!(!is_slug(random, &names), "{random}");
        }
    }

    #[test]
    fn rows_are_no_ids() {
        assert!(["123456789012", "1234567890123", "xxxxxxxxxxxx", "abcdefghijkl"].iter().all(|text| is_row(text)));
        assert!(!["12", "4711", "135", "19283"].iter().any(|text| is_row(text)));
    }
}
