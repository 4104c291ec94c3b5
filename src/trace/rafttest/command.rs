//! The commands of a script.

use crate::spec::{Change, NodeId, Step, Transition, MAX_NODES};
use std::str::FromStr;

/// Every command of etcd's environment: a script begins with one of them.
pub const COMMANDS: &[&str] = &[
    "add-nodes",
    "campaign",
    "compact",
    "deliver-msgs",
    "forget-leader",
    "log-level",
    "process-append-thread",
    "process-apply-thread",
    "process-ready",
    "propose",
    "propose-conf-change",
    "raft-log",
    "raft-state",
    "report-unreachable",
    "send-snapshot",
    "set-randomized-election-timeout",
    "stabilize",
    "status",
    "tick-election",
    "tick-heartbeat",
    "transfer-leadership",
];

/// Commands and options that raft-rs has no operation for, with the reason.
const LACKING: &[(&str, &str)] = &[
    ("forget-leader", "raft-rs has no call by which a follower forgets its leader"),
    ("process-append-thread", THREADS),
    ("process-apply-thread", THREADS),
    ("async-storage-writes", THREADS),
    ("send-snapshot", "raft-rs has no call that sends a snapshot which the leader does not find necessary"),
    ("step-down-on-removal", "a leader of raft-rs that was removed leads on, and no option changes that"),
    ("disable-conf-change-validation", "raft-rs has no option that admits invalid changes of the configuration"),
];

const THREADS: &str = "raft-rs has no messages to and from storage threads";

/// The meaning of a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// Nodes are added.
    AddNodes(AddNodes),
    /// A node starts an election.
    Campaign(NodeId),
    /// The application of each node takes its Readys.
    ProcessReady(Vec<NodeId>),
    /// Readys are taken and messages delivered at these nodes, or all, until nothing is left to do.
    Stabilize {
        /// The nodes; empty for all.
        nodes: Vec<NodeId>,
        /// True if the output of this command is switched off.
        quiet: bool,
    },
    /// Messages are delivered or dropped.
    Deliver(Delivery),
    /// A message arrives.
    Receive(Packet),
    /// A node stops, and starts again.
    Restart(NodeId),
    /// A leader is asked for heartbeats.
    Ping(NodeId),
    /// The clock of a node ticks so many times.
    Tick(NodeId, u8),
    /// A client proposes a value.
    Propose(NodeId, String),
    /// A client proposes a change of the configuration.
    Change(NodeId, Change),
    /// The log of a node is compacted up to an index, which is dropped, too.
    Compact(NodeId, u64),
    /// The first node is asked to transfer leadership to the second.
    Transfer(NodeId, NodeId),
    /// The first node is told that a message to the second was lost.
    Unreachable(NodeId, NodeId),
    /// The election timeout that a node has drawn.
    Timeout(NodeId, u64),
    /// The progress of all peers of a node is shown.
    Status(NodeId),
    /// The log of a node is shown.
    Log(NodeId),
    /// The states of all nodes are shown.
    States,
    /// Output is switched off, or on.
    LogLevel {
        /// True if nothing is shown from now on.
        none: bool,
    },
}

/// Nodes that are added.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AddNodes {
    /// Their number.
    pub count: u8,
    /// The voters of the snapshot that they start from; empty if they start from nothing.
    pub voters: Vec<NodeId>,
    /// Its learners.
    pub learners: Vec<NodeId>,
    /// Its index.
    pub index: u64,
    /// The term of these nodes as the script states it.
    pub term: u64,
    /// The number of nodes that start from nothing at the same time.
    pub spares: u8,
    /// Appends in flight to a peer, at most.
    pub inflight: Option<u64>,
    /// Bytes of committed entries in a Ready, at most.
    pub committed_size: Option<u64>,
    /// True if candidates ask for pre-votes first.
    pub pre_vote: bool,
    /// True if a leader that hears of no quorum steps down.
    pub check_quorum: bool,
    /// True if leaders answer reads by their lease.
    pub lease_reads: bool,
}

/// The messages that `deliver-msgs` takes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Delivery {
    /// Their type in etcd's `raftpb`; `None` for any.
    pub kind: Option<String>,
    /// The receivers, each with true if the messages to it are dropped.
    pub receivers: Vec<(NodeId, bool)>,
}

/// A message, by what distinguishes it on its link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packet {
    /// Its type in etcd's `raftpb`.
    pub kind: String,
    /// Its sender.
    pub from: NodeId,
    /// Its receiver.
    pub to: NodeId,
    /// Its term.
    pub term: u64,
    /// Its index, the number of its entries, and its commit index.
    pub numbers: [u64; 3],
}

/// An argument: a word, or a name with its values.
struct Argument<'a> {
    name: &'a str,
    values: Vec<&'a str>,
}

/// Reads the line of a command, and its input. The output tells whether a change of the configuration was ignored.
pub fn read(line: &str, input: &[&str], output: &[(usize, &str)]) -> Result<What, String> {
    let (command, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    if let Some((name, why)) = LACKING.iter().find(|(name, _)| *name == command) {
        return Err(format!("`{name}`: {why}"));
    }
    let arguments = arguments(rest)?;
    let node =
        |place: usize| node(arguments.get(place).map_or("", |it| it.name)).map_err(|why| format!("`{line}`: {why}"));
    Ok(match command {
        "add-nodes" => What::AddNodes(add_nodes(&arguments)?),
        "campaign" => What::Campaign(node(0)?),
        "process-ready" => What::ProcessReady(nodes(&arguments)?),
        "stabilize" => {
            let quiet = named(&arguments, "log-level").is_some_and(|level| level.eq_ignore_ascii_case("none"));
            What::Stabilize { nodes: nodes(&arguments)?, quiet }
        }
        "deliver-msgs" => What::Deliver(deliver(&arguments)?),
        "tick-election" => What::Tick(node(0)?, super::TICKS.0),
        "tick-heartbeat" => What::Tick(node(0)?, super::TICKS.1),
        "propose" => What::Propose(node(0)?, arguments.get(1).map_or("", |it| it.name).into()),
        "propose-conf-change" => What::Change(node(0)?, change(&arguments[1..], input, is_ignored(output))?),
        "compact" => What::Compact(node(0)?, number(arguments.get(1).map_or("", |it| it.name))?),
        "transfer-leadership" => {
            let end = |name| self::node(named(&arguments, name).unwrap_or_default());
            What::Transfer(end("from")?, end("to")?)
        }
        "report-unreachable" => What::Unreachable(node(0)?, node(1)?),
        "set-randomized-election-timeout" => {
            What::Timeout(node(0)?, number(named(&arguments, "timeout").unwrap_or_default())?)
        }
        "status" => What::Status(node(0)?),
        "raft-log" => What::Log(node(0)?),
        "raft-state" => What::States,
        "log-level" => {
            What::LogLevel { none: arguments.first().is_some_and(|level| level.name.eq_ignore_ascii_case("none")) }
        }
        _ => {
            return Err(format!("`{command}` is no command of etcd's environment that is known; known are {}", known()))
        }
    })
}

fn known() -> String {
    COMMANDS.join(", ")
}

/// The arguments in a line: `word`, `name=value`, `name=(value,value)` or `name=(value value)`.
fn arguments(rest: &str) -> Result<Vec<Argument<'_>>, String> {
    let (mut all, mut rest) = (Vec::new(), rest.trim_start());
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let Some(value) = after.strip_prefix('=') else {
            all.push(Argument { name, values: Vec::new() });
            rest = after.trim_start();
            continue;
        };
        let (values, after) = match value.strip_prefix('(') {
            Some(list) => list.split_once(')').ok_or_else(|| format!("`{rest}`: `(` without `)`"))?,
            None => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        let separates = |c: char| c == ',' || c.is_whitespace();
        all.push(Argument { name, values: values.split(separates).filter(|it| !it.is_empty()).collect() });
        rest = after.trim_start();
    }
    Ok(all)
}

/// The first value of a named argument.
fn named<'a>(arguments: &[Argument<'a>], name: &str) -> Option<&'a str> {
    arguments.iter().find(|it| it.name == name)?.values.first().copied()
}

fn number<T: FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("expected a number, found `{word}`"))
}

fn flag(word: &str) -> Result<bool, String> {
    word.parse().map_err(|_| format!("expected true or false, found `{word}`"))
}

fn node(word: &str) -> Result<NodeId, String> {
    let number: usize = word.parse().map_err(|_| format!("expected the number of a node, found `{word}`"))?;
    match (1..=MAX_NODES).contains(&number) {
        true => Ok(NodeId::new(number as u8)),
        false => Err(format!("node {number}: at most {MAX_NODES} nodes are simulated, from 1")),
    }
}

/// The nodes among the arguments.
fn nodes(arguments: &[Argument]) -> Result<Vec<NodeId>, String> {
    arguments.iter().filter(|it| it.values.is_empty()).map(|it| node(it.name)).collect()
}

fn add_nodes(arguments: &[Argument]) -> Result<AddNodes, String> {
    let mut added = AddNodes { count: number(arguments.first().map_or("", |it| it.name))?, ..AddNodes::default() };
    for Argument { name, values } in &arguments[1..] {
        let members = || values.iter().map(|word| node(word)).collect::<Result<Vec<_>, _>>();
        let value = values.first().copied().unwrap_or_default();
        match *name {
            "voters" => added.voters = members()?,
            "learners" => added.learners = members()?,
            "index" => added.index = number(value)?,
            "inflight" => added.inflight = Some(number(value)?),
            "max-committed-size-per-ready" => added.committed_size = Some(number(value)?),
            "prevote" => added.pre_vote = flag(value)?,
            "checkquorum" => added.check_quorum = flag(value)?,
            "read-only" => added.lease_reads = value == "lease-based",
            // The data of the snapshot decide nothing.
            "content" => {}
            name => match LACKING.iter().find(|(lacking, _)| *lacking == name) {
                Some(_) if value == "false" => {}
                Some((_, why)) => return Err(format!("`{name}={value}`: {why}")),
                None => return Err(format!("`{name}` is no option of `add-nodes` that is known")),
            },
        }
    }
    if !added.voters.is_empty() && added.index <= 1 {
        return Err(format!("`index={}`: etcd's environment wants an index above 1", added.index));
    }
    Ok(added)
}

fn deliver(arguments: &[Argument]) -> Result<Delivery, String> {
    let mut delivery = Delivery::default();
    for Argument { name, values } in arguments {
        match (*name, &values[..]) {
            ("type", [kind, ..]) => delivery.kind = Some((*kind).into()),
            ("drop", dropped) => {
                for word in dropped {
                    delivery.receivers.push((node(word)?, true));
                }
            }
            (word, []) => delivery.receivers.push((node(word)?, false)),
            (name, _) => return Err(format!("`{name}` is no option of `deliver-msgs` that is known")),
        }
    }
    Ok(delivery)
}

/// True if the leader says that it ignores a change of the configuration.
fn is_ignored(output: &[(usize, &str)]) -> bool {
    output.iter().any(|(_, line)| line.contains("ignoring conf change"))
}

fn change(arguments: &[Argument], input: &[&str], is_ignored: bool) -> Result<Change, String> {
    let mut transition = match named(arguments, "transition") {
        None | Some("auto") => Transition::Auto,
        Some("implicit") => Transition::Implicit,
        Some("explicit") => Transition::Explicit,
        Some(other) => return Err(format!("`transition={other}`: expected auto, implicit or explicit")),
    };
    if named(arguments, "v1").map(flag).transpose()? == Some(true) {
        transition = Transition::First;
    }
    let words: Vec<&str> = input.iter().flat_map(|line| line.split_whitespace()).collect();
    let mut change = Change { transition, steps: [None, None] };
    if is_ignored && words.len() > change.steps.len() {
        // Its entry is empty, whatever its steps are; if it is not, the statement about the entry does not hold.
        change.steps[0] = Some((Step::Voter, NodeId::new(1)));
        return Ok(change);
    }
    if words.len() > change.steps.len() {
        return Err(format!("{} steps in one change: at most {} are simulated", words.len(), change.steps.len()));
    }
    for (slot, word) in change.steps.iter_mut().zip(words) {
        let kind = match word.chars().next() {
            Some('v') => Step::Voter,
            Some('l') => Step::Learner,
            Some('r') => Step::Remove,
            _ => return Err(format!("`{word}`: expected v, l or r with a node; raft-rs has no other step")),
        };
        *slot = Some((kind, node(&word[1..])?));
    }
    Ok(change)
}
