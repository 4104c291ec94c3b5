//! A behaviour from TLC's `-simulate file=NAME`: a module that defines `STATE_1 ==`, `STATE_2 ==` and so on, each as
//! `/\ variable = value` lines, without names of steps.

use super::{tlc_text, Format, Read};

/// TLC's simulated behaviours.
pub const FORMAT: Format = Format {
    name: "tlc-simulate",
    about: "a behaviour from TLC's -simulate file=NAME",
    mark: "a line `STATE_1 ==`",
    is_json: false,
    recognizes: |text| tlc_text::has_state(text, begins_state),
    read: Read::Behaviour(|text| tlc_text::states(text, begins_state)),
};

/// The step's name, which is empty, if the line begins a state.
fn begins_state(line: &str) -> Option<&str> {
    let (number, rest) = line.strip_prefix("STATE_")?.split_once(" ==")?;
    (number.parse::<u32>().is_ok() && rest.trim().is_empty()).then_some("")
}
