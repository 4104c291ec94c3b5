//! Proposals of clients: appended by a leader, forwarded by a follower, dropped by anyone else.

use super::prelude::*;
use super::{membership, owed, uncommitted};
use std::ops::RangeInclusive;

/// raft.tla `ClientRequest(i, v)`. *Must*: the entry goes out to every peer that is not paused.
pub(super) fn client_request(state: &mut State, i: NodeId, value: Value, net: &mut impl Network) -> Guarded {
    guard!(state.server(i).role == Role::Leader, ClientRequest, "the server is the leader", "raft.tla ClientRequest");
    net.took(ActionName::ClientRequest, i);
    let value = membership::admit(state, i, value);
    owed::append_own(state, i, value);
    Ok(())
}

/// True if `i` takes a client's proposal, of one value or several: a leader does, and a follower that can forward it.
pub fn takes_proposals(state: &State, i: NodeId, values: RangeInclusive<Value>) -> bool {
    let server = state.server(i);
    match server.role {
        Role::Leader => server.transferee.is_none() && is_member(server, i) && uncommitted::has_room(state, i, values),
        Role::Follower => server.leader.is_some() && state.settings.dialect.has(Switch::ForwardedProposals),
        Role::Candidate | Role::PreCandidate => false,
    }
}

/// True if `i` is in the configuration that it acts on: nobody else appends anything (thesis 4.2.2).
pub(super) fn is_member(server: &Server, i: NodeId) -> bool {
    server.configuration.members().contains(i)
}

/// A client's proposal reaches `i`: *must* be appended by a leader, forwarded by a follower that
/// knows one, and dropped by anyone else. The values of one proposal stay together and in order: one answer stands for all
/// of them (raft-rs `Error::ProposalDropped`), so all are taken or none is.
pub(super) fn propose(
    state: &mut State,
    i: NodeId,
    from: NodeId,
    values: RangeInclusive<Value>,
    net: &mut impl Network,
) -> Guarded {
    let server = state.server(i);
    match (server.role, server.leader) {
        // A leader that gives way takes no more proposals (thesis 3.10).
        (Role::Leader, _) if server.transferee.is_some() || !is_member(server, i) => Ok(()),
        (Role::Leader, _) if !uncommitted::has_room(state, i, values.clone()) => {
            net.took(ActionName::DropProposal, i);
            if state.settings.permits(Permission::PendDroppedChange) {
                values.for_each(|value| _ = membership::admit(state, i, value));
            }
            Ok(())
        }
        (Role::Leader, _) => values.into_iter().try_for_each(|value| client_request(state, i, value, net)),
        (Role::Follower, Some(leader)) if state.settings.dialect.has(Switch::ForwardedProposals) => {
            let (value, more) = (*values.start(), (values.end() - values.start()) as u8);
            net.send(Message { from, to: leader, term: 0, body: Body::Proposal { value, more } });
            Ok(())
        }
        (Role::Follower | Role::Candidate | Role::PreCandidate, _) => Ok(()),
    }
}
