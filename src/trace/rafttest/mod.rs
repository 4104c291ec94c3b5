//! Interaction scripts of etcd-io/raft (`rafttest`, `testdata/*.txt`): commands of its test environment, each with the
//! output that etcd wrote below `----`.
//!
//! The syntax is that of the Go package `datadriven`: a command with arguments in its first line, lines of input, `----`,
//! and lines of output up to a blank line. The output is read for what Raft decides ([`Stated`]): terms, votes, roles,
//! commit and match indexes, and entries. Its wording is not compared.

mod command;
mod output;

pub use command::{AddNodes, Delivery, Packet, What};
pub use output::{Payload, Stated, Statement};

use super::{Format, Read};
use crate::spec::Body;
use command::COMMANDS;

/// The index of the snapshot that nodes start from: etcd's environment wants it above 1.
pub const INDEX: u64 = 2;
/// The ticks of etcd's environment, which no command sets: election timeout and heartbeat.
pub const TICKS: (u8, u8) = (3, 1);
/// The line between a command and its output.
const SEPARATOR: &str = "----";

/// The format.
pub const FORMAT: Format = Format {
    name: "rafttest",
    about: "an interaction script of etcd-io/raft (testdata/*.txt)",
    mark: "a command of etcd's test environment, such as `add-nodes`, and a line `----`",
    is_json: false,
    recognizes: is_it,
    read: Read::Script(read),
};

/// A script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Script {
    /// Its commands, in order.
    pub commands: Vec<Command>,
    /// True if each command states the state of its node after it.
    pub states_each: bool,
}

/// A command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// The number of its line, from 1.
    pub line: usize,
    /// Its line.
    pub text: String,
    /// Its meaning.
    pub what: What,
    /// False if the output is missing or switched off, so that changes of the nodes do not show.
    pub shown: bool,
    /// The statements of its output.
    pub stated: Vec<Statement>,
}

/// The reason why a script cannot be followed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{line}: {why}")]
pub struct Refusal {
    /// The number of the line, from 1.
    pub line: usize,
    /// The problem.
    pub why: String,
}

/// The type of a message in etcd's `raftpb`.
pub fn kind(body: &Body) -> &'static str {
    match body {
        Body::RequestVoteRequest { pre: false, .. } => "MsgVote",
        Body::RequestVoteRequest { pre: true, .. } => "MsgPreVote",
        Body::RequestVoteResponse { pre: false, .. } => "MsgVoteResp",
        Body::RequestVoteResponse { pre: true, .. } => "MsgPreVoteResp",
        Body::AppendEntriesRequest { .. } => "MsgApp",
        Body::AppendEntriesResponse { .. } => "MsgAppResp",
        Body::Snapshot { .. } => "MsgSnap",
        Body::Heartbeat { .. } => "MsgHeartbeat",
        Body::HeartbeatResponse { .. } => "MsgHeartbeatResp",
        Body::ReadIndex { .. } => "MsgReadIndex",
        Body::ReadIndexResponse { .. } => "MsgReadIndexResp",
        Body::TransferLeader => "MsgTransferLeader",
        Body::TimeoutNow => "MsgTimeoutNow",
        Body::Proposal { .. } => "MsgProp",
    }
}

/// The index, the number of entries, and the commit index in a message in etcd's `raftpb`, as its tracer writes them.
pub fn numbers(body: &Body) -> [u64; 3] {
    let (index, entries, commit) = match body {
        Body::RequestVoteRequest { last_log, commit, .. } => (last_log.index, 0, commit.index),
        Body::RequestVoteResponse { commit, .. } => (0, 0, commit.index),
        Body::AppendEntriesRequest { prev_log, entries, commit_index } => {
            (prev_log.index, entries.len(), *commit_index)
        }
        Body::AppendEntriesResponse { success: true, match_index, commit_index, .. } => {
            (*match_index, 0, *commit_index)
        }
        Body::AppendEntriesResponse { rejected, commit_index, .. } => (*rejected, 0, *commit_index),
        Body::Snapshot { position, .. } => (0, position.index as usize, 0),
        Body::Heartbeat { commit_index, .. } | Body::HeartbeatResponse { commit_index, .. } => (0, 0, *commit_index),
        _ => (0, 0, 0),
    };
    [index.into(), entries as u64, commit.into()]
}

fn is_it(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    let word = first.and_then(|line| line.split_whitespace().next());
    word.is_some_and(|word| COMMANDS.contains(&word)) && text.lines().any(|line| line.trim_end() == SEPARATOR)
}

fn read(text: &str) -> Result<Script, Refusal> {
    let mut lines = (1..).zip(text.lines().map(str::trim_end)).peekable();
    let (mut commands, mut quiet) = (Vec::new(), false);
    while let Some((line, first)) = lines.next() {
        if first.is_empty() || first.starts_with('#') {
            continue;
        }
        let mut input = Vec::new();
        loop {
            match lines.next() {
                Some((_, SEPARATOR)) => break,
                Some((_, more)) if !more.is_empty() => input.push(more),
                _ => return Err(Refusal { line, why: format!("`{first}` has no line `{SEPARATOR}` after it") }),
            }
        }
        let mut output = Vec::new();
        while let Some(shown) = lines.next_if(|(_, shown)| !shown.is_empty()) {
            output.push(shown);
        }
        if let Some((line, SEPARATOR)) = output.first() {
            return Err(Refusal {
                line: *line,
                why: "an output with blank lines; no command of etcd writes one".into(),
            });
        }
        let what = command::read(first, &input, &output).map_err(|why| Refusal { line, why })?;
        if let What::LogLevel { none } = what {
            quiet = none;
        }
        let silenced = quiet || matches!(what, What::Stabilize { quiet: true, .. });
        let shown = !silenced && !output.is_empty();
        let stated = if shown { output::read(&what, &output) } else { Vec::new() };
        commands.push(Command { line, text: first.into(), what, shown, stated });
    }
    Ok(Script { commands, states_each: false })
}
