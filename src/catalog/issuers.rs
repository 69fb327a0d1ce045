//! Issuers of OpenID Connect tokens that AWS trusts: whose tokens they sign, what their subjects look like, what pins the tenant.
//!
//! The facts are `data/catalog/issuers.json`, whose sources its README names. They are read once, by runs that meet an issuer.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use crate::policy::pattern::{Characters, Class, Form};

/// The day on which the facts of issuers were read, as `YYYY-MM-DD`.
pub const ISSUERS_DATE: &str = "2026-11-22";

static JSON: &str = include_str!("../../data/catalog/issuers.json");

/// What is known of one issuer.
#[derive(Debug)]
pub struct IssuerFacts {
    /// `github-actions`
    pub id: String,
    /// `GitHub Actions (github.com)`
    pub name: String,
    pub hosts: Vec<Host>,
    /// Who has its tokens: `anyone with a GitHub account`.
    pub who: String,
    /// What its tokens for AWS have as `aud`.
    pub audience: Option<String>,
    /// What AWS asks of a trust policy when it is made or changed.
    pub aws_demands: Option<Demand>,
    /// Claims each of which pins the tenant; a key with a colon is no claim, but AWS's own.
    pub pins_tenant: Vec<String>,
    /// Claims each of which pins the repository, and those that pin the branch or tag.
    pub pins_repository: Vec<String>,
    pub pins_ref: Vec<String>,
    /// Forms of such a claim, each of one tenant's values, between which there is nothing in common: what matches all says nothing of whose a
    /// token is.
    strangers: BTreeMap<String, Vec<Form>>,
    /// Of the claims that pin the tenant those that pin no less than all of it.
    pub whole_tenant: Vec<String>,
    /// Claims that some of its tokens lack. All have a subject and an audience (OpenID Connect Core 1.0, section 2).
    optional_claims: BTreeMap<String, OptionalClaim>,
    /// What it calls those: `owner` and `repository`.
    pub tenant_word: String,
    pub repository_word: String,
    /// Variables that are the same in two subjects of one tenant, and of one repository: any of these sets.
    pub same_tenant: Vec<Vec<Arc<str>>>,
    pub same_repository: Vec<Vec<Arc<str>>>,
    pub forms: Vec<SubjectForm>,
    /// A value of a variable that people know for an example.
    pub samples: BTreeMap<String, String>,
    /// Forms of other claims.
    claim_forms: BTreeMap<String, Vec<Form>>,
    /// Claims that AWS makes condition keys of; with `claims_exact` no others.
    pub claims: Vec<String>,
    pub claims_exact: bool,
    /// Whether the forms are all that there is, so that something else is no subject.
    pub closed: bool,
    /// Whether they were read on pages of the issuer's own, so that a rule may say of something else that it is none.
    pub forms_read: bool,
    /// Whether its own or AWS's page asks to pin one repository, and one branch.
    pub any_repository: bool,
    pub any_ref: bool,
    /// What to write: `repo:OWNER/REPOSITORY:ref:refs/heads/main`.
    pub example: Option<String>,
    /// What subjects of whatever was made, renamed or transferred after a day look like instead.
    pub example_since: Option<ExampleSince>,
    pub sources: Vec<String>,
}

/// Where an issuer's tokens come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// As in a provider's ARN, with `{placeholders}`: `oidc.circleci.com/org/{org_id}`.
    pub provider: String,
    /// Whether many tenants share it: tokens of all of them are equally good to AWS.
    pub shared: bool,
    /// On which condition.
    pub when: Option<String>,
    /// `second-hand` where no page of the issuer's or of AWS's was read.
    pub sure: Option<String>,
}

impl Host {
    /// Whether it is known at first hand that tenants share it.
    pub fn is_surely_shared(&self) -> bool {
        self.shared && self.sure.is_none()
    }
}

/// A claim that some tokens lack.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionalClaim {
    /// Which tokens, or whose: `a job that names no environment`.
    who: String,
    #[serde(rename = "source")]
    _source: String,
}

/// Subjects of another form from some day on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleSince {
    /// `2026-07-15`
    pub date: String,
    pub example: String,
}

/// What AWS asks for when a role is created or its trust policy changed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Claims, or AWS's own keys with their colon.
    pub claims: Vec<String>,
    /// `2025-06`, where it is known.
    pub since: Option<String>,
    pub applies_to: Option<String>,
    pub source: String,
    #[serde(rename = "or")]
    pub instead: Option<Instead>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instead {
    pub claim: String,
    pub since: String,
    pub source: String,
}

/// One form of an issuer's subjects.
#[derive(Debug)]
pub struct SubjectForm {
    /// `branch`
    pub id: String,
    pub kind: FormKind,
    /// `repo:{owner}/{repo}:ref:refs/heads/{branch}`
    pub template: String,
    /// Several where a variable is one of some words.
    pub rows: Vec<Form>,
}

/// What a subject stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FormKind {
    Branch,
    Tag,
    Environment,
    PullRequest,
    Run,
    Other,
    /// The tenant has changed what its subjects say.
    Customised,
    /// It may be that a tenant can have such subjects: no page says that it cannot.
    Possible,
}

impl IssuerFacts {
    /// What to write for a subject of one's own: `` `repo:OWNER/REPOSITORY:…` ``, with the form that newer ones have.
    pub fn example_text(&self) -> Option<String> {
        let example = self.example.as_ref()?;
        let newer = self.example_since.as_ref();
        let newer = newer.map(|newer| format!(" (`{}` for one made, renamed or transferred after {})", newer.example, newer.date));
        Some(format!("`{example}`{}", newer.unwrap_or_default()))
    }

    /// The rows of the forms that the issuer has by default.
    pub fn rows(&self) -> Vec<&Form> {
        self.rows_of(|kind| !matches!(kind, FormKind::Customised | FormKind::Possible))
    }

    /// The rows of some kinds.
    pub fn rows_of(&self, wanted: impl Fn(FormKind) -> bool) -> Vec<&Form> {
        self.forms.iter().filter(|form| wanted(form.kind)).flat_map(|form| &form.rows).collect()
    }

    /// The forms of another claim than the subject; none where any text will do.
    pub fn claim_rows(&self, claim: &str) -> Option<&[Form]> {
        let named = self.claim_forms.iter().find(|(name, _)| name.eq_ignore_ascii_case(claim));
        named.map(|(_, rows)| rows.as_slice())
    }

    /// Forms of values of a claim that tenants have between which there is nothing in common; none where it is not known.
    pub fn strangers(&self, claim: &str) -> &[Form] {
        self.strangers.iter().find(|(name, _)| name.eq_ignore_ascii_case(claim)).map_or(&[], |(_, values)| values)
    }

    /// Which of its tokens lack a claim; nothing if all have it, or nobody knows.
    pub fn lacking(&self, claim: &str) -> Option<&str> {
        let optional = self.optional_claims.iter().find(|(name, _)| name.eq_ignore_ascii_case(claim));
        optional.map(|(_, optional)| optional.who.as_str())
    }

    /// The host that a provider's name is one of.
    pub fn host(&self, name: &str) -> Option<&Host> {
        self.hosts.iter().find(|host| fills(&host.provider, name))
    }

    /// Whether AWS makes a condition key of the claim.
    pub fn has_claim(&self, claim: &str) -> bool {
        self.claims.iter().any(|known| known.eq_ignore_ascii_case(claim))
    }
}

/// The issuer of a provider, by its name in ARNs and condition keys, without `https://`: `token.actions.githubusercontent.com`.
/// None where nothing is known of it. Case does not count.
///
/// Of kinds that everybody hosts for himself it knows those whose name tells: GitHub Enterprise Server by `/_services/token`.
pub fn issuer(name: &str) -> Option<&'static IssuerFacts> {
    // To read the facts takes milliseconds, and `iam:PassRole` is no host.
    if !name.contains(['.', '/']) {
        return None;
    }
    issuers().iter().find(|facts| facts.host(name).is_some())
}

/// The kind of issuer that makes subjects which begin so, for those that everybody hosts for himself under any name.
pub fn issuer_of_subjects(start: &str) -> Option<&'static IssuerFacts> {
    let kinds = [
        ("repo:", "github-enterprise-server"),
        ("project_path:", "gitlab-self-managed"),
        ("organization:", "hcp-terraform"),
        ("system:serviceaccount:", "eks-irsa"),
    ];
    let (_, id) = kinds.iter().find(|(prefix, _)| start.starts_with(prefix))?;
    issuers().iter().find(|facts| facts.id == *id)
}

/// Every issuer that is known.
pub fn issuers() -> &'static [IssuerFacts] {
    static READ: OnceLock<Vec<IssuerFacts>> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str::<File>(JSON).map(read).unwrap_or_default())
}

/// Whether `name` is `template` with one character or more in place of each placeholder, none of them `/`.
fn fills(template: &str, name: &str) -> bool {
    let (Some((text, rest)), false) = (template.split_once('{'), name.is_empty()) else { return template.eq_ignore_ascii_case(name) };
    let Some((_, rest)) = rest.split_once('}') else { return false };
    let start = name.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text));
    let Some(tail) = name.get(text.len()..).filter(|_| start) else { return false };
    let end = tail.find('/').unwrap_or(tail.len());
    (1..=end).any(|taken| tail.get(taken..).is_some_and(|tail| fills(rest, tail)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "date")]
    _date: String,
    issuers: Vec<Written>,
}

/// An issuer as the file has it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    name: String,
    hosts: Vec<Host>,
    /// The issuer whose grammar it shares, where it has none of its own.
    grammar_of: Option<String>,
    who: String,
    audience: Option<String>,
    aws_demands: Option<Demand>,
    #[serde(default)]
    pins_tenant: Option<Vec<String>>,
    #[serde(default)]
    pins_repository: Option<Vec<String>>,
    #[serde(default)]
    pins_ref: Option<Vec<String>>,
    #[serde(default)]
    strangers: BTreeMap<String, Vec<String>>,
    whole_tenant: Option<Vec<String>>,
    #[serde(default)]
    optional_claims: BTreeMap<String, OptionalClaim>,
    tenant_word: Option<String>,
    repository_word: Option<String>,
    variables: Option<BTreeMap<String, Variable>>,
    same_tenant: Option<Vec<Vec<String>>>,
    same_repository: Option<Vec<Vec<String>>>,
    forms: Option<Vec<WrittenForm>>,
    samples: Option<BTreeMap<String, String>>,
    claim_forms: Option<BTreeMap<String, Vec<String>>>,
    claims: Option<Vec<String>>,
    claims_exact: Option<bool>,
    closed: Option<bool>,
    #[serde(default)]
    forms_read: bool,
    any_repository: Option<bool>,
    any_ref: Option<bool>,
    example: Option<String>,
    example_since: Option<ExampleSince>,
    sources: Vec<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenForm {
    id: String,
    kind: FormKind,
    template: String,
}

/// What a variable holds, in the notation of `Characters::parse`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Variable {
    first: Option<String>,
    rest: Option<String>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    uuid: bool,
    #[serde(default)]
    braces: bool,
    #[serde(default)]
    one_of: Vec<String>,
}

impl Variable {
    fn class(&self) -> Option<Class> {
        if self.uuid {
            return Some(Class::Uuid { braces: self.braces });
        }
        let (first, rest) = (Characters::parse(self.first.as_deref()?), Characters::parse(self.rest.as_deref()?));
        Some(if self.optional { Class::Any(rest) } else { Class::Run { first, rest } })
    }
}

fn read(file: File) -> Vec<IssuerFacts> {
    let all = file.issuers;
    let grammar = |written: &Written| all.iter().find(|other| written.grammar_of.as_ref() == Some(&other.id)).cloned();
    all.iter().map(|written| facts(written.clone(), grammar(written).unwrap_or_else(|| written.clone()))).collect()
}

fn facts(own: Written, grammar: Written) -> IssuerFacts {
    let variables = own.variables.or(grammar.variables).unwrap_or_default();
    let claim_forms = own.claim_forms.or(grammar.claim_forms).unwrap_or_default();
    let forms = own.forms.or(grammar.forms).unwrap_or_default();
    let tenant_word = own.tenant_word.or(grammar.tenant_word).unwrap_or_else(|| "tenant".to_owned());
    IssuerFacts {
        forms: forms
            .into_iter()
            .map(|form| SubjectForm { rows: rows(&form.template, &variables), id: form.id, kind: form.kind, template: form.template })
            .collect(),
        claim_forms: claim_forms
            .into_iter()
            .map(|(claim, templates)| (claim, templates.iter().flat_map(|template| rows(template, &variables)).collect()))
            .collect(),
        id: own.id,
        name: own.name,
        hosts: own.hosts,
        who: own.who,
        audience: own.audience,
        aws_demands: own.aws_demands,
        pins_tenant: own.pins_tenant.unwrap_or_default(),
        pins_repository: own.pins_repository.or(grammar.pins_repository).unwrap_or_default(),
        pins_ref: own.pins_ref.or(grammar.pins_ref).unwrap_or_default(),
        strangers: own
            .strangers
            .into_iter()
            .map(|(claim, templates)| (claim, templates.iter().flat_map(|template| rows(template, &variables)).collect()))
            .collect(),
        optional_claims: own.optional_claims,
        whole_tenant: own.whole_tenant.or(grammar.whole_tenant).unwrap_or_default(),
        repository_word: own.repository_word.or(grammar.repository_word).unwrap_or_else(|| tenant_word.clone()),
        tenant_word,
        same_tenant: sets(own.same_tenant.or(grammar.same_tenant)),
        same_repository: sets(own.same_repository.or(grammar.same_repository)),
        samples: own.samples.or(grammar.samples).unwrap_or_default(),
        claims: own.claims.or(grammar.claims).unwrap_or_default(),
        claims_exact: own.claims_exact.or(grammar.claims_exact).unwrap_or_default(),
        closed: own.closed.or(grammar.closed).unwrap_or_default(),
        forms_read: own.forms_read,
        any_repository: own.any_repository.or(grammar.any_repository).unwrap_or_default(),
        any_ref: own.any_ref.or(grammar.any_ref).unwrap_or_default(),
        example: own.example.or(grammar.example),
        example_since: own.example_since,
        sources: own.sources,
    }
}

fn sets(written: Option<Vec<Vec<String>>>) -> Vec<Vec<Arc<str>>> {
    written.unwrap_or_default().into_iter().map(|set| set.into_iter().map(Arc::from).collect()).collect()
}

/// The forms of a template: one for each word that a variable of words can be.
fn rows(template: &str, variables: &BTreeMap<String, Variable>) -> Vec<Form> {
    let words = variables.iter().find(|(name, variable)| !variable.one_of.is_empty() && template.contains(&format!("{{{name}}}")));
    match words {
        Some((name, variable)) => {
            let with = |word: &String| rows(&template.replace(&format!("{{{name}}}"), word), variables);
            variable.one_of.iter().flat_map(with).collect()
        }
        None => Form::parse(template, |name| variables.get(name)?.class()).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_in_full() {
        let file: File = serde_json::from_str(JSON).unwrap();
        assert_eq!(file._date, ISSUERS_DATE);
        for written in &file.issuers {
            let own = written.grammar_of.as_ref().is_none_or(|id| file.issuers.iter().any(|other| other.id == *id));
            assert!(own, "{} has the grammar of an issuer", written.id);
        }
        for facts in issuers() {
            assert!(!facts.sources.is_empty() && !facts.who.is_empty(), "{}", facts.id);
            assert!(facts.forms.iter().all(|form| !form.rows.is_empty()), "each variable of {} has a class", facts.id);
            assert!(facts.optional_claims.values().all(|optional| optional._source.starts_with("https://")), "{}", facts.id);
            assert!(facts.hosts.iter().all(|host| host.provider.contains(['.', '/'])), "a name of {} looks like a host's", facts.id);
            let pins = |(claim, values): (&String, &Vec<Form>)| facts.pins_tenant.contains(claim) && values.len() > 1;
            assert!(facts.strangers.iter().all(pins), "{}", facts.id);
            let named = |sets: &[Vec<Arc<str>>]| {
                sets.iter().all(|set| facts.rows().iter().any(|row| set.iter().all(|name| row.has_variable(name))))
            };
            assert!(named(&facts.same_tenant) && named(&facts.same_repository), "{}", facts.id);
        }
    }

    #[test]
    fn a_provider_is_found_by_its_name() {
        let id = |name: &str| issuer(name).map(|facts| facts.id.as_str());
        assert_eq!(id("token.actions.githubusercontent.com"), Some("github-actions"));
        assert_eq!(id("Token.Actions.GitHubUserContent.com"), Some("github-actions"));
        assert_eq!(id("token.actions.githubusercontent.com/octo"), Some("github-actions-enterprise-path"));
        assert_eq!(id("git.example.com/_services/token"), Some("github-enterprise-server"));
        assert_eq!(id("oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"), Some("eks-irsa"));
        assert_eq!(id("oidc.circleci.com/org/0191f956-042f-7ec4-aa62-8e5eeae396d0"), Some("circleci"));
        assert_eq!(id("gitlab.example.com"), None);
        assert_eq!(id(""), None);
        assert!(issuer("oidc.vercel.com").and_then(|facts| facts.host("oidc.vercel.com")).is_some_and(|host| host.shared));
        assert!(issuer("oidc.vercel.com/acme").and_then(|facts| facts.host("oidc.vercel.com/acme")).is_some_and(|host| !host.shared));
    }
}
