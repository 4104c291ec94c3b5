//! The error trace that TLC prints: `State 1: <Initial predicate>`, then `/\ variable = value` lines.

use super::{bounded, tla, Behaviour, Error, Format, Value};

/// TLC's text.
pub const FORMAT: Format =
    Format { name: "tlc-text", about: "the error trace that TLC prints", recognizes: is_it, read };

fn is_it(text: &str) -> bool {
    !text.trim_start().starts_with(['{', '[']) && text.lines().any(|line| begins_state(line).is_some())
}

/// The step's name, if the line begins a state: `State 2: <Timeout line 5, col 3 ...>`, without `State` from
/// `TLC -tool`.
fn begins_state(line: &str) -> Option<&str> {
    let (number, rest) = line.strip_prefix("State ").unwrap_or(line).split_once(": <")?;
    number.parse::<u32>().ok()?;
    Some(rest.split([' ', '(', '>']).next().unwrap_or(rest))
}

fn read(text: &str) -> Result<Behaviour, Error> {
    let mut states: Vec<(&str, Vec<(Value, Value)>)> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(name) = begins_state(line) {
            bounded(states.len() + 1)?;
            states.push((name, Vec::new()));
            continue;
        }
        let number = states.len();
        let (Some(start), Some((_, variables))) = (line.strip_prefix("/\\ "), states.last_mut()) else { continue };
        let mut assignment = start.to_string();
        while let Some(more) = lines.next_if(|line| line.starts_with(' ') && !line.trim().is_empty()) {
            assignment.push('\n');
            assignment.push_str(more);
        }
        variables.push(read_assignment(&assignment).map_err(|why| Error::at(number, why))?);
    }
    let states: Vec<(&str, Value)> = states.into_iter().map(|(name, pairs)| (name, Value::Map(pairs))).collect();
    Behaviour::of_states(states.iter().map(|(name, state)| (Some(*name), state)))
}

fn read_assignment(text: &str) -> Result<(Value, Value), String> {
    let (name, value) = text.split_once(" = ").ok_or_else(|| format!("expected `variable = value`, found `{text}`"))?;
    Ok((Value::Name(name.trim().into()), tla::value(value.trim()).map_err(|why| format!("{}: {why}", name.trim()))?))
}
