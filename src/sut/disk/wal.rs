//! A disk in files: a write-ahead log, kept by TiKV's raft-engine in a temporary folder.
//!
//! An unsynced write is buffered and never reaches the engine, so a crash loses it as a whole. A sync gives the engine the
//! oldest writes as one batch, which is in the file and flushed when the call returns. A compaction and the applied index
//! are flushed at once, too. A crash drops the engine and all memory, and keeps the folder. A start opens the folder, and
//! the node reads only what the engine replays from its files.
//!
//! While it runs, a node reads a copy in memory, because it reads its own writes at once, synced or not.

use super::{Applied, Contents, Disk, Failure, HardState, Snapshot, Write};
use crate::sut::log;
use protobuf::Message;
use raft_engine::{Command, Config, Engine, LogBatch, MessageExt};
use std::collections::VecDeque;
use std::fmt::Display;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::path::Path;
use tempfile::TempDir;

/// The engine keeps the logs of many Raft groups; here it has one.
const GROUP: u64 = 1;
const HARD_STATE: &[u8] = b"hard-state";
const SNAPSHOT: &[u8] = b"snapshot";
const APPLIED: &[u8] = b"applied";

/// The records of an implementation: raft-engine stores protobuf messages, and needs an entry's index.
pub trait Records: MessageExt {
    /// Term, vote and commit index.
    type HardState: Message;
    /// An index, its term and the configuration there.
    type Snapshot: Message;
    /// A hard state as a record.
    fn hard_state(hard_state: HardState) -> Self::HardState;
    /// The hard state of a record.
    fn read_hard_state(message: &Self::HardState) -> HardState;
    /// A snapshot as a record.
    fn snapshot(snapshot: &Snapshot) -> Self::Snapshot;
    /// The snapshot of a record.
    fn read_snapshot(message: &Self::Snapshot) -> Snapshot;
}

/// A disk in files.
pub struct WalDisk<R: Records> {
    contents: Contents<R::Entry>,
    /// Unsynced writes, oldest first. One with a snapshot has a hard state, too.
    buffered: VecDeque<Write<R::Entry>>,
    synced: u64,
    /// Declared before the folder, so that it is closed when the folder is removed.
    engine: Engine,
    folder: TempDir,
}

impl<R: Records> Disk for WalDisk<R> {
    type Entry = R::Entry;
    type Image = TempDir;

    fn bootstrapped(snapshot: Snapshot) -> TempDir {
        let folder = tempfile::Builder::new().prefix("raft-lockstep-wal-").tempdir();
        let folder = folder.unwrap_or_else(|error| fail(&std::env::temp_dir(), &error));
        let Contents { hard_state, applied, .. } = Contents::<R::Entry>::bootstrapped(snapshot);
        let first = Write { hard_state: Some(hard_state), snapshot: Some(snapshot), first: 0, entries: Vec::new() };
        write(&open(folder.path()), |batch| put_write::<R>(batch, &first, applied));
        folder
    }

    fn open(folder: TempDir, id: u64, record: bool) -> Self {
        let engine = open(folder.path());
        let contents = replay::<R>(&engine);
        if record {
            log_replay(id, &contents);
        }
        WalDisk { contents, buffered: VecDeque::new(), synced: 0, engine, folder }
    }

    fn crash(self) -> TempDir {
        self.folder
    }

    fn contents(&self) -> &Contents<R::Entry> {
        &self.contents
    }

    fn contents_mut(&mut self) -> &mut Contents<R::Entry> {
        &mut self.contents
    }

    fn write(&mut self, mut write: Write<R::Entry>) {
        self.contents.write(write.clone());
        if write.snapshot.is_some() {
            write.hard_state = Some(self.contents.hard_state);
        }
        self.buffered.push_back(write);
    }

    fn written(&self) -> u64 {
        self.synced + self.buffered.len() as u64
    }

    fn sync(&mut self, written: u64) -> usize {
        let count = (written.saturating_sub(self.synced) as usize).min(self.buffered.len());
        self.synced += count as u64;
        let applied = self.contents.applied;
        let writes = self.buffered.drain(..count);
        write(&self.engine, |batch| writes.into_iter().try_for_each(|write| put_write::<R>(batch, &write, applied)));
        count
    }

    fn compact(&mut self, snapshot: Snapshot) {
        self.contents.compact(snapshot);
        write(&self.engine, |batch| {
            batch.add_command(GROUP, Command::Compact { index: snapshot.index + 1 });
            put_snapshot::<R>(batch, SNAPSHOT, &snapshot)
        });
    }

    fn keep(&mut self, applied: Applied) {
        self.contents.applied = applied;
        write(&self.engine, |batch| put_applied::<R>(batch, applied));
    }
}

/// Logs a replay; the first two lines are those of etcd's raft example.
fn log_replay<E>(id: u64, contents: &Contents<E>) {
    let Contents { snapshot, hard_state: HardState { term, vote, commit }, applied, .. } = contents;
    let (log, applied) = (contents.last_index(), applied.index);
    for line in [
        format!("replaying WAL of member {id}"),
        format!("loading WAL at term {} and index {}", snapshot.term, snapshot.index),
        format!("found term {term} vote {vote} log {log} commit {commit} applied {applied}"),
    ] {
        log::push(log::Source::Disk, line);
    }
}

fn open(folder: &Path) -> Engine {
    let dir = folder.display().to_string();
    // One thread is enough for two small files.
    attempt(folder, || Engine::open(Config { dir, recovery_threads: 1, ..Config::default() }))
}

/// Writes a batch, and flushes the file.
fn write(engine: &Engine, fill: impl FnOnce(&mut LogBatch) -> raft_engine::Result<()>) {
    attempt(Path::new(engine.path()), || {
        let mut batch = LogBatch::default();
        fill(&mut batch)?;
        engine.write(&mut batch, true)
    });
}

fn put_write<R: Records>(batch: &mut LogBatch, write: &Write<R::Entry>, applied: Applied) -> raft_engine::Result<()> {
    if let Some(snapshot) = write.snapshot {
        // This removes everything, not only entries.
        batch.add_command(GROUP, Command::Clean);
        put_snapshot::<R>(batch, SNAPSHOT, &snapshot)?;
        put_applied::<R>(batch, applied)?;
    }
    if let Some(hard_state) = write.hard_state {
        batch.put_message(GROUP, HARD_STATE.to_vec(), &R::hard_state(hard_state))?;
    }
    batch.add_entries::<R>(GROUP, &write.entries)
}

fn put_snapshot<R: Records>(batch: &mut LogBatch, key: &[u8], snapshot: &Snapshot) -> raft_engine::Result<()> {
    batch.put_message(GROUP, key.to_vec(), &R::snapshot(snapshot))
}

/// Stores the applied index as a snapshot without a term, which nothing reads.
fn put_applied<R: Records>(batch: &mut LogBatch, applied: Applied) -> raft_engine::Result<()> {
    let Applied { index, configuration } = applied;
    put_snapshot::<R>(batch, APPLIED, &Snapshot { index, term: 0, configuration })
}

/// The contents that the engine found in its files when it was opened.
fn replay<R: Records>(engine: &Engine) -> Contents<R::Entry> {
    let folder = Path::new(engine.path());
    let snapshot_at = |key| R::read_snapshot(&message::<R::Snapshot>(engine, key));
    let Snapshot { index, configuration, .. } = snapshot_at(APPLIED);
    let contents = Contents {
        snapshot: snapshot_at(SNAPSHOT),
        hard_state: R::read_hard_state(&message(engine, HARD_STATE)),
        entries: attempt(folder, || entries::<R>(engine)),
        applied: Applied { index, configuration },
        offer: None,
    };
    match contents.entries.first().map(R::index) {
        Some(first) if first != contents.snapshot.index + 1 => fail(folder, &"its log does not follow its snapshot"),
        _ => contents,
    }
}

fn message<M: Message>(engine: &Engine, key: &[u8]) -> M {
    let folder = Path::new(engine.path());
    let message = attempt(folder, || engine.get_message(GROUP, key));
    message.unwrap_or_else(|| fail(folder, &format_args!("it has no {}", String::from_utf8_lossy(key))))
}

/// All entries, read in a thread of its own: raft-engine 0.4.2 caches the block that a thread has read last under its offset
/// alone (`BLOCK_CACHE`), and so confuses the files of two engines.
fn entries<R: Records>(engine: &Engine) -> raft_engine::Result<Vec<R::Entry>> {
    let (Some(first), Some(last)) = (engine.first_index(GROUP), engine.last_index(GROUP)) else {
        return Ok(Vec::new());
    };
    let mut entries = Vec::new();
    let reader = || engine.fetch_entries_to::<R>(GROUP, first, last + 1, None, &mut entries);
    let read = std::thread::scope(|scope| scope.spawn(reader).join());
    read.unwrap_or_else(|payload| resume_unwind(payload)).map(|_| entries)
}

/// Calls the engine. It panics where it cannot continue; that is no panic of the implementation.
fn attempt<T>(folder: &Path, ask: impl FnOnce() -> raft_engine::Result<T>) -> T {
    match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => fail(folder, &error),
        Err(payload) => fail(folder, payload.downcast_ref::<String>().map_or(&"raft-engine panics", |text| text)),
    }
}

fn fail(folder: &Path, problem: &dyn Display) -> ! {
    let folder = folder.display();
    let advice = "is there space, and may you write there? TMPDIR=FOLDER takes another folder";
    resume_unwind(Box::new(Failure(format!("write-ahead log in {folder}: {problem}; {advice}"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sut::nodes::raft_rs::Eraftpb;

    type Entry = <Eraftpb as MessageExt>::Entry;

    fn log(first: u64, terms: &[u64]) -> Write<Entry> {
        let entry = |(index, term): (u64, &u64)| {
            let mut entry = Entry::default();
            (entry.index, entry.term) = (index, *term);
            entry
        };
        let hard_state = Some(HardState { term: *terms.last().unwrap_or(&9), vote: 1, commit: 0 });
        Write { hard_state, snapshot: None, first, entries: (first..).zip(terms).map(entry).collect() }
    }

    /// The contents that a start finds if the machine stops now: from the files as they are, not closed.
    fn found(disk: &WalDisk<Eraftpb>) -> Contents<Entry> {
        let copy = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(disk.folder.path()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        WalDisk::<Eraftpb>::open(copy, 1, false).contents
    }

    fn terms(contents: &Contents<Entry>) -> Vec<u64> {
        contents.entries.iter().map(|entry| entry.term).collect()
    }

    fn fresh() -> WalDisk<Eraftpb> {
        WalDisk::open(WalDisk::<Eraftpb>::bootstrapped(Snapshot::default()), 1, false)
    }

    #[test]
    fn two_logs_opened_by_one_thread_stay_apart() {
        let left = [3, 4].map(|term| {
            let mut disk = fresh();
            disk.write(log(1, &[term]));
            disk.sync(1);
            disk.crash()
        });
        let found = left.map(|folder| terms(&WalDisk::<Eraftpb>::open(folder, 1, false).contents));
        assert_eq!(found, [[3], [4]]);
    }

    #[test]
    fn the_files_have_exactly_the_synced_writes() {
        let mut disk = fresh();
        disk.write(log(1, &[1, 1, 1]));
        assert!(found(&disk).entries.is_empty());
        disk.write(log(2, &[2]));
        disk.write(log(3, &[3, 3]));
        assert_eq!((disk.sync(2), disk.sync(2)), (2, 0));
        assert_eq!((terms(&found(&disk)), terms(disk.contents())), (vec![1, 2], vec![1, 2, 3, 3]));
        assert_eq!(found(&disk).hard_state.term, 2);
        let at = |index, term| Snapshot { index, term, ..Snapshot::default() };
        disk.compact(at(1, 1));
        disk.keep(Applied { index: 2, ..disk.contents.applied });
        assert_eq!((found(&disk).snapshot, terms(&found(&disk)), found(&disk).applied.index), (at(1, 1), vec![2], 2));
        disk.write(Write { snapshot: Some(at(2, 7)), hard_state: None, ..log(3, &[8]) });
        disk.sync(disk.written());
        let expected = disk.contents.clone();
        assert_eq!((terms(&expected), expected.snapshot, expected.applied.index), (vec![8], at(2, 7), 2));
        assert_eq!(found(&disk), expected);
        assert_eq!(WalDisk::<Eraftpb>::open(disk.crash(), 1, false).contents, expected);
    }

    #[test]
    fn an_engine_that_fails_unwinds_as_a_failure() {
        let folder = WalDisk::<Eraftpb>::bootstrapped(Snapshot::default());
        let held = open(folder.path());
        let failure = Failure::catch(|| open(folder.path())).err().expect("the folder is locked");
        assert!(failure.0.contains(&folder.path().display().to_string()), "{failure}");
        drop(held);
    }
}
