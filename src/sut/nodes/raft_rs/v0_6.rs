//! What is called otherwise in raft-rs 0.6, or not there: see [`VERSIONS`].

use super::{number_after, Store};
use crate::sut::nodes::versions::{Version, VERSIONS};
use raft::eraftpb::Message;
use raft::{Progress, RawNode, Storage};

pub const VERSION: &Version = &VERSIONS[0];

/// Nothing is fetched late.
pub struct Fetches;

impl Fetches {
    pub fn new(_late: bool) -> Self {
        Fetches
    }

    pub fn receivers(&self, _each: impl FnMut(u64)) {}
}

pub fn fetched<D>(_: &mut RawNode<Store<D>>) -> bool
where
    Store<D>: Storage,
{
    false
}

pub fn adjust_max_inflight_msgs<T: Storage>(_: &mut RawNode<T>, _: u64, _: usize) {}

pub fn set_check_quorum<T: Storage>(_: &mut RawNode<T>, _: bool) {}

pub fn free_buffers<T: Storage>(_: &mut RawNode<T>) {}

pub fn request_snapshot<T: Storage>(_: &mut RawNode<T>) -> bool {
    false
}

pub fn in_flight(progress: &Progress) -> usize {
    number_after("count: ", &progress.ins).map_or(0, |count| count as usize)
}

pub fn priority(message: &Message) -> i64 {
    i64::try_from(message.priority).unwrap_or(i64::MAX)
}
