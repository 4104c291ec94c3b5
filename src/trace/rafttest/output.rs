//! The output of a command: what it states about nodes.

use super::What;

/// A statement about a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement {
    /// The number of its line, from 1.
    pub line: usize,
    /// The node; 0 where the command names it.
    pub node: u64,
    /// Its content.
    pub what: Stated,
}

/// The content of a statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stated {
    /// The term.
    Term(u64),
    /// The vote; 0 for none.
    Vote(u64),
    /// The commit index.
    Commit(u64),
    /// The leader; 0 for none.
    Leader(u64),
    /// The role, as etcd names it.
    Role(String),
    /// An entry of the log.
    Entry {
        /// Its index.
        index: u64,
        /// Its term.
        term: u64,
        /// Its content.
        payload: Payload,
    },
    /// The log begins after a snapshot, whose index this is.
    Snapshot(u64),
    /// The last index of the log.
    Last(u64),
    /// The match index that the node has of a peer.
    Match(u64, u64),
    /// The proposal was dropped.
    Dropped,
}

/// The content of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Payload {
    /// A client's value, or nothing.
    Normal(String),
    /// A change of the configuration: true if it is of the first form, and its steps as text.
    Change(bool, String),
}

/// The part of a Ready that a line is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    /// None of those with entries.
    Other,
    /// Entries to write.
    Entries,
}

/// Reads the statements in an output.
pub fn read(what: &What, output: &[(usize, &str)]) -> Vec<Statement> {
    let mut reader = Reader { node: 0, section: Section::Other, stated: Vec::new() };
    for (line, text) in output {
        let text = text.trim();
        match what {
            What::Stabilize { .. } | What::ProcessReady(_) => reader.ready(what, *line, text),
            What::Status(_) => reader.status(*line, text),
            What::Log(_) | What::Compact(..) => reader.log(*line, text),
            What::States => reader.state(*line, text),
            What::Propose(..) | What::Change(..) if text == "raft proposal dropped" => {
                reader.add(*line, Stated::Dropped)
            }
            _ => {}
        }
    }
    reader.stated
}

struct Reader {
    /// The node whose Ready is shown.
    node: u64,
    section: Section,
    stated: Vec<Statement>,
}

impl Reader {
    fn add(&mut self, line: usize, what: Stated) {
        self.stated.push(Statement { line, node: self.node, what });
    }

    /// A line of `stabilize` or `process-ready`.
    fn ready(&mut self, what: &What, line: usize, text: &str) {
        if let Some(rest) = text.strip_prefix("> ") {
            self.node = rest.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0);
            self.section = Section::Other;
        } else if text.starts_with("Ready MustSync=") {
            if let (What::ProcessReady(nodes), 0) = (what, self.node) {
                self.node = nodes.first().map_or(0, |node| node.number().into());
            }
            self.section = Section::Other;
        } else if let Some(rest) = text.strip_prefix("HardState ") {
            let find = |name: &str| rest.split(' ').find_map(|word| word.strip_prefix(name)?.parse().ok());
            self.add(line, Stated::Vote(find("Vote:").unwrap_or(0)));
            find("Term:").into_iter().for_each(|term| self.add(line, Stated::Term(term)));
            find("Commit:").into_iter().for_each(|commit| self.add(line, Stated::Commit(commit)));
        } else if let Some((leader, role)) = text.strip_prefix("Lead:").and_then(|rest| rest.split_once(" State:")) {
            leader.parse().into_iter().for_each(|leader| self.add(line, Stated::Leader(leader)));
            self.add(line, Stated::Role(role.into()));
        } else if let Some(rest) = text.strip_prefix("Snapshot Index:") {
            // The snapshot that the node received; one that it sends is called `Snapshot: Index:`.
            let index = rest.split(' ').next().and_then(|word| word.parse().ok());
            index.into_iter().for_each(|index| self.add(line, Stated::Snapshot(index)));
        } else if text == "Entries:" {
            self.section = Section::Entries;
        } else if self.section == Section::Entries {
            match entry(text) {
                Some(entry) => self.add(line, entry),
                None => self.section = Section::Other,
            }
        }
    }

    /// A line of `status`: `2: StateReplicate match=11 next=12`.
    fn status(&mut self, line: usize, text: &str) {
        let Some((peer, rest)) = text.split_once(": ") else { return };
        let matched = rest.split(' ').find_map(|word| word.strip_prefix("match=")?.parse().ok());
        if let (Ok(peer), Some(matched)) = (peer.parse(), matched) {
            self.add(line, Stated::Match(peer, matched));
        }
    }

    /// A line of `raft-log`.
    fn log(&mut self, line: usize, text: &str) {
        let empty = text.starts_with("log is empty").then(|| text.rsplit_once("last index=")?.1.parse().ok());
        let stated = entry(text).or(empty.flatten().map(Stated::Last));
        stated.into_iter().for_each(|stated| self.add(line, stated));
    }

    /// A line of `raft-state`: `1: StateLeader (Voter) Term:1 Lead:1`.
    fn state(&mut self, line: usize, text: &str) {
        let Some((node, rest)) = text.split_once(": ") else { return };
        self.node = node.parse().unwrap_or(0);
        for word in rest.split(' ') {
            let stated = match word.split_once(':') {
                Some(("Term", term)) => term.parse().map(Stated::Term).ok(),
                Some(("Lead", leader)) => leader.parse().map(Stated::Leader).ok(),
                _ => word.starts_with("State").then(|| Stated::Role(word.into())),
            };
            stated.into_iter().for_each(|stated| self.add(line, stated));
        }
    }
}

/// An entry: `1/4 EntryConfChange r1`.
fn entry(text: &str) -> Option<Stated> {
    let (place, rest) = text.split_once(' ')?;
    let (term, index) = place.split_once('/')?;
    let (kind, content) = rest.split_once(' ').unwrap_or((rest, ""));
    let payload = match kind {
        "EntryNormal" => Payload::Normal(unquoted(content)),
        "EntryConfChange" => Payload::Change(true, content.into()),
        "EntryConfChangeV2" => Payload::Change(false, content.into()),
        _ => return None,
    };
    Some(Stated::Entry { index: index.parse().ok()?, term: term.parse().ok()?, payload })
}

/// A text without the quotes and escapes of Go's `%q`.
fn unquoted(text: &str) -> String {
    let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    inner.replace("\\\"", "\"").replace("\\\\", "\\")
}
