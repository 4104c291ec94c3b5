//! A run as a trace that etcd's own specification of Raft can judge: one JSON line an event, in the
//! vocabulary of the trace validation of etcd-io/raft (`state_trace.go`, `tla/Traceetcdraft.tla`).
//!
//! One call of a node is several events there: what it receives, under the state before; what that
//! makes of it, step by step; what it sends, under the state after; and the Ready that lets it go.
//! Indexes and terms are the specification's: the bootstrap is entry 1, of term 1, as it is there.
//!
//! Two things etcd says that raft-rs only does. A candidate answers its own request for a vote, and a
//! leader acknowledges its own entries once they are durable: those messages to itself are added where
//! raft-rs counts the vote and the entries. What has no event is counted with its reason.

mod event;
mod left_out;

pub use event::{ConfChange, Event, HardState, Line, Names, Packet, Properties, Shown, SingleChange};

use super::observe::Observer;
use crate::lockstep::{self, Options, Run};
use crate::refine::Alignment;
use crate::schedule::{self, Schedule, Setup};
use crate::spec::{ActionName, Body, Change, Dialect, Index, Message, NodeId, NodeSet, Position, Server, State};
use crate::sut::{Call, Node};
use event::{changes, names, packet, CANDIDATE, FOLLOWER, LEADER};
use std::collections::BTreeMap;

/// A run's events, and what has none.
#[derive(Debug)]
pub struct Trace {
    /// In the order in which they happened.
    pub events: Vec<Event>,
    /// How much is left out, by its reason.
    pub left_out: BTreeMap<&'static str, usize>,
}

/// Runs `schedule` on nodes of `N` and writes down its events.
pub fn trace<N: Node>(schedule: &Schedule, options: Options) -> (Trace, Run) {
    let mut recorder = Recorder::new(&schedule.setup);
    let run = lockstep::run::<N>(schedule, options, &mut recorder);
    (recorder.trace, run)
}

/// The script that validates traces sorts by the third field between colons, as text: all are as long.
const FIRST_TIME: u64 = 1_000_000_000;

impl Trace {
    /// The lines of the file, in order.
    pub fn lines(&self) -> impl Iterator<Item = Line> + '_ {
        let times = FIRST_TIME..;
        self.events.iter().zip(times).map(|(event, ts)| Line { tag: "trace", ts, event: event.clone() })
    }
}

/// What is known of a node while its next call is judged.
struct Local {
    shown: Shown,
    /// Its vote for itself was sent, and not received.
    votes_itself: bool,
    /// Its acknowledgements of its own entries that were sent, and not received.
    acknowledges: Vec<Index>,
}

/// What a call is, as far as the events depend on it.
#[derive(Default)]
enum Asked {
    #[default]
    Other,
    Delivered(Message),
    /// A Ready was taken.
    Ready,
    /// Writes are known to be durable; whether that made another Ready.
    Durable {
        handed: bool,
    },
    /// The application applied a change, or refused to.
    Changed {
        applied: bool,
    },
}

struct Recorder {
    trace: Trace,
    nodes: Vec<Local>,
    asked: Asked,
    /// What the call under way made.
    sent: Vec<Message>,
}

impl Recorder {
    fn new(setup: &Setup) -> Self {
        let configuration = setup.configuration();
        let Position { index, term } = Alignment::of(setup, Dialect::RAFT_RS).bootstrap();
        let shown = |node| match configuration.members().contains(node) {
            true => Shown::first(term, index, configuration.voters),
            false => Shown::first(0, 0, NodeSet::EMPTY),
        };
        let local = |node| Local { shown: shown(node), votes_itself: false, acknowledges: Vec::new() };
        let trace = Trace { events: Vec::new(), left_out: BTreeMap::new() };
        let nodes = setup.nodes().map(local).collect();
        let mut recorder = Recorder { trace, nodes, asked: Asked::Other, sent: Vec::new() };
        setup.nodes().for_each(|node| recorder.push("InitState", node));
        if !configuration.learners.is_empty() {
            recorder.leave_out("learners of the first configuration: InitState has voters alone");
        }
        recorder
    }

    fn leave_out(&mut self, why: &'static str) {
        *self.trace.left_out.entry(why).or_default() += 1;
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
            Err(why) => self.leave_out(why),
        }
    }

    /// A message arrives, unless the node does not so much as look at it.
    fn receive(&mut self, node: NodeId, message: &Message, taken: &[(ActionName, NodeId)]) {
        let took = |wanted: &[ActionName]| taken.iter().any(|(name, _)| wanted.contains(name));
        let deaf = [ActionName::IgnoreInLease, ActionName::DropOutsider, ActionName::AskForSnapshot];
        let updates = took(&[ActionName::UpdateTerm]);
        match packet(message) {
            Ok(_) if updates || !took(&deaf) => self.push_message(node, message, |names| names.received),
            // Its sender counted it, or what makes the node deaf is counted.
            Ok(_) | Err(_) if !updates => {}
            Ok(_) | Err(_) => self.leave_out("a newer term in a message that has no event"),
        }
    }

    /// One step of what the call made of the node.
    fn step(&mut self, node: NodeId, name: ActionName, asked: &Asked, server: &Server) {
        let after = Shown::of(server);
        match (name, asked) {
            (ActionName::Restart, _) => {
                *self.local(node) = Local { shown: after, votes_itself: false, acknowledges: Vec::new() };
                self.push("InitState", node);
            }
            (ActionName::UpdateTerm, Asked::Delivered(message)) => {
                let shown = &mut self.local(node).shown;
                (shown.term, shown.vote, shown.role) = (message.term, None, FOLLOWER);
                self.push("BecomeFollower", node);
            }
            (ActionName::Timeout, _) => self.campaign(node),
            (ActionName::BecomeLeader, _) => {
                // Who is alone has its vote before its first Ready, which is when others get their own.
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
            _ => {}
        }
        if let Some(why) = left_out::of_action(name) {
            self.leave_out(why);
        }
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

    /// A leader appends its next entry, and acknowledges it to itself.
    fn append(&mut self, node: NodeId, server: &Server) {
        let index = self.local(node).shown.log + 1;
        let change = server.log.get(index).and_then(|entry| Change::from_value(entry.value));
        match change {
            None => self.push("Replicate", node),
            Some(change) if change.is_empty() => {}
            Some(change) => self.push_change("ChangeConf", node, changes(&change)),
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

    /// A leader hears its own acknowledgements of what it knows to be durable.
    fn hear_itself(&mut self, node: NodeId, persisted: Index) {
        let (heard, waiting) = self.local(node).acknowledges.drain(..).partition(|index| *index <= persisted);
        self.local(node).acknowledges = waiting;
        let heard: Vec<Index> = heard;
        for index in heard {
            let message = self.own_acknowledgement(node, index);
            self.push_message(node, &message, |names| names.received);
        }
    }

    /// What the call changed that is no event of its own: parts of what was received, or stepping down.
    fn settle(&mut self, node: NodeId, server: &Server) {
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

    /// raft-rs goes through its peers in the order of a hash table; to one receiver the order matters.
    fn send(&mut self, node: NodeId) {
        let mut sent = std::mem::take(&mut self.sent);
        sent.sort_by_key(|message| message.to);
        sent.iter().for_each(|message| self.push_message(node, message, |names| names.sent));
    }

    /// A Ready makes durable, and lets go, what there is; a candidate then has its own vote.
    fn take_ready_if(&mut self, taken: bool, node: NodeId) {
        if !taken {
            return;
        }
        self.push("Ready", node);
        if std::mem::take(&mut self.local(node).votes_itself) {
            let message = self.own_vote(node);
            self.push_message(node, &message, |names| names.received);
        }
    }
}

impl Observer for Recorder {
    fn event(&mut self, _place: usize, event: &schedule::Event) {
        left_out::of_event(event).into_iter().for_each(|why| self.leave_out(why));
    }

    fn called<M, T>(&mut self, _node: NodeId, call: &Call<M, T>) {
        self.asked = match call {
            Call::Ready(_) => Asked::Ready,
            Call::Advanced(ready) => Asked::Durable { handed: !ready.messages.is_empty() || ready.commit.is_some() },
            Call::Persisted { .. } => Asked::Durable { handed: false },
            Call::Changed { configuration, .. } => Asked::Changed { applied: configuration.is_some() },
            Call::Deliver(_)
            | Call::Tick
            | Call::Campaign
            | Call::Read(_)
            | Call::Ping
            | Call::QuietCommit(_)
            | Call::Window(..)
            | Call::BatchAppend(_)
            | Call::CheckQuorum(_)
            | Call::Fetched
            | Call::CommittedSize(_)
            | Call::FreeBuffers
            | Call::GroupCommit(_)
            | Call::Group(..)
            | Call::ClearGroups
            | Call::CheckGroups(_)
            | Call::Unreachable(_)
            | Call::Compacted(_)
            | Call::Snapshots(_)
            | Call::ReportSnapshot(..)
            | Call::RequestSnapshot { .. }
            | Call::Transfer(_)
            | Call::Priority(_)
            | Call::Propose { .. }
            | Call::Synced(_)
            | Call::Applied(_)
            | Call::Restarted => Asked::Other,
        };
    }

    fn received(&mut self, message: &Message) {
        self.asked = Asked::Delivered(message.clone());
    }

    fn sent(&mut self, message: &Message) {
        self.sent.push(message.clone());
    }

    fn judged(&mut self, node: NodeId, taken: &[(ActionName, NodeId)], state: &State) {
        let (asked, server) = (std::mem::take(&mut self.asked), state.server(node));
        match &asked {
            Asked::Delivered(message) => self.receive(node, message, taken),
            Asked::Durable { .. } => self.hear_itself(node, server.disk.persisted),
            Asked::Ready | Asked::Changed { .. } | Asked::Other => {}
        }
        taken.iter().for_each(|(name, _)| self.step(node, *name, &asked, server));
        self.settle(node, server);
        self.send(node);
        self.take_ready_if(matches!(asked, Asked::Ready | Asked::Durable { handed: true }), node);
    }
}
