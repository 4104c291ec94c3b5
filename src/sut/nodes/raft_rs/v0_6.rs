//! The calls that are different in raft-rs 0.6, or missing: see [`VERSIONS`].

use super::convert::number_after;
use super::Store;
use crate::sut::nodes::versions::{Version, VERSIONS};
use raft::eraftpb::Message;
use raft::{Progress, RawNode, Storage};

pub const VERSION: &Version = &VERSIONS[0];

/// No fetches: storage answers at once.
pub struct Fetches;

impl Fetches {
    pub fn new(_async: bool) -> Self {
        Fetches
    }

    pub fn receiver(&self, _place: usize) -> Option<u64> {
        None
    }
}

pub fn fetched<D>(_: &mut RawNode<Store<D>>, _with_entries: bool) -> bool
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
