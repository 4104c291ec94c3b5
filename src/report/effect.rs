//! The effect of a call that a node may refuse: the node appends, forwards, changes or ignores the request, and why.
//!
//! The transcript and the story share these sentences. They compare the node before and after the call. The call's answer
//! alone is no evidence: raft-rs also answers `Ok` to a change that it does not append.

mod at;

use crate::refine::Alignment;
use crate::schedule::{Event, Knob};
use crate::spec::{Body, Change, Configuration, Message, NodeId, Value};
use crate::sut::Shows;
use crate::sut::{Ability, Call, Node, ProgressState, RoleView, View};
use at::At;
use std::collections::BTreeMap;

/// Follows every node, and describes the effects of calls.
#[derive(Debug)]
pub struct Effects {
    align: Alignment,
    /// Each node before and after its last call.
    nodes: BTreeMap<NodeId, (Option<Seen>, Seen)>,
    asked: Option<Asked>,
    has_call: fn(&Event) -> bool,
    /// True if the implementation has a call to campaign.
    campaigns: bool,
}

/// The part of a node's state that shows effects.
#[derive(Clone, Debug)]
struct Seen {
    view: View,
    configuration: Configuration,
    /// The number of messages that no Ready has taken yet.
    messages: usize,
    last: Option<Value>,
    last_term: u64,
    /// True if a committed configuration change is unapplied.
    lags: bool,
    paces: BTreeMap<u64, ProgressState>,
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
        node.peers(|id, peer| _ = paces.insert(id, peer.state));
        let (configuration, messages) = (node.configuration(), node.messages().len());
        Seen { view, configuration, messages, last, last_term, lags, paces }
    }

    fn leads(&self) -> bool {
        self.view.role == RoleView::Leader
    }
}

/// A request that a node may refuse.
#[derive(Clone, Copy, Debug)]
enum Asked {
    /// A proposal, with its answer if it came by a call.
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
    /// The application has applied entries: the leader may leave a joint configuration.
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
            // A node cannot refuse any other call.
            _ => None,
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
    /// The effects of a run of `N`, before its first call.
    pub fn of<N: Node>(align: Alignment) -> Self {
        let campaigns = crate::sut::Abilities::of::<N>().has(Ability::Campaign);
        Effects { align, nodes: BTreeMap::new(), asked: None, has_call: N::has_call, campaigns }
    }

    /// Notes a call. The node is shown next.
    pub fn called<M, T>(&mut self, call: &Call<M, T>) {
        self.asked = Asked::by_call(call);
    }

    /// Notes the node after the call; the effect, if the call is one that a node may refuse.
    pub fn shown<N: Node>(&mut self, i: NodeId, node: &N) -> Option<String> {
        let (before, after) = (self.nodes.remove(&i).map(|(_, seen)| seen), Seen::of(node));
        self.nodes.insert(i, (before, after));
        self.asked.take().and_then(|asked| self.effect(i, asked))
    }

    /// The effect of the message that the receiver's last call delivered, if it is one that a node may refuse.
    pub fn received(&self, message: &Message) -> Option<String> {
        let (Some(before), after) = self.nodes.get(&message.to)? else { return None };
        let terms = [before, after].map(|seen| self.align.term(seen.view.term));
        // A message of another term changes the term, or is dropped, which the action of the specification says.
        let heard = message.term == 0 || terms == [message.term; 2];
        Asked::by_message(message).filter(|_| heard).and_then(|asked| self.effect(message.to, asked))
    }

    /// Forgets a node that stopped.
    pub fn stopped(&mut self, i: NodeId) {
        self.nodes.remove(&i);
    }

    /// True if the implementation has a call for the event.
    pub fn has_call(&self, event: &Event) -> bool {
        (self.has_call)(event)
    }

    /// True if the implementation has a call to campaign; the clock makes another one campaign.
    pub fn campaigns(&self) -> bool {
        self.campaigns
    }

    /// True if the node is running.
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
            Asked::ForwardedRead(context) => Some(at.read(context)).filter(|effect| !effect.starts_with("takes")),
            Asked::Transfer(target) => at.transfer(target),
            Asked::TimeoutNow => at.timeout_now(),
            Asked::Ping => at.ping(),
            Asked::Unreachable(peer) => at.report(peer, ProgressState::Replicate),
            Asked::ReportSnapshot(peer) => at.report(peer, ProgressState::Snapshot),
            Asked::Window(peer) => at.setting("limit of messages in flight", peer),
            Asked::Group(peer) => at.setting("group", peer),
            Asked::RequestSnapshot(taken) => Some(at.request_snapshot(taken)),
            Asked::Applied => at.leave_joint(),
        }
    }
}
