//! The options that each server is started with. Servers of one cluster may differ in them, and a restart may change them.

use super::prelude::*;

/// The options of a server. They hold from one start to the next.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Options {
    /// True if it asks for pre-votes first (switch `pre-vote`).
    pub pre_vote: bool,
    /// True if it checks its quorum as a leader, and holds to its leader as a follower (switch `check-quorum`).
    pub check_quorum: bool,
    /// The least election timeout, in ticks: how long it holds to its leader.
    pub election_timeout: u32,
    /// Ticks between two heartbeats.
    pub heartbeat_timeout: u32,
    /// Its election priority (switch `priority`).
    pub priority: u8,
}

/// The operator gives `i` other options. They hold from its next start on; a server that nobody has called yet has not
/// started (`starts`).
pub(super) fn configure(
    state: &mut State,
    i: NodeId,
    options: Options,
    starts: bool,
    net: &mut impl Network,
) -> Guarded {
    let dialect = state.settings.dialect;
    guard!(
        options.heartbeat_timeout < options.election_timeout,
        Configure,
        "heartbeats are sent more often than elections begin",
        "raft-rs Config.election_tick: it must be greater than heartbeat_tick; thesis 3.4"
    );
    net.took(ActionName::Configure, i);
    let server = state.server_mut(i);
    server.next_options = Options {
        pre_vote: options.pre_vote && dialect.has(Switch::PreVote),
        check_quorum: options.check_quorum && dialect.has(Switch::CheckQuorum),
        ..options
    };
    if starts {
        server.start_with(server.next_options);
    }
    Ok(())
}
