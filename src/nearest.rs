//! The name that is meant where another one was written: for messages about configuration, options and comments.

/// How many edits a name may be away from the one that is meant.
const MOST_EDITS: usize = 3;

/// The known name that is nearest to a wrong one, whatever its case; nothing where none is near.
pub fn nearest<'n>(wrong: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let wrong = wrong.to_lowercase();
    let edits = |name: &str| strsim::damerau_levenshtein(&wrong, &name.to_lowercase());
    let (edits, name) = known.into_iter().map(|name| (edits(name), name)).min_by_key(|(edits, _)| *edits)?;
    // Of a short name little would be left.
    let most = MOST_EDITS.min(wrong.chars().count().max(name.chars().count()) / 2);
    (edits <= most).then_some(name)
}

/// What to say after "there is no `wrong`": ": did you mean `x`?", else what there is.
pub fn did_you_mean(wrong: &str, known: &[&str]) -> String {
    match nearest(wrong, known.iter().copied()) {
        Some(name) => format!(": did you mean `{name}`?"),
        None => format!(": expected {}", one_of(known)),
    }
}

/// `` `a`, `b` or `c` ``
pub fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_near_whatever_its_case_and_a_stranger_is_not() {
        let known = ["account", "organization", "vendor", "rule"];
        assert_eq!(nearest("accounts", known), Some("account"));
        assert_eq!(nearest("ORGANISATION", known), Some("organization"));
        assert_eq!(nearest("Rules", known), Some("rule"));
        assert_eq!(nearest("team", known), None);
        assert_eq!(nearest("x", ["id"]), None);
        assert_eq!(did_you_mean("team", &["rule", "vendor"]), ": expected `rule` or `vendor`");
    }
}
