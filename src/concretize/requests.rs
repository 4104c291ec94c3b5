//! Requests: requests for votes and appends, matched with those of a trace.

use super::reasons::{ASKED, COPIED, NOT_ASKED, NOT_LEADER, NOT_SENT, NOT_SENT_SO, NO_WORD, SENT, SENT_LATER};
use super::{link, Followed, Follower, Outcome};
use crate::schedule::{Event, Link};
use crate::spec::{Action, Body, Message, Position, NO_OP};
use crate::sut::Node;
use crate::trace::{Act, Step};
use std::collections::BTreeSet;

impl<N: Node> Follower<N> {
    /// Matches a packet with the trace's request. A trace may send the same request again, which an implementation does
    /// not: the packet is duplicated at once for each time that the request is sent `later`.
    fn request(&mut self, message: &Message, id: u32, later: &[Step]) -> Result<(), &'static str> {
        self.name(message, id);
        self.sent.push((message.clone(), id));
        let asks = |step: &Step| matches!(step.act, Act::Take(Action::RequestVote(..) | Action::AppendEntries(..)));
        let again = |step: &&Step| asks(step) && step.sends.as_ref().is_some_and(|sent| is_same_request(sent, message));
        self.copy(message, id, later.iter().filter(again).count(), NOT_SENT)
    }

    /// Duplicates a packet on its link; `gone` is the error if it is not there.
    fn copy(&mut self, message: &Message, id: u32, copies: usize, gone: &'static str) -> Result<(), &'static str> {
        for _ in 0..copies {
            let place = self.world.place(link(message), id).ok_or(gone)?;
            self.world.apply(Event::Duplicate(link(message), place))?;
        }
        Ok(())
    }

    /// The copy of a message that the trace sends again.
    fn copied(&mut self, message: &Message) -> Option<Outcome> {
        let (_, id) = self.sent.iter().find(|(sent, _)| is_same_request(sent, message))?;
        let id = *id;
        self.world.place(link(message), id)?;
        self.name(message, id);
        Some(Outcome::Implied(COPIED))
    }

    pub(super) fn request_vote(&mut self, message: &Message, later: &[Step]) -> Followed {
        let asks = |found: &Message| {
            found.term == message.term && matches!(found.body, Body::RequestVoteRequest { pre: false, .. })
        };
        if let Some(id) = self.unnamed(message, asks) {
            self.request(message, id, later)?;
            return Ok(Outcome::Implied(ASKED));
        }
        self.copied(message).ok_or(NOT_ASKED)
    }

    /// True if a packet is an append like the trace's: it carries the same entry, or none.
    fn is_like(&self, message: &Message, found: &Message) -> bool {
        let clients = |found: &Message| match &found.body {
            Body::AppendEntriesRequest { entries, .. } => {
                Some(entries.iter().map(|entry| entry.value).filter(|value| *value != NO_OP).collect::<Vec<_>>())
            }
            Body::Heartbeat { .. } => Some(Vec::new()),
            _ => None,
        };
        let Body::AppendEntriesRequest { prev_log, entries, .. } = &message.body else { return false };
        let Some(carried) = clients(found).filter(|_| found.term == message.term) else { return false };
        match entries.first() {
            None => carried.is_empty(),
            Some(entry) => {
                let place = Position { index: prev_log.index + 1, term: entry.term };
                self.values.get(&place).is_some_and(|value| carried.contains(value))
            }
        }
    }

    pub(super) fn append(&mut self, message: &Message, later: &[Step]) -> Followed {
        if let Some(outcome) = self.copied(message) {
            return Ok(outcome);
        }
        if let Some(id) = self.unnamed(message, |found| self.is_like(message, found)) {
            self.request(message, id, later)?;
            return Ok(Outcome::Implied(SENT));
        }
        if self.leads(message.from) != Some(message.term) {
            return Err(NOT_LEADER);
        }
        let Body::AppendEntriesRequest { entries, .. } = &message.body else { return Err(NO_WORD) };
        if !entries.is_empty() {
            self.promised.push(message.clone());
            return Ok(Outcome::Implied(SENT_LATER));
        }
        self.world.apply(Event::Ping(message.from))?;
        let id = self.unnamed(message, |found| self.is_like(message, found)).ok_or(NOT_SENT_SO)?;
        self.name(message, id);
        Ok(Outcome::Done)
    }

    /// Delivers messages between leader and receiver until the leader sends a promised append.
    pub(super) fn bring(
        &mut self,
        message: &Message,
        refused: bool,
        later: &[Step],
    ) -> Result<(u32, u8), &'static str> {
        let promised = self.promised.iter().position(|promised| promised == message);
        if let (Some(promised), Some(_)) = (promised, self.copied(message)) {
            self.promised.remove(promised);
            return self.packet(message).ok_or(NOT_SENT_SO);
        }
        let Some(promised) = promised else {
            let why = self.missing.iter().find(|(missing, _)| missing == message).map(|(_, why)| *why);
            return Err(why.unwrap_or(NOT_SENT));
        };
        self.promised.remove(promised);
        let back = Link { from: message.to, to: message.from };
        let of_term =
            |found: &Message| found.term == message.term && matches!(found.body, Body::AppendEntriesRequest { .. });
        for _ in 0..8 {
            let like = self.unnamed(message, |found| match refused {
                true => of_term(found),
                false => self.is_like(message, found),
            });
            if let Some(id) = like {
                let promised = self.promised.iter().filter(|promised| is_same_request(promised, message)).count();
                self.request(message, id, later)?;
                self.copy(message, id, promised, NOT_SENT_SO)?;
                return self.packet(message).ok_or(NOT_SENT_SO);
            }
            let next = self.unnamed(message, of_term).ok_or(NOT_SENT_SO)?;
            let place = self.world.place(link(message), next).ok_or(NOT_SENT_SO)?;
            self.world.apply(Event::Deliver(link(message), place))?;
            let answers = |id: u32, found: &Message, named: &BTreeSet<u32>| {
                !named.contains(&id) && matches!(found.body, Body::AppendEntriesResponse { .. })
            };
            while let Some(id) = self.world.find(back, |id, found| answers(id, found, &self.named)) {
                let place = self.world.place(back, id).ok_or(NOT_SENT_SO)?;
                self.world.apply(Event::Deliver(back, place))?;
            }
        }
        Err(NOT_SENT_SO)
    }
}

/// True if two requests are equal, except for the commit index of appends.
fn is_same_request(one: &Message, other: &Message) -> bool {
    (one.from, one.to, one.term) == (other.from, other.to, other.term)
        && match (&one.body, &other.body) {
            (
                Body::AppendEntriesRequest { prev_log, entries, .. },
                Body::AppendEntriesRequest { prev_log: other_log, entries: other_entries, .. },
            ) => (prev_log, entries) == (other_log, other_entries),
            (Body::RequestVoteRequest { .. }, _) => one == other,
            _ => false,
        }
}
