//! Known findings: divergences of raft-rs 0.7.0 and raft-io 1.0.0 that are kept, explained and stepped around.
//!
//! A finding is one file: a [`FindingRow`], and the conditions under which a run steps around the finding, so that all
//! other checks go on and no later divergence is masked. A run does so in two ways. In a *deviation* the run goes on,
//! since the specification permits more or the lockstep follows the implementation. At a *stop* the run ends without a
//! verdict. A condition reads a [`Context`] and changes nothing.
//!
//! To add a finding, write its file, and add its module and a line of the table below.

mod auto_leave_unsent;
mod campaign_over_snapshot;
mod change_under_snapshot;
mod commit_falls_back;
mod configuration_lost;
mod context;
mod dropped_change_pending;
mod early_read_dropped;
mod healed;
mod joined_commit;
mod joined_gap;
mod joined_term;
mod joint_sole_voter_read;
mod late_pre_vote;
mod leader_added_again;
mod leader_before_notice;
mod leader_behind;
mod learner_ahead;
mod lease_in_transfer;
mod lease_outlived;
mod moments;
mod next_below_match;
mod place;
mod pre_vote_under_leader;
mod pre_vote_unheard;
mod priority_deadlock;
mod refuses_in_term_zero;
mod removed_leader;
mod removed_leader_panics;
mod request_deadlock;
mod request_drops_log;
mod retried_read;
mod severity;
mod shut_out;
mod snapshot_unreported;
mod sole_voter_unsynced;
mod stale_pre_vote;
mod unpromotable_campaigns;
mod voter_ahead;

use crate::spec::Permissions;
pub use context::{Context, Shown, Waiting};
pub use healed::Healed;
pub use moments::{
    acknowledges_late, applies_change, arrives, healed, joins_elsewhere, joins_later_term, leads_without_vote,
    reads_stale, releases_unsynced, restarts, shows, stale_read, touched, FindingRow,
};
pub use place::{panicked, Place};
pub use severity::Severity;
use std::fmt;

macro_rules! findings {
    (
        raft_rs { $($module:ident $variant:ident;)* }
        raft_io { $($its_module:ident $its_variant:ident;)* }
    ) => {
        /// A known finding.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Finding {
            $(#[doc = concat!("See `src/findings/", stringify!($module), ".rs`.")] $variant,)*
            $(#[doc = concat!("See `src/findings/", stringify!($its_module), ".rs`.")] $its_variant,)*
        }

        /// The known findings in raft-rs. `artifacts/<name>/` keeps a counterexample and a report of each.
        pub const IN_RAFT_RS: &[FindingRow] = &[$($module::ROW,)*];

        /// The known findings in raft-io, kept in `artifacts/raft-io/<name>/`.
        pub const IN_RAFT_IO: &[FindingRow] = &[$($its_module::ROW,)*];

        /// All known findings, in the order of [`Finding`].
        const ROWS: &[FindingRow] = &[$($module::ROW,)* $($its_module::ROW,)*];
    };
}

findings! {
    raft_rs {
        next_below_match NextBelowMatch;
        stale_pre_vote StalePreVote;
        priority_deadlock PriorityDeadlock;
        pre_vote_unheard PreVoteUnheard;
        snapshot_unreported SnapshotUnreported;
        removed_leader RemovedLeader;
        auto_leave_unsent AutoLeaveUnsent;
        unpromotable_campaigns UnpromotableCampaigns;
        joint_sole_voter_read JointSoleVoterRead;
        request_deadlock RequestDeadlock;
        campaign_over_snapshot CampaignOverSnapshot;
        change_under_snapshot ChangeUnderSnapshot;
        request_drops_log RequestDropsLog;
        leader_added_again LeaderAddedAgain;
        dropped_change_pending DroppedChangePending;
        sole_voter_unsynced SoleVoterUnsynced;
        leader_before_notice LeaderBeforeNotice;
        configuration_lost ConfigurationLost;
        lease_outlived LeaseOutlived;
        lease_in_transfer LeaseInTransfer;
        joined_gap JoinedGap;
        joined_commit JoinedCommit;
        learner_ahead LearnerAhead;
        voter_ahead VoterAhead;
        leader_behind LeaderBehind;
        joined_term JoinedTerm;
        removed_leader_panics RemovedLeaderPanics;
        retried_read RetriedRead;
        early_read_dropped EarlyReadDropped;
        pre_vote_under_leader PreVoteUnderLeader;
        refuses_in_term_zero RefusesInTermZero;
        shut_out ShutOut;
    }
    raft_io {
        commit_falls_back CommitFallsBack;
        late_pre_vote LatePreVote;
    }
}

impl Finding {
    /// The finding's row.
    pub const fn row(self) -> &'static FindingRow {
        &ROWS[self as usize]
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.row().name)
    }
}

/// All known findings.
pub fn every() -> impl Iterator<Item = &'static FindingRow> {
    ROWS.iter()
}

/// The finding of this name.
pub fn named(name: &str) -> Option<Finding> {
    every().find(|row| row.name == name).map(|row| row.finding)
}

/// The number of distinct faults that these findings are causes of.
pub fn distinct_faults(rows: &[FindingRow]) -> usize {
    rows.iter().filter(|row| row.issue == row.finding).count()
}

/// Everything that the specification permits because of these findings.
pub fn permissions(known: FindingSet) -> Permissions {
    let granted = every().filter(|row| known.has(row.finding)).filter_map(|row| row.permits);
    granted.fold(Permissions::NONE, Permissions::with)
}

/// A set of findings: those that a run steps around, say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FindingSet(u64);

impl FindingSet {
    /// No finding: every divergence is reported (`--no-known`).
    pub const NONE: FindingSet = FindingSet(0);
    /// The findings in raft-rs.
    pub const RAFT_RS: FindingSet = FindingSet::of(IN_RAFT_RS);
    /// The findings in raft-io.
    pub const RAFT_IO: FindingSet = FindingSet::of(IN_RAFT_IO);
    /// All findings.
    pub const EVERY: FindingSet = FindingSet::of(ROWS);

    const fn of(rows: &[FindingRow]) -> Self {
        let (mut set, mut at) = (FindingSet::NONE, 0);
        while at < rows.len() {
            set = set.with(rows[at].finding);
            at += 1;
        }
        set
    }

    /// True if `finding` is in the set.
    #[inline]
    pub const fn has(self, finding: Finding) -> bool {
        self.0 & (1 << finding as u8) != 0
    }

    /// The findings in both sets.
    #[must_use]
    #[inline]
    pub const fn and(self, other: FindingSet) -> Self {
        FindingSet(self.0 & other.0)
    }

    /// This set with `finding`.
    #[must_use]
    pub const fn with(self, finding: Finding) -> Self {
        FindingSet(self.0 | (1 << finding as u8))
    }

    /// This set without `finding`.
    #[must_use]
    pub const fn without(self, finding: Finding) -> Self {
        FindingSet(self.0 & !(1 << finding as u8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_the_order_of_the_enum_and_names_are_unique() {
        for (at, row) in every().enumerate() {
            assert_eq!(row.finding as usize, at, "{}", row.name);
            assert_eq!(named(row.name), Some(row.finding));
            assert_eq!(row.finding.to_string(), row.name);
        }
    }

    #[test]
    fn the_first_finding_of_an_issue_is_its_name() {
        for row in every() {
            assert_eq!(row.issue.row().issue, row.issue, "{}", row.name);
        }
    }

    #[test]
    fn a_finding_that_panics_says_where() {
        for row in every() {
            assert_eq!(row.panics_at.is_empty(), row.panics.is_none(), "{}", row.name);
        }
    }
}
