//! The judge: it enters each call in the book, and ends the run at the first consequence.

use super::book::Book;
use super::consequences::{Consequence, CONSEQUENCES};
use super::observe::Observer;
use crate::schedule::{Forged, Setup};
use crate::spec::NodeId;
use crate::sut::panics::judging;
use crate::sut::{Call, Judge, Node, Transit};

/// A consequence that was seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Harm {
    /// The consequence.
    pub consequence: Consequence,
    /// The node that was called last.
    pub node: NodeId,
    /// The values that show it.
    pub words: String,
}

/// The judge of a run.
pub(super) struct Clients<'o, O> {
    pub book: Book,
    pub observer: &'o mut O,
    /// The node that was called last.
    pub caller: NodeId,
    /// The number of messages made so far.
    made: u32,
}

impl<'o, O: Observer> Clients<'o, O> {
    pub fn new(book: Book, observer: &'o mut O) -> Self {
        Clients { book, observer, caller: NodeId::new(1), made: 0 }
    }

    /// The gravest consequence that the book shows after a call of `i`.
    fn judge(&self, i: NodeId) -> Result<(), Box<Harm>> {
        for row in &CONSEQUENCES {
            if let Some(words) = row.check.and_then(|check| check(&self.book, i)) {
                return Err(self.harm(row.consequence, words));
            }
        }
        Ok(())
    }

    #[cold]
    pub fn harm(&self, consequence: Consequence, words: String) -> Box<Harm> {
        Box::new(Harm { consequence, node: self.caller, words })
    }

    /// Numbers the messages that a call made.
    fn number<N: Node>(&mut self, call: &Call<N::Message, u32>, node: &N, ids: &mut Vec<u32>) {
        let handed_over = match call {
            // The messages of a Ready have their numbers already, and a sync makes none.
            Call::Ready(_) | Call::Synced(_) => return,
            Call::Advanced { ready, .. } => ready.messages.len(),
            _ => 0,
        };
        // Those that waited come first, and have their numbers.
        let made = (handed_over + node.messages().len()).saturating_sub(ids.len());
        ids.extend((self.made + 1..).take(made));
        self.made += made as u32;
    }
}

impl<N: Node, O: Observer> Judge<N> for Clients<'_, O> {
    type MessageId = u32;
    type Stop = Box<Harm>;

    fn before_call(&mut self, i: NodeId) {
        self.caller = i;
    }

    fn before_forged(&mut self, forged: Forged) {
        self.book.forged |= forged.is_hostile();
    }

    fn after_call(
        &mut self,
        i: NodeId,
        call: &Call<N::Message, u32>,
        node: &N,
        ids: &mut Vec<u32>,
    ) -> Result<(), Box<Harm>> {
        judging(|| {
            self.number(call, node, ids);
            if self.observer.records() {
                self.observer.called(i, call, node, ids);
            }
            self.book.called(i, call, node);
            self.judge(i)
        })
    }

    #[inline]
    fn on_send(&mut self, i: NodeId, _: &u32) -> Result<(), Box<Harm>> {
        self.book.sends(i);
        Ok(())
    }

    /// The network loses nothing by itself: whether a message contradicts itself is for its receiver to find out.
    fn loses(&self, _: &N::Message, _: &u32) -> bool {
        false
    }

    #[inline]
    fn on_transit(&mut self, id: &u32, transit: Transit) {
        self.observer.travels(*id, transit);
    }

    fn on_wiped(&mut self, i: NodeId) -> Result<(), Box<Harm>> {
        self.book.disk_lost = true;
        self.observer.wiped(i);
        Ok(())
    }

    fn on_configured(&mut self, i: NodeId, own: &Setup, starts: bool) -> Result<(), Box<Harm>> {
        self.book.reads.configured(own);
        self.observer.configured(i, own, starts);
        Ok(())
    }

    fn on_stop(&mut self, i: NodeId) {
        self.book.stopped(i);
        self.observer.stopped(i);
    }

    fn on_first_timeout(&mut self, i: NodeId) {
        self.observer.favoured(i);
    }

    fn on_livelock(&mut self, i: NodeId, what: &'static str) -> Box<Harm> {
        self.caller = i;
        self.harm(Consequence::Hang, what.into())
    }
}
