//! One declared block: parsed when somebody asks, with its override blocks merged in.

use std::sync::{Arc, PoisonError, RwLock};

use crate::finding::Problem;
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast::{Block, Body, Name};
use crate::syntax::hcl;
use crate::syntax::skim::{self, SkimmedBlock};

/// Where a block comes from: its place in HCL, or the tree that JSON syntax gave at once.
#[derive(Debug)]
pub enum Piece {
    Skimmed(FileId, SkimmedBlock),
    Parsed(Arc<Block>),
}

/// A block that was asked for.
#[derive(Debug)]
pub struct Parsed {
    pub block: Arc<Block>,
    /// Object keys that are written again later in the same object.
    pub shadowed: Vec<Name>,
}

/// A declared block, parsed when somebody asks and kept until it is released.
#[derive(Debug)]
pub struct Declaration {
    base: Piece,
    /// Blocks of override files for the same address, in the order in which Terraform merges them.
    overrides: Vec<Piece>,
    parsed: RwLock<State>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Asleep,
    Parsed(Arc<Parsed>),
    Failed(Box<Problem>),
}

impl Declaration {
    pub fn new(base: Piece) -> Declaration {
        Declaration { base, overrides: Vec::new(), parsed: RwLock::default() }
    }

    pub(super) fn add_override(&mut self, piece: Piece) {
        self.overrides.push(piece);
    }

    /// The block's kind and labels, known without parsing it.
    pub fn header(&self) -> Span {
        match &self.base {
            Piece::Skimmed(_, block) => block.labels.last().map_or(block.kind.span, |last| block.kind.span.to(last.span)),
            Piece::Parsed(block) => block.header(),
        }
    }

    /// The whole block, known without parsing it.
    pub fn span(&self) -> Span {
        match &self.base {
            Piece::Skimmed(_, block) => block.span,
            Piece::Parsed(block) => block.span,
        }
    }

    /// All blocks that it is merged of.
    pub fn spans(&self) -> impl Iterator<Item = Span> {
        std::iter::once(&self.base).chain(&self.overrides).map(|piece| match piece {
            Piece::Skimmed(_, block) => block.span,
            Piece::Parsed(block) => block.span,
        })
    }

    /// The block with its overrides merged. Nothing if it could not be parsed: `problem` says why.
    pub fn parse(&self, sources: &Sources) -> Option<Arc<Parsed>> {
        if let State::Parsed(parsed) = &*self.parsed.read().unwrap_or_else(PoisonError::into_inner) {
            return Some(Arc::clone(parsed));
        }
        let mut state = self.parsed.write().unwrap_or_else(PoisonError::into_inner);
        if let State::Asleep = &*state {
            *state = match self.parse_now(sources) {
                Ok(parsed) => State::Parsed(Arc::new(parsed)),
                Err(problem) => State::Failed(Box::new(problem)),
            };
        }
        match &*state {
            State::Parsed(parsed) => Some(Arc::clone(parsed)),
            _ => None,
        }
    }

    /// The problem with this block, if somebody asked for it and it has one.
    pub fn problem(&self) -> Option<Problem> {
        match &*self.parsed.read().unwrap_or_else(PoisonError::into_inner) {
            State::Failed(problem) => Some(Problem::clone(problem)),
            _ => None,
        }
    }

    /// Drops the tree: nobody is expected to ask for it again. A problem stays.
    pub fn release(&self) {
        let mut state = self.parsed.write().unwrap_or_else(PoisonError::into_inner);
        if let State::Parsed(_) = &*state {
            *state = State::Asleep;
        }
    }

    /// An argument that is a plain quoted string, read without parsing the block: a tree of thousands of modules is linked by
    /// the `source` of each call alone. Nothing for anything less plain, and for a block with overrides.
    pub(super) fn plain_argument(&self, name: &str, sources: &Sources) -> Option<Arc<str>> {
        let Piece::Skimmed(file, block) = &self.base else { return None };
        if !self.overrides.is_empty() || block.broken.is_some() {
            return None;
        }
        let file_text = sources.file(*file);
        let body = file_text.text.get(block.body.range())?;
        let skimmed = skim::skim(*file, body);
        let mut named = skimmed.attributes.iter().filter(|attribute| &*attribute.name.text == name);
        let (Some(attribute), None) = (named.next(), named.next()) else { return None };
        let text = body.get(attribute.value.range())?.trim();
        let inside = text.strip_prefix('"')?.strip_suffix('"')?;
        (!inside.contains(['"', '\\', '$', '%', '\n'])).then(|| inside.into())
    }

    fn parse_now(&self, sources: &Sources) -> Result<Parsed, Problem> {
        let mut parsed = parse_piece(&self.base, sources)?;
        for piece in &self.overrides {
            let over = parse_piece(piece, sources)?;
            parsed.shadowed.extend(over.shadowed);
            let mut block = Arc::unwrap_or_clone(parsed.block);
            merge(&mut block.body, &over.block.body, &block.kind.text);
            parsed.block = Arc::new(block);
        }
        Ok(parsed)
    }
}

fn parse_piece(piece: &Piece, sources: &Sources) -> Result<Parsed, Problem> {
    match piece {
        Piece::Parsed(block) => Ok(Parsed { block: Arc::clone(block), shadowed: Vec::new() }),
        Piece::Skimmed(file, skimmed) => {
            let parsed = hcl::parse_block(&sources.file(*file).text, skimmed)?;
            Ok(Parsed { block: Arc::new(parsed.tree), shadowed: parsed.shadowed })
        }
    }
}

/// Terraform's rules (language/files/override): arguments are replaced one by one, nested blocks all at once for each of their kinds, and
/// `lifecycle` argument by argument.
fn merge(base: &mut Body, over: &Body, kind: &str) {
    for attribute in &over.attributes {
        match base.attributes.iter_mut().find(|existing| existing.name.text == attribute.name.text) {
            Some(existing) => *existing = attribute.clone(),
            None => base.attributes.push(attribute.clone()),
        }
    }
    let produced = |block: &Block| match (&*block.kind.text, block.labels.first()) {
        ("dynamic", Some(label)) => Arc::clone(&label.text),
        _ => Arc::clone(&block.kind.text),
    };
    let kinds: Vec<Arc<str>> = over.blocks.iter().map(produced).collect();
    let keep_lifecycle = kind == "resource" || kind == "data";
    base.blocks.retain(|block| !kinds.contains(&produced(block)) || (keep_lifecycle && &*block.kind.text == "lifecycle"));
    base.blocks.extend(over.blocks.iter().cloned());
}
