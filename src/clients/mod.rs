//! The judge of consequences: a run as clients, applications and operators see it ([definitions](crate::docs::clients)).
//!
//! In reading order: [`consequences`] is the table; `book` holds the facts that its checks compare, with `acknowledged`, `log`
//! and `reads`; `judge` enters each call; `heal` is the client of the epilogue.
//!
//! Invariants: this module imports neither the lockstep nor the findings, and of the specification only node ids, entries and
//! configurations as data.

mod acknowledged;
mod book;
pub mod consequences;
mod heal;
mod judge;
mod log;
pub mod observe;
mod reads;

pub use book::Book;
pub use judge::Harm;

use crate::schedule::Schedule;
use crate::spec::NodeId;
use crate::sut::panics::{self, Panic};
use crate::sut::{Cluster, Node};
use consequences::Consequence;
use heal::Healed;
use judge::Clients;
use observe::Observer;

/// The outcome of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The end of the run.
    pub end: End,
    /// The number of events applied.
    pub events: usize,
    /// True if the run reached the healing epilogue.
    pub healing: bool,
    /// The bound in ticks that the healed cluster passed before it served its client, and the node that was favoured then.
    pub slow: Option<(usize, NodeId)>,
}

/// The end of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// No consequence was seen.
    Served,
    /// Members were destroyed, and no quorum can run again.
    NoQuorum,
    /// A consequence was seen.
    Harmed(Box<Harm>),
    /// A node panicked: [`Consequence::Panic`].
    Panicked(NodeId, Panic),
    /// A consequence was seen after a node had lost its disk, which is outside the contract.
    LostDisk(Consequence),
    /// After a message that no correct peer sends, which is outside the contract.
    Forged(Consequence),
}

/// Runs a schedule on a cluster of `N`, and judges the run by its consequences.
pub fn run<N: Node>(schedule: &Schedule, observer: &mut impl Observer) -> Outcome {
    let setup = N::settings(schedule.setup);
    let mut judge = Clients::new(Book::of(&setup), observer);
    let (mut events, mut healing, mut slow) = (0, false, None);
    let ended = panics::run(|| -> Result<End, Box<Harm>> {
        let mut cluster = Cluster::<N, _>::new(setup, judge.observer.records());
        for i in setup.nodes() {
            let Some(node) = cluster.node(i) else { continue };
            judge.observer.started(i, node);
            judge.book.shown(i, u64::MAX, node, node.view());
        }
        for (place, event) in schedule.events.iter().enumerate() {
            judge.observer.event(place, event);
            cluster.apply(event, &mut judge)?;
            events += 1;
        }
        if !setup.heal {
            return Ok(End::Served);
        }
        healing = true;
        Ok(match heal::heal(&mut cluster, &mut judge, setup)? {
            Healed::Served => End::Served,
            Healed::Slow(ticks, favoured) => {
                slow = Some((ticks, favoured));
                End::Served
            }
            Healed::NoQuorum => End::NoQuorum,
        })
    });
    let end = match ended {
        Ok(Ok(end)) => end,
        Ok(Err(harm)) if judge.book.forged => End::Forged(harm.consequence),
        Err(_) if judge.book.forged => End::Forged(Consequence::Panic),
        Ok(Err(harm)) if judge.book.disk_lost => End::LostDisk(harm.consequence),
        Err(_) if judge.book.disk_lost => End::LostDisk(Consequence::Panic),
        Ok(Err(harm)) => End::Harmed(harm),
        Err(panic) => End::Panicked(judge.caller, panic),
    };
    Outcome { end, events, healing, slow }
}
