//! The prelude of the handlers: the names that nearly every action of the specification uses, imported whole.

pub(super) use super::action::ActionName;
pub(super) use super::choice::{free, Choice};
pub(super) use super::dialect::{Dialect, Switch};
pub(super) use super::entries::{Entries, Entry};
pub(super) use super::guards::{guard, holds, Disabled, Guarded};
pub(super) use super::ids::{Context, Index, NodeId, NodeSet, Position, Term, Value, MAX_NODES, NO_OP};
pub(super) use super::log::Log;
pub(super) use super::message::{Body, Message};
pub(super) use super::network::{Network, Outbox};
pub(super) use super::options::Options;
pub(super) use super::permission::Permission;
pub(super) use super::progress::ProgressState;
pub(super) use super::server::{Role, Server};
pub(super) use super::state::State;
