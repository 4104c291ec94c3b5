//! The effect of a call that a node may refuse: the node appends, forwards, changes or ignores the request, and why.
//!
//! The transcript and the story share these sentences. They compare the node before and after the call. The call's answer
//! alone is no evidence: raft-rs also answers `Ok` to a change that it does not append.

mod at;
mod idle;

use crate::lockstep::observe::Visible;
use crate::refine::Alignment;
use crate::schedule::{Event, Knob};
use crate::spec::{Body, Change, Configuration, Message, NodeId, Value};
use crate::sut::{Abilities, Ability, Call, Node, ProgressState, RoleView, View};
use at::At;
use std::collections::BTreeMap;

/// Follows every node, and describes the effects of calls.
pub struct Effects {
    align: Alignment,
    /// Each node before and after its last call.
    nodes: BTreeMap<NodeId, (Option<Seen>, Seen)>,
    asked: Option<Sentence>,
    has_call: fn(&Event) -> bool,
    /// True if a node was called or a message moved in the current event, or if the event lasts.
    acted: bool,
    /// True if the implementation has a call to campaign; the clock makes another one campaign.
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
    progress: BTreeMap<u64, ProgressState>,
}

impl Seen {
    fn of(node: &dyn Visible) -> Self {
        let view = node.view();
        let (mut last, mut last_term, mut lags) = (None, 0, false);
        node.entries(view.last_index.min(view.applied + 1).max(1), &mut |entry| {
            (last, last_term) = (Some(entry.value), entry.term);
            let unapplied = entry.index > view.applied && entry.index <= view.commit;
            lags |= unapplied && Change::is_value(entry.value);
        });
        let mut progress = BTreeMap::new();
        node.peers(&mut |id, peer| _ = progress.insert(id, peer.state));
        let (configuration, messages) = (node.configuration(), node.waiting_messages());
        Seen { view, configuration, messages, last, last_term, lags, progress }
    }

    fn leads(&self) -> bool {
        self.view.role == RoleView::Leader
    }
}

/// The sentence about a request, from the node before and after it; `None` if the node does not refuse it.
type Sentence = Box<dyn Fn(&At) -> Option<String>>;

/// The sentence about a call that a node may refuse.
fn of_call(call: &Call<(), ()>) -> Option<Sentence> {
    let sentence: Sentence = match *call {
        Call::Propose { value, taken, .. } => Box::new(move |at| Some(at.proposal(value, Some(taken)))),
        Call::ProposeMany { first, taken, .. } => Box::new(move |at| Some(at.proposal(first, Some(taken)))),
        Call::Campaign => Box::new(|at| at.campaign()),
        Call::Read(context) => Box::new(move |at| Some(at.read(context))),
        Call::Transfer(target) => Box::new(move |at| at.transfer(target)),
        Call::Ping => Box::new(|at| at.ping()),
        Call::Unreachable(peer) => Box::new(move |at| at.report(peer, ProgressState::Replicate)),
        Call::ReportSnapshot(peer, _) => Box::new(move |at| at.report(peer, ProgressState::Snapshot)),
        Call::Set(Knob::MaxInflightMsgs(peer, _)) => {
            Box::new(move |at| at.setting("limit of messages in flight", peer))
        }
        Call::Set(Knob::CommitGroup(peer, _)) => Box::new(move |at| at.setting("group", peer)),
        Call::RequestSnapshot { taken } => Box::new(move |at| Some(at.request_snapshot(taken))),
        // The leader may leave a joint configuration.
        Call::Applied(_) | Call::Advanced { applied: Some(_), .. } => Box::new(|at| at.leave_joint()),
        // A node cannot refuse any other call.
        _ => return None,
    };
    Some(sentence)
}

/// The effect of a message that a node may refuse.
fn of_message(message: &Message, at: &At) -> Option<String> {
    match message.body {
        Body::Proposal { value, .. } => Some(at.proposal(value, None)),
        Body::ReadIndex { context } => Some(at.read(context)).filter(|effect| !effect.starts_with("takes")),
        Body::TransferLeader => at.transfer(message.from),
        Body::TimeoutNow => at.timeout_now(),
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

impl Effects {
    /// The effects of a run of `N`, before its first call.
    pub fn of<N: Node>(align: Alignment) -> Self {
        let campaigns = Abilities::of::<N>().has(Ability::Campaign);
        Effects { align, nodes: BTreeMap::new(), asked: None, has_call: N::has_call, acted: false, campaigns }
    }

    /// Notes a call. The node is shown next.
    pub fn called(&mut self, call: &Call<(), ()>) {
        self.acted = true;
        self.asked = of_call(call);
    }

    /// Notes the node after the call; the effect, if the call is one that a node may refuse.
    pub fn shown(&mut self, i: NodeId, node: &dyn Visible) -> Option<String> {
        let (before, after) = (self.nodes.remove(&i).map(|(_, seen)| seen), Seen::of(node));
        self.nodes.insert(i, (before, after));
        self.asked.take().and_then(|sentence| sentence(&self.at(i)?))
    }

    /// The effect of the message that the receiver's last call delivered, if it is one that a node may refuse.
    pub fn received(&self, message: &Message) -> Option<String> {
        let at = self.at(message.to)?;
        let terms = [at.before, at.after].map(|seen| self.align.term(seen.view.term));
        // A message of another term changes the term, or is dropped, which the action of the specification says.
        let heard = message.term == 0 || terms == [message.term; 2];
        of_message(message, &at).filter(|_| heard)
    }

    /// Forgets a node that stopped.
    pub fn stopped(&mut self, i: NodeId) {
        self.nodes.remove(&i);
    }

    /// True if the node is running.
    pub fn runs(&self, i: NodeId) -> bool {
        self.nodes.contains_key(&i)
    }

    fn at(&self, i: NodeId) -> Option<At<'_>> {
        let (before, after) = self.nodes.get(&i)?;
        Some(At { i, before: before.as_ref()?, after })
    }
}
