//! Schedules: the choices of a cluster's environment.
//!
//! A schedule is a [`Setup`] and a list of [`Event`]s. It decides everything that a network, a disk, a clock and a
//! client decide, and nothing that a Raft implementation decides. It has a form in [bytes](codec), for fuzzers, and in
//! [text], for people.
//!
//! Each event is a row of [`events::EVENTS`], each setting one of [`settings::SETTINGS`], each runtime setting one of
//! [`knobs::KNOBS`], each setting of one node one of [`options::OPTIONS`]; all else here is written once over these tables,
//! and names no row.
//!
//! Invariant: nothing here knows of an implementation; it imports node ids from the specification.

pub mod ability;
pub mod aim;
pub mod codec;
pub mod events;
pub mod forged;
pub mod generate;
pub mod knobs;
pub mod mutate;
pub mod operands;
pub mod options;
pub mod sequel;
pub mod settings;
pub mod text;

pub use events::{alphabet, Event, Link, Site};
pub use forged::{Answer, Forged};
pub use knobs::Knob;
pub use options::NodeOption;
pub use settings::Setup;

/// The choices of one run.
#[derive(Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The cluster.
    pub setup: Setup,
    /// The events, in order. An event that cannot happen is a no-op.
    pub events: Vec<Event>,
}

/// The text: `cargo fuzz fmt` prints an input by it.
impl std::fmt::Debug for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(&text::write(self))
    }
}
