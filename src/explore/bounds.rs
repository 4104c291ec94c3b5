//! Bounds: the finite part of the state space that is searched.

use crate::spec::network::Bag;
use crate::spec::packed::{LIMIT, MAX_SERVERS};
use crate::spec::{Action, Server};

/// The bounds, and the faults that may happen within them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// The number of servers.
    pub servers: usize,
    /// The highest term of a server; everybody starts in term 1.
    pub max_term: u32,
    /// The longest log of a server.
    pub max_log: u32,
    /// The most copies of one message on their way.
    pub max_copies: u32,
    /// The most messages on their way, copies counted.
    pub max_messages: u32,
    /// The number of values that clients ask to append, from 1.
    pub values: u32,
    /// The faults of raft.tla that may happen.
    pub faults: Faults,
}

/// raft.tla's three faults.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Faults {
    /// `Restart(i)`.
    pub restart: bool,
    /// `DuplicateMessage(m)`.
    pub duplicate: bool,
    /// `DropMessage(m)`.
    pub drop: bool,
}

impl Bounds {
    /// Says what is wrong with bounds that cannot be searched.
    pub fn check(&self) -> Result<(), String> {
        if self.servers == 0 || self.servers > MAX_SERVERS {
            return Err(format!("{} servers cannot be explored: choose 1 to {MAX_SERVERS}", self.servers));
        }
        // A step may pass each bound by one before it is given up.
        let largest = LIMIT - 1;
        for (name, number, least) in [
            ("term", self.max_term, 1),
            ("log length", self.max_log, 0),
            ("number of copies", self.max_copies, 1),
            ("number of messages", self.max_messages, 0),
            ("number of values", self.values, 1),
        ] {
            if number < least || number > largest {
                return Err(format!("a {name} of {number} cannot be explored: choose {least} to {largest}"));
            }
        }
        Ok(())
    }

    /// True if what a server's step made of it, and of the bag, lies within the bounds.
    pub(super) fn allow(&self, server: &Server, bag: &Bag) -> bool {
        server.current_term <= self.max_term
            && server.log.last_index() <= self.max_log
            && bag.total() <= self.max_messages
            && bag.iter().all(|(_, copies)| copies <= self.max_copies)
    }

    /// True if the action may happen: any may but the faults that were not asked for.
    pub(super) fn want(&self, action: &Action) -> bool {
        let fault = matches!(action, Action::Restart(_)) && !self.faults.restart
            || matches!(action, Action::DuplicateMessage(_)) && !self.faults.duplicate
            || matches!(action, Action::DropMessage(_)) && !self.faults.drop;
        !fault
    }
}
