//! Parts of a resource's address: `module.deploy["x"].aws_iam_role.ci["a"]`.

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
    use super::end_of_part;

    #[test]
    fn a_key_may_hold_dots() {
        assert_eq!(end_of_part("a[\"x.y\"].module.b"), Some(8));
        assert_eq!(end_of_part("a[\"x\\\".y\"].b"), Some(10));
        assert_eq!(end_of_part("a"), None);
    }
}
