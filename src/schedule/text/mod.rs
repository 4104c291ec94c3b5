//! Schedules as text: a version line, the settings, and one event a line.
//!
//! `#` starts a comment. Nodes are numbered from 1. A setting that is not named has its default. Texts of version 1
//! are read in their words.

mod version_1;
mod words;

pub use words::Words;

use super::codec;
use super::events::EVENTS;
use super::settings::{SettingRow, Values, SETTINGS};
use super::{operands, Event, Schedule, Setup};
use std::fmt::Write;

/// The first line of every schedule.
pub const VERSION: &str = "raft-lockstep schedule 2";

/// A mistake in a text.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct TextError {
    /// The line, from 1.
    pub line: usize,
    /// The mistake, and what was expected.
    pub problem: String,
}

/// The text of `schedule`.
pub fn write(schedule: &Schedule) -> String {
    write_with(schedule, &[])
}

/// The text of `schedule` with comments, each before the event of its place.
pub fn write_with(schedule: &Schedule, comments: &[(usize, String)]) -> String {
    let mut comments = comments.iter().peekable();
    let mut text = format!("{VERSION}\n");
    for row in SETTINGS {
        writeln!(text, "{} {}", row.name, value(row, &schedule.setup)).expect("a string takes any text");
    }
    text += "events\n";
    for (place, event) in schedule.events.iter().map(Some).chain([None]).enumerate() {
        while let Some((_, comment)) = comments.next_if(|(before, _)| *before <= place) {
            writeln!(text, "# {comment}").expect("a string takes any text");
        }
        writeln!(text, "{}", event.map_or("end".into(), line)).expect("a string takes any text");
    }
    text
}

/// The value of a setting as text.
pub fn value(row: &SettingRow, setup: &Setup) -> String {
    let value = row.get(setup);
    match row.values {
        Values::Flag => (value != 0).to_string(),
        Values::Named(names) => names[value as usize].into(),
        Values::Range(..) | Values::OneOf(_) => value.to_string(),
    }
}

/// One event as text.
pub fn line(event: &Event) -> String {
    let (place, operands) = event.parts();
    let row = &EVENTS[place];
    let mut line = row.word.to_string();
    operands::write(row.operands, operands, &mut line);
    line
}

/// True if `bytes` look like a schedule in text: the first line that is no comment begins as [`VERSION`] does.
pub fn is_text(bytes: &[u8]) -> bool {
    let version = VERSION.as_bytes();
    let mut rest = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes).trim_ascii_start();
    // A trace may be one long line, so that lines are ended only where they are comments.
    while rest.starts_with(b"#") {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        rest = rest[end..].trim_ascii_start();
    }
    rest.starts_with(&version[..version.len() - 1])
}

/// The mark that editors on Windows write before a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads a schedule, of any version.
///
/// # Errors
/// The first line that is not understood.
pub fn read(text: &str) -> Result<Schedule, TextError> {
    let mut setup = Setup::default();
    let mut events = Vec::new();
    let (mut version, mut in_events, mut ended) = (None, false, false);
    let mut last_line = 0;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (position, whole) in text.lines().enumerate() {
        last_line = position + 1;
        let fail = |problem: String| TextError { line: position + 1, problem };
        let line = whole.split('#').next().unwrap_or("").trim();
        let is_old = version == Some(version_1::VERSION);
        if line.is_empty() {
            continue;
        }
        if ended {
            return Err(fail(format!("`{line}` comes after `end`")));
        } else if version.is_none() {
            let known = [VERSION, version_1::VERSION].into_iter().find(|known| *known == line);
            version = Some(known.ok_or_else(|| fail(format!("expected `{VERSION}`, found `{line}`")))?);
        } else if line == "events" && !in_events {
            setup.check().map_err(fail)?;
            in_events = true;
        } else if line == "end" && in_events {
            ended = true;
        } else if in_events {
            if events.len() == codec::MAX_EVENTS {
                return Err(fail(format!("a schedule has at most {} events", codec::MAX_EVENTS)));
            }
            let line = if is_old { version_1::event(line) } else { line.into() };
            events.push(read_event(&line, &setup).map_err(fail)?);
        } else {
            let line = if is_old { version_1::setting(line) } else { line.into() };
            let (name, value) = line
                .split_once(' ')
                .ok_or_else(|| fail(format!("expected a setting and its value, or `events`, found `{line}`")))?;
            read_setting(name, value.trim(), &mut setup).map_err(fail)?;
        }
    }
    match (version, ended) {
        (Some(_), true) => Ok(Schedule { setup, events }),
        (None, _) => Err(TextError { line: 1, problem: format!("expected `{VERSION}`, found nothing") }),
        (Some(_), false) => {
            Err(TextError { line: last_line, problem: "the schedule is cut off: expected `end`".into() })
        }
    }
}

/// The same text in the words of the current version, with its comments.
///
/// # Errors
/// The first line that is not understood.
pub fn migrated(text: &str) -> Result<String, TextError> {
    let schedule = read(text)?;
    let is_old = |line: &str| line.split('#').next().is_some_and(|line| line.trim() == version_1::VERSION);
    let new = match text.trim_start_matches('\u{feff}').lines().any(is_old) {
        true => version_1::text(text),
        false => text.into(),
    };
    match read(&new) {
        Ok(again) if again == schedule => Ok(new),
        _ => Ok(write(&schedule)),
    }
}

/// Reads the value of a setting; returns its row.
pub(super) fn read_setting(name: &str, value: &str, setup: &mut Setup) -> Result<&'static SettingRow, String> {
    let row = SETTINGS.iter().find(|row| row.name == name).ok_or_else(|| format!("there is no setting `{name}`"))?;
    let value = match row.values {
        Values::Range(least, most) => words::number(value, least.into(), most.into())?,
        Values::OneOf(known) => words::one_of(value, known)?,
        Values::Named(names) => words::named(value, names)?,
        Values::Flag => words::boolean(value)?.into(),
    };
    row.set(setup, value);
    Ok(row)
}

fn read_event(line: &str, setup: &Setup) -> Result<Event, String> {
    let mut words = Words::of(line, setup);
    let word = words.next().unwrap_or("");
    let row = EVENTS.iter().find(|row| row.word == word).ok_or_else(|| format!("there is no event `{word}`"))?;
    let operands = operands::read(row.operands, &mut words)?;
    words.end()?;
    Ok((row.of)(operands))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> (usize, String) {
        let error = read(text).unwrap_err();
        (error.line, error.problem)
    }

    #[test]
    fn each_mistake_is_named_with_its_line() {
        assert_eq!(problem("raft-lockstep schedule 9\n").0, 1);
        assert_eq!(
            problem(&format!("{VERSION}\nvoters 3\nevents\ntick 1\n")),
            (4, "the schedule is cut off: expected `end`".into())
        );
        assert_eq!(
            problem(&format!("{VERSION}\nevents\ntick 4\nend\n")),
            (3, "node 4 does not exist: there are 3 nodes".into())
        );
        assert_eq!(problem(&format!("{VERSION}\nevents\nfly 1\nend\n")), (3, "there is no event `fly`".into()));
        assert_eq!(problem(&format!("{VERSION}\nvoters 12\nevents\nend\n")).0, 2);
        assert_eq!(
            problem(&format!("{VERSION}\nevents\ntick 1 2\nend\n")),
            (3, "`2` is too much in `tick 1 2`".into())
        );
    }
}
