//! The events of one call of a node, as etcd's tracer would write them, in its order.
//!
//! The actions of the specification explain the difference between the states before and after the call. Each event shows
//! the node's state at its action.

use super::event::{changes, names, packet, Names, Shown, CANDIDATE, FOLLOWER, LEADER};
use super::left_out::{self, Lack};
use super::{Asked, ConfChange, Event, Properties, Trace};
use crate::refine::Alignment;
use crate::schedule::Setup;
use crate::spec::{ActionName, Body, Change, Dialect, Index, Message, NodeId, NodeSet, Position, Server};
use std::collections::BTreeMap;

/// The state of a node before its next call.
struct Local {
    shown: Shown,
    /// The state at the last Ready.
    durable: Shown,
    /// True if its vote for itself was sent and not received.
    votes_itself: bool,
    /// The indexes of its own acknowledgements that were sent and not received.
    acknowledges: Vec<Index>,
}

/// Writes a trace.
pub struct Writer {
    /// The trace so far.
    pub trace: Trace,
    nodes: Vec<Local>,
}

impl Local {
    fn at(shown: Shown) -> Self {
        Local { shown, durable: shown, votes_itself: false, acknowledges: Vec::new() }
    }
}

impl Writer {
    /// A writer with the first event of each node.
    pub fn new(setup: &Setup) -> Self {
        let configuration = setup.configuration();
        let Position { index, term } = Alignment::of(setup, Dialect::RAFT_RS).bootstrap();
        let shown = |node| match setup.starts_empty() || configuration.members().contains(node) {
            true => Shown::first(term, index, configuration.voters),
            false => Shown::first(0, 0, NodeSet::EMPTY),
        };
        let trace = Trace { events: Vec::new(), lacks: BTreeMap::new() };
        let nodes = setup.nodes().map(|node| Local::at(shown(node))).collect();
        let mut writer = Writer { trace, nodes };
        setup.nodes().for_each(|node| writer.push("InitState", node));
        if !configuration.learners.is_empty() {
            writer.lack(Lack::Refused("learners of the first configuration: there it has voters alone"));
        }
        writer
    }

    /// Counts a part of the run that the trace lacks.
    pub fn lack(&mut self, lack: Lack) {
        *self.trace.lacks.entry(lack).or_default() += 1;
    }

    fn local(&mut self, node: NodeId) -> &mut Local {
        &mut self.nodes[node.slot()]
    }

    fn push(&mut self, name: &'static str, node: NodeId) {
        let event = self.local(node).shown.event(name, node);
        self.trace.events.push(event);
    }

    fn push_change(&mut self, name: &'static str, node: NodeId, cc: ConfChange) {
        let event = self.local(node).shown.event(name, node);
        self.trace.events.push(Event { prop: Some(Properties { cc }), ..event });
    }

    fn push_message(&mut self, node: NodeId, message: &Message, name: fn(Names) -> &'static str) {
        match packet(message) {
            Ok((names, packet)) => {
                let event = self.local(node).shown.event(name(names), node);
                self.trace.events.push(Event { msg: Some(packet), ..event });
            }
            Err(lack) => self.lack(lack),
        }
    }

    /// Writes the arrival of a message, unless the node ignores it before looking at its term.
    pub fn receive(&mut self, node: NodeId, message: &Message, taken: &[(ActionName, NodeId)]) {
        let took = |wanted: &[ActionName]| taken.iter().any(|(name, _)| wanted.contains(name));
        let deaf = [ActionName::IgnoreInLease, ActionName::DropOutsider, ActionName::AskForSnapshot];
        let updates = took(&[ActionName::UpdateTerm]);
        match packet(message) {
            Ok(_) if updates || !took(&deaf) => self.push_message(node, message, |names| names.received),
            // Ignored messages are counted with their step, messages without an event when they are made.
            Ok(_) => {}
            Err(_) if updates => self.lack(Lack::Refused("a newer term in a message that has no event")),
            Err(_) => {}
        }
    }

    /// Writes the events of one action.
    pub fn step(&mut self, node: NodeId, name: ActionName, asked: &Asked, server: &Server) {
        let after = Shown::of(server);
        match (name, asked) {
            (ActionName::Restart, _) => {
                let durable = Shown { role: FOLLOWER, ..self.local(node).durable };
                if durable != after {
                    self.lack(Lack::Refused(
                        "a restart with other than its last Ready had: there it is durable at once",
                    ));
                }
                *self.local(node) = Local::at(after);
                self.push("InitState", node);
            }
            (ActionName::UpdateTerm, Asked::Delivered(message)) => {
                let shown = &mut self.local(node).shown;
                (shown.term, shown.vote, shown.role) = (message.term, None, FOLLOWER);
                self.push("BecomeFollower", node);
            }
            (ActionName::Timeout, _) => self.campaign(node),
            (ActionName::BecomeLeader, _) => {
                // A sole voter counts its own vote before its first Ready, other candidates at that Ready.
                self.take_ready_if(self.nodes[node.slot()].votes_itself, node);
                self.local(node).shown.role = LEADER;
                self.push("BecomeLeader", node);
            }
            (ActionName::NoOp | ActionName::ClientRequest | ActionName::LeaveJoint, _) => self.append(node, server),
            (ActionName::AdvanceCommitIndex, _) => {
                self.local(node).shown.commit = after.commit;
                self.push("Commit", node);
            }
            (ActionName::ApplyChange, Asked::Changed { applied: true }) => self.reconfigure(node, &after),
            // `of_action` goes through all names.
            _ => {}
        }
        left_out::of_action(name).into_iter().for_each(|lack| self.lack(lack));
    }

    fn campaign(&mut self, node: NodeId) {
        let local = self.local(node);
        local.shown.term += 1;
        (local.shown.vote, local.shown.role, local.votes_itself) = (Some(node), CANDIDATE, true);
        self.push("BecomeCandidate", node);
        let message = self.own_vote(node);
        self.push_message(node, &message, |names| names.sent);
    }

    fn own_vote(&self, node: NodeId) -> Message {
        let body = Body::RequestVoteResponse { pre: false, granted: true, commit: Position::default() };
        Message { from: node, to: node, term: self.nodes[node.slot()].shown.term, body }
    }

    fn own_acknowledgement(&self, node: NodeId, match_index: Index) -> Message {
        let (rejected, hint, commit_index, request) = (0, Position::default(), 0, 0);
        let body = Body::AppendEntriesResponse { success: true, match_index, rejected, hint, commit_index, request };
        Message { from: node, to: node, term: self.nodes[node.slot()].shown.term, body }
    }

    /// Writes a leader's next entry, and its acknowledgement to itself.
    fn append(&mut self, node: NodeId, server: &Server) {
        let index = self.local(node).shown.log + 1;
        let change = server.log.get(index).and_then(|entry| Change::from_value(entry.value));
        match change {
            None => self.push("Replicate", node),
            Some(change) => {
                if !change.is_empty() {
                    self.push_change("ChangeConf", node, changes(&change));
                }
                let voters = self.local(node).shown.voters;
                left_out::of_change(&change, voters).into_iter().for_each(|lack| self.lack(lack));
            }
        }
        let local = self.local(node);
        local.shown.log = index;
        local.acknowledges.push(index);
        let message = self.own_acknowledgement(node, index);
        self.push_message(node, &message, |names| names.sent);
    }

    fn reconfigure(&mut self, node: NodeId, after: &Shown) {
        let newconf = names(after.voters);
        self.push_change("ApplyConfChange", node, ConfChange { newconf, ..ConfChange::default() });
        let shown = &mut self.local(node).shown;
        (shown.voters, shown.outgoing) = (after.voters, after.outgoing);
    }

    /// Writes the arrival of a leader's own acknowledgements of durable entries.
    pub fn hear_itself(&mut self, node: NodeId, persisted: Index) {
        let known = |index: &Index| *index <= persisted;
        let (heard, waiting): (Vec<_>, _) = self.local(node).acknowledges.drain(..).partition(known);
        self.local(node).acknowledges = waiting;
        for index in heard {
            let message = self.own_acknowledgement(node, index);
            self.push_message(node, &message, |names| names.received);
        }
    }

    /// Writes the remaining changes of the call: parts of a received message, and stepping down.
    pub fn settle(&mut self, node: NodeId, server: &Server) {
        let (before, after) = (self.local(node).shown, Shown::of(server));
        let reconfigured = (before.voters, before.outgoing) != (after.voters, after.outgoing);
        if reconfigured {
            self.reconfigure(node, &after);
        }
        self.local(node).shown = after;
        if before.role != FOLLOWER && after.role == FOLLOWER {
            self.push("BecomeFollower", node);
        }
        if after.role != LEADER {
            self.local(node).acknowledges.clear();
        }
        let local = self.local(node);
        local.votes_itself &= after.role == CANDIDATE;
    }

    /// Writes the messages ordered by receiver: raft-rs iterates over its peers in the order of a hash table.
    pub fn send(&mut self, node: NodeId, mut sent: Vec<Message>) {
        sent.sort_by_key(|message| message.to);
        sent.iter().for_each(|message| self.push_message(node, message, |names| names.sent));
    }

    /// Writes a Ready, which makes the state durable and releases the messages; a candidate then counts its own vote.
    pub fn take_ready_if(&mut self, taken: bool, node: NodeId) {
        if !taken {
            return;
        }
        self.push("Ready", node);
        let local = self.local(node);
        local.durable = local.shown;
        if std::mem::take(&mut self.local(node).votes_itself) {
            let message = self.own_vote(node);
            self.push_message(node, &message, |names| names.received);
        }
    }
}
