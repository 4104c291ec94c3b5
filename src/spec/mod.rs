//! The specification: pure, abstract Raft, executable.
//!
//! Its core is Ongaro's raft.tla, action by action, under the same names in snake case. What
//! raft-rs does beyond it, by documented design, is one named [`Switch`] each. Every guard has two
//! sides: a step whose guard is false *may not* be taken, and a step that Raft requires *must* be.
//!
//! Written from raft.tla, Ongaro's thesis and the Raft paper, and from what raft-rs and etcd
//! document; never from raft-rs's code, whose mistakes it would then share.
//!
//! Invariant: nothing here knows of bytes, schedules, implementations or reports; it imports `std`.

mod action;
mod clock;
mod commit;
mod configuration;
pub mod dialect;
pub mod durability;
pub mod election;
mod entries;
mod fetch;
pub mod ghost;
mod groups;
pub mod guards;
mod ids;
pub mod invariants;
pub mod joined;
pub mod known;
pub mod lease;
mod log;
mod membership;
mod message;
pub mod network;
pub mod packed;
mod progress;
mod reads;
mod replication;
mod sent;
mod snapshot;
mod state;
mod step;
mod transfer;
mod uncommitted;

pub use action::{Action, ActionName, Disabled, Knob, Unmet};
pub use clock::Clock;
pub use configuration::{Change, Changed, Configuration, Step, Transition};
pub use dialect::{Dialect, Switch};
pub use entries::Entries;
pub use groups::{is_in_two_groups, Groups};
pub use ids::{Entry, Index, NodeId, NodeSet, Term, Value, MAX_NODES, NO_OP};
pub use known::{Known, KnownSet};
pub use log::Log;
pub use membership::{has_vote, leads_alone, leads_without_vote};
pub use message::{Body, Message, Position};
pub use progress::{Pace, Progress};
pub use reads::{Context, Pending};
pub use replication::takes_proposals;
pub use sent::{sent, unmet, Duty, Refusal};
pub use snapshot::{drops_acknowledged, may_request};
pub use state::{Owed, Role, Server, Settings, State};
pub use step::{each_action, next_actions, receive, step, step_in_bag};
pub use uncommitted::{uncommitted_size, Sizes};
