//! Patterns with more or less at their end.

use super::{Mode, Pattern, PatternBuilder, Segment};

impl Pattern {
    /// The same with more text behind it, such as `/*`, in which wildcards are wildcards. Nothing for one with a policy variable.
    pub fn followed_by(&self, end: &str) -> Option<Pattern> {
        Some(builder(self.segments())?.text(end, Mode::WILDCARDS).finish())
    }

    /// The same without a `*` at its end and the separator before it: `arn:aws:s3:::site` of `arn:aws:s3:::site/*`. Nothing for one that ends
    /// otherwise, or has a policy variable.
    pub fn without_end(&self, separator: &str) -> Option<Pattern> {
        let [start @ .., Segment::Literal(last), Segment::Star] = self.segments() else { return None };
        let last = last.strip_suffix(separator)?;
        Some(builder(start)?.text(last, Mode::LITERAL).finish())
    }
}

fn builder(segments: &[Segment]) -> Option<PatternBuilder> {
    segments.iter().try_fold(PatternBuilder::new(), |builder, segment| match segment {
        Segment::Literal(text) => Some(builder.text(text, Mode::LITERAL)),
        Segment::Star => Some(builder.text("*", Mode::WILDCARDS)),
        Segment::Question => Some(builder.text("?", Mode::WILDCARDS)),
        Segment::Hole(hole) => Some(builder.hole(hole.clone())),
        Segment::Variable(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_put_on_and_taken_off() {
        let parsed = |text: &str| Pattern::parse(text, Mode::ALL);
        assert_eq!(parsed("arn:aws:s3:::site").followed_by("/*"), Some(parsed("arn:aws:s3:::site/*")));
        assert_eq!(parsed("arn:aws:s3:::si*te/*").without_end("/"), Some(parsed("arn:aws:s3:::si*te")));
        assert_eq!(parsed("arn:aws:s3:::site/a").without_end("/"), None);
        assert_eq!(parsed("arn:aws:s3:::site:*").without_end("/"), None);
        assert_eq!(parsed("arn:aws:s3:::${aws:username}").followed_by("/*"), None);
    }
}
