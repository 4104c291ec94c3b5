//! Recurrence: whether a later state of a run goes on as an earlier one did, so that it is in a cycle.

use super::clock::Clock;
use super::server::Server;
use super::state::State;

impl Server {
    /// Whether it does from now on what `other` does, if the same happens to both. How often it has written is no
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
            chosen,
            configuration,
            pending_change,
            own_forgotten,
            requested,
            snapshots_unavailable,
            quiet,
            checks_quorum,
            yielded,
            fetching,
            groups,
            rationed,
            joins,
            priority,
            disk,
            owed: _,
            changed_from: _,
        } = self;
        let variables = self == other;
        // Whoever starts no election counts on: past every timeout it is all the same.
        let capped = |clock: &Clock| Clock { elapsed: clock.elapsed.min(2 * election_timeout), ..*clock };
        let leads = (active, transferee, pending_change, own_forgotten, yielded, quiet, joins, groups)
            == (
                &other.active,
                &other.transferee,
                &other.pending_change,
                &other.own_forgotten,
                &other.yielded,
                &other.quiet,
                &other.joins,
                &other.groups,
            );
        let follows =
            (leader, &capped(clock), chosen, configuration, requested, snapshots_unavailable, checks_quorum, priority)
                == (
                    &other.leader,
                    &capped(&other.clock),
                    &other.chosen,
                    &other.configuration,
                    &other.requested,
                    &other.snapshots_unavailable,
                    &other.checks_quorum,
                    &other.priority,
                );
        let queues = (reads, read_results, fetching, rationed)
            == (&other.reads, &other.read_results, &other.fetching, &other.rationed);
        variables && leads && follows && queues && *progress == other.progress && disk.goes_on_like(&other.disk)
    }
}

impl State {
    /// Whether its servers do from now on what those of `other`, an earlier state of the same run, did then.
    pub fn goes_on_like(&self, other: &State) -> bool {
        let timeout = self.settings.election_timeout;
        self.servers.iter().zip(&other.servers).all(|(ours, theirs)| ours.goes_on_like(theirs, timeout))
    }
}
