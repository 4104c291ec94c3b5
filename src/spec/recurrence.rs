//! Recurrence: whether a later state of a run goes on as an earlier one did, so that it is in a cycle.

use super::clock::Clock;
use super::server::Server;
use super::state::State;

impl Server {
    /// True if it does from now on what `other` does, if the same happens to both. How often it has written is no
    /// matter, and what one call owed is paid.
    fn goes_on_like(&self, other: &Server, election_timeout: u32) -> bool {
        // All fields: what is added later must be thought of.
        let Server {
            current_term: _,
            role: _,
            voted_for: _,
            log: _,
            commit_index: _,
            votes_responded: _,
            votes_granted: _,
            next_index: _,
            match_index: _,
            leader,
            clock,
            progress,
            active,
            reads,
            read_results,
            transferee,
            campaigns_for_transfer,
            configuration,
            pending_change,
            own_log_uncounted_to,
            requested,
            snapshots_unavailable,
            skip_bcast_commit,
            checks_quorum,
            sent_timeout_now,
            fetching,
            groups,
            limits_committed,
            batch_append,
            priority,
            disk,
            owed: _,
            changed_from: _,
        } = self;
        let variables = self == other;
        // Whoever starts no election counts on: past every timeout it is all the same.
        let capped = |clock: &Clock| Clock { elapsed: clock.elapsed.min(2 * election_timeout), ..*clock };
        let leads = (
            active,
            transferee,
            pending_change,
            own_log_uncounted_to,
            sent_timeout_now,
            skip_bcast_commit,
            batch_append,
            groups,
        ) == (
            &other.active,
            &other.transferee,
            &other.pending_change,
            &other.own_log_uncounted_to,
            &other.sent_timeout_now,
            &other.skip_bcast_commit,
            &other.batch_append,
            &other.groups,
        );
        let follows = (
            leader,
            &capped(clock),
            campaigns_for_transfer,
            configuration,
            requested,
            snapshots_unavailable,
            checks_quorum,
            priority,
        ) == (
            &other.leader,
            &capped(&other.clock),
            &other.campaigns_for_transfer,
            &other.configuration,
            &other.requested,
            &other.snapshots_unavailable,
            &other.checks_quorum,
            &other.priority,
        );
        let queues = (reads, read_results, fetching, limits_committed)
            == (&other.reads, &other.read_results, &other.fetching, &other.limits_committed);
        variables && leads && follows && queues && *progress == other.progress && disk.goes_on_like(&other.disk)
    }
}

impl State {
    /// True if its servers do from now on what those of `other`, an earlier state of the same run, did then.
    pub fn goes_on_like(&self, other: &State) -> bool {
        let timeout = self.settings.election_timeout;
        self.servers.iter().zip(&other.servers).all(|(ours, theirs)| ours.goes_on_like(theirs, timeout))
    }
}
