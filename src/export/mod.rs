//! Runs in the formats of other tools: one file a format, and the table [`FORMATS`].
//!
//! Each writer runs the schedule itself, as the lockstep judges it, and observes the run. [`behaviour`] is shared by the
//! formats that write behaviours of raft.tla. Pictures and stories are drawn by `report::draw` instead.

pub mod behaviour;
#[cfg(feature = "cli")]
pub mod issue;
pub mod itf;
pub mod ndjson;
pub mod rafttest;
#[cfg(feature = "cli")]
pub mod rust_test;
pub mod tla;
mod value;

use crate::lockstep::{Options, Run};
use crate::schedule::Schedule;
use crate::sut::nodes::raft_rs::RaftRs;

/// One format.
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// The extension of its files.
    pub extension: &'static str,
    /// The extension of a second file, which its reader expects beside the first and under the same name.
    pub companion: Option<&'static str>,
    /// Its contents and reader, in a sentence.
    pub about: &'static str,
    /// Runs a schedule and writes the run. An error says where the format cannot express the run.
    pub write: fn(&Request) -> Result<Export, String>,
}

/// All formats. A new one is a file and a row.
pub const FORMATS: &[Format] = &[
    Format {
        name: "ndjson",
        extension: "ndjson",
        companion: None,
        about: "one JSON line an event, for etcd's trace validation (Traceetcdraft.tla of etcd-io/raft)",
        write: ndjson::write::<RaftRs>,
    },
    Format {
        name: "tla",
        extension: "tla",
        companion: Some("cfg"),
        about: "a TLA+ module that takes the run's steps of raft.tla, with its .cfg, for TLC",
        write: tla::write::<RaftRs>,
    },
    Format {
        name: "itf",
        extension: "itf.json",
        companion: None,
        about: "the same behaviour of raft.tla as Apalache's ITF",
        write: itf::write::<RaftRs>,
    },
    Format {
        name: "rafttest",
        extension: "txt",
        companion: None,
        about: "the inputs as an interaction script of etcd-io/raft, whose test writes the outputs",
        write: rafttest::write::<RaftRs>,
    },
    #[cfg(feature = "cli")]
    Format {
        name: "rust-test",
        extension: "rs",
        companion: None,
        about: "a Rust test that needs the crate `raft` alone and fails where raft-rs diverges",
        write: rust_test::write,
    },
    #[cfg(feature = "cli")]
    Format {
        name: "issue",
        extension: "md",
        companion: None,
        about: "a report for an issue tracker, from the finding.md beside the schedule and from the run",
        write: issue::write,
    },
];

/// A run to export.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Its schedule.
    pub schedule: &'a Schedule,
    /// The options of the judge.
    pub options: Options,
    /// The stem of the output file's name; `None` on standard output.
    pub name: Option<&'a str>,
    /// The text of the `finding.md` beside the schedule.
    pub description: Option<&'a str>,
}

/// An exported run.
pub struct Export {
    /// The text of the file.
    pub text: String,
    /// The text of the companion file, if the format has one.
    pub companion: Option<String>,
    /// Lines for the user: the length of the export, and the parts of the run that it lacks.
    pub notes: Vec<String>,
    /// The run.
    pub run: Run,
}
