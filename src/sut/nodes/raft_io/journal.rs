//! raft-io's log, and a record of its writes.

use crate::sut::{Contents, HardState};
use raft_io::{LogEntry, MemoryLog, RaftLog};
use std::cell::RefCell;

/// One write of raft-io to its log.
#[derive(Debug)]
pub(super) enum Op {
    HardState(raft_io::HardState),
    Append(Vec<LogEntry>),
    Truncate(u64),
    Sync,
}

/// The log that raft-io reads, and its writes in the current call.
#[derive(Debug)]
pub(super) struct Journal {
    log: MemoryLog,
    /// The writes of the current call. raft-io lends its log out for reading alone.
    writes: RefCell<Vec<Op>>,
}

impl Journal {
    /// The journal of a disk.
    pub(super) fn on(disk: &Contents<LogEntry>) -> raft_io::Result<Self> {
        let mut log = MemoryLog::new();
        log.append(&disk.entries)?;
        let HardState { term, vote, .. } = disk.hard_state;
        log.set_hard_state(raft_io::HardState { term, voted_for: (vote != 0).then_some(vote) })?;
        Ok(Journal { log, writes: RefCell::default() })
    }

    /// Takes the writes since the last call, in order.
    pub(super) fn take_writes(&self) -> Vec<Op> {
        self.writes.take()
    }

    fn record(&mut self, op: Op) {
        self.writes.get_mut().push(op);
    }
}

impl RaftLog for Journal {
    fn last_index(&self) -> u64 {
        self.log.last_index()
    }

    fn last_term(&self) -> u64 {
        self.log.last_term()
    }

    fn term_at(&self, index: u64) -> Option<u64> {
        self.log.term_at(index)
    }

    fn entry(&self, index: u64) -> Option<LogEntry> {
        self.log.entry(index)
    }

    fn entries(&self, from: u64, to: u64) -> Vec<LogEntry> {
        self.log.entries(from, to)
    }

    fn append(&mut self, entries: &[LogEntry]) -> raft_io::Result<()> {
        self.log.append(entries)?;
        self.record(Op::Append(entries.to_vec()));
        Ok(())
    }

    fn truncate(&mut self, from: u64) -> raft_io::Result<()> {
        self.log.truncate(from)?;
        self.record(Op::Truncate(from));
        Ok(())
    }

    fn hard_state(&self) -> raft_io::HardState {
        self.log.hard_state()
    }

    fn set_hard_state(&mut self, state: raft_io::HardState) -> raft_io::Result<()> {
        self.log.set_hard_state(state)?;
        self.record(Op::HardState(state));
        Ok(())
    }

    fn sync(&mut self) -> raft_io::Result<()> {
        self.record(Op::Sync);
        Ok(())
    }
}
