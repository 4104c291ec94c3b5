//! Flow control and lease reads: appends that are batched while they wait to leave, appends whose entries are being
//! fetched, reads that a leader answers by its lease.

use super::in_flight::{MessageId, Sent};
use super::judge::Judged;
use super::Lockstep;
use crate::findings::{self, Waiting};
use crate::refine::{translation, Field};
use crate::spec::invariants::{check_reads, LINEARIZABLE_READS};
use crate::spec::{self, batch, durability, lease, Action, ActionName, Body, NodeId};
use crate::sut::Shows;
use crate::sut::{MessageKind, MessageView, Node};

impl Lockstep<'_> {
    /// Judges the appends among the messages that waited to leave: one that has grown by batching is judged as sent anew.
    pub(super) fn judge_waiting<N: Node>(&mut self, i: NodeId, unsent: &[N::Message], ids: &[MessageId]) -> Judged {
        for (message, id) in unsent.iter().zip(ids) {
            let before = &self.in_flight[*id];
            if !matches!(before.message.body, Body::AppendEntriesRequest { .. }) {
                continue;
            }
            self.entries.clear();
            let described = N::describe(message, &mut self.entries);
            let append = self.read_append(i, &described, Some(before));
            if append.is_none_or(|(append, _)| append != before.message) {
                if let Some(grown) = self.batched::<N>(i, message, Some(*id))? {
                    self.in_flight[*id] = grown;
                }
                self.observer.sent(&self.in_flight[*id].message, id.number());
            }
        }
        let waiting = ids.iter().map(|id| &self.in_flight[*id].message);
        batch::already_said(&mut self.state, i, waiting, &mut self.outbox);
        Ok(())
    }

    /// Judges an append that may be several in one, and that was judged as `before` already; `None` for other messages.
    pub(super) fn batched<N: Node>(
        &mut self,
        i: NodeId,
        message: &N::Message,
        before: Option<MessageId>,
    ) -> Judged<Option<Sent>> {
        self.entries.clear();
        let described = N::describe(message, &mut self.entries);
        if described.kind != MessageKind::Append {
            return Ok(None);
        }
        let before = before.map(|id| &self.in_flight[id]);
        let Some((append, misplaced)) = self.read_append(i, &described, before) else {
            return Err(self.unknown_message::<N>(i, message));
        };
        // An append that names another position now was empty before: all of it is new.
        let goes_on = |sent: &&Sent| sent.misplaced || !misplaced || position_of(&sent.message) == position_of(&append);
        let before = before.filter(goes_on).map(|sent| &sent.message);
        let limit = self.setup.max_size_per_msg;
        let piece = |from: usize| N::piece(message, from, limit);
        match batch::appended(&mut self.state, i, &append, before, piece, &mut self.outbox) {
            Ok(()) => {
                let write_before = durability::write_before(&self.state, i, &append);
                Ok(Some(Sent { message: append, write_before, misplaced, note: 0 }))
            }
            Err(refusal) => Err(self.refused(i, &append, refusal)),
        }
    }

    /// The append in the specification's terms, and true if the network is to lose it.
    fn read_append(&self, i: NodeId, described: &MessageView, before: Option<&Sent>) -> Option<(spec::Message, bool)> {
        let plain = translation::message(self.align, described, &self.entries);
        let gap = plain.is_none();
        let mut append = plain.or_else(|| self.misplaced(i, described, before?))?;
        let Some(before) = before else { return Some((append, false)) };
        let term = std::mem::replace(&mut append.term, before.message.term);
        if append == before.message {
            return Some((append, before.misplaced));
        }
        let late = findings::joins_later_term(self.known, &self.context(i), term);
        append.term = if late { self.state.server(i).current_term } else { term };
        Some((append, late || gap || before.misplaced))
    }

    /// A waiting append with entries that do not follow the position that it names, as if it named theirs; the network then
    /// loses it. `None` unless a known finding explains it.
    pub(super) fn misplaced(&self, i: NodeId, described: &MessageView, before: &Sent) -> Option<spec::Message> {
        let waiting = Waiting { message: &before.message, misplaced: before.misplaced };
        if !findings::joins_elsewhere(self.known, &self.context(i), &waiting) {
            return None;
        }
        let index = self.entries.first()?.index - 1;
        let log = &self.state.server(i).log;
        let mut append = translation::message(self.align, &MessageView { index, ..*described }, &self.entries)?;
        if let Body::AppendEntriesRequest { prev_log, .. } = &mut append.body {
            *prev_log = log.position(self.align.index(index));
            if let (true, Body::AppendEntriesRequest { prev_log: kept, .. }) = (before.misplaced, &before.message.body)
            {
                // The log may have changed since it was sent.
                *prev_log = *kept;
            }
        }
        Some(append)
    }

    /// Takes the appends that wait because their entries are being fetched.
    pub(super) fn fetching<N: Node>(&mut self, i: NodeId, node: &N) -> Judged {
        // There may be many fetches, so only the last known one and new ones are looked at.
        let known = self.state.server(i).fetching.len();
        let lost = known > 0 && node.fetching(known - 1).is_none();
        let mut count = if lost { (0..).map_while(|place| node.fetching(place)).count() } else { known };
        for peer in (count..).map_while(|place| node.fetching(place)) {
            count += 1;
            if let Some(j) = translation::node_id(peer) {
                self.take(Action::Fetch(i, j))?;
            }
        }
        self.same(i, Field::Fetches, self.state.server(i).fetching.len(), count)
    }

    /// Judges a read of a client of `from` that its leader `i` answered by its lease, if clocks ran as leases ask.
    pub(super) fn leased(&mut self, i: NodeId, from: NodeId, context: u32) -> Judged {
        let index = self.state.server(i).commit_index;
        let answered = self.outbox.taken.iter().any(|(name, _)| *name == ActionName::LeaseRead);
        if !answered || index >= self.ghost.least_index(from, context) {
            return Ok(());
        }
        findings::stale_read(self.known, &self.context(i), self.led_without_vote)?;
        let excused = !self.clocks.are_even(i, self.state.server(i).configuration.electors())
            || lease::is_too_long(&self.state, i)
            || findings::reads_stale(self.known, &self.context(i));
        if excused {
            self.excuse(i, from, context);
            return Ok(());
        }
        self.ghost.answered(from, context, index);
        check_reads(&self.ghost).map_err(|why| self.broken(i, &LINEARIZABLE_READS, why))
    }
}

/// The position that an append names.
fn position_of(message: &spec::Message) -> Option<spec::Position> {
    match message.body {
        Body::AppendEntriesRequest { prev_log, .. } => Some(prev_log),
        _ => None,
    }
}
