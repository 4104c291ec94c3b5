//! TLC's `-dumpTrace json`: a list of states, or `counterexample` with numbered states. The
//! keys of `messages` are TLA+ records as text.

use super::json::{self, Reader};
use super::written::States;
use super::{head, Behaviour, Error, Format};

/// TLC's JSON.
pub const FORMAT: Format = Format {
    name: "tlc-json",
    about: "TLC's -dumpTrace json",
    mark: "an object with `counterexample`, or a list of objects with `currentTerm`",
    is_json: true,
    recognizes: is_it,
    read,
};

fn is_it(text: &str) -> bool {
    let head = head(text);
    (head.starts_with('[') && head.contains("\"currentTerm\""))
        || (head.starts_with('{') && head.contains("\"counterexample\""))
}

fn read(text: &str) -> Result<Behaviour, Error> {
    let mut states = States::new(false);
    json::read(text, |reader| list(reader, &mut states))?;
    states.end()
}

/// A list of states, or an object with one somewhere in it.
fn list<'a>(reader: &mut Reader<'a>, states: &mut States<'a>) -> Result<(), Error> {
    match reader.next() {
        Some(b'[') => reader.each(|reader| state(reader, states)),
        Some(b'{') => reader.each(|reader| match reader.name()? {
            "counterexample" | "state" => list(reader, states),
            _ => reader.skip(),
        }),
        _ => Err(Error::of("expected a list of states")),
    }
}

/// A state; newer versions write `[number, state]`.
fn state<'a>(reader: &mut Reader<'a>, states: &mut States<'a>) -> Result<(), Error> {
    match reader.next() {
        Some(b'[') => reader.each(|reader| match reader.next() {
            Some(b'{') => state(reader, states),
            _ => reader.skip(),
        }),
        _ => {
            states.read(reader)?;
            states.take(None)
        }
    }
}
