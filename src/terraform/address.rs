//! Parts of a resource's address: `module.deploy["x"].aws_iam_role.ci["a"]`.

/// `aws_iam_role.ci["a"]` of `module.deploy["x"].aws_iam_role.ci["a"]`: the name does not change when the block is moved into a module.
pub fn without_modules(address: &str) -> &str {
    let mut rest = address;
    while let Some(inside) = rest.strip_prefix("module.") {
        match end_of_part(inside).and_then(|end| inside.get(end + 1..)) {
            Some(next) if !next.is_empty() => rest = next,
            _ => return rest,
        }
    }
    rest
}

/// Where the dot stands that ends a module's name and its key, which may hold dots.
pub fn end_of_part(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '.' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::without_modules;

    #[test]
    fn a_resource_has_a_name_without_its_modules() {
        assert_eq!(without_modules("aws_iam_role.ci"), "aws_iam_role.ci");
        assert_eq!(without_modules("module.a[\"x.y\"].module.b.aws_iam_role.ci[\"k.l\"]"), "aws_iam_role.ci[\"k.l\"]");
        assert_eq!(without_modules("module.a"), "module.a");
    }
}
