//! The judgement of a message that the implementation sent: the specification enables it, and it has the same fields.

use super::prelude::*;
use super::{election, heartbeats, replication, snapshot, transfer, votes};

/// The reason why a message should not have been sent as it was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The action that sends it is not enabled.
    Disabled(Disabled),
    /// The specification has this message instead.
    Differs(Box<Message>),
    /// The message answers no request.
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
            differs(message, votes::request_vote(state, i, j)?)?;
            let pre = state.server(i).role == Role::PreCandidate;
            outbox.took(if pre { ActionName::RequestPreVote } else { ActionName::RequestVote }, i);
            state.server_mut(i).owed.votes.remove(j);
            Ok(())
        }
        Body::AppendEntriesRequest { prev_log, entries, commit_index } => {
            replication::choose_next(state, i, j, prev_log.index)?;
            let header = replication::append_entries_header(state, i, j, entries.len())?;
            let server = state.server(i);
            free!(EntriesOfAppend);
            let good = header == (*prev_log, *commit_index)
                && server.log.from(header.0.index + 1).get(..entries.len()) == Some(&entries[..])
                && (message.from, message.term) == (i, server.current_term);
            if !good {
                let expected = replication::append_entries(state, i, j, header, entries.len());
                return Err(Refusal::Differs(Box::new(expected)));
            }
            replication::append_entries_sent(state, i, j, entries.len(), outbox);
            Ok(())
        }
        Body::Snapshot { position, .. } => {
            free!(PositionOfSnapshot);
            differs(message, snapshot::snapshot(state, i, j, *position)?)?;
            snapshot::sent(state, i, j, position.index, outbox);
            Ok(())
        }
        Body::Heartbeat { .. } => {
            free!(TimeOfHeartbeat);
            differs(message, heartbeats::heartbeat(state, i, j)?)?;
            outbox.took(ActionName::Heartbeat, i);
            state.server_mut(i).owed.heartbeats.remove(j);
            Ok(())
        }
        Body::TimeoutNow => {
            differs(message, transfer::timeout_now(state, i, j)?)?;
            outbox.took(ActionName::TimeoutNow, i);
            let server = state.server_mut(i);
            server.owed.timeout_now.remove(j);
            server.sent_timeout_now = true;
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
        free!(HintOfRefusal);
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
