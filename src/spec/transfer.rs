//! Leader transfer (thesis 3.10): the leader brings its successor up to date and tells it to start
//! an election at once. Meanwhile it takes no proposals (an entry that leaves a joint configuration is its own, and
//! still appended); after an election timeout it gives up.

use super::prelude::*;
use super::{membership, owed};

/// `i` is asked to make `target` the leader. *Must*: a leader tells it to start an election if it
/// has the whole log, and sends it what it lacks otherwise; a follower hands the wish to its leader.
pub(super) fn transfer(state: &mut State, i: NodeId, target: NodeId, net: &mut impl Network) -> Guarded {
    guard!(state.settings.dialect; Transfer, Transfer);
    let server = state.server_mut(i);
    match (server.role, server.leader) {
        (Role::Leader, _) => {}
        (Role::Follower, Some(leader)) => {
            net.send(Message { from: target, to: leader, term: server.current_term, body: Body::TransferLeader });
            return Ok(());
        }
        (Role::Follower | Role::Candidate | Role::PreCandidate, _) => return Ok(()),
    }
    net.took(ActionName::Transfer, i);
    // A learner, or a stranger, is no successor (thesis 4.2.1; etcd raft doc.go, MsgTransferLeader).
    let configuration = server.configuration;
    if !configuration.electors().contains(target) || server.transferee == Some(target) {
        return Ok(());
    }
    // Another wish takes the place of the one before; the leader has nothing to transfer to itself.
    server.transferee = (target != i).then_some(target);
    if target == i {
        return Ok(());
    }
    server.clock.elapsed = 0;
    match is_up_to_date(state, i, target) {
        true => state.server_mut(i).owed.timeout_now.insert(target),
        false => owed::owe_append(state, i, target),
    }
    Ok(())
}

fn is_up_to_date(state: &State, i: NodeId, j: NodeId) -> bool {
    let server = state.server(i);
    server.match_index[j.slot()] == server.log.last_index()
}

/// Peer `j` has acknowledged more. *Must*: if it is the successor and has all, it is told.
pub(super) fn acknowledged(state: &mut State, i: NodeId, j: NodeId) {
    if state.server(i).transferee == Some(j) && is_up_to_date(state, i, j) {
        state.server_mut(i).owed.timeout_now.insert(j);
    }
}

/// The call to start an election that `i` may send `j` now.
pub(super) fn timeout_now(state: &State, i: NodeId, j: NodeId) -> Guarded<Message> {
    let server = state.server(i);
    guard!(server.role == Role::Leader, TimeoutNow, "the sender is the leader", "thesis 3.10");
    guard!(
        server.transferee == Some(j) && is_up_to_date(state, i, j),
        TimeoutNow,
        "the receiver is the leader's successor and has its whole log",
        "thesis 3.10: the prior leader fully updates the target server's log, then sends TimeoutNow"
    );
    guard!(
        server.owed.timeout_now.contains(j),
        TimeoutNow,
        "it was asked for, or the successor has just caught up",
        "thesis 3.10"
    );
    Ok(Message { from: i, to: j, term: server.current_term, body: Body::TimeoutNow })
}

/// The leader asks `m.to` for an election: *must* start one at once, without a pre-election.
pub(super) fn handle_timeout_now(state: &mut State, m: &Message, net: &mut impl Network) {
    net.took(ActionName::HandleTimeoutNow, m.to);
    net.discard(m);
    if state.server(m.to).role == Role::Follower && membership::may_campaign(state, m.to) {
        let server = state.server_mut(m.to);
        server.clock.election_due = true;
        server.campaigns_for_transfer = true;
    }
}
