//! Permissions: steps that Raft forbids and that a specification may allow besides.
//!
//! Unlike a [`super::Switch`], a permission is no documented design: whoever grants one knows of a mistake in an
//! implementation and wants every other check to go on.

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident,)*) => {
        /// One permission.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Permission { $($(#[$doc])* $variant,)* }

        /// All permissions.
        pub const ALL: &[Permission] = &[$(Permission::$variant,)*];
    };
}

permissions! {
    /// After an old refusal, a leader sets a probed peer's next index to its match index or below (paper figure 2).
    NextAtOrBelowMatch,
    /// A pre-candidate counts a grant that names another term than the next (thesis 9.6).
    CountStalePreVote,
    /// A pre-candidate counts a grant that names no term and was given for another one (thesis 9.6).
    CountLatePreVote,
    /// A leader goes on leading without a vote of its own; with one voter left, it answers reads alone (thesis 4.2.2).
    LeadWithoutVote,
    /// A server without a vote campaigns when its application asks it to (thesis 4.2.1).
    CampaignWithoutVote,
    /// A leader that alone is a quorum of both halves of a joint configuration asks others about a read (thesis 6.4).
    AskInJointAlone,
    /// The entry by which a joint configuration is left is appended and need not be sent at once (thesis 3.5).
    LeaveJointUnsent,
    /// A leader that one change removes and adds again does not count its own log until it persists another entry
    /// (thesis 10.2.1).
    ForgetOwnLog,
    /// A configuration change that a leader drops counts as pending.
    PendDroppedChange,
    /// A peer that acknowledged a snapshot is not streamed to until the application reports the snapshot.
    AwaitSnapshotReport,
    /// A waiting append that ends below the next index tells the commit index (paper figure 2).
    TellCommitBelowNext,
    /// A waiting append of an earlier term tells the commit index (paper figure 2).
    TellCommitInEarlierTerm,
    /// A leader drops a read that it is asked before it has committed in its term (thesis 6.4).
    DropEarlyReads,
    /// A server that hears of a leader, or leads, gives a pre-vote (thesis 9.6).
    GrantPreVoteUnderLeader,
}

/// A set of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Permissions(u32);

const _: () = assert!(ALL.len() <= u32::BITS as usize);

impl Permissions {
    /// None: Raft as the dialect has it.
    pub const NONE: Permissions = Permissions(0);

    /// True if `permission` is granted.
    #[inline]
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u8) != 0
    }

    /// This set with `permission`.
    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Permissions(self.0 | (1 << permission as u8))
    }
}
