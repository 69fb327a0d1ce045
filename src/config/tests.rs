use super::*;
use crate::source::{ColumnUnit, File, FileKind, NoFiles, Sources};
use crate::truth::Truth;

/// The configuration, and its problems as `line:column message`.
fn parsed(text: &str) -> (Config, Vec<String>) {
    let sources = Sources::new(Box::new(NoFiles));
    let config = parse(&sources, sources.add(File::new("infra/.rolelint.hcl", FileKind::Other, text.into())));
    let shown = |problem: &Problem| {
        let (start, _) = problem.span.map(|span| sources.positions(span, ColumnUnit::Characters)).unwrap();
        format!("{}:{} {}", start.line, start.column, problem.message)
    };
    let problems = config.problems.iter().map(shown).collect();
    (config, problems)
}

#[test]
fn reads_accounts_vendors_and_rules_and_complains_of_the_rest() {
    let (config, problems) = parsed(
        r#"account "prod" { id = "222222222222" }
account "typo" { id = "2222" }
vendor "acme" { accounts = ["333333333333"] }
rule "scoped-resource" { level = "warn" }
rule "cert-manager-txt-only" { identities = ["*dns-bot*"] }
persona = "pedantic"
exclude_external_modules = true
strict_coverage = true
nonsense = 1
"#,
    );
    assert_eq!(config.account("222222222222").map(|account| &*account.name), Some("prod"));
    assert!(config.vendor("333333333333").is_some());
    assert_eq!(config.rules["scoped-resource"].level, Some(Level::Warn));
    let option = config.option("cert-manager-txt-only", "identities");
    assert!(
        matches!(option, Some(OptionValue::List(items)) if matches!(items.as_slice(), [(name, _)] if &**name == "*dns-bot*")),
        "{option:?}"
    );
    assert_eq!((config.persona, config.strict_coverage), (Some(Persona::Pedantic), Some(true)));
    assert_eq!(config.exclude_external_modules, Some(true));
    assert_eq!(
        problems,
        [
            "9:1 unknown setting `nonsense`: expected `persona`, `select`, `ignore`, `fail_on`, `min_severity`, `baseline`, `exclude`, `exclude_external_modules`, `strict_coverage` or `allow_override`",
            "2:23 `2222` is not an account ID: expected 12 digits"
        ]
    );
}

#[test]
fn an_account_has_an_environment_and_directories_and_an_organization_its_id() {
    let (config, problems) = parsed(
        r#"account "prod" {
  id          = "222222222222"
  environment = "production"
  trusted     = true
  directories = ["envs/prod/**", "./shared/prod/", "regions/*/prod"]
}
organization { id = "o-a1b2c3d4e5" }
organization { id = "o-z9y8x7w6v5u4" }
"#,
    );
    assert!(problems.is_empty(), "{problems:?}");
    let prod = config.account("222222222222").unwrap();
    assert_eq!((prod.environment.as_deref(), prod.trusted), (Some("production"), true));
    assert_eq!(config.own_organization("o-z9y8x7w6v5u4"), Truth::Yes);
    assert_eq!(config.own_organization("o-xxxxxxxxxx"), Truth::No);
    assert_eq!(Config::default().own_organization("o-xxxxxxxxxx"), Truth::Unknown);
    let sources = Sources::new(Box::new(NoFiles));
    let holds = |directory: &str| !config.accounts_of(directory, &sources).is_empty();
    for inside in ["infra/envs/prod", "infra/envs/prod/a/b", "infra/shared/prod", "infra/regions/eu/prod"] {
        assert!(holds(inside), "{inside}");
    }
    for outside in
        ["infra", "", "envs/prod", "infra/envs", "infra/envs/production", "infra/shared/prod/x", "infra/regions/prod", "infrax/envs/prod"]
    {
        assert!(!holds(outside), "{outside}");
    }
}

#[test]
fn the_directory_of_the_file_itself_can_be_named() {
    let of = |glob: &str| {
        let (config, problems) = parsed(&format!("account \"a\" {{\n id = \"222222222222\"\n directories = [\"{glob}\"]\n}}\n"));
        assert!(problems.is_empty(), "{problems:?}");
        let sources = Sources::new(Box::new(NoFiles));
        ["infra", "infra/x", "infra/x/y"].map(|directory| !config.accounts_of(directory, &sources).is_empty())
    };
    assert_eq!(of("."), [true, false, false]);
    assert_eq!(of("**"), [true, true, true]);
    assert_eq!(of("x/**"), [false, true, true]);
    assert_eq!(of("**/y"), [false, false, true]);
}

#[test]
fn what_is_wrong_with_accounts_is_told_with_its_place() {
    let (config, problems) = parsed(
        r#"account "a" { id = "222222222222" }
account "b" { id = "222222222222" }
account "a" { id = "333333333333" }
account "c" { id = 444444444444 }
account "d" {}
account "e" {
  id          = "555555555555"
  name        = "x"
  trusted     = "yes"
  environment = ["x"]
  directories = ["/abs", "../up", "[", "fine"]
  other {}
}
account "f" {
  id          = "666666666666"
  directories = 7
}
organization { id = "o-SHORT" }
organization { id = "o-a1b2c3d4e5" }
organization { id = "o-a1b2c3d4e5" }
organization "x" { id = "o-a1b2c3d4e5" }
organization {}
vendor "v" { accounts = ["777777777777", "777", "777777777777", "222222222222"] }
vendor "w" { accounts = ["777777777777"] }
vendor "v" { accounts = [] }
vendor "x" { accounts = 5 }
rule "r" { level = "warn" }
rule "r" { level = "deny" }
"#,
    );
    let expected = [
        "2:20 account 222222222222 is `a` already: it cannot be `b`, too",
        "3:1 there is an account `a` already, with another ID",
        "4:20 `id` is a string: write it in quotes",
        "5:1 an account needs its `id`, 12 digits",
        "8:3 `account` has no argument `name`: expected `id`, `environment`, `trusted` or `directories`",
        "12:3 `account` has no block `other`",
        "10:17 `environment` is a string",
        "9:17 `trusted` is true or false",
        "11:18 `/abs` is not a path below this file's directory",
        "11:26 `../up` is not a path below this file's directory",
        "11:35 `[` is not a glob: unclosed character class; missing ']'",
        "16:17 `directories` is a list of strings",
        "18:21 `o-SHORT` is not an organization ID: expected `o-` and 10 to 32 lower-case letters and digits",
        "20:21 the organization `o-a1b2c3d4e5` is named twice",
        "21:1 `organization` takes no label: organization { id = \"o-…\" }",
        "22:1 an organization needs its `id`, such as \"o-a1b2c3d4e5\"",
        "23:42 `777` is not an account ID: expected 12 digits",
        "23:49 `777777777777` is listed twice",
        "24:26 account 777777777777 is one of the vendor `v` already",
        "25:25 the vendor `v` has no accounts, so it has no effect",
        "25:1 there is a vendor `v` already",
        "26:25 `accounts` is a list of strings of 12 digits",
        "28:1 the rule `r` has a block already",
        "23:1 account 222222222222 is your own `a` and one of the vendor `v`: it is one or the other",
    ];
    assert_eq!(problems, expected);
    assert_eq!(config.rules["r"].level, Some(Level::Warn));
    let fine = config.account("555555555555").unwrap();
    assert!(fine.directories.as_ref().is_some_and(|directories| directories.hold("infra/fine", &Sources::new(Box::new(NoFiles)))));
}
