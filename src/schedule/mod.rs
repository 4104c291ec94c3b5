//! Schedules: what the environment of a cluster may choose.
//!
//! A schedule is a [`Setup`] and a list of [`Event`]s. It decides everything that a network, a
//! disk, a clock and a client decide, and nothing that a Raft implementation decides. Any bytes
//! are a schedule, and a schedule can be written and read as text.
//!
//! Invariant: nothing here knows of an implementation; it imports node ids from the specification.

pub mod alphabet;
pub mod codec;
mod event;
pub mod generate;
pub mod mutate;
mod setup;
pub mod text;

pub use event::{Event, Link, Site};
pub use setup::Setup;

/// One run's worth of choices.
#[derive(Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The cluster.
    pub setup: Setup,
    /// What happens to it, in order. What cannot happen is a no-op.
    pub events: Vec<Event>,
}

/// As text: what `cargo fuzz fmt` prints of an input.
impl std::fmt::Debug for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(&text::write(self))
    }
}
