//! Texts in no readable format: their kind, and why the nearest reader refuses them.

use crate::schedule::text::VERSION;
use crate::trace::{self, Format, FORMATS};
use serde_json::Value;

/// A foreign kind of text that is often found beside traces and schedules.
struct Foreign {
    /// The beginning after space, in any case.
    begins: &'static str,
    /// A text within the first kilobytes.
    has: &'static str,
    what: &'static str,
    /// The file to pass instead.
    instead: &'static str,
}

const EXPORTED: &str = "the schedule that it was written from";
const NAMED: &str = "the files that it names";
const STATES: &str = "a trace with states";

const fn foreign(begins: &'static str, has: &'static str, what: &'static str, instead: &'static str) -> Foreign {
    Foreign { begins, has, what, instead }
}

/// The known foreign texts. The first match wins.
const TEXTS: &[Foreign] = &[
    foreign("(?<host>", "<clock>", "a ShiViz export of raft-lockstep", EXPORTED),
    foreign("---", "\nsequenceDiagram", "a Mermaid diagram", EXPORTED),
    foreign("sequenceDiagram", "", "a Mermaid diagram", EXPORTED),
    foreign("<!doctype html", "", "an HTML page", EXPORTED),
    foreign("<html", "", "an HTML page", EXPORTED),
    foreign("<", "<svg", "an SVG image", EXPORTED),
    foreign("<?xml", "", "an XML document", "a schedule or a trace"),
    foreign("0: ", "\n   ", "a transcript of raft-lockstep", EXPORTED),
    foreign("| ", " raft_id=", "a transcript of raft-lockstep", EXPORTED),
    foreign("raft-", "and the specification ", "a story of `explain`", EXPORTED),
    foreign("{\"seconds\":", "\"executions\"", "output of `fuzz --stats`", "it to `stats --plot`"),
    foreign("{\"file\":", "\"verdict\"", "output of `replay --json`", NAMED),
    foreign("{\"count\":", "\"cause\"", "output of `triage --json`", NAMED),
    foreign("[State 0]", "", "Quint's text", "the trace that `quint run --out-itf=FILE` writes"),
    foreign("", "CInit == ", "a TLA+ module of Apalache", "the .itf.json file beside it"),
    foreign("", "ConstInit ==", "a TLA+ module of Apalache", "the .itf.json file beside it"),
    foreign("SPECIFICATION ", "", "a configuration of TLC", STATES),
    foreign("CONSTANT", "", "a configuration of TLC", STATES),
];

/// A TLA+ module or an output of TLC that contains no states.
const WITHOUT_STATES: &[Foreign] = &[
    foreign("", "-- MODULE ", "a TLA+ module without states", ""),
    foreign("@!@!@", "", "TLC's output without states", ""),
    foreign("TLC2 Version", "", "TLC's output without states", ""),
];

impl Foreign {
    fn fits(&self, text: &str, head: &str) -> bool {
        let start = text.get(..self.begins.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(self.begins)) && head.contains(self.has)
    }
}

/// The kind of a known foreign text, and the file to pass instead.
pub fn known(text: &str) -> Option<(&'static str, &'static str)> {
    let (text, head) = (text.trim_start(), trace::head(text));
    TEXTS.iter().find(|row| row.fits(text, head)).map(|row| (row.what, row.instead))
}

/// The kind of any other text, and the reason why the nearest reader refuses it.
pub fn describe(text: &str) -> String {
    let (text, head) = (text.trim_start(), trace::head(text));
    if text.is_empty() {
        return "a blank text (was it written completely?)".into();
    }
    match WITHOUT_STATES.iter().find(|row| row.fits(text, head)) {
        Some(row) => format!("{}: found none of {}", row.what, marks(false)),
        None => json(text).unwrap_or_else(|| plain(text)),
    }
}

/// The marks of the JSON formats, or of the others.
fn marks(is_json: bool) -> String {
    let rows = FORMATS.iter().filter(|row: &&Format| row.is_json == is_json);
    rows.map(|row| format!("{} ({})", row.mark, row.name)).collect::<Vec<_>>().join(", ")
}

/// The kind of JSON; `None` if the text does not look like JSON.
fn json(text: &str) -> Option<String> {
    let within =
        |open: char, first: &[char]| text.strip_prefix(open).is_some_and(|rest| rest.trim_start().starts_with(first));
    let looks_like_it = within('{', &['"', '}']) || within('[', &['{', '[', '"', ']']);
    let value = match serde_json::from_str::<Value>(text) {
        Ok(value) => value,
        Err(_) if !looks_like_it => return None,
        Err(error) if error.is_eof() => return Some(format!("truncated JSON: {error}")),
        Err(_) if is_json_lines(text) => return Some("JSON lines: a trace is one JSON value".into()),
        Err(error) => return Some(format!("invalid JSON: {error}")),
    };
    let what = match &value {
        Value::Object(members) => format!("an object with {}", keys(members)),
        Value::Array(items) => match items.first() {
            Some(Value::Object(members)) => format!("a list of objects with {}", keys(members)),
            Some(_) => "a list whose items are not objects".into(),
            None => "an empty list".into(),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => "one plain value".into(),
    };
    Some(format!("JSON in no known trace format: {what}; a trace is {}", marks(true)))
}

/// True if the first line is a JSON value by itself.
fn is_json_lines(text: &str) -> bool {
    text.lines().next().is_some_and(|line| serde_json::from_str::<Value>(line).is_ok())
}

/// The number of keys in a message.
const KEYS: usize = 6;

fn keys(members: &serde_json::Map<String, Value>) -> String {
    let names: Vec<String> = members.keys().take(KEYS).map(|key| format!("`{}`", shortened(key))).collect();
    match (names.is_empty(), members.len() > KEYS) {
        (true, _) => "no keys".into(),
        (false, more) => format!("the keys {}{}", names.join(", "), if more { ", ..." } else { "" }),
    }
}

/// The kind of a text that is not JSON: compared with a schedule, the nearest format.
fn plain(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default().trim_end();
    let found = match text.lines().position(|line| line.trim() == VERSION) {
        Some(place) => format!("`{VERSION}` is not its first line, but follows {place} others"),
        None => format!("its first line is `{}`, not `{VERSION}`", shortened(first)),
    };
    format!("text in no known format: {found}")
}

/// The beginning of a text, for an error of one line.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_string(),
    }
}
