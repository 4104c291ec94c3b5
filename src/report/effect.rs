//! The effect of a call that a node may refuse: whether it appended, handed on, changed or ignored what it was asked, and
//! why.
//!
//! The transcript and the story share these sentences. They compare the node before and after the call: the answer of the
//! call alone is no evidence, since raft-rs also answers `Ok` to a change that it does not append.

mod at;

use crate::refine::Alignment;
use crate::schedule::{Event, Knob};
use crate::spec::{Body, Change, Configuration, Message, NodeId, Value};
use crate::sut::{Ability, Call, Node, PaceView, RoleView, View};
use at::At;
use std::collections::BTreeMap;

/// Watches every node, and tells the effects of calls.
#[derive(Debug)]
pub struct Effects {
    align: Alignment,
    /// Each node before and after the call that showed it last.
    nodes: BTreeMap<NodeId, (Option<Seen>, Seen)>,
    asked: Option<Asked>,
    has_call: fn(&Event) -> bool,
    /// Whether the implementation can be asked to campaign.
    campaigns: bool,
}

/// The part of a node that effects show in.
#[derive(Clone, Debug)]
struct Seen {
    view: View,
    configuration: Configuration,
    /// Messages that no Ready has taken yet.
    messages: usize,
    last: Option<Value>,
    last_term: u64,
    /// Whether a committed change is not applied.
    lags: bool,
    paces: BTreeMap<u64, PaceView>,
}

impl Seen {
    fn of<N: Node>(node: &N) -> Self {
        let view = node.view();
        let (mut last, mut last_term, mut lags) = (None, 0, false);
        node.entries(view.last_index.min(view.applied + 1).max(1), |entry| {
            (last, last_term) = (Some(entry.value), entry.term);
            let unapplied = entry.index > view.applied && entry.index <= view.commit;
            lags |= unapplied && Change::is_value(entry.value);
        });
        let mut paces = BTreeMap::new();
        node.peers(|id, peer| _ = paces.insert(id, peer.pace));
        let (configuration, messages) = (node.configuration(), node.messages().len());
        Seen { view, configuration, messages, last, last_term, lags, paces }
    }

    fn leads(&self) -> bool {
        self.view.role == RoleView::Leader
    }
}

/// Something that a node may refuse.
#[derive(Clone, Copy, Debug)]
enum Asked {
    /// A proposal, with the answer if it was a call.
    Propose(Value, Option<bool>),
    Campaign,
    Read(u32),
    ForwardedRead(u32),
    Transfer(NodeId),
    TimeoutNow,
    Ping,
    Unreachable(NodeId),
    ReportSnapshot(NodeId),
    Window(NodeId),
    Group(NodeId),
    RequestSnapshot(bool),
    /// An application has applied: the leader may leave a joint configuration.
    Applied,
}

impl Asked {
    fn by_call<M, T>(call: &Call<M, T>) -> Option<Asked> {
        match *call {
            Call::Propose { value, taken, .. } => Some(Asked::Propose(value, Some(taken))),
            Call::Campaign => Some(Asked::Campaign),
            Call::Read(context) => Some(Asked::Read(context)),
            Call::Transfer(target) => Some(Asked::Transfer(target)),
            Call::Ping => Some(Asked::Ping),
            Call::Unreachable(peer) => Some(Asked::Unreachable(peer)),
            Call::ReportSnapshot(peer, _) => Some(Asked::ReportSnapshot(peer)),
            Call::Set(Knob::MaxInflightMsgs(peer, _)) => Some(Asked::Window(peer)),
            Call::Set(Knob::CommitGroup(peer, _)) => Some(Asked::Group(peer)),
            Call::RequestSnapshot { taken } => Some(Asked::RequestSnapshot(taken)),
            Call::Applied(_) => Some(Asked::Applied),
            Call::Tick
            | Call::Set(_)
            | Call::Fetched
            | Call::FreeBuffers
            | Call::Asked(_)
            | Call::Compacted(_)
            | Call::Snapshots(_)
            | Call::Changed { .. }
            | Call::Deliver(_)
            | Call::Ready(_)
            | Call::Synced(_)
            | Call::Advanced(_)
            | Call::Persisted { .. }
            | Call::Restarted => None,
        }
    }

    fn by_message(message: &Message) -> Option<Asked> {
        match message.body {
            Body::Proposal { value } => Some(Asked::Propose(value, None)),
            Body::ReadIndex { context } => Some(Asked::ForwardedRead(context)),
            Body::TransferLeader => Some(Asked::Transfer(message.from)),
            Body::TimeoutNow => Some(Asked::TimeoutNow),
            Body::RequestVoteRequest { .. }
            | Body::RequestVoteResponse { .. }
            | Body::AppendEntriesRequest { .. }
            | Body::AppendEntriesResponse { .. }
            | Body::Snapshot { .. }
            | Body::Heartbeat { .. }
            | Body::HeartbeatResponse { .. }
            | Body::ReadIndexResponse { .. } => None,
        }
    }
}

impl Effects {
    /// Effects of a run of `N` whose terms are aligned so.
    pub fn of<N: Node>(align: Alignment) -> Self {
        let campaigns = N::ABILITIES.has(Ability::Campaign);
        Effects { align, nodes: BTreeMap::new(), asked: None, has_call: N::has_call, campaigns }
    }

    /// A node was called, and is shown next.
    pub fn called<M, T>(&mut self, call: &Call<M, T>) {
        self.asked = Asked::by_call(call);
    }

    /// A node is shown: the effect of the call, if it is one that a node may refuse.
    pub fn shown<N: Node>(&mut self, i: NodeId, node: &N) -> Option<String> {
        let (before, after) = (self.nodes.remove(&i).map(|(_, seen)| seen), Seen::of(node));
        self.nodes.insert(i, (before, after));
        self.asked.take().and_then(|asked| self.effect(i, asked))
    }

    /// The call that showed its node last delivered this: its effect, if a node may refuse it.
    pub fn received(&self, message: &Message) -> Option<String> {
        let (Some(before), after) = self.nodes.get(&message.to)? else { return None };
        let terms = [before, after].map(|seen| self.align.term(seen.view.term));
        // A message of another term changes the term, or the specification's action says that it is dropped.
        let heard = message.term == 0 || terms == [message.term; 2];
        Asked::by_message(message).filter(|_| heard).and_then(|asked| self.effect(message.to, asked))
    }

    /// A node stopped.
    pub fn stopped(&mut self, i: NodeId) {
        self.nodes.remove(&i);
    }

    /// Whether the implementation has a call for the event.
    pub fn has_call(&self, event: &Event) -> bool {
        (self.has_call)(event)
    }

    /// Whether the implementation can be asked to campaign; another one is left alone until it does.
    pub fn campaigns(&self) -> bool {
        self.campaigns
    }

    /// Whether a node runs.
    pub fn runs(&self, i: NodeId) -> bool {
        self.nodes.contains_key(&i)
    }

    fn effect(&self, i: NodeId, asked: Asked) -> Option<String> {
        let (before, after) = self.nodes.get(&i)?;
        let at = At { i, before: before.as_ref()?, after };
        match asked {
            Asked::Propose(value, answer) => Some(at.proposal(value, answer)),
            Asked::Campaign => at.campaign(),
            Asked::Read(context) => Some(at.read(context)),
            Asked::ForwardedRead(context) => Some(at.read(context)).filter(|effect| !effect.starts_with("is asked")),
            Asked::Transfer(target) => at.transfer(target),
            Asked::TimeoutNow => at.timeout_now(),
            Asked::Ping => at.ping(),
            Asked::Unreachable(peer) => at.report(peer, PaceView::Replicate),
            Asked::ReportSnapshot(peer) => at.report(peer, PaceView::Snapshot),
            Asked::Window(peer) => at.setting("window", peer),
            Asked::Group(peer) => at.setting("group", peer),
            Asked::RequestSnapshot(taken) => Some(at.request_snapshot(taken)),
            Asked::Applied => at.leave_joint(),
        }
    }
}
