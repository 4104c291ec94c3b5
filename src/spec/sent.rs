//! What the implementation sent, judged: may it send this, and is it what the specification says?

use super::action::{ActionName, Disabled};
use super::dialect::Switch;
use super::entries::Entries;
use super::ids::NodeId;
use super::message::{Body, Message};
use super::network::{Network, Outbox};
use super::state::State;
use super::{election, replication, snapshot, transfer};

/// Why a message should not have been sent as it was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The action that sends it is not enabled.
    Disabled(Disabled),
    /// It should have been this message.
    Differs(Box<Message>),
    /// It answers nothing.
    Unasked,
}

impl From<Disabled> for Refusal {
    fn from(disabled: Disabled) -> Self {
        Refusal::Disabled(disabled)
    }
}

/// Judges a message that `i` just made, and takes the action that sends it.
pub fn sent(state: &mut State, i: NodeId, message: &Message, outbox: &mut Outbox) -> Result<(), Refusal> {
    let j = message.to;
    match &message.body {
        Body::RequestVoteRequest { pre, .. } => {
            if *pre && election::starts_over(state, i, j) {
                election::pre_election(state, i, outbox)?;
            }
            differs(message, election::request_vote(state, i, j)?)?;
            let pre = state.server(i).role == super::Role::PreCandidate;
            outbox.took(if pre { ActionName::RequestPreVote } else { ActionName::RequestVote }, i);
            state.server_mut(i).owed.votes.remove(j);
            Ok(())
        }
        Body::AppendEntriesRequest { prev_log, entries, commit_index } => {
            replication::choose_next(state, i, j, prev_log.index)?;
            let header = replication::append_entries_header(state, i, j, entries.len())?;
            let server = state.server(i);
            let rest = server.log.from(header.0.index + 1);
            let term = server.current_term;
            let good = header == (*prev_log, *commit_index)
                && rest.get(..entries.len()) == Some(&entries[..])
                && (message.from, message.term) == (i, term);
            if !good {
                let entries = Entries::from(&rest[..entries.len().min(rest.len())]);
                let body = Body::AppendEntriesRequest { prev_log: header.0, entries, commit_index: header.1 };
                return Err(Refusal::Differs(Box::new(Message { from: i, to: j, term, body })));
            }
            replication::append_entries_sent(state, i, j, entries.len(), outbox);
            Ok(())
        }
        Body::Snapshot { position, .. } => {
            differs(message, snapshot::snapshot(state, i, j, *position)?)?;
            snapshot::sent(state, i, j, position.index, outbox);
            Ok(())
        }
        Body::Heartbeat { .. } => {
            differs(message, replication::heartbeat(state, i, j)?)?;
            outbox.took(ActionName::Heartbeat, i);
            state.server_mut(i).owed.heartbeats.remove(j);
            Ok(())
        }
        Body::TimeoutNow => {
            differs(message, transfer::timeout_now(state, i, j)?)?;
            outbox.took(ActionName::TimeoutNow, i);
            let server = state.server_mut(i);
            server.owed.timeout_now.remove(j);
            server.yielded = true;
            Ok(())
        }
        Body::RequestVoteResponse { .. }
        | Body::AppendEntriesResponse { .. }
        | Body::HeartbeatResponse { .. }
        | Body::TransferLeader
        | Body::ReadIndex { .. }
        | Body::ReadIndexResponse { .. }
        | Body::Proposal { .. } => answered(state, i, message, outbox),
    }
}

/// An answer is the next that is owed; the hint of a refusal is free within its bounds.
fn answered(state: &State, i: NodeId, message: &Message, outbox: &mut Outbox) -> Result<(), Refusal> {
    let expected = outbox.expected.front_mut().ok_or(Refusal::Unasked)?;
    if let (
        Body::AppendEntriesResponse { success: false, rejected, hint, .. },
        Body::AppendEntriesResponse { hint: best, .. },
    ) = (&message.body, &mut expected.body)
    {
        let log = &state.server(i).log;
        let own = log.term_at(hint.index) == hint.term && hint.index <= log.last_index();
        let free = state.settings.dialect.has(Switch::RejectionHint);
        // Any position of its own between the best one and the refused one helps the leader.
        if free && own && hint.index >= best.index && hint.index <= *rejected {
            *best = *hint;
        }
    }
    if message != expected {
        return Err(Refusal::Differs(Box::new(expected.clone())));
    }
    outbox.expected.pop_front();
    Ok(())
}

fn differs(message: &Message, expected: Message) -> Result<(), Refusal> {
    match *message == expected {
        true => Ok(()),
        false => Err(Refusal::Differs(Box::new(expected))),
    }
}

/// A duty that was left undone: the action, what it is in words, and where that is written down.
pub type Duty = (ActionName, &'static str, &'static str);

/// What `i` still owes at the end of a call; `None` when it has done its duty.
#[inline]
pub fn unmet(state: &State, i: NodeId, outbox: &Outbox) -> Option<Duty> {
    let server = state.server(i);
    // Nearly always nothing was owed to begin with, or it is paid: then only a new state can owe something.
    let paid = outbox.expected.is_empty() && !server.clock.election_due && !server.owed.is_anything();
    let idle = match server.role {
        super::Role::Follower => true,
        super::Role::Leader => !election::owes_no_op(state, i) && !super::commit::must_advance(state, i),
        super::Role::Candidate | super::Role::PreCandidate => false,
    };
    match paid && idle {
        true => None,
        false => first_unmet(state, i, outbox),
    }
}

/// The same, duty by duty.
fn first_unmet(state: &State, i: NodeId, outbox: &Outbox) -> Option<Duty> {
    let server = state.server(i);
    let settings = &state.settings;
    let has = |switch| settings.dialect.has(switch);
    if !outbox.expected.is_empty() {
        return Some((ActionName::Reply, "a request is answered", "paper figure 2: receiver implementation"));
    }
    if super::clock::must_campaign(state, i) {
        return Some((
            ActionName::Timeout,
            "an election timeout that has passed starts an election",
            "thesis 3.4: a follower that hears nothing over the election timeout begins an election",
        ));
    }
    if election::has_won(state, i) {
        return Some((ActionName::BecomeLeader, "a candidate with a quorum of votes becomes leader", "thesis 3.4"));
    }
    if election::has_won_pre_election(state, i) {
        return Some((ActionName::Timeout, "a pre-candidate that would be elected starts its election", "thesis 9.6"));
    }
    if election::owes_no_op(state, i) {
        return Some((ActionName::NoOp, "a new leader appends an entry of its term", "thesis 6.4"));
    }
    if super::commit::must_advance(state, i) {
        return Some((ActionName::AdvanceCommitIndex, "what a quorum has is committed", "paper 5.3, 5.4.2"));
    }
    let owed = &server.owed;
    if !owed.votes.is_empty() && matches!(server.role, super::Role::Candidate | super::Role::PreCandidate) {
        return Some((ActionName::RequestVote, "a candidate asks every peer for its vote", "thesis 3.4"));
    }
    if has(Switch::Pipelining) {
        if !owed.appends.is_empty() {
            return Some((
                ActionName::AppendEntries,
                "entries, commits and retries go to every peer that is not paused, in the same step",
                "thesis 3.5; etcd raft design.md, Progress",
            ));
        }
        let lags = |j: NodeId| {
            !server.progress[j.slot()].is_paused(settings.max_inflight)
                && !snapshot::is_needed(state, i, j)
                && server.next_index[j.slot()] <= server.log.last_index()
        };
        if owed.drains.iter().any(lags) {
            return Some((
                ActionName::AppendEntries,
                "a peer that keeps up is streamed everything, as far as its window allows",
                "etcd raft design.md, Progress: replicate",
            ));
        }
    }
    if !owed.timeout_now.is_empty() {
        return Some((
            ActionName::TimeoutNow,
            "a successor that has the whole log is told to start an election",
            "thesis 3.10",
        ));
    }
    if !owed.heartbeats.is_empty() && (has(Switch::Heartbeats) || has(Switch::Clocks)) {
        return Some((
            ActionName::Heartbeat,
            "heartbeats go out in their interval",
            "thesis 3.4; Config.heartbeat_tick",
        ));
    }
    None
}
