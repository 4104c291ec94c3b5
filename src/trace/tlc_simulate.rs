//! A behaviour that TLC writes with `-simulate file=NAME`: a module that defines `STATE_1 ==`, `STATE_2 ==`, each
//! as `/\ variable = value` lines. Steps have no names there.

use super::{tlc_text, Behaviour, Error, Format};

/// TLC's simulated behaviours.
pub const FORMAT: Format = Format {
    name: "tlc-simulate",
    about: "what TLC's -simulate file=NAME writes",
    mark: "a line `STATE_1 ==`",
    is_json: false,
    recognizes: is_it,
    read,
};

fn is_it(text: &str) -> bool {
    !text.trim_start().starts_with(['{', '[']) && text.lines().any(|line| begins_state(line).is_some())
}

/// Whether the line begins a state; the step's name is empty.
fn begins_state(line: &str) -> Option<&str> {
    let (number, rest) = line.strip_prefix("STATE_")?.split_once(" ==")?;
    (number.parse::<u32>().is_ok() && rest.trim().is_empty()).then_some("")
}

fn read(text: &str) -> Result<Behaviour, Error> {
    tlc_text::states(text, begins_state)
}
