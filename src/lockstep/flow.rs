//! What the judge does for flow control and reads: appends that are joined while they wait, appends
//! whose entries are fetched late, reads that are answered by a lease.

use super::underway::Travelling;
use super::{skipped, Lockstep, Stop, Tag};
use crate::refine::abstraction;
use crate::report::observe::Observer;
use crate::spec::invariants::{check_reads, LINEARIZABLE_READS};
use crate::spec::{self, durability, joined, lease, Action, ActionName, Body, Known, NodeId};
use crate::sut::{MessageKind, MessageView, Node};

impl<O: Observer> Lockstep<'_, O> {
    /// Appends that wait may have been joined with later ones, and are then judged as sent anew.
    pub(super) fn lengthened<N: Node>(&mut self, i: NodeId, node: &N, tags: &[Tag]) -> Result<(), Stop> {
        for (message, tag) in node.messages().iter().zip(tags) {
            let before = &self.underway[*tag];
            if !matches!(before.message.body, Body::AppendEntriesRequest { .. }) {
                continue;
            }
            self.entries.clear();
            let described = N::describe(message, &mut self.entries);
            let said = self.said(i, &described, Some(before));
            if said.is_none_or(|(said, _)| said != before.message) {
                if let Some(grown) = self.joined::<N>(i, message, Some(*tag))? {
                    self.underway[*tag] = grown;
                }
                self.observer.sent(&self.underway[*tag].message, tag.number());
            }
        }
        let waiting = tags.iter().map(|tag| &self.underway[*tag].message);
        joined::already_said(&mut self.state, i, waiting, &mut self.outbox);
        Ok(())
    }

    /// An append that may be several in one, and was `before` what has been judged; `None` for any other message.
    pub(super) fn joined<N: Node>(
        &mut self,
        i: NodeId,
        message: &N::Message,
        before: Option<Tag>,
    ) -> Result<Option<Travelling>, Stop> {
        self.entries.clear();
        let described = N::describe(message, &mut self.entries);
        if described.kind != MessageKind::Append {
            return Ok(None);
        }
        let before = before.map(|tag| &self.underway[tag]);
        let Some((said, misplaced)) = self.said(i, &described, before) else {
            return Err(self.unlike_any::<N>(i, message));
        };
        // What names another place now was empty before: all of it is new.
        let goes_on = |tag: &&Travelling| tag.misplaced || !misplaced || place_of(&tag.message) == place_of(&said);
        let before = before.filter(goes_on).map(|tag| &tag.message);
        let limit = self.setup.max_size_per_msg;
        let piece = |from: usize| N::piece(message, from, limit);
        match joined::appended(&mut self.state, i, &said, before, piece, &mut self.outbox) {
            Ok(()) => {
                let write_before = durability::write_before(&self.state, i, &said);
                Ok(Some(Travelling { message: said, write_before, misplaced, asked: 0 }))
            }
            Err(refusal) => Err(self.refused(i, &said, refusal)),
        }
    }

    /// What an append says that was `before`, and whether the network is to lose it.
    fn said(&self, i: NodeId, described: &MessageView, before: Option<&Travelling>) -> Option<(spec::Message, bool)> {
        let plain = abstraction::message(self.align, described, &self.entries);
        let gap = plain.is_none();
        let mut said = plain.or_else(|| self.misplaced(i, described, before?))?;
        let Some(before) = before else { return Some((said, false)) };
        let term = std::mem::replace(&mut said.term, before.message.term);
        if said == before.message {
            return Some((said, before.misplaced));
        }
        // The known finding `joined-term`: it has grown in a later term than the one that it names.
        let now = self.state.server(i).current_term;
        let late = self.state.settings.known.has(Known::JoinedTerm) && term < now;
        said.term = if late { now } else { term };
        Some((said, late || gap || before.misplaced))
    }

    /// The known finding `joined-gap`: an append that had no entries has some now, which do not follow
    /// the place that it names. This is it with the place that they have; the network then loses it.
    pub(super) fn misplaced(&self, i: NodeId, described: &MessageView, before: &Travelling) -> Option<spec::Message> {
        let empty = matches!(&before.message.body, Body::AppendEntriesRequest { entries, .. } if entries.is_empty());
        if !self.state.settings.known.has(Known::JoinedGap) || !(empty || before.misplaced) {
            return None;
        }
        let index = self.entries.first()?.index - 1;
        let log = &self.state.server(i).log;
        let mut said = abstraction::message(self.align, &MessageView { index, ..*described }, &self.entries)?;
        if let Body::AppendEntriesRequest { prev_log, .. } = &mut said.body {
            *prev_log = log.position(self.align.index(index));
            if let (true, Body::AppendEntriesRequest { prev_log: kept, .. }) = (before.misplaced, &before.message.body)
            {
                // The log may have changed since it was sent.
                *prev_log = *kept;
            }
        }
        Some(said)
    }

    /// Appends that could not go out because their entries are being fetched.
    pub(super) fn fetching<N: Node>(&mut self, i: NodeId, node: &N) -> Result<(), Stop> {
        let (mut count, mut asked) = (0, Ok(()));
        let known = self.state.server(i).fetching.len();
        node.fetching(|id| {
            count += 1;
            if let (true, Ok(()), Some(j)) = (count > known, &asked, abstraction::node_id(id)) {
                asked = self.take(Action::Fetch(i, j));
            }
        });
        asked?;
        match self.state.server(i).fetching.len() {
            ours if ours != count => Err(self.differs(i, "fetches", ours.to_string(), count.to_string())),
            _ => Ok(()),
        }
    }

    /// A read that its leader answered by its lease is judged then and there, if clocks ran as leases ask.
    pub(super) fn leased(&mut self, i: NodeId, context: u32) -> Result<(), Stop> {
        let index = self.state.server(i).commit_index;
        let answered = self.outbox.taken.iter().any(|(name, _)| *name == ActionName::LeaseRead);
        if !answered || !self.ghost.is_stale(context, index) {
            return Ok(());
        }
        if self.usurped {
            return Err(skipped("known finding removed-leader"));
        }
        let known = self.state.settings.known;
        let excused = !self.clocks.are_even(i, self.state.server(i).configuration.electors())
            || match self.state.server(i).yielded {
                true => known.has(Known::LeaseInTransfer),
                false => known.has(Known::LeaseOutlived) && !lease::is_held(&self.state, i),
            };
        if excused {
            self.ghost.excuse(context);
            return Ok(());
        }
        self.ghost.answered(i, context, index);
        check_reads(&self.ghost).map_err(|why| self.broken(i, &LINEARIZABLE_READS, why))
    }
}

/// The place in the log that an append names.
fn place_of(message: &spec::Message) -> Option<spec::Position> {
    match message.body {
        Body::AppendEntriesRequest { prev_log, .. } => Some(prev_log),
        _ => None,
    }
}
