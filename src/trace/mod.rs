//! Readers of traces of raft.tla: TLC's text, modules and JSON, Apalache's ITF, the seed format of this project's
//! prototype, and the module that `export --to tla` writes.
//!
//! Each format is a file with a reader, and a row of [`FORMATS`]. Readers return a [`Behaviour`]: steps of the
//! specification in the `ongaro` dialect; that of etcd's interaction scripts returns their commands. The module
//! `concretize` makes events of both.
//!
//! A trace is untrusted input, so that everything in it is bounded: [`MAX_BYTES`], [`MAX_STATES`],
//! [`MAX_SERVERS`](states::MAX_SERVERS), [`MAX_MESSAGES`](states::MAX_MESSAGES),
//! [`MAX_COPIES`](states::MAX_COPIES), [`MAX_DEPTH`](tla::MAX_DEPTH)
//! (and serde_json's own depth of 128).

mod behaviour;
mod itf;
mod json;
mod making;
mod ndjson;
pub mod rafttest;
mod run_module;
mod search;
mod seed;
pub mod states;
pub mod tla;
mod tlc_dump;
mod tlc_module;
mod tlc_simulate;
mod tlc_steps;
mod tlc_text;
mod value;

pub use behaviour::{name_of, Act, Behaviour, End, Flows, Step};
pub use seed::written;
pub use value::Value;

/// The largest trace that is read, in bytes.
pub const MAX_BYTES: usize = 32 << 20;
/// The largest number of states, and of events of a seed trace.
pub const MAX_STATES: usize = 20_000;

/// The reason why a trace cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub struct Error {
    /// The state, counted from 1; 0 if the error concerns no single state.
    pub state: usize,
    /// The problem.
    pub why: String,
}

impl Error {
    fn at(state: usize, why: impl Into<String>) -> Self {
        Error { state, why: why.into() }
    }

    fn of(why: impl Into<String>) -> Self {
        Error::at(0, why)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self.state {
            0 => f.write_str(&self.why),
            state => write!(f, "state {state}: {}", self.why),
        }
    }
}

/// One format.
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its description, with the tool that writes it.
    pub about: &'static str,
    /// The distinguishing mark of its texts.
    pub mark: &'static str,
    /// True if it is JSON.
    pub is_json: bool,
    /// True if a text has the mark.
    pub recognizes: fn(&str) -> bool,
    /// Reads a text.
    pub read: Read,
}

/// The reader of a format, by what its texts hold.
#[derive(Clone, Copy)]
pub enum Read {
    /// A behaviour of raft.tla.
    Behaviour(fn(&str) -> Result<Behaviour, Error>),
    /// Commands to a cluster of another implementation.
    Script(fn(&str) -> Result<rafttest::Script, rafttest::Refusal>),
}

/// All formats. The first one that recognizes a text reads it.
pub const FORMATS: &[Format] = &[
    tlc_text::FORMAT,
    tlc_simulate::FORMAT,
    tlc_module::FORMAT,
    run_module::FORMAT,
    tlc_steps::FORMAT,
    itf::FORMAT,
    seed::FORMAT,
    tlc_dump::FORMAT,
    rafttest::FORMAT,
    ndjson::FORMAT,
];

/// The format of a text, if it is a trace.
pub fn recognize(text: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| (format.recognizes)(text))
}

/// Reads a trace of any format.
///
/// # Errors
/// The text is no trace, too large, or no behaviour of raft.tla.
pub fn read(text: &str) -> Result<Behaviour, Error> {
    if text.len() > MAX_BYTES {
        return Err(Error::of(format!("larger than {MAX_BYTES} bytes")));
    }
    let format = recognize(text).ok_or_else(|| {
        let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        Error::of(format!("no trace in any of the formats {}", names.join(", ")))
    })?;
    match format.read {
        Read::Behaviour(read) => read(text),
        Read::Script(_) => Err(Error::of(format!("{} holds commands, and no behaviour of raft.tla", format.name))),
    }
}

/// Refuses a trace with too many states.
fn bounded(states: usize) -> Result<(), Error> {
    match states > MAX_STATES {
        true => Err(Error::of(format!("{states} states: at most {MAX_STATES} are read"))),
        false => Ok(()),
    }
}

/// The beginning of a text, by which formats are recognized.
pub fn head(text: &str) -> &str {
    let text = text.trim_start();
    let end = (0..=text.len().min(4096)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}
