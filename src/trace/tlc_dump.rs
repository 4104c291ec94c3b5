//! What TLC writes with `-dumpTrace json`: a list of states, or `counterexample` with numbered states. The
//! keys of `messages` are TLA+ records as text.

use super::{bounded, head, json, Behaviour, Error, Format};

/// TLC's JSON.
pub const FORMAT: Format = Format { name: "tlc-json", about: "TLC's -dumpTrace json", recognizes: is_it, read };

fn is_it(text: &str) -> bool {
    let head = head(text);
    (head.starts_with('[') && head.contains("\"currentTerm\""))
        || (head.starts_with('{') && head.contains("\"counterexample\""))
}

fn read(text: &str) -> Result<Behaviour, Error> {
    let json = json(text)?;
    let inner = json.get("counterexample").unwrap_or(&json);
    let states = inner.get("state").unwrap_or(inner).list().ok_or(Error::of("expected a list of states"))?;
    bounded(states.len())?;
    // Newer versions write `[number, state]`.
    let states = states.iter().map(|item| match item.list() {
        Some([_, state]) => (None, state),
        _ => (None, item),
    });
    Behaviour::of_states(states)
}
