//! Clocks: a server counts its own ticks, and elections and heartbeats follow from the count.
//!
//! raft.tla lets `Timeout` happen at any moment. With the switch `clocks` it happens exactly when
//! the drawn timeout has passed since the last reset (thesis 3.4), or when the application asks.

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
