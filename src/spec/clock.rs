//! Clocks: a server counts its own ticks, and elections and heartbeats follow from the count.
//!
//! raft.tla lets `Timeout` happen at any moment. With the switch `clocks` it happens exactly when
//! the drawn timeout has passed since the last reset (thesis 3.4), or when the application asks.

use super::action::{guard, Disabled};
use super::dialect::Switch;
use super::election;
use super::ids::NodeId;
use super::membership;
use super::network::Network;
use super::permission::Permission;
use super::state::{Role, State};

/// One server's ticks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Clock {
    /// Ticks since a follower last heard from its leader, gave a vote or changed its term, since
    /// a candidate started its election, or since a leader last counted whom it hears of.
    pub elapsed: u32,
    /// As a leader, ticks since the last heartbeat.
    pub heartbeat_elapsed: u32,
    /// The election timeout drawn for the current term, in ticks.
    pub timeout: u32,
    /// An election is due: the timeout has passed, or the application called for one. With `own-timeouts` it may be,
    /// in the call under way.
    pub election_due: bool,
}

impl Clock {
    /// Starts to count anew.
    pub(super) fn reset(&mut self) {
        self.elapsed = 0;
        self.heartbeat_elapsed = 0;
    }

    /// Another term, or leadership in it, begins, which restarts the timer (raft-rs Config.election_tick: ticks that pass
    /// between elections; etcd-io/raft pull request 167). A server with timeouts of its own goes on.
    pub(super) fn enter(&mut self, own_timeouts: bool) {
        let elapsed = self.elapsed;
        self.reset();
        self.elapsed = if own_timeouts { elapsed } else { 0 };
    }
}

/// One tick of `i`'s clock. *Must*: an election when it is due, and heartbeats when they are.
pub(super) fn tick<N: Network>(state: &mut State, i: NodeId, net: &mut N) -> Result<(), Disabled> {
    if !state.settings.dialect.has(Switch::Clocks) {
        return Ok(());
    }
    let peers = state.peers(i);
    let elector = membership::has_vote(state, i);
    let (heartbeat_timeout, election_timeout) = (state.settings.heartbeat_timeout, state.settings.election_timeout);
    let own_timeouts = state.settings.dialect.has(Switch::OwnTimeouts);
    let server = state.server_mut(i);
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
                server.chosen = false;
                let ready = membership::may_campaign(state, i);
                state.server_mut(i).clock.election_due = ready;
            }
        }
        Role::Leader => {
            clock.heartbeat_elapsed += 1;
            clock.elapsed += u32::from(!own_timeouts);
            if clock.elapsed >= election_timeout && !own_timeouts {
                clock.elapsed = 0;
                if election::check_quorum(state, i, net) {
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
pub(super) fn campaign(state: &mut State, i: NodeId) -> Result<(), Disabled> {
    let unpromotable = state.settings.permits(Permission::CampaignWithoutVote) && !membership::has_vote(state, i);
    let may = membership::may_campaign(state, i) || (unpromotable && !membership::is_change_unapplied(state.server(i)));
    let server = state.server_mut(i);
    server.clock.election_due = server.role != Role::Leader && may;
    if server.clock.election_due {
        server.chosen = false;
    }
    Ok(())
}

/// Whether `i` *must* start an election in this call. Who draws its own timeout must when the longest has passed.
pub(super) fn must_campaign(state: &State, i: NodeId) -> bool {
    let (settings, clock) = (&state.settings, &state.server(i).clock);
    let late = clock.elapsed + 1 >= 2 * settings.election_timeout || !settings.dialect.has(Switch::OwnTimeouts);
    clock.election_due && late && settings.dialect.has(Switch::Clocks)
}

/// The guard that `clocks` adds to raft.tla's `Timeout`.
pub(super) fn election_due(state: &State, i: NodeId) -> Result<(), Disabled> {
    let pre_elected = state.settings.pre_vote && state.server(i).role == Role::PreCandidate;
    guard!(
        !state.settings.dialect.has(Switch::Clocks) || state.server(i).clock.election_due || pre_elected,
        Timeout,
        "the election timeout has passed",
        "thesis 3.4: a follower begins an election when it hears nothing over the election timeout; raft-rs Config.election_tick: in the current term"
    );
    Ok(())
}
