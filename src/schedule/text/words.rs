//! The words of a line, read one after another.

use crate::schedule::forged::{Forged, FORGED};
use crate::schedule::{Link, Setup};
use crate::spec::{Change, NodeId, NodeSet, Step, Transition};

/// The words of a line that are not read yet.
pub struct Words<'a> {
    line: &'a str,
    words: std::str::SplitWhitespace<'a>,
    setup: &'a Setup,
}

impl<'a> Words<'a> {
    pub(super) fn of(line: &'a str, setup: &'a Setup) -> Self {
        Words { line, words: line.split_whitespace(), setup }
    }

    /// The next word.
    pub(in crate::schedule) fn next(&mut self) -> Option<&'a str> {
        self.words.next()
    }

    pub(in crate::schedule) fn node(&mut self) -> Result<NodeId, String> {
        let word = self.next().ok_or_else(|| format!("`{}` needs a node", self.line))?;
        numbered(word, self.setup)
    }

    pub(in crate::schedule) fn link(&mut self) -> Result<Link, String> {
        let word = self.next().unwrap_or("");
        let (from, to) = word.split_once("->").ok_or_else(|| format!("`{word}` is no link: expected `1->2`"))?;
        Ok(Link { from: numbered(from, self.setup)?, to: numbered(to, self.setup)? })
    }

    pub(in crate::schedule) fn nodes(&mut self) -> Result<NodeSet, String> {
        self.words.by_ref().map(|word| numbered(word, self.setup)).collect()
    }

    /// A number in a range; one that is left out is 0.
    pub(in crate::schedule) fn number(&mut self, least: u8, most: u8) -> Result<u8, String> {
        match self.next() {
            None if least == 0 => Ok(0),
            word => number(word.unwrap_or(""), least.into(), most.into()),
        }
    }

    /// The place of a size in [`Setup::SIZES`].
    pub(in crate::schedule) fn size(&mut self) -> Result<u8, String> {
        let size = one_of(self.next().unwrap_or(""), &Setup::SIZES)?;
        Ok(Setup::SIZES.iter().position(|known| *known == size).unwrap_or(0) as u8)
    }

    pub(in crate::schedule) fn flag(&mut self) -> Result<bool, String> {
        boolean(self.next().unwrap_or(""))
    }

    pub(in crate::schedule) fn forged(&mut self) -> Result<Forged, String> {
        let word = self.next().unwrap_or("");
        let words = || FORGED.iter().map(|row| row.word).collect::<Vec<_>>().join(", ");
        let found = FORGED.iter().find(|row| row.word == word).map(|row| row.forged);
        found.ok_or_else(|| format!("`{word}` is no forged message: expected one of {}", words()))
    }

    /// Up to two steps (`v4` a voter, `l4` a learner, `r4` removed) or `leave`, and the transition.
    pub(in crate::schedule) fn change(&mut self) -> Result<Change, String> {
        let words: Vec<&str> = self.words.by_ref().collect();
        let (steps, transition) = match words.split_last() {
            Some((&"first", steps)) => (steps, Transition::First),
            Some((&"implicit", steps)) => (steps, Transition::Implicit),
            Some((&"explicit", steps)) => (steps, Transition::Explicit),
            _ => (&words[..], Transition::Auto),
        };
        let node = |number: &str| numbered(number, self.setup);
        let step = |word: &str| match (word.get(..1), word.get(1..)) {
            (Some("v"), Some(number)) => Ok((Step::Voter, node(number)?)),
            (Some("l"), Some(number)) => Ok((Step::Learner, node(number)?)),
            (Some("r"), Some(number)) => Ok((Step::Remove, node(number)?)),
            _ => Err(format!("`{word}` is no step of a change: expected `v4`, `l4`, `r4` or `leave`")),
        };
        let steps = match steps {
            ["leave"] => [None, None],
            [one] => [Some(step(one)?), None],
            [one, two] if transition != Transition::First => [Some(step(one)?), Some(step(two)?)],
            _ => return Err("a change has one or two steps, in the old form one, or is `leave`".into()),
        };
        match (transition, steps[0]) {
            (Transition::First, None) => Err("the old form of a change has one step".into()),
            _ => Ok(Change { transition, steps }),
        }
    }

    /// Refuses words that are left.
    pub(super) fn end(mut self) -> Result<(), String> {
        match self.next() {
            Some(word) => Err(format!("`{word}` is too much in `{}`", self.line)),
            None => Ok(()),
        }
    }
}

fn numbered(word: &str, setup: &Setup) -> Result<NodeId, String> {
    let number: u8 = word.parse().map_err(|_| format!("`{word}` is no node: expected a number"))?;
    match (1..=setup.count()).contains(&number) {
        true => Ok(NodeId::new(number)),
        false => Err(format!("node {number} does not exist: there are {} nodes", setup.count())),
    }
}

pub(super) fn number<T: TryFrom<u64>>(word: &str, least: u64, most: u64) -> Result<T, String> {
    let wrong = || format!("`{word}` should be a number from {least} to {most}");
    let number: u64 = word.parse().map_err(|_| wrong())?;
    if !(least..=most).contains(&number) {
        return Err(wrong());
    }
    T::try_from(number).map_err(|_| wrong())
}

pub(super) fn one_of(word: &str, known: &[u32]) -> Result<u32, String> {
    let found = known.iter().find(|known| known.to_string() == word);
    let names = || known.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    found.copied().ok_or_else(|| format!("`{word}` should be one of {}", names()))
}

pub(super) fn named(word: &str, names: &[&str]) -> Result<u32, String> {
    let found = names.iter().position(|name| *name == word);
    found.map(|place| place as u32).ok_or_else(|| format!("`{word}` should be one of {}", names.join(", ")))
}

pub(super) fn boolean(word: &str) -> Result<bool, String> {
    word.parse().map_err(|_| format!("`{word}` should be true or false"))
}
