//! Texts that no reader knows: what they are, and why the nearest reader does not read them.

use crate::schedule::text::VERSION;
use crate::trace::{self, Format, FORMATS};
use serde_json::Value;

/// A text that people have beside traces and schedules.
struct Foreign {
    /// It begins so, after space, in any case.
    begins: &'static str,
    /// Its first kilobytes have this.
    has: &'static str,
    what: &'static str,
    /// What to pass instead, if anything.
    instead: &'static str,
}

const PASS_THE_SCHEDULE: &str = "which is not read back; pass the schedule";

/// The first that fits counts.
const TEXTS: &[Foreign] = &[
    Foreign {
        begins: "{\"tag\":\"trace\"",
        has: "",
        what: "an ndjson export of raft-lockstep",
        instead: PASS_THE_SCHEDULE,
    },
    Foreign {
        begins: "(?<host>",
        has: "<clock>",
        what: "a ShiViz export of raft-lockstep",
        instead: PASS_THE_SCHEDULE,
    },
    Foreign { begins: "---", has: "\nsequenceDiagram", what: "a Mermaid diagram", instead: PASS_THE_SCHEDULE },
    Foreign { begins: "sequenceDiagram", has: "", what: "a Mermaid diagram", instead: PASS_THE_SCHEDULE },
    Foreign { begins: "<!doctype html", has: "", what: "an HTML page", instead: PASS_THE_SCHEDULE },
    Foreign { begins: "<html", has: "", what: "an HTML page", instead: PASS_THE_SCHEDULE },
    Foreign { begins: "<", has: "<svg", what: "an SVG image", instead: PASS_THE_SCHEDULE },
    Foreign { begins: "<?xml", has: "", what: "an XML document", instead: "" },
    Foreign { begins: "0: ", has: "\n   ", what: "a transcript of raft-lockstep", instead: PASS_THE_SCHEDULE },
    Foreign { begins: "| ", has: " raft_id=", what: "a transcript of raft-lockstep", instead: PASS_THE_SCHEDULE },
    Foreign {
        begins: "raft-",
        has: "and the specification ",
        what: "a story of `explain`",
        instead: PASS_THE_SCHEDULE,
    },
    Foreign {
        begins: "{\"seconds\":",
        has: "\"executions\"",
        what: "lines of `fuzz --stats`",
        instead: "which `stats --plot` draws",
    },
    Foreign {
        begins: "{\"file\":",
        has: "\"verdict\"",
        what: "lines of `replay --json`",
        instead: "which name files; pass those",
    },
    Foreign {
        begins: "{\"count\":",
        has: "\"cause\"",
        what: "lines of `triage --json`",
        instead: "which name files; pass those",
    },
    Foreign {
        begins: "[State 0]",
        has: "",
        what: "Quint's text",
        instead: "of which states are not read; pass the ITF trace that `quint run --out-itf=FILE` writes",
    },
    Foreign {
        begins: "-",
        has: "ConstInit",
        what: "Apalache's TLA+ counterexample",
        instead: "which is not read; pass the .itf.json beside it",
    },
    Foreign {
        begins: "",
        has: "== IODeserialize(",
        what: "a module whose states are in a binary file",
        instead: "which is not read; pass the module as TLC wrote it",
    },
    Foreign { begins: "", has: "-- MODULE ", what: "a TLA+ module without states", instead: "" },
    Foreign { begins: "@!@!@", has: "", what: "TLC's output without states", instead: "" },
    Foreign { begins: "TLC2 Version", has: "", what: "TLC's output without states", instead: "" },
    Foreign { begins: "SPECIFICATION ", has: "", what: "a configuration of TLC", instead: "pass a trace" },
    Foreign { begins: "CONSTANT", has: "", what: "a configuration of TLC", instead: "pass a trace" },
];

/// What a text is that is in no format, and why the nearest is not its own.
pub fn describe(text: &str) -> String {
    let text = text.trim_start();
    if text.is_empty() {
        return "a blank text (was it written completely?)".into();
    }
    let head = trace::head(text);
    let fits = |row: &&Foreign| {
        let start = head.get(..row.begins.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(row.begins)) && head.contains(row.has)
    };
    match TEXTS.iter().find(fits) {
        Some(Foreign { what, instead: "", .. }) => format!("{what}: it has neither of {}", marks(false)),
        Some(Foreign { what, instead, .. }) => format!("{what}, {instead}"),
        None => json(text).unwrap_or_else(|| plain(text)),
    }
}

/// The marks of the formats that are JSON, or of those that are not.
fn marks(is_json: bool) -> String {
    let rows = FORMATS.iter().filter(|row: &&Format| row.is_json == is_json);
    rows.map(|row| format!("{} ({})", row.mark, row.name)).collect::<Vec<_>>().join(", ")
}

/// What JSON it is, if it looks like any.
fn json(text: &str) -> Option<String> {
    let within =
        |open: char, first: &[char]| text.strip_prefix(open).is_some_and(|rest| rest.trim_start().starts_with(first));
    let looks_like_it = within('{', &['"', '}']) || within('[', &['{', '[', '"', ']']);
    let value = match serde_json::from_str::<Value>(text) {
        Ok(value) => value,
        Err(_) if !looks_like_it => return None,
        Err(error) if error.is_eof() => return Some(format!("JSON that breaks off: {error}")),
        Err(_) if is_json_lines(text) => return Some("JSON lines, where a trace is one value".into()),
        Err(error) => return Some(format!("text that begins as JSON and is none: {error}")),
    };
    let what = match &value {
        Value::Object(members) => format!("an object with {}", keys(members)),
        Value::Array(items) => match items.first() {
            Some(Value::Object(members)) => format!("a list of objects with {}", keys(members)),
            Some(_) => "a list whose items are no objects".into(),
            None => "an empty list".into(),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => "one plain value".into(),
    };
    Some(format!("JSON of no known trace: {what}; a trace is {}", marks(true)))
}

/// Whether its first line is a value by itself.
fn is_json_lines(text: &str) -> bool {
    text.lines().next().is_some_and(|line| serde_json::from_str::<Value>(line).is_ok())
}

/// So many keys are listed.
const KEYS: usize = 6;

fn keys(members: &serde_json::Map<String, Value>) -> String {
    let names: Vec<String> = members.keys().take(KEYS).map(|key| format!("`{}`", shortened(key))).collect();
    match (names.is_empty(), members.len() > KEYS) {
        (true, _) => "no keys".into(),
        (false, more) => format!("the keys {}{}", names.join(", "), if more { ", ..." } else { "" }),
    }
}

/// Of any other text the schedule is nearest.
fn plain(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default().trim_end();
    match text.lines().position(|line| line.trim() == VERSION) {
        Some(place) => format!("text in no known format: `{VERSION}` comes after {place} other lines"),
        None => format!("text in no known format: its first line is `{}`, not `{VERSION}`", shortened(first)),
    }
}

/// The beginning of what was found, for an error of one line.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_string(),
    }
}
