//! Timers: elections, heartbeats and quorum checks that follow from a server's ticks.
//!
//! raft.tla lets `Timeout` happen at any moment. With the switch `clocks` it happens exactly when
//! the drawn timeout has passed since the last reset (thesis 3.4), or when the application asks.

use super::membership;
use super::prelude::*;

/// One tick of `i`'s clock. *Must*: an election when it is due, and heartbeats when they are.
pub(super) fn tick(state: &mut State, i: NodeId, net: &mut impl Network) -> Guarded {
    if !state.settings.dialect.has(Switch::Clocks) {
        return Ok(());
    }
    let peers = state.peers(i);
    let elector = membership::has_vote(state, i);
    let own_timeouts = state.settings.dialect.has(Switch::OwnTimeouts);
    let server = state.server_mut(i);
    let Options { heartbeat_timeout, election_timeout, .. } = server.options;
    let clock = &mut server.clock;
    match server.role {
        Role::Follower | Role::Candidate | Role::PreCandidate if own_timeouts => {
            clock.elapsed += 1;
            clock.election_due = clock.elapsed >= election_timeout && elector;
        }
        Role::Follower | Role::Candidate | Role::PreCandidate => {
            clock.elapsed += 1;
            if clock.elapsed >= clock.timeout && elector {
                clock.elapsed = 0;
                server.campaigns_for_transfer = false;
                let ready = membership::may_campaign(state, i);
                state.server_mut(i).clock.election_due = ready;
            }
        }
        Role::Leader => {
            clock.heartbeat_elapsed += 1;
            clock.elapsed += u32::from(!own_timeouts);
            if clock.elapsed >= election_timeout && !own_timeouts {
                clock.elapsed = 0;
                if check_quorum(state, i, net) {
                    return Ok(());
                }
                // A transfer that takes longer is given up (thesis 3.10).
                state.server_mut(i).transferee = None;
            }
            let server = state.server_mut(i);
            let clock = &mut server.clock;
            if clock.heartbeat_elapsed >= heartbeat_timeout {
                clock.heartbeat_elapsed = 0;
                server.owed.heartbeats = peers;
            }
        }
    }
    Ok(())
}

/// The application calls for an election. A leader has nothing to win (etcd raft doc.go, MsgHup), and
/// nobody campaigns without a vote of its own, or over a change that it has not applied.
pub(super) fn campaign(state: &mut State, i: NodeId) -> Guarded {
    let unpromotable = state.settings.permits(Permission::CampaignWithoutVote) && !membership::has_vote(state, i);
    let may = membership::may_campaign(state, i) || (unpromotable && !membership::is_change_unapplied(state.server(i)));
    let server = state.server_mut(i);
    server.clock.election_due = server.role != Role::Leader && may;
    if server.clock.election_due {
        server.campaigns_for_transfer = false;
    }
    Ok(())
}

/// True if `i` *must* start an election in this call. With `own-timeouts` it must when the longest timeout has passed.
pub(super) fn must_campaign(state: &State, i: NodeId) -> bool {
    free!(EarlyElection);
    let (dialect, server) = (state.settings.dialect, state.server(i));
    let (clock, least) = (&server.clock, server.options.election_timeout);
    let late = clock.elapsed + 1 >= 2 * least || !dialect.has(Switch::OwnTimeouts);
    clock.election_due && late && dialect.has(Switch::Clocks)
}

/// The guard that `clocks` adds to raft.tla's `Timeout`.
pub(super) fn election_due(state: &State, i: NodeId) -> Guarded {
    let server = state.server(i);
    let pre_elected = server.options.pre_vote && server.role == Role::PreCandidate;
    guard!(
        !state.settings.dialect.has(Switch::Clocks) || server.clock.election_due || pre_elected,
        Timeout,
        "the election timeout has passed",
        "thesis 3.4: a follower begins an election when it hears nothing over the election timeout; raft-rs Config.election_tick: in the current term"
    );
    Ok(())
}

/// Switch `check-quorum`: an election timeout has passed, and leader `i` counts whom it heard of
/// in it. Returns whether it *must* step down: without a quorum.
pub(super) fn check_quorum(state: &mut State, i: NodeId, net: &mut impl Network) -> bool {
    if !state.server(i).checks_quorum {
        return false;
    }
    let server = state.server_mut(i);
    net.took(ActionName::CheckQuorum, i);
    let mut active = std::mem::take(&mut server.active);
    active.insert(i);
    if server.configuration.is_quorum(active) {
        return false;
    }
    net.took(ActionName::StepDown, i);
    server.step_down();
    true
}
