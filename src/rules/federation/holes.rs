//! What unknown parts of a subject may stand for: well-formed text without wildcards. A rule that finds the same whatever it is may say so.

use crate::policy::Item;
use crate::policy::pattern::{Hole, HoleClass, Mode, Pattern, PatternBuilder, Segment};

/// A pattern with a text in place of each unknown part.
pub(in crate::rules) struct Guess {
    pub pattern: Pattern,
    /// What was put in, and what people know the part as.
    pub shown: Vec<(String, String)>,
}

/// More unknown parts than these make too many guesses.
const MOST_HOLES: usize = 3;

/// The guesses for a value; itself if it is known. None where there is too little of it to guess by.
pub(in crate::rules) fn guesses(value: &Item) -> Option<Vec<Guess>> {
    let segments = value.pattern.segments();
    let names = names(&value.text);
    let mut holes: Vec<(&Hole, bool)> = Vec::new();
    for (at, segment) in segments.iter().enumerate() {
        let Segment::Hole(hole) = segment else { continue };
        let ends = matches!(segments.get(at + 1), None | Some(Segment::Star));
        match holes.iter_mut().find(|(other, _)| hole.id.is_some() && other.id == hole.id) {
            Some((_, other)) => *other = *other && ends,
            None => holes.push((hole, ends)),
        }
    }
    let is_word = |segment: &Segment| matches!(segment, Segment::Literal(text) if text.contains(char::is_alphanumeric));
    let has_variable = segments.iter().any(|segment| matches!(segment, Segment::Variable(_)));
    if has_variable || holes.len() > MOST_HOLES || !holes.is_empty() && !segments.iter().any(is_word) {
        return None;
    }
    let mut all: Vec<Vec<String>> = vec![Vec::new()];
    for (index, (hole, ends)) in holes.iter().enumerate() {
        let texts = texts(index, hole.class, *ends);
        all = all.iter().flat_map(|before| texts.iter().map(|text| [before.as_slice(), std::slice::from_ref(text)].concat())).collect();
    }
    Some(all.into_iter().map(|texts| filled(segments, &holes, &texts, &names)).collect())
}

/// A name, a number, a path; and at the end what may follow on those in a subject.
fn texts(index: usize, class: HoleClass, ends: bool) -> Vec<String> {
    let (name, other) = (format!("zq{index}w"), format!("zq{index}m"));
    let mut all = vec![name.clone(), format!("4815162{index}")];
    if class == HoleClass::Word {
        return all;
    }
    all.push(format!("{name}/{other}"));
    if ends {
        let rests = [":ref:refs/heads/main", ":ref_type:branch:ref:main", ":workspace:web:run_phase:apply", ":run_phase:apply"];
        all.extend([name.as_str(), &format!("{name}/{other}")].iter().flat_map(|start| rests.map(|rest| format!("{start}{rest}"))));
        all.extend([format!("{name}:{other}"), format!("ref:refs/heads/{name}"), format!("environment:{name}")]);
    }
    all
}

fn filled(segments: &[Segment], holes: &[(&Hole, bool)], texts: &[String], names: &[String]) -> Guess {
    let mut shown: Vec<(String, String)> = Vec::new();
    let mut builder = PatternBuilder::new();
    let mut nameless = holes.iter().zip(texts).filter(|((hole, _), _)| hole.id.is_none());
    for segment in segments {
        builder = match segment {
            Segment::Literal(text) => builder.text(text, Mode::LITERAL),
            Segment::Star => builder.text("*", Mode::WILDCARDS),
            Segment::Question => builder.text("?", Mode::WILDCARDS),
            Segment::Variable(_) => builder,
            Segment::Hole(hole) => {
                let named = || holes.iter().zip(texts).find(|((other, _), _)| other.id == hole.id);
                let text = if hole.id.is_some() { named() } else { nameless.next() }.map_or("", |(_, text)| text);
                let name = names.get(shown.len()).cloned().unwrap_or_else(|| "…".to_owned());
                shown.push((text.to_owned(), name));
                builder.text(text, Mode::LITERAL)
            }
        };
    }
    Guess { pattern: builder.finish(), shown }
}

/// The unknown parts of a text, as it is written.
fn names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.find("${").and_then(|at| rest.get(at..)?.split_once('}')) {
        names.push(format!("{name}}}"));
        rest = after;
    }
    names
}
