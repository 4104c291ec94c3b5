//! One step of the specification: `step(state, action, network)`.

use super::action::{Action, Knob};
use super::network::Bag;
use super::prelude::*;
use super::{
    commit, durability, election, fetch, follower, heartbeats, membership, proposals, reads, reconfiguration,
    replication, snapshot, timers, transfer, votes, wiped,
};

/// Takes `action`, or says which guard of it is false. A state is unchanged by an action that is
/// not enabled, except in lockstep (a network that is not `ATOMIC`), where the run ends there.
#[inline(always)]
pub fn step(state: &mut State, action: Action, net: &mut impl Network) -> Guarded {
    match action {
        Action::Restart(i) => durability::restart(state, i, net),
        Action::Wipe(i) => wiped::wipe(state, i, net)?,
        Action::Timeout(i) => election::timeout(state, i, net)?,
        Action::RequestVote(i, j) => net.send(votes::request_vote(state, i, j)?),
        Action::BecomeLeader(i) => election::become_leader(state, i, net)?,
        Action::ClientRequest(i, value) => proposals::client_request(state, i, value, net)?,
        Action::AdvanceCommitIndex(i) => commit::advance_commit_index(state, i, net)?,
        Action::AppendEntries(i, j, count) => {
            let header = replication::append_entries_header(state, i, j, count)?;
            let count = count.min(state.server(i).log.from(header.0.index + 1).len());
            net.send(replication::append_entries(state, i, j, header, count));
            replication::append_entries_sent(state, i, j, count, net);
        }
        Action::Receive(message) => receive(state, &message, net)?,
        Action::DuplicateMessage(message) => net.send(message),
        Action::DropMessage(message) => net.discard(&message),
        Action::NoOp(i) => election::no_op(state, i, net)?,
        Action::Heartbeat(i, j) => net.send(heartbeats::heartbeat(state, i, j)?),
        Action::PreElection(i) => election::pre_election(state, i, net)?,
        Action::Read(i, context) => reads::read(state, i, i, context, net)?,
        Action::Ping(i) => heartbeats::ping(state, i, net),
        Action::Set(i, knob) => set(state, i, knob, net)?,
        Action::Configure(i, options, starts) => configure(state, i, options, starts, net),
        Action::Compact(i, index) => snapshot::compact(state, i, index, net)?,
        Action::SetSnapshotsFor(i, j, given) => snapshot::set_given(state, i, j, given, net),
        Action::SetSnapshots(i, unavailable) => snapshot::set_unavailable(state, i, unavailable, net),
        Action::ReportSnapshot(i, j, arrived) => snapshot::report(state, i, j, arrived, net),
        Action::RequestSnapshot(i) => snapshot::request(state, i, net)?,
        Action::ApplyChange(i, index, change) => reconfiguration::apply_change(state, i, index, &change, net)?,
        Action::Fetch(i, j) => fetch::fetch(state, i, j, net)?,
        Action::Fetched(i) => fetch::fetched(state, i, net),
        Action::Unreachable(i, j) => replication::unreachable(state, i, j, net),
        Action::Transfer(i, target) => transfer::transfer(state, i, target, net)?,
        Action::Tick(i) => timers::tick(state, i, net)?,
        Action::Campaign(i) => timers::campaign(state, i)?,
        Action::Propose(i, value) => proposals::propose(state, i, i, value..=value, net)?,
        Action::ProposeMany(i, first, last) => proposals::propose(state, i, i, first..=last, net)?,
        Action::Write(i) => _ = durability::write(state, i, net),
        Action::Sync(i, count) => durability::sync(state, i, count, net)?,
        Action::Persist(i, index) => durability::persist(state, i, index, net)?,
        Action::Apply(i, index) => durability::apply(state, i, index, net)?,
    }
    Ok(())
}

/// The application of `i` changes a setting at run time.
fn set(state: &mut State, i: NodeId, knob: Knob, net: &mut impl Network) -> Guarded {
    let dialect = state.settings.dialect;
    let server = state.server_mut(i);
    let action = match knob {
        Knob::Priority(priority) => {
            guard!(dialect; Priority, SetPriority);
            server.priority = priority;
            ActionName::SetPriority
        }
        Knob::CheckQuorum(check) => {
            guard!(dialect; CheckQuorum, SetCheckQuorum);
            server.checks_quorum = check;
            ActionName::SetCheckQuorum
        }
        Knob::SkipBcastCommit(skip) => {
            guard!(dialect; SkipBcastCommit, SetSkipBcastCommit);
            server.skip_bcast_commit = skip;
            ActionName::SetSkipBcastCommit
        }
        Knob::BatchAppend(batch) => {
            guard!(dialect; BatchAppend, SetBatchAppend);
            server.batch_append = batch;
            ActionName::SetBatchAppend
        }
        // Holds until `i` restarts.
        Knob::MaxInflightMsgs(j, most) => {
            server.progress[j.slot()].max_inflight_msgs = Some(most);
            ActionName::SetMaxInflightMsgs
        }
        Knob::MaxCommittedSize(limit) => {
            server.max_committed_size = limit;
            ActionName::SetMaxCommittedSizePerReady
        }
        Knob::Groups(groups) => return commit::set_groups(state, i, groups, net),
    };
    net.took(action, i);
    Ok(())
}

/// The operator gives `i` other options. They hold from its next start on; a server that nobody has called yet has not
/// started (`starts`).
fn configure(state: &mut State, i: NodeId, options: Options, starts: bool, net: &mut impl Network) {
    net.took(ActionName::Configure, i);
    let server = state.server_mut(i);
    server.next_options = options;
    if starts {
        server.start_with(options);
    }
}

/// Takes raft.tla `Receive(m)`, as [`step`] does.
#[inline]
pub fn receive<N: Network>(state: &mut State, m: &Message, net: &mut N) -> Guarded {
    while !receive_once(state, m, net)? && !N::ATOMIC {}
    Ok(())
}

/// One disjunct of `Receive(m)`. Returns whether `m` is consumed; `UpdateTerm`,
/// a candidate's return to follower, and every change of the log leave it where it is.
#[inline(never)]
fn receive_once(state: &mut State, m: &Message, net: &mut impl Network) -> Guarded<bool> {
    let dialect = state.settings.dialect;
    let term = state.server(m.to).current_term;
    if let Body::Proposal { value, more } = m.body {
        net.took(ActionName::HandleProposal, m.to);
        proposals::propose(state, m.to, m.from, value..=value + Value::from(more), net)?;
        return Ok(true);
    }
    if m.body.is_response() && membership::is_outsider(state, m.to, m.from) {
        return drop(ActionName::DropOutsider, m, net);
    }
    let (pre_request, pre_grant) = match m.body {
        Body::RequestVoteRequest { pre, .. } => (pre, false),
        Body::RequestVoteResponse { pre, granted, .. } => (false, pre && granted),
        _ => (false, false),
    };
    if let Body::ReadIndex { context } = m.body {
        reads::read(state, m.to, m.from, context, net)?;
        net.discard(m);
        return Ok(true);
    }
    if votes::ignores_request(state, m) {
        return drop(ActionName::IgnoreInLease, m, net);
    }
    if let Some(consumed) = votes::hear_pre_vote(state, m, net) {
        return Ok(consumed);
    }
    // A pre-vote names a term that nobody has entered yet.
    let newer = holds(m.term > term, ActionName::UpdateTerm, "the message is of a newer term");
    if newer && !pre_request && !pre_grant {
        election::update_term(state, m, net);
        return Ok(false);
    }
    let timeless = pre_response(m) && dialect.has(Switch::PlainPreVote);
    if m.body.is_response() && !timeless && !is_current(m, term) {
        return drop(ActionName::DropStaleResponse, m, net);
    }
    if m.term < term && !pre_request && election::answers_stale(state, m) {
        follower::answer_stale(state, m, net);
        return Ok(true);
    }
    if m.term < term && !pre_request && dialect.has(Switch::StaleUnanswered) {
        return drop(ActionName::DropStaleRequest, m, net);
    }
    match &m.body {
        Body::RequestVoteRequest { .. } => votes::handle_request(state, m, net)?,
        Body::RequestVoteResponse { .. } => votes::handle_response(state, m, net)?,
        Body::AppendEntriesRequest { prev_log, entries, commit_index } => {
            return follower::handle_request(state, m, *prev_log, entries, *commit_index, net);
        }
        Body::AppendEntriesResponse { .. } => replication::handle_response(state, m, net)?,
        Body::Snapshot { position, configuration } => snapshot::handle(state, m, *position, configuration, net)?,
        Body::Heartbeat { commit_index, context } => {
            heartbeats::handle_heartbeat(state, m, *commit_index, *context, net)?;
        }
        Body::HeartbeatResponse { commit_index, context } => {
            heartbeats::handle_heartbeat_response(state, m, *commit_index, *context, net);
        }
        Body::ReadIndexResponse { context, index } => reads::handle_response(state, m, *context, *index, net),
        Body::TransferLeader => transfer::transfer(state, m.to, m.from, net)?,
        Body::TimeoutNow => transfer::handle_timeout_now(state, m, net),
        Body::Proposal { .. } | Body::ReadIndex { .. } => unreachable!("handled above: they have no term"),
    }
    Ok(true)
}

/// Consumes `m` and does nothing else.
fn drop(action: ActionName, m: &Message, net: &mut impl Network) -> Guarded<bool> {
    net.took(action, m.to);
    net.discard(m);
    Ok(true)
}

/// True if it answers a pre-vote.
fn pre_response(m: &Message) -> bool {
    matches!(m.body, Body::RequestVoteResponse { pre: true, .. })
}

/// True if a response is of the receiver's term, as it must be to count.
fn is_current(m: &Message, term: Term) -> bool {
    let handler = match m.body {
        Body::RequestVoteResponse { .. } => ActionName::HandleRequestVoteResponse,
        _ => ActionName::HandleAppendEntriesResponse,
    };
    holds(m.term >= term, handler, "the response is of the receiver's term")
}

/// raft.tla `Next`: every action of the ten variables, faults included, whether it is enabled or not.
pub fn next_actions(state: &State, bag: &Bag, values: &[u32]) -> Vec<Action> {
    let mut actions = Vec::new();
    each_action(state, bag, values, &mut |action| actions.push(action));
    actions
}

/// The same, one by one.
pub fn each_action(state: &State, bag: &Bag, values: &[u32], each: &mut impl FnMut(Action)) {
    for i in state.nodes() {
        [Action::Restart(i), Action::Timeout(i), Action::BecomeLeader(i)].into_iter().for_each(&mut *each);
        state.nodes().for_each(|j| each(Action::RequestVote(i, j)));
        values.iter().for_each(|&value| each(Action::ClientRequest(i, value)));
        each(Action::AdvanceCommitIndex(i));
        state.nodes().for_each(|j| each(Action::AppendEntries(i, j, 1)));
    }
    for (message, _) in bag.iter() {
        each(Action::Receive(message.clone()));
        each(Action::DuplicateMessage(message.clone()));
        each(Action::DropMessage(message.clone()));
    }
}

/// A message is taken from a bag only when it is in it (raft.tla: `m \in DOMAIN messages`).
pub fn step_in_bag(state: &mut State, action: Action, bag: &mut Bag) -> Guarded {
    if let Action::Receive(m) | Action::DuplicateMessage(m) | Action::DropMessage(m) = &action {
        guard!(bag.contains(m), DropMessage, "a copy of the message is on its way", "raft.tla Next");
    }
    step(state, action, bag)
}
