//! A disk in files: a write-ahead log, kept by TiKV's raft-engine in a temporary folder.
//!
//! A write that is not synced is only buffered and never reaches the engine: that is what a crash
//! loses, whole and in order. A sync hands the engine the oldest writes as one batch, which is in the
//! file, and flushed, when the call returns; so is a compaction, and up to where the application has
//! applied. A crash drops the engine and all memory, and leaves the folder; a start opens the
//! folder, and what the node then reads is what the engine replayed from its files, and nothing else.
//!
//! While it runs, a node reads the copy in memory that the replay made, because what it has written it
//! reads at once, synced or not.

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

/// How an implementation spells what is kept: raft-engine stores protobuf messages, and wants to know
/// an entry's index.
pub trait Records: MessageExt {
    /// Term, vote and commit index.
    type HardState: Message;
    /// An index, its term and the configuration there.
    type Snapshot: Message;
    /// In its words.
    fn hard_state(hard_state: HardState) -> Self::HardState;
    /// In ours.
    fn read_hard_state(message: &Self::HardState) -> HardState;
    /// In its words.
    fn snapshot(snapshot: &Snapshot) -> Self::Snapshot;
    /// In ours.
    fn read_snapshot(message: &Self::Snapshot) -> Snapshot;
}

/// A disk in files.
pub struct WalDisk<R: Records> {
    contents: Contents<R::Entry>,
    /// Writes that are not synced, oldest first; one with a snapshot has a hard state, too.
    buffered: VecDeque<Write<R::Entry>>,
    synced: u64,
    /// Before the folder, so that it is closed when that is removed.
    engine: Engine,
    folder: TempDir,
}

impl<R: Records> Disk for WalDisk<R> {
    type Entry = R::Entry;
    type Left = TempDir;

    fn bootstrapped(snapshot: Snapshot) -> TempDir {
        let folder = tempfile::Builder::new().prefix("raft-lockstep-wal-").tempdir();
        let folder = folder.unwrap_or_else(|error| fail(&std::env::temp_dir(), &error));
        let Contents { hard_state, applied, .. } = Contents::<R::Entry>::bootstrapped(snapshot);
        let engine = open(folder.path());
        write(&engine, |batch| {
            put_hard_state::<R>(batch, hard_state)?;
            put_snapshot::<R>(batch, SNAPSHOT, &snapshot)?;
            put_applied::<R>(batch, applied)
        });
        folder
    }

    fn open(folder: TempDir, id: u64, record: bool) -> Self {
        let engine = open(folder.path());
        let contents = replay::<R>(&engine);
        if record {
            let Contents { snapshot, hard_state, entries, applied, .. } = &contents;
            let HardState { term, vote, commit } = hard_state;
            let last = contents.last_index();
            for line in [
                format!("replaying WAL of member {id}"),
                format!("loading WAL at term {} and index {}", snapshot.term, snapshot.index),
                format!(
                    "found {} entries up to index {last}, term {term} vote {vote} commit {commit} applied {}",
                    entries.len(),
                    applied.index
                ),
            ] {
                log::push(log::Source::Disk, line);
            }
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

fn open(folder: &Path) -> Engine {
    let dir = folder.display().to_string();
    // There are two files to read.
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
        // Which takes everything away, and not only entries.
        batch.add_command(GROUP, Command::Clean);
        put_snapshot::<R>(batch, SNAPSHOT, &snapshot)?;
        put_applied::<R>(batch, applied)?;
    }
    write.hard_state.map_or(Ok(()), |hard_state| put_hard_state::<R>(batch, hard_state))?;
    batch.add_entries::<R>(GROUP, &write.entries)
}

fn put_hard_state<R: Records>(batch: &mut LogBatch, hard_state: HardState) -> raft_engine::Result<()> {
    batch.put_message(GROUP, HARD_STATE.to_vec(), &R::hard_state(hard_state))
}

fn put_snapshot<R: Records>(batch: &mut LogBatch, key: &[u8], snapshot: &Snapshot) -> raft_engine::Result<()> {
    batch.put_message(GROUP, key.to_vec(), &R::snapshot(snapshot))
}

/// As a snapshot that has no term: nobody asks for it.
fn put_applied<R: Records>(batch: &mut LogBatch, applied: Applied) -> raft_engine::Result<()> {
    let Applied { index, configuration } = applied;
    put_snapshot::<R>(batch, APPLIED, &Snapshot { index, term: 0, configuration })
}

/// What the engine found in its files when it was opened.
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

/// All entries, read in a thread of its own: the engine keeps the block that a thread has read last, by its
/// place in the file, and would take a block of another engine for one of this.
fn entries<R: Records>(engine: &Engine) -> raft_engine::Result<Vec<R::Entry>> {
    let (Some(first), Some(last)) = (engine.first_index(GROUP), engine.last_index(GROUP)) else {
        return Ok(Vec::new());
    };
    let mut entries = Vec::new();
    let reader = || engine.fetch_entries_to::<R>(GROUP, first, last + 1, None, &mut entries);
    let read = std::thread::scope(|scope| scope.spawn(reader).join());
    read.unwrap_or_else(|payload| resume_unwind(payload)).map(|_| entries)
}

/// Asks the engine for something. Where it cannot go on it panics, which is no panic of an implementation.
fn attempt<T>(folder: &Path, ask: impl FnOnce() -> raft_engine::Result<T>) -> T {
    match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => fail(folder, &error),
        Err(_) => fail(folder, &"raft-engine panics"),
    }
}

fn fail(folder: &Path, problem: &dyn Display) -> ! {
    let folder = folder.display();
    let advice = "is there space, and may you write there? TMPDIR=FOLDER takes another folder";
    resume_unwind(Box::new(Failure(format!("write-ahead log in {folder}: {problem}; {advice}"))))
}
