//! Linearizable reads without a log entry (thesis 6.4): a leader notes its commit index, makes sure
//! by a round of heartbeats that it still leads, and answers with the index.
//!
//! A read is named by a context that its client chose; a follower hands reads to its leader.

use super::membership;
use super::prelude::*;
use super::server::Pending;

/// A client of `from` reads, and `i` hears of it. *Must*: a leader that has committed in its term
/// asks everybody at once whether it leads, and one that has not keeps the read until then; a follower
/// hands the read to its leader; anyone else drops it.
pub(super) fn read(state: &mut State, i: NodeId, from: NodeId, context: Context, net: &mut impl Network) -> Guarded {
    guard!(state.settings.dialect; Reads, Read);
    let (peers, lease) = (state.peers(i), answers_by_lease(state, i));
    let server = state.server_mut(i);
    match (server.role, server.leader) {
        (Role::Leader, _) => {}
        (Role::Follower, Some(leader)) => {
            net.send(Message { from, to: leader, term: 0, body: Body::ReadIndex { context } });
            return Ok(());
        }
        (Role::Follower | Role::Candidate | Role::PreCandidate, _) => return Ok(()),
    }
    net.took(ActionName::Read, i);
    // Before that the leader does not know what is committed (thesis 6.4, step 1).
    if server.log.term_at(server.commit_index) != server.current_term {
        if !state.settings.permits(Permission::DropEarlyReads) {
            state.server_mut(i).early_reads.push((from, context));
        }
        return Ok(());
    }
    let index = server.commit_index;
    // Thesis 6.4.1: while no other leader can have been elected, nothing newer can have been committed.
    let alone = is_alone(state, i);
    if lease || alone {
        net.took(if alone { ActionName::ConfirmRead } else { ActionName::LeaseRead }, i);
        answer(state, i, Pending { context, from, index, acks: NodeSet::EMPTY }, net);
        return Ok(());
    }
    let server = state.server_mut(i);
    // A read that waits already was duplicated on its way: one name, one read.
    if server.reads.iter().all(|read| read.context != context) {
        server.reads.push_back(Pending { context, from, index, acks: NodeSet::only(i) });
    }
    (server.owed.heartbeats, server.owed.read) = (peers, context);
    Ok(())
}

/// True if `i` was started to answer reads by its lease, which needs check-quorum (raft-rs `Config::read_only_option`).
pub fn answers_by_lease(state: &State, i: NodeId) -> bool {
    state.settings.lease_reads && state.server(i).options.check_quorum
}

/// Leader `i` has committed an entry of its term. *Must*: the reads that waited for that are asked (thesis 6.4, step 1).
pub(super) fn resume(state: &mut State, i: NodeId, net: &mut impl Network) -> Guarded {
    let early = std::mem::take(&mut state.server_mut(i).early_reads);
    early.into_iter().try_for_each(|(from, context)| read(state, i, from, context, net))
}

/// True if leader `i` need not ask anybody.
fn is_alone(state: &State, i: NodeId) -> bool {
    let (configuration, permissions) = (state.server(i).configuration, state.settings.permissions);
    let waits = configuration.is_joint() && permissions.has(Permission::AskInJointAlone);
    let leads_on = membership::leads_without_vote(state, i) && permissions.has(Permission::LeadWithoutVote);
    (configuration.is_quorum(NodeSet::only(i)) && !waits)
        || (leads_on && configuration.voters.len() == 1 && !configuration.is_joint())
}

/// The context that heartbeats carry: that of the read just asked for, or the newest that waits.
pub(super) fn context(state: &State, i: NodeId) -> Context {
    let server = state.server(i);
    match server.owed.read {
        0 => server.reads.back().map_or(0, |read| read.context),
        context => context,
    }
}

/// Peer `j` answered a heartbeat that was sent for the read `context`. *Must*: with a quorum, that
/// read and all before it are answered.
pub(super) fn acknowledged(state: &mut State, i: NodeId, j: NodeId, context: Context, net: &mut impl Network) {
    let server = state.server_mut(i);
    let Some(read) = server.reads.iter_mut().find(|read| read.context == context) else { return };
    read.acks.insert(j);
    if server.configuration.is_quorum(read.acks) {
        confirm(state, i, context, net);
    }
}

/// The configuration of leader `i` has changed. *Must*: if its new quorums have acknowledged the
/// newest read, all are answered; what older ones lack they get with it.
pub(super) fn reconsider(state: &mut State, i: NodeId, net: &mut impl Network) {
    let server = state.server(i);
    let newest = server.reads.back().filter(|read| server.configuration.is_quorum(read.acks));
    if let Some(context) = newest.map(|read| read.context) {
        confirm(state, i, context, net);
    }
}

fn confirm(state: &mut State, i: NodeId, upto: Context, net: &mut impl Network) {
    net.took(ActionName::ConfirmRead, i);
    while let Some(read) = state.server_mut(i).reads.pop_front() {
        answer(state, i, read, net);
        if read.context == upto {
            break;
        }
    }
}

/// The read goes to who asked for it.
fn answer(state: &mut State, i: NodeId, read: Pending, net: &mut impl Network) {
    let Pending { context, from, index, .. } = read;
    let server = state.server_mut(i);
    match from == i {
        true => server.read_results.push((context, index)),
        false => {
            let body = Body::ReadIndexResponse { context, index };
            net.send(Message { from: i, to: from, term: server.current_term, body });
        }
    }
}

/// The leader answers a read that `i` handed on; what it says to be committed is taken where the
/// log has it.
pub(super) fn handle_response(state: &mut State, m: &Message, context: Context, index: Index, net: &mut impl Network) {
    net.took(ActionName::HandleReadIndexResponse, m.to);
    net.discard(m);
    let takes = state.settings.dialect.has(Switch::CommitInReads);
    let server = state.server_mut(m.to);
    if server.role != Role::Follower {
        return;
    }
    server.read_results.push((context, index));
    if takes && index > server.commit_index && server.log.term_at(index) == m.term {
        server.commit_index = index;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::permission::Permissions;
    use crate::spec::settings::Settings;

    fn leader(permissions: Permissions) -> State {
        let mut state = State::init(Settings { dialect: Dialect::RAFT_RS, permissions, ..Settings::ongaro(3) });
        let server = state.server_mut(NodeId::new(1));
        (server.role, server.current_term) = (Role::Leader, 2);
        server.log.extend([Entry { term: 2, value: NO_OP }]);
        state
    }

    #[test]
    fn an_early_read_is_asked_once_the_leader_has_committed_in_its_term_unless_it_may_be_dropped() {
        let (node, mut net) = (NodeId::new(1), Outbox::default());
        let dropping = Permissions::NONE.with(Permission::DropEarlyReads);
        for (permissions, waiting) in [(dropping, 0), (Permissions::NONE, 1)] {
            let mut state = leader(permissions);
            read(&mut state, node, node, 7, &mut net).unwrap();
            let server = state.server(node);
            assert_eq!((server.early_reads.len(), server.reads.len(), context(&state, node)), (waiting, 0, 0));
            state.server_mut(node).commit_index = 1;
            resume(&mut state, node, &mut net).unwrap();
            let server = state.server(node);
            assert_eq!((server.reads.len(), server.owed.read), (waiting, 7 * waiting as u32));
            assert!(server.reads.iter().all(|read| read.index == 1));
        }
    }
}
