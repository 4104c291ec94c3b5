//! TLC's printed error trace: `State 1: <Initial predicate>`, then `/\ variable = value` lines. With `-simulate` TLC
//! prints `State 1:` alone.

use super::making::{Making, Written};
use super::tlc_module::note;
use super::{tla, Behaviour, Error, Format, Read};

/// TLC's printed error trace.
pub const FORMAT: Format = Format {
    name: "tlc-text",
    about: "the error trace that TLC prints",
    mark: "a line `State 1: <...>` or `State 1:`",
    is_json: false,
    recognizes: |text| has_state(text, begins_state),
    read: Read::Behaviour(|text| states(text, begins_state)),
};

/// True if a line begins a state by `begins`, and the text is no JSON.
pub(super) fn has_state(text: &str, begins: fn(&str) -> Option<&str>) -> bool {
    !text.trim_start().starts_with(['{', '[']) && text.lines().any(|line| begins(line).is_some())
}

/// The step's name, if the line begins a state: `State 2: <Timeout line 5, ...>`, or without `State` from `TLC -tool`. The
/// name is empty in `State 2:` from `TLC -simulate`.
fn begins_state(line: &str) -> Option<&str> {
    let (number, rest) = match line.strip_prefix("State ") {
        Some(state) => state.split_once(':')?,
        None => line.split_once(": <").map(|(number, _)| (number, &line[number.len() + 1..]))?,
    };
    number.parse::<u32>().ok()?;
    match rest.trim_end().strip_prefix(" <") {
        Some(step) => step.split([' ', '(', '>']).next(),
        None => rest.trim_end().is_empty().then_some(""),
    }
}

/// Reads states of `/\ variable = value` lines. `begins` returns the step's name for a line that begins a state.
pub(super) fn states<'a>(text: &'a str, begins: impl Fn(&'a str) -> Option<&'a str>) -> Result<Behaviour, Error> {
    let mut making = Making::default();
    let mut lines = text.lines().skip_while(|line| begins(line).is_none()).peekable();
    let mut before: Vec<String> = Vec::new();
    while let Some(name) = lines.next().and_then(&begins) {
        let mut assignments = Vec::new();
        while let Some(line) = lines.next_if(|line| begins(line).is_none()) {
            let Some(start) = line.strip_prefix("/\\ ") else { continue };
            let mut assignment = start.to_string();
            while let Some(more) = lines.next_if(|line| line.starts_with(' ') && !line.trim().is_empty()) {
                assignment.push('\n');
                assignment.push_str(more);
            }
            assignments.push(assignment);
        }
        let mut variables = [const { None }; 10];
        for assignment in &assignments {
            let read = read_assignment(assignment, before.contains(assignment));
            let (name, written) = read.map_err(|why| making.wrong(&why))?;
            note(&mut variables, name, written);
        }
        making.take(Some(name).filter(|name| !name.is_empty()), &mut variables)?;
        before = assignments;
    }
    making.end()
}

/// The variable and its value; `again` if the assignment is that of the state before.
fn read_assignment(text: &str, again: bool) -> Result<(&str, Written<'static>), String> {
    let (name, value) = text.split_once(" = ").ok_or_else(|| format!("expected `variable = value`, found `{text}`"))?;
    let name = name.trim();
    match again {
        true => Ok((name, Written::Known)),
        false => Ok((name, Written::Value(tla::value(value.trim()).map_err(|why| format!("{name}: {why}"))?))),
    }
}
