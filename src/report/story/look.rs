//! The visible state of a node, in the same rows for the specification and the implementation.
//!
//! Both are in the specification's terms and indexes, under the projection that the lockstep compares: only the variables
//! of the node's role and of the dialect.

use crate::lockstep::observe::Visible;
use crate::refine::{translation, Alignment};
use crate::spec::{Configuration, Entry, Index, NodeId, NodeSet, ProgressState, Role, Settings, State, Switch, Term};
use crate::sut::{Abilities, Ability};
use std::fmt::Display;

/// One side of a node.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Look {
    pub role: Role,
    pub term: Term,
    pub commit: Index,
    /// The index before the first entry of the log.
    pub base: Index,
    pub log: Vec<Entry>,
    /// The other variables by name, without the log.
    pub rows: Vec<(String, String)>,
}

/// A row with the values of both sides, the specification's first; `None` for a variable that a side lacks.
pub type Row = (String, Option<String>, Option<String>);

impl Look {
    /// Drops the entries up to `base`, which a snapshot covers: they are not compared.
    pub fn cut(&mut self, base: Index) {
        let covered = base.saturating_sub(self.base).min(self.log.len() as Index);
        self.log.drain(..covered as usize);
        self.base += covered;
    }

    /// The log as text.
    pub fn log_text(&self) -> String {
        let entries: Vec<String> = self.log.iter().map(Entry::to_string).collect();
        match self.base {
            0 => format!("[{}]", entries.join(" ")),
            base => format!("after {base}: [{}]", entries.join(" ")),
        }
    }

    /// The node in one line.
    pub fn summary(&self) -> String {
        let row = |wanted: &str| self.rows.iter().find(|(name, _)| name == wanted).map_or("-", |(_, value)| value);
        let Look { role, term, commit, .. } = self;
        format!("{}, term {term}, vote {}, log {}, commit {commit}", role.name(), row("vote"), self.log_text())
    }

    fn all(&self) -> Vec<(&str, String)> {
        let rows = self.rows.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let mut all: Vec<(&str, String)> = rows.collect();
        all.insert(all.len().min(BEFORE_LOG), ("log", self.log_text()));
        all
    }
}

/// The number of rows before the log: role, term, vote, leader.
const BEFORE_LOG: usize = 4;

/// A table of both sides, row by row.
pub fn beside(spec: &Look, implementation: &Look) -> Vec<Row> {
    let mut theirs = implementation.all();
    let mut rows = Vec::new();
    for (name, ours) in spec.all() {
        let place = theirs.iter().position(|(found, _)| *found == name);
        rows.push((name.to_string(), Some(ours), place.map(|place| theirs.remove(place).1)));
    }
    rows.extend(theirs.into_iter().map(|(name, value)| (name.to_string(), None, Some(value))));
    rows
}

/// The variables of a node on one side, in the specification's terms and indexes.
struct Variables {
    role: Role,
    term: Term,
    vote: Option<NodeId>,
    leader: Option<NodeId>,
    commit: Index,
    persisted: Index,
    applied: Index,
    configuration: Configuration,
    votes_granted: NodeSet,
    votes_responded: NodeSet,
    peers: Vec<(NodeId, Peer)>,
    pending_change: Index,
    pending_reads: usize,
    transferee: Option<NodeId>,
    requested: Index,
    ticks: u64,
    base: Index,
    log: Vec<Entry>,
}

/// A leader's progress of a peer.
struct Peer {
    matched: Index,
    next: Index,
    state: ProgressState,
    probing: bool,
    inflight: usize,
    snapshot: Index,
    requested: Index,
    active: Option<bool>,
}

impl Peer {
    fn text(&self, pipelines: bool) -> String {
        let mut text = format!("match {}", self.matched);
        if pipelines {
            text += &format!(", next {}, {}", self.next, self.state.name());
            text += if self.probing { ", probe in flight" } else { "" };
            let mut unless_zero = |number: usize, words: String| text += if number > 0 { &words } else { "" };
            unless_zero(self.inflight, format!(", {} in flight", self.inflight));
            unless_zero(self.snapshot as usize, format!(", snapshot {} pending", self.snapshot));
            unless_zero(self.requested as usize, format!(", requests a snapshot of {}", self.requested));
        }
        text += match self.active {
            Some(true) => ", recently active",
            Some(false) => ", not recently active",
            None => "",
        };
        text
    }
}

impl Variables {
    /// The rows of the variables that belong to the role and the dialect, as far as the implementation shows them.
    fn look(self, settings: &Settings, abilities: Abilities) -> Look {
        let (has, shows) = (|switch| settings.dialect.has(switch), |ability| abilities.has(ability));
        let stands = matches!(self.role, Role::Candidate | Role::PreCandidate) && shows(Ability::ShowsVotes);
        let leads = self.role == Role::Leader && shows(Ability::ShowsPeers);
        let mut rows = Vec::new();
        let mut row = |shown: bool, name: &str, value: &dyn Display| {
            rows.extend(shown.then(|| (name.to_string(), value.to_string())));
        };
        let node = |node: Option<NodeId>| node.map_or("-".to_string(), |node| node.to_string());
        row(true, "role", &self.role.name());
        row(true, "term", &self.term);
        row(true, "vote", &node(self.vote));
        row(true, "leader", &node(self.leader));
        row(true, "commit", &self.commit);
        row(has(Switch::Durability), "persisted", &self.persisted);
        row(has(Switch::Durability), "applied", &self.applied);
        row(shows(Ability::Changes), "configuration", &self.configuration);
        row(stands, "votes granted", &self.votes_granted);
        row(stands, "votes responded", &self.votes_responded);
        for (j, peer) in self.peers.iter().filter(|_| leads) {
            row(true, &format!("peer {j}"), &peer.text(has(Switch::Pipelining)));
        }
        row(leads && self.pending_change != 0, "pending change", &self.pending_change);
        row(self.pending_reads != 0, "pending reads", &self.pending_reads);
        row(self.transferee.is_some(), "pending transfer", &node(self.transferee));
        row(self.requested != 0, "requested snapshot", &self.requested);
        row(has(Switch::Clocks) && shows(Ability::ShowsTimer), "ticks", &self.ticks);
        let Variables { role, term, commit, base, log, .. } = self;
        Look { role, term, commit, base, log, rows }
    }
}

/// The specification's side of a node, limited to the variables that an implementation with these abilities shows.
pub fn of_server(state: &State, abilities: Abilities, i: NodeId) -> Look {
    let server = state.server(i);
    let peer = |j: NodeId| {
        let progress = &server.progress[j.slot()];
        let peer = Peer {
            matched: server.match_index[j.slot()],
            next: server.next_index[j.slot()],
            state: progress.state,
            probing: progress.probing,
            inflight: progress.inflight.len(),
            snapshot: progress.snapshot,
            requested: progress.requested,
            active: server.checks_quorum.then(|| server.active.contains(j)),
        };
        (j, peer)
    };
    let variables = Variables {
        role: server.role,
        term: server.current_term,
        vote: server.voted_for,
        leader: server.leader,
        commit: server.commit_index,
        persisted: server.disk.persisted,
        applied: server.disk.applied,
        configuration: server.configuration,
        votes_granted: server.votes_granted,
        votes_responded: server.votes_responded,
        peers: state.peers(i).iter().map(peer).collect(),
        pending_change: server.pending_change,
        pending_reads: server.reads.len(),
        transferee: server.transferee,
        requested: server.requested,
        ticks: server.clock.elapsed.into(),
        base: server.log.base().index,
        log: server.log.entries().to_vec(),
    };
    variables.look(&state.settings, abilities)
}

/// The implementation's side of a node.
pub fn of_node(align: Alignment, settings: &Settings, checks_quorum: bool, i: NodeId, node: &dyn Visible) -> Look {
    let (view, node_id) = (node.view(), translation::node_id);
    let (mut votes_granted, mut votes_responded) = (NodeSet::EMPTY, NodeSet::EMPTY);
    node.votes(&mut |id, granted| {
        let Some(id) = node_id(id) else { return };
        votes_responded.insert(id);
        if granted {
            votes_granted.insert(id);
        }
    });
    let mut peers = Vec::new();
    node.peers(&mut |id, peer| {
        let peer = Peer {
            matched: align.index(peer.matched),
            next: align.index(peer.next),
            state: peer.state,
            probing: peer.probing,
            inflight: peer.inflight,
            snapshot: align.index(peer.snapshot),
            requested: align.index(peer.requested),
            active: checks_quorum.then_some(peer.active),
        };
        peers.extend(node_id(id).filter(|j| *j != i).map(|j| (j, peer)));
    });
    peers.sort_by_key(|(j, _)| *j);
    let mut log = Vec::new();
    node.entries(0, &mut |entry| log.push(translation::entry(align, &entry)));
    let variables = Variables {
        role: translation::role(view.role),
        term: align.term(view.term),
        vote: node_id(view.vote),
        leader: node_id(view.leader),
        commit: align.index(view.commit),
        persisted: align.index(view.persisted),
        applied: align.index(view.applied),
        configuration: node.configuration(),
        votes_granted,
        votes_responded,
        peers,
        pending_change: align.index(view.pending_change),
        pending_reads: view.pending_reads,
        transferee: node_id(view.transferee),
        requested: align.index(view.requested),
        ticks: view.elapsed,
        base: align.index(view.last_index).saturating_sub(log.len() as Index),
        log,
    };
    variables.look(settings, node.abilities())
}
