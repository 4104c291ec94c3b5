//! Recurrence: whether a later state of a run goes on as an earlier one did, so that it is in a cycle.

use super::clock::Clock;
use super::server::Server;
use super::state::State;

/// True if two servers are the same in the fields that are compared. All fields are named, so that a new one does not
/// compile until it is compared or left out.
macro_rules! same {
    ($ours:ident, $theirs:ident; compared: $($compared:ident)*; left_out: $($left_out:ident)*) => {{
        let Server { $($compared: _,)* $($left_out: _,)* } = $ours;
        $($ours.$compared == $theirs.$compared)&&*
    }};
}

impl Server {
    /// True if the server behaves like `other` on equal inputs. The number of writes and the obligations of one call are
    /// ignored.
    fn goes_on_like(&self, other: &Server) -> bool {
        // Beyond twice the election timeout the count of ticks makes no difference.
        let capped = |clock: &Clock| Clock { elapsed: clock.elapsed.min(2 * self.options.election_timeout), ..*clock };
        let same = same! {
            self, other;
            compared: current_term role voted_for log commit_index votes_responded votes_granted next_index match_index
                leader configuration campaigns_for_transfer requested snapshots_unavailable snapshots_withheld checks_quorum
                priority options
                active transferee groups pending_change own_log_uncounted_to sent_timeout_now skip_bcast_commit
                batch_append progress reads early_reads read_results fetching max_committed_size;
            left_out: clock disk owed changed_from next_options
        };
        same && capped(&self.clock) == capped(&other.clock) && self.disk.goes_on_like(&other.disk)
    }
}

impl State {
    /// True if its servers do from now on what those of `other`, an earlier state of the same run, did then.
    pub fn goes_on_like(&self, other: &State) -> bool {
        self.servers.iter().zip(&other.servers).all(|(ours, theirs)| ours.goes_on_like(theirs))
    }
}
