//! The checks of a Ready and of the disk: what is written, synced, persisted, handed over and applied.

use super::judge::{CallOf, Judged};
use super::Lockstep;
use crate::findings;
use crate::refine::{abstraction, translation, Alignment, Field};
use crate::spec::choice::free;
use crate::spec::durability::{self, Handed};
use crate::spec::invariants::{check_reads, LINEARIZABLE_READS};
use crate::spec::{self, Action, HardState, NodeId, Switch};
use crate::sut::{Call, Node, Ready, View};

impl Lockstep<'_> {
    /// Judges a call that changes only the disk, and compares only the disk.
    pub(super) fn judge_disk<N: Node>(&mut self, i: NodeId, call: &CallOf<N>, node: &N, unsent: usize) -> Judged {
        self.observer.sees(i, call, node);
        match *call {
            Call::Ready(ready) => {
                self.written(i, ready, unsent)?;
                self.read(i, ready)?;
                self.delivered(i, ready)?;
            }
            Call::Synced(count) if self.durability() => self.take(Action::Sync(i, count))?,
            Call::Compacted(index) => self.take(Action::Compact(i, self.align.index(index)))?,
            Call::Applied(index) => self.applied(i, index, node, unsent)?,
            _ => {}
        }
        self.observer.judged(i, &self.outbox.taken, &self.state);
        Ok(())
    }

    /// The application has applied up to `index`: the node knows it, and makes no message.
    fn applied<N: Node>(&mut self, i: NodeId, index: u64, node: &N, unsent: usize) -> Judged {
        self.take_apply(i, index)?;
        let (ours, theirs) = (self.state.server(i).disk.applied, self.align.index(node.applied()));
        if self.durability() {
            self.same(i, Field::Applied, ours, theirs)?;
        }
        self.same(i, Field::Messages, 0, node.messages().len().saturating_sub(unsent))
    }

    /// `advance` told the node that the application has applied up to `index`. Until it returns, the application has no
    /// snapshot of that to give.
    pub(super) fn advanced(&mut self, i: NodeId, index: u64) -> Judged {
        let unavailable = std::mem::replace(&mut self.state.server_mut(i).snapshots_unavailable, true);
        let applied = self.take_apply(i, index);
        self.state.server_mut(i).snapshots_unavailable = unavailable;
        applied
    }

    /// The specification's application applies up to `index`.
    pub(super) fn take_apply(&mut self, i: NodeId, index: u64) -> Judged {
        match self.applies() {
            true => self.take(Action::Apply(i, self.align.index(index))),
            false => Ok(()),
        }
    }

    /// Judges a call whose only change is the persisted index.
    pub(super) fn judge_persisted<N: Node>(&mut self, i: NodeId, call: &CallOf<N>, node: &N, view: &View) -> Judged {
        self.state.server_mut(i).owed = spec::Owed::default();
        self.observer.sees(i, call, node);
        self.persisted(i, view, true)?;
        self.owes_nothing(i)?;
        self.observer.judged(i, &self.outbox.taken, &self.state);
        Ok(())
    }

    /// True if `call` handed over nothing and `view` differs from the specification in nothing but the disk.
    #[inline]
    pub(super) fn only_persists<N: Node>(&self, i: NodeId, call: &CallOf<N>, view: &View) -> bool {
        let has_applied =
            |index| self.state.server(i).disk.knows_applied(self.align.index(index)) && !self.may_leave_joint(i);
        let quiet = match call {
            Call::Advanced { ready, applied } => ready.is_empty() && applied.is_none_or(has_applied),
            _ => false,
        };
        quiet && abstraction::shows_nothing_new::<N>(self.align, &self.state, i, view)
    }

    pub(super) fn applies(&self) -> bool {
        self.durability() || self.state.settings.dialect.has(Switch::Applies)
    }

    pub(super) fn durability(&self) -> bool {
        self.state.settings.dialect.has(Switch::Durability)
    }

    /// A Ready holds exactly the changes since the last one.
    fn written<M>(&mut self, i: NodeId, ready: &Ready<M>, unsent: usize) -> Judged {
        let messages = ready.messages.len() + ready.persisted_messages.len();
        self.same(i, Field::MessagesInReady, unsent, messages)?;
        if !self.durability() {
            return Ok(());
        }
        let expected = durability::write(&mut self.state, i, &mut self.outbox);
        self.same(i, Field::Ready, expected, handed_over(self.align, ready))
    }

    /// A Ready hands over every answered read, and none of them is stale.
    fn read<M>(&mut self, i: NodeId, ready: &Ready<M>) -> Judged {
        let align = self.align;
        let results = &mut self.state.server_mut(i).read_results;
        let answered = |read: &(u32, u64)| (read.0, align.index(read.1));
        if !ready.reads.iter().map(answered).eq(results.iter().copied()) {
            let (ours, theirs) = (results.clone(), ready.reads.iter().map(answered).collect::<Vec<_>>());
            return Err(self.differs(i, Field::ReadsAnswered, ours, theirs));
        }
        if ready.reads.is_empty() {
            return Ok(());
        }
        results.clear();
        for read in &ready.reads {
            self.ghost.answered(i, read.0, align.index(read.1));
        }
        let Err(why) = check_reads(&self.ghost) else { return Ok(()) };
        findings::stale_read(self.known, &self.context(i), self.led_without_vote)?;
        Err(self.broken(i, &LINEARIZABLE_READS, why))
    }

    /// The node was told that writes are durable: it takes its log to be persisted as far as the specification says.
    pub(super) fn persisted(&mut self, i: NodeId, view: &View, all: bool) -> Judged {
        if !self.durability() {
            return Ok(());
        }
        let index = self.align.index(view.persisted);
        if index != self.state.server(i).disk.persisted {
            self.take(Action::Persist(i, index))?;
        }
        if all && durability::must_persist(&self.state, i) {
            let server = self.state.server(i);
            return Err(self.differs(i, Field::Persisted, server.log.last_index(), server.disk.persisted));
        }
        Ok(())
    }

    /// A Ready hands committed entries to the application: in order, once, durable, and all of them; at least one, where
    /// their size is limited.
    pub(super) fn delivered<M>(&mut self, i: NodeId, ready: &Ready<M>) -> Judged {
        if !self.applies() {
            return Ok(());
        }
        if let Some(commit) = ready.commit {
            self.same(i, Field::CommitTold, self.state.server(i).commit_index, self.align.index(commit))?;
            durability::commit_told(&mut self.state, i);
        }
        for entry in &ready.committed {
            let index = self.align.index(entry.index);
            durability::deliver(&mut self.state, i, index).map_err(|disabled| self.disabled(i, disabled))?;
            let theirs = translation::entry(self.align, entry);
            self.same(i, Field::AppliedEntry, self.state.server(i).log.get(index), Some(theirs))?;
        }
        let (due, done) = (durability::deliverable(&self.state, i), self.state.server(i).disk.delivered);
        free!(CommittedInReady);
        let limit = self.state.server(i).max_committed_size;
        if let Some(limit) = limit.filter(|_| ready.committed.len() > 1) {
            let size = ready.committed.iter().map(|entry| u64::from(entry.size)).sum::<u64>();
            self.same(i, Field::CommittedSize, size.min(limit.into()), size)?;
        }
        let some = limit.is_some() && !ready.committed.is_empty();
        match done < due && !some {
            true => Err(self.differs(i, Field::Delivered, due, done)),
            false => Ok(()),
        }
    }
}

/// The part of a Ready that is to be written, in the specification's terms.
fn handed_over<M>(align: Alignment, ready: &Ready<M>) -> Handed {
    let position = |index, term| align.position(index, term);
    Handed {
        snapshot: ready.snapshot.map(|snapshot| (position(snapshot.index, snapshot.term), snapshot.configuration)),
        hard_state: ready.hard_state.map(|hard| HardState {
            term: align.term(hard.term),
            vote: translation::node_id(hard.vote),
            commit: align.index(hard.commit),
        }),
        entries: ready.entries.map(|(first, last)| (align.index(first), align.index(last))),
        must_sync: ready.must_sync,
    }
}
