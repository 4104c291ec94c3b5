//! The specification's messages that travel beside the implementation's.
//!
//! They stay where they are until they have arrived or are lost; through the cluster goes only a tag, a few bytes that name
//! one. What a crash takes, and what arrives at a node that is down, stays until the run ends.

use crate::spec;
use std::fmt;
use std::ops::{Index, IndexMut};

/// The specification's message that travels beside the implementation's.
#[derive(Clone, Debug)]
pub(super) struct Travelling {
    /// What it says.
    pub message: spec::Message,
    /// The write of its sender that must be durable before it may leave.
    pub(super) write_before: u32,
    /// It names another place or term than its entries have: the network loses it.
    pub(super) misplaced: bool,
    /// In an answer: the term of the request that it answers.
    pub(super) asked: u32,
}

/// Names a message.
#[derive(Clone, Copy)]
pub struct Tag {
    place: u32,
    number: u32,
}

impl Tag {
    /// Counts the messages of a run, for those who look on.
    pub fn number(self) -> u32 {
        self.number
    }
}

/// Where it is kept makes no difference.
impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "#{}", self.number)
    }
}

struct Place {
    travelling: Travelling,
    number: u32,
    /// How many more of it there are.
    copies: u32,
    free: bool,
}

/// All messages that are on their way or wait to leave.
#[derive(Default)]
pub(super) struct Underway {
    places: Vec<Place>,
    /// Those of them that nobody needs any more.
    free: Vec<u32>,
    /// How many messages were made.
    made: u32,
}

impl Underway {
    /// Another message begins its way.
    #[inline(always)]
    pub fn add(&mut self, travelling: Travelling) -> Tag {
        self.made += 1;
        let place = Place { travelling, number: self.made, copies: 0, free: false };
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
        Tag { place: at, number: self.made }
    }

    /// The network made a copy of it.
    pub fn copied(&mut self, tag: Tag) {
        self.places[tag.place as usize].copies += 1;
    }

    /// One of it has arrived, or is lost.
    #[inline]
    pub fn gone(&mut self, tag: Tag) {
        let place = &mut self.places[tag.place as usize];
        match place.copies {
            0 => {
                place.free = true;
                self.free.push(tag.place);
            }
            _ => place.copies -= 1,
        }
    }
}

impl Index<Tag> for Underway {
    type Output = Travelling;

    #[inline]
    fn index(&self, tag: Tag) -> &Travelling {
        &self.places[tag.place as usize].travelling
    }
}

impl IndexMut<Tag> for Underway {
    fn index_mut(&mut self, tag: Tag) -> &mut Travelling {
        &mut self.places[tag.place as usize].travelling
    }
}

/// By their numbers, as their tags show them.
impl fmt::Debug for Underway {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut kept: Vec<&Place> = self.places.iter().filter(|place| !place.free).collect();
        kept.sort_by_key(|place| place.number);
        f.debug_map().entries(kept.iter().map(|place| (place.number, &place.travelling))).finish()
    }
}
