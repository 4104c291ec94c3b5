//! Obligations: what a server must have done by the end of a call (the *must* of each guard).

use super::prelude::*;
use super::{commit, election, owed, timers};

/// An obligation that was left undone: the action, what it is in words, and where that is written down.
pub type Obligation = (ActionName, &'static str, &'static str);

/// The first obligation that `i` has left undone at the end of a call.
#[inline]
pub fn unmet(state: &State, i: NodeId, outbox: &Outbox) -> Option<Obligation> {
    let server = state.server(i);
    // Nearly always nothing was owed to begin with, or it is paid: then only a new state can owe something.
    let paid = outbox.expected.is_empty() && !server.clock.election_due && !server.owed.is_anything();
    let idle = match server.role {
        Role::Follower => true,
        Role::Leader => !election::owes_no_op(state, i) && !commit::must_advance(state, i),
        Role::Candidate | Role::PreCandidate => false,
    };
    match paid && idle {
        true => None,
        false => first_unmet(state, i, outbox),
    }
}

/// Returns an obligation if it is left undone.
macro_rules! obligation {
    ($left_undone:expr, $action:ident, $obligation:literal, $reference:literal) => {
        if $left_undone {
            return Some((ActionName::$action, $obligation, $reference));
        }
    };
}

/// The same, obligation by obligation.
fn first_unmet(state: &State, i: NodeId, outbox: &Outbox) -> Option<Obligation> {
    let server = state.server(i);
    let settings = &state.settings;
    let has = |switch| settings.dialect.has(switch);
    obligation!(!outbox.expected.is_empty(), Reply, "a request is answered", "paper figure 2: receiver implementation");
    obligation!(
        timers::must_campaign(state, i),
        Timeout,
        "an election timeout that has passed starts an election",
        "thesis 3.4: a follower that hears nothing over the election timeout begins an election"
    );
    obligation!(
        election::has_won(server, Role::Candidate),
        BecomeLeader,
        "a candidate with a quorum of votes becomes leader",
        "thesis 3.4"
    );
    obligation!(
        election::has_won(server, Role::PreCandidate),
        Timeout,
        "a pre-candidate that would be elected starts its election",
        "thesis 9.6"
    );
    obligation!(election::owes_no_op(state, i), NoOp, "a new leader appends an entry of its term", "thesis 6.4");
    obligation!(
        commit::must_advance(state, i),
        AdvanceCommitIndex,
        "what a quorum has is committed",
        "paper 5.3, 5.4.2"
    );
    let owed = &server.owed;
    let stands = matches!(server.role, Role::Candidate | Role::PreCandidate);
    obligation!(
        !owed.votes.is_empty() && stands,
        RequestVote,
        "a candidate asks every peer for its vote",
        "thesis 3.4"
    );
    obligation!(
        has(Switch::Pipelining) && !owed.appends.is_empty(),
        AppendEntries,
        "entries, commits and retries go to every peer that is not paused, in the same step",
        "thesis 3.5; etcd raft design.md, Progress"
    );
    let lags = |j: NodeId| {
        !server.progress[j.slot()].is_paused(settings.max_inflight_msgs)
            && !owed::is_needed(state, i, j)
            && server.next_index[j.slot()] <= server.log.last_index()
    };
    obligation!(
        has(Switch::Pipelining) && owed.drains.iter().any(lags),
        AppendEntries,
        "a peer that keeps up is streamed everything, as far as its window allows",
        "etcd raft design.md, Progress: replicate"
    );
    obligation!(
        !owed.timeout_now.is_empty(),
        TimeoutNow,
        "a successor that has the whole log is told to start an election",
        "thesis 3.10"
    );
    obligation!(
        !owed.heartbeats.is_empty() && (has(Switch::Heartbeats) || has(Switch::Clocks)),
        Heartbeat,
        "heartbeats go out in their interval",
        "thesis 3.4; Config.heartbeat_tick"
    );
    None
}
