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
pub mod batch;
mod change;
pub mod choice;
mod clock;
mod commit;
mod configuration;
pub mod dialect;
mod disk;
pub mod durability;
pub mod election;
mod entries;
mod fetch;
mod follower;
pub mod ghost;
mod groups;
pub mod guards;
mod heartbeats;
mod ids;
pub mod invariants;
pub mod lease;
mod log;
mod membership;
mod message;
pub mod network;
mod obligations;
mod open;
mod options;
mod owed;
pub mod packed;
mod permission;
mod prelude;
mod progress;
mod proposals;
mod reads;
mod reconfiguration;
mod recurrence;
mod replication;
mod sent;
mod server;
mod settings;
mod snapshot;
mod state;
mod step;
mod timers;
mod transfer;
mod uncommitted;
mod votes;
mod wiped;

pub use action::{Action, ActionName, Knob};
pub use change::{Change, Step, Transition};
pub use clock::Clock;
pub use commit::{counted_of_own, is_in_two_groups};
pub use configuration::{Changed, Configuration};
pub use dialect::{Dialect, Switch};
pub use disk::{Disk, HardState, Restored};
pub use entries::{Entries, Entry};
pub use groups::Groups;
pub use guards::{Disabled, Unmet};
pub use ids::{Context, Index, NodeId, NodeSet, Position, Term, Value, MAX_NODES, NO_OP};
pub use log::Log;
pub use membership::{has_vote, leads_alone, leads_without_vote};
pub use message::{Body, Message};
pub use obligations::{unmet, Obligation};
pub use open::Open;
pub use options::Options;
pub use permission::{Permission, Permissions};
pub use progress::{Progress, ProgressState};
pub use proposals::takes_proposals;
pub use reads::answers_by_lease;
pub use sent::{sent, Refusal};
pub use server::{Owed, Pending, Role, Server};
pub use settings::Settings;
pub use snapshot::may_request;
pub use state::{Sizes, State};
pub use step::{each_action, next_actions, receive, step, step_in_bag};
pub use uncommitted::uncommitted_size;
