//! The options that each server is started with. Servers of one cluster may differ in them, and a restart may change them.

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
