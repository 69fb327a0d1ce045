//! What automata read: characters and sets of them, and unknown parts as letters of their own.

/// A set of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Characters {
    /// Bit n is the ASCII character n.
    ascii: u128,
    /// All that are not ASCII.
    others: bool,
}

impl Characters {
    /// Reads `A-Za-z0-9._-`: ranges and single characters, a `-` at an end for itself. `not:` in front turns it round; control
    /// characters are then left out as well.
    pub fn parse(text: &str) -> Characters {
        let (text, negated) = text.strip_prefix("not:").map_or((text, false), |rest| (rest, true));
        let characters: Vec<char> = text.chars().collect();
        let mut ascii = 0;
        let mut at = 0;
        while let Some(first) = characters.get(at) {
            let last = match (characters.get(at + 1), characters.get(at + 2)) {
                (Some('-'), Some(last)) => last,
                _ => first,
            };
            at += if first == last { 1 } else { 3 };
            (*first..=*last).for_each(|character| ascii |= bit(character));
        }
        if !negated {
            return Characters { ascii, others: false };
        }
        let printable: u128 = (' '..='~').map(bit).fold(0, |all, one| all | one);
        Characters { ascii: printable & !ascii, others: true }
    }

    pub fn has(self, character: char) -> bool {
        if character.is_ascii() { self.ascii & bit(character) != 0 } else { self.others }
    }
}

fn bit(character: char) -> u128 {
    if character.is_ascii() { 1 << u32::from(character) } else { 0 }
}

/// Which characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    All,
    /// Those of `HoleClass::Word`.
    Word,
    /// Those of a component of an ARN: all but `:`.
    Component,
    /// Those of a form's variable.
    Class(Characters),
}

impl Set {
    pub(super) fn has(self, character: char) -> bool {
        match self {
            Set::All => true,
            Set::Word => is_word(character),
            Set::Component => character != ':',
            Set::Class(characters) => characters.has(character),
        }
    }

    /// Whether any number of its characters takes the atom, whatever its text.
    pub(super) fn takes_atom(self, atom: Atom) -> bool {
        match self {
            Set::All => true,
            Set::Word | Set::Class(_) => false,
            Set::Component => atom.word,
        }
    }

    /// Whether it has the letter that stands for every character that no row tells from others. The letters of classes are found
    /// by themselves (`Search::letters`).
    pub(super) fn takes_fresh(self) -> bool {
        !matches!(self, Set::Class(_))
    }
}

/// What a `HoleClass::Word` never holds.
pub(super) const NOT_WORD: [char; 4] = [':', '/', '*', '?'];

pub(super) fn is_word(character: char) -> bool {
    !NOT_WORD.contains(&character)
}

/// An unknown part as one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Atom {
    /// The same for the same text.
    pub(super) id: usize,
    pub(super) word: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Symbol {
    Char(char),
    /// One character.
    One(Set),
    /// Any number of characters, and with `Set::All` of atoms.
    Many(Set),
    Atom(Atom),
}
