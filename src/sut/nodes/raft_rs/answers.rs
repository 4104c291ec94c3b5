//! raft-rs's answers to its application, and the agreement of those that say the same.

use super::convert::{ends, entry_view};
use super::RaftRs;
use crate::sut::{Answers, Disk, Node};
use raft::eraftpb::Entry;
use raft::StateRole;

impl<D: Disk<Entry = Entry>> RaftRs<D> {
    pub(super) fn answers(&mut self) -> Answers {
        let in_two_groups = self.call().raft.check_group_commit_consistent();
        let raft = &self.raw.raft;
        let log = &raft.raft_log;
        let status = self.raw.status();
        let hard_state = (status.hs.term, status.hs.vote, status.hs.commit);
        let same = hard_state == (raft.term, raft.vote, log.committed)
            && (status.id, status.applied) == (raft.id, log.applied())
            && (status.ss.leader_id, status.ss.raft_state) == (raft.leader_id, raft.state)
            && status.progress.is_some() == (raft.state == StateRole::Leader);
        assert!(same, "a status is what the node shows");
        let next = log.next_entries(None);
        assert!(next.is_some() == log.has_next_entries(), "a log says that it has entries to apply, and gives some");
        let mut entries = Vec::new();
        self.entries(log.first_index(), |entry| entries.push(entry));
        assert!(log.all_entries().iter().map(entry_view).eq(entries), "a log gives all of its entries");
        let size = log.unstable.entries.iter().map(raft::util::entry_approximate_size).sum::<usize>();
        assert_eq!(log.unstable.entries_size, size, "a log knows the size of its unstable entries");
        Answers {
            electable: raft.promotable(),
            leased: raft.in_lease(),
            election_timeout: raft.election_timeout() as u64,
            heartbeat_timeout: raft.heartbeat_timeout() as u64,
            drawn_timeout: raft.randomized_election_timeout() as u64,
            heartbeat_elapsed: raft.heartbeat_elapsed() as u64,
            to_apply: next.as_deref().and_then(ends),
            group_commit: raft.group_commit(),
            in_two_groups,
        }
    }
}
