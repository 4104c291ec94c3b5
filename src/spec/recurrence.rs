//! Recurrence: whether a later state of a run goes on as an earlier one did, so that it is in a cycle.

use super::clock::Clock;
use super::server::Server;
use super::state::State;

impl Server {
    /// True if it does from now on what `other` does, if the same happens to both. How often it has written is no
    /// matter, and what one call owed is paid.
    fn goes_on_like(&self, other: &Server, election_timeout: u32) -> bool {
        // All fields are named, so that a new one does not compile until it is compared or left out here.
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
        // A server that starts no election counts on: past every timeout it is all the same.
        let capped = |clock: &Clock| Clock { elapsed: clock.elapsed.min(2 * election_timeout), ..*clock };
        let follows = (*leader, capped(clock), *configuration)
            == (other.leader, capped(&other.clock), other.configuration)
            && *campaigns_for_transfer == other.campaigns_for_transfer
            && (*requested, *snapshots_unavailable) == (other.requested, other.snapshots_unavailable)
            && (*checks_quorum, *priority) == (other.checks_quorum, other.priority);
        let leads = (*active, *transferee, *groups) == (other.active, other.transferee, other.groups)
            && *pending_change == other.pending_change
            && *own_log_uncounted_to == other.own_log_uncounted_to
            && *sent_timeout_now == other.sent_timeout_now
            && (*skip_bcast_commit, *batch_append) == (other.skip_bcast_commit, other.batch_append)
            && *progress == other.progress;
        let queues = (reads, read_results, fetching) == (&other.reads, &other.read_results, &other.fetching)
            && *limits_committed == other.limits_committed;
        self == other && follows && leads && queues && disk.goes_on_like(&other.disk)
    }
}

impl State {
    /// True if its servers do from now on what those of `other`, an earlier state of the same run, did then.
    pub fn goes_on_like(&self, other: &State) -> bool {
        let timeout = self.settings.election_timeout;
        self.servers.iter().zip(&other.servers).all(|(ours, theirs)| ours.goes_on_like(theirs, timeout))
    }
}
