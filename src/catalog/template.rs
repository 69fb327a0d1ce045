//! Names with holes: ARN templates and condition keys such as `aws:ResourceTag/${TagKey}`.

/// A piece of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// Text that stands as it is.
    Literal(&'a str),
    /// Something the user fills in, by AWS's name for it: `Account` for `${Account}`, `key` for `<key>`, and `*` where
    /// AWS itself writes a star.
    Placeholder(&'a str),
}

/// Splits an ARN template into literal and placeholder parts, in order, none of them empty text.
///
/// `arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}` gives `arn:`, Partition, `:iam::`, Account, `:role/`,
/// RoleNameWithPath.
pub fn arn_parts(template: &str) -> ArnParts<'_> {
    ArnParts { rest: template }
}

/// Iterator of [`arn_parts`].
#[derive(Clone, Debug)]
pub struct ArnParts<'a> {
    rest: &'a str,
}

impl<'a> Iterator for ArnParts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        if let Some((name, rest)) = placeholder(self.rest) {
            self.rest = rest;
            return Some(Part::Placeholder(name));
        }
        // Its first character is no placeholder's, or the placeholder is not closed.
        let is_start = |at: &usize| *at > 0 && self.rest.get(*at..).is_some_and(|tail| placeholder(tail).is_some());
        let end = memchr::memchr3_iter(b'$', b'<', b'*', self.rest.as_bytes()).find(is_start).unwrap_or(self.rest.len());
        let (literal, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(Part::Literal(literal))
    }
}

/// The placeholder at the start of the text and what follows it.
fn placeholder(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix("${") {
        return rest.split_once('}');
    }
    if let Some(rest) = text.strip_prefix('<') {
        return rest.split_once('>');
    }
    text.strip_prefix('*').map(|rest| ("*", rest))
}

/// Whether the text fills in the template: every placeholder takes one byte or more. Case does not count.
pub(super) fn fills(template: &str, text: &str) -> bool {
    filled(arn_parts(template), text.as_bytes())
}

fn filled(mut parts: ArnParts<'_>, text: &[u8]) -> bool {
    match parts.next() {
        None => text.is_empty(),
        Some(Part::Literal(literal)) => match text.split_at_checked(literal.len()) {
            Some((head, tail)) => head.eq_ignore_ascii_case(literal.as_bytes()) && filled(parts, tail),
            None => false,
        },
        Some(Part::Placeholder(_)) => (1..=text.len()).any(|taken| text.get(taken..).is_some_and(|tail| filled(parts.clone(), tail))),
    }
}
