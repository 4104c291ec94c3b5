//! The calls that are different from raft-rs 0.7 on.

use super::convert::number_after;
use super::Store;
use crate::sut::nodes::versions::{Version, VERSIONS};
use crate::sut::Disk;
use raft::eraftpb::{Entry, Message};
use raft::{GetEntriesContext, Progress, RawNode, Storage};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

pub const VERSION: &Version = &VERSIONS[1];

/// The fetches of entries that storage has begun.
pub struct Fetches {
    /// True if storage fetches the entries of appends asynchronously.
    is_async: bool,
    /// The context and the receiver of each pending fetch, oldest first.
    pending: RefCell<VecDeque<(GetEntriesContext, u64)>>,
    /// True if the entries of the next request have been fetched.
    fetched: Cell<bool>,
}

impl Fetches {
    pub fn new(is_async: bool) -> Self {
        Fetches { is_async, pending: RefCell::default(), fetched: Cell::new(false) }
    }

    /// True if the requested entries have to be fetched first; then the fetch has begun.
    pub fn begin(&self, context: GetEntriesContext) -> bool {
        let begins = self.is_async && context.can_async() && !self.fetched.take();
        if begins {
            // The context is closed; only its debug form names the peer.
            let receiver = number_after("to: ", &context).unwrap_or(0);
            self.pending.borrow_mut().push_back((context, receiver));
        }
        begins
    }

    /// The peer that the fetch at `place` is for; the oldest fetch is at 0.
    pub fn receiver(&self, place: usize) -> Option<u64> {
        self.pending.borrow().get(place).map(|(_, receiver)| *receiver)
    }
}

/// Completes the oldest fetch, with its entries or without; `false` if there is none.
pub fn fetched<D: Disk<Entry = Entry>>(raw: &mut RawNode<Store<D>>, with_entries: bool) -> bool {
    let Some((context, _)) = raw.store().fetches.pending.borrow_mut().pop_front() else { return false };
    raw.store().fetches.fetched.set(with_entries);
    raw.on_entries_fetched(context);
    raw.store().fetches.fetched.set(false);
    true
}

pub fn adjust_max_inflight_msgs<T: Storage>(raw: &mut RawNode<T>, id: u64, window: usize) {
    raw.raft.adjust_max_inflight_msgs(id, window);
}

pub fn set_check_quorum<T: Storage>(raw: &mut RawNode<T>, check: bool) {
    raw.raft.set_check_quorum(check);
}

pub fn free_buffers<T: Storage>(raw: &mut RawNode<T>) {
    raw.raft.maybe_free_inflight_buffers();
}

pub fn request_snapshot<T: Storage>(raw: &mut RawNode<T>) -> bool {
    raw.request_snapshot().is_ok()
}

pub fn in_flight(progress: &Progress) -> usize {
    progress.ins.count()
}

pub fn priority(message: &Message) -> i64 {
    message.priority
}
