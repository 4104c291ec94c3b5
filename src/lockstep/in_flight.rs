//! The messages in flight, as the specification has them.
//!
//! Each one is kept from the call that makes it until it has arrived or is lost; the implementation's message carries its
//! [`MessageId`], a few bytes. Messages that a crash takes, and those that arrive at a node that is down, are kept until
//! the run ends.

use crate::spec;
use std::fmt;
use std::ops::{Index, IndexMut};

/// A message that was made, as the specification has it.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// The message.
    pub message: spec::Message,
    /// The write of its sender that must be durable before it may leave.
    pub(super) write_before: u32,
    /// True if the message names another position or term than its entries have: the network loses it.
    pub(super) misplaced: bool,
    /// The note ([`Lockstep::note`](super::Lockstep)) of the request that it belongs to.
    pub(super) note: u32,
}

/// The handle of a message in flight.
#[derive(Clone, Copy)]
pub struct MessageId {
    place: u32,
    number: u32,
}

impl MessageId {
    /// The message's number, counted through the run, for observers.
    pub fn number(self) -> u32 {
        self.number
    }
}

/// Shows the number alone: the place where a message is kept makes no difference.
impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "#{}", self.number)
    }
}

struct Place {
    sent: Sent,
    number: u32,
    /// Copies of it that are in flight besides.
    copies: u32,
    free: bool,
}

/// All messages that are in flight or wait to leave.
#[derive(Default)]
pub(super) struct InFlight {
    places: Vec<Place>,
    /// The places that may be used again.
    free: Vec<u32>,
    /// Number of messages made so far.
    made: u32,
}

impl InFlight {
    /// Adds a message.
    #[inline(always)]
    pub fn add(&mut self, sent: Sent) -> MessageId {
        self.made += 1;
        let place = Place { sent, number: self.made, copies: 0, free: false };
        let at = match self.free.pop() {
            Some(at) => {
                self.places[at as usize] = place;
                at
            }
            None => {
                self.places.push(place);
                self.places.len() as u32 - 1
            }
        };
        MessageId { place: at, number: self.made }
    }

    /// The number of messages made so far.
    pub fn made(&self) -> u32 {
        self.made
    }

    /// Counts a copy that the network made.
    pub fn copied(&mut self, id: MessageId) {
        self.places[id.place as usize].copies += 1;
    }

    /// Removes a message, or one of its copies, that has arrived or is lost.
    #[inline]
    pub fn remove(&mut self, id: MessageId) {
        let place = &mut self.places[id.place as usize];
        match place.copies {
            0 => {
                place.free = true;
                self.free.push(id.place);
            }
            _ => place.copies -= 1,
        }
    }
}

impl Index<MessageId> for InFlight {
    type Output = Sent;

    #[inline]
    fn index(&self, id: MessageId) -> &Sent {
        &self.places[id.place as usize].sent
    }
}

impl IndexMut<MessageId> for InFlight {
    #[inline]
    fn index_mut(&mut self, id: MessageId) -> &mut Sent {
        &mut self.places[id.place as usize].sent
    }
}

/// Shows the messages by their numbers, as [`MessageId`] does.
impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut kept: Vec<&Place> = self.places.iter().filter(|place| !place.free).collect();
        kept.sort_by_key(|place| place.number);
        f.debug_map().entries(kept.iter().map(|place| (place.number, &place.sent))).finish()
    }
}
