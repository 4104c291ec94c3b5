//! The mutants of raft-rs that are hunted.

/// The names of cargo-mutants: file, line, column and change.
pub const MUTANTS: &[&str] = &[
    "confchange/changer.rs:120:53: delete ! in Changer<'_>::leave_joint",
    "log_unstable.rs:85:24: replace > with >= in Unstable::maybe_term",
    "quorum/joint.rs:50:43: replace && with || in Configuration::committed_index",
    "raft.rs:545:67: replace && with || in Raft<T>::assign_commit_groups",
    "raft.rs:2179:36: replace || with && in Raft<T>::maybe_commit_by_vote",
    "raft.rs:2190:47: replace && with || in Raft<T>::maybe_commit_by_vote",
    "raft.rs:2603:13: replace && with || in Raft<T>::restore",
    "raft_log.rs:533:13: replace && with || in RaftLog<T>::maybe_persist",
    "raft_log.rs:609:44: replace < with <= in RaftLog<T>::slice",
    "read_only.rs:120:16: replace == with != in ReadOnly::advance",
    "tracker/inflights.rs:119:28: replace || with && in Inflights::free_to",
    "tracker/progress.rs:131:47: replace && with || in Progress::is_snapshot_caught_up",
    "tracker/progress.rs:186:32: replace || with && in Progress::maybe_decr_to",
];
