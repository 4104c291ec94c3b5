//! The visible state of a node, in the same rows for the specification and the implementation.
//!
//! Both are in the specification's terms and indexes, under the projection that the lockstep compares: only the variables
//! of the node's role and of the dialect.

use crate::refine::{translation, Alignment};
use crate::spec::{Entry, Index, NodeId, NodeSet, Pace, Role, Settings, State, Switch, Term};
use crate::sut::Shows;
use crate::sut::{Abilities, Ability, Node, PeerView};
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
    /// The last index of its log.
    pub fn last(&self) -> Index {
        self.base + self.log.len() as Index
    }

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
        format!(
            "{}, term {}, vote {}, log {}, commit {}",
            self.role.name(),
            self.term,
            row("vote"),
            self.log_text(),
            self.commit
        )
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

/// Rows under construction, in the same words for both sides.
struct Sides {
    rows: Vec<(String, String)>,
    settings: Settings,
    abilities: Abilities,
}

impl Sides {
    fn new(settings: Settings, abilities: Abilities) -> Self {
        Sides { rows: Vec::new(), settings, abilities }
    }

    fn shows(&self, ability: Ability) -> bool {
        self.abilities.has(ability)
    }

    fn has(&self, switch: Switch) -> bool {
        self.settings.dialect.has(switch)
    }

    fn row(&mut self, name: &str, value: impl Display) {
        self.rows.push((name.to_string(), value.to_string()));
    }

    fn node(&mut self, name: &str, node: Option<NodeId>) {
        self.row(name, node.map_or("-".to_string(), |node| node.to_string()));
    }

    /// Adds a row only for a value other than 0.
    fn unless_zero(&mut self, name: &str, value: u64) {
        if value != 0 {
            self.row(name, value);
        }
    }

    fn peer(&mut self, j: NodeId, peer: &Peer) {
        let mut text = format!("match {}", peer.matched);
        if self.has(Switch::Pipelining) {
            text += &format!(", next {}, {}", peer.next, peer.pace.name());
            if peer.probing {
                text += ", probe in flight";
            }
            if peer.inflight > 0 {
                text += &format!(", {} in flight", peer.inflight);
            }
            if peer.snapshot > 0 {
                text += &format!(", snapshot {} pending", peer.snapshot);
            }
            if peer.requested > 0 {
                text += &format!(", requests a snapshot of {}", peer.requested);
            }
        }
        if let Some(active) = peer.active {
            text += if active { ", recently active" } else { ", not recently active" };
        }
        self.row(&format!("peer {j}"), text);
    }
}

/// A leader's progress of a peer.
struct Peer {
    matched: Index,
    next: Index,
    pace: Pace,
    probing: bool,
    inflight: usize,
    snapshot: Index,
    requested: Index,
    active: Option<bool>,
}

/// The specification's side of a node, limited to the variables that an implementation with these abilities shows.
pub fn of_server(state: &State, abilities: Abilities, i: NodeId) -> Look {
    let server = state.server(i);
    let mut sides = Sides::new(state.settings, abilities);
    sides.row("role", server.role.name());
    sides.row("term", server.current_term);
    sides.node("vote", server.voted_for);
    sides.node("leader", server.leader);
    sides.row("commit", server.commit_index);
    if sides.has(Switch::Durability) {
        sides.row("persisted", server.disk.persisted);
        sides.row("applied", server.disk.applied);
    }
    if sides.shows(Ability::Changes) {
        sides.row("configuration", server.configuration);
    }
    match server.role {
        Role::Follower => {}
        Role::Candidate | Role::PreCandidate if !sides.shows(Ability::ShowsVotes) => {}
        Role::Candidate | Role::PreCandidate => {
            sides.row("votes granted", server.votes_granted);
            sides.row("votes responded", server.votes_responded);
        }
        Role::Leader if !sides.shows(Ability::ShowsPeers) => {}
        Role::Leader => {
            for j in state.peers(i).iter() {
                let progress = &server.progress[j.slot()];
                let peer = Peer {
                    matched: server.match_index[j.slot()],
                    next: server.next_index[j.slot()],
                    pace: progress.pace,
                    probing: progress.probing,
                    inflight: progress.inflight.len(),
                    snapshot: progress.snapshot,
                    requested: progress.requested,
                    active: server.checks_quorum.then(|| server.active.contains(j)),
                };
                sides.peer(j, &peer);
            }
            sides.unless_zero("pending change", server.pending_change.into());
        }
    }
    sides.unless_zero("pending reads", server.reads.len() as u64);
    if server.transferee.is_some() {
        sides.node("pending transfer", server.transferee);
    }
    sides.unless_zero("requested snapshot", server.requested.into());
    if sides.has(Switch::Clocks) && sides.shows(Ability::ShowsTimer) {
        sides.row("ticks", server.clock.elapsed);
    }
    Look {
        role: server.role,
        term: server.current_term,
        commit: server.commit_index,
        base: server.log.base().index,
        log: server.log.entries().to_vec(),
        rows: sides.rows,
    }
}

/// The implementation's side of a node.
pub fn of_node<N: Node>(align: Alignment, settings: Settings, checks_quorum: bool, i: NodeId, node: &N) -> Look {
    let view = node.view();
    let role = translation::role(view.role);
    let mut sides = Sides::new(settings, crate::sut::Abilities::of::<N>());
    sides.row("role", role.name());
    sides.row("term", align.term(view.term));
    sides.node("vote", translation::node_id(view.vote));
    sides.node("leader", translation::node_id(view.leader));
    sides.row("commit", align.index(view.commit));
    if sides.has(Switch::Durability) {
        sides.row("persisted", align.index(view.persisted));
        sides.row("applied", align.index(view.applied));
    }
    if sides.shows(Ability::Changes) {
        sides.row("configuration", node.configuration());
    }
    match role {
        Role::Follower => {}
        Role::Candidate | Role::PreCandidate if !sides.shows(Ability::ShowsVotes) => {}
        Role::Candidate | Role::PreCandidate => {
            let (mut granted, mut answered) = (NodeSet::EMPTY, NodeSet::EMPTY);
            node.votes(|id, vote| {
                let Some(id) = translation::node_id(id) else { return };
                answered.insert(id);
                if vote {
                    granted.insert(id);
                }
            });
            sides.row("votes granted", granted);
            sides.row("votes responded", answered);
        }
        Role::Leader if !sides.shows(Ability::ShowsPeers) => {}
        Role::Leader => {
            let mut peers: Vec<(NodeId, PeerView)> = Vec::new();
            node.peers(|id, peer| peers.extend(translation::node_id(id).map(|id| (id, peer))));
            peers.sort_by_key(|(id, _)| *id);
            for (j, peer) in peers.into_iter().filter(|(j, _)| *j != i) {
                let peer = Peer {
                    matched: align.index(peer.matched),
                    next: align.index(peer.next),
                    pace: translation::pace(peer.state),
                    probing: peer.probing,
                    inflight: peer.inflight,
                    snapshot: align.index(peer.snapshot),
                    requested: align.index(peer.requested),
                    active: checks_quorum.then_some(peer.active),
                };
                sides.peer(j, &peer);
            }
            sides.unless_zero("pending change", align.index(view.pending_change).into());
        }
    }
    sides.unless_zero("pending reads", view.pending_reads as u64);
    if let Some(transferee) = translation::node_id(view.transferee) {
        sides.node("pending transfer", Some(transferee));
    }
    sides.unless_zero("requested snapshot", align.index(view.requested).into());
    if sides.has(Switch::Clocks) && sides.shows(Ability::ShowsTimer) {
        sides.row("ticks", view.elapsed);
    }
    let mut log = Vec::new();
    node.entries(0, |entry| log.push(translation::entry(align, &entry)));
    let last = align.index(view.last_index);
    let commit = align.index(view.commit);
    let base = last.saturating_sub(log.len() as Index);
    Look { role, term: align.term(view.term), commit, base, log, rows: sides.rows }
}
