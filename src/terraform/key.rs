//! Keys of `for_each` as addresses have them.

/// A key in quotes as Terraform writes it in addresses, where nothing is an interpolation.
pub fn quoted_key(name: &str) -> String {
    let mut text = String::from('"');
    let mut rest = name.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '"' | '\\' => text.extend(['\\', character]),
            '$' | '%' if rest.peek() == Some(&'{') => text.extend([character, character]),
            _ if !printable(character) => match u32::from(character) {
                code @ ..0x1_0000 => text.push_str(&format!("\\u{code:04x}")),
                code => text.push_str(&format!("\\U{code:08x}")),
            },
            _ => text.push(character),
        }
    }
    text.push('"');
    text
}

/// Letters, marks, numbers, punctuation, symbols and the space.
fn printable(character: char) -> bool {
    // Written after a letter, only what is not printable is escaped.
    character == '\'' || !format!("{:?}", format!("x{character}")).contains('\\')
}

#[cfg(test)]
mod tests {
    use super::quoted_key;

    /// As Terraform's plans have them.
    #[test]
    fn keys_are_quoted_as_terraform_quotes_them() {
        assert_eq!(quoted_key("a b/c.d ünï 日本"), "\"a b/c.d ünï 日本\"");
        assert_eq!(quoted_key("q\"\\ ${x} $x %{y} \n\t"), "\"q\\\"\\\\ $${x} $x %%{y} \\n\\t\"");
        assert_eq!(quoted_key("it's \u{a0}\u{7}\u{e0001}"), "\"it's \\u00a0\\u0007\\U000e0001\"");
    }
}
