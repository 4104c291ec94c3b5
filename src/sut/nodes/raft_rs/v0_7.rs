//! What is called otherwise from raft-rs 0.7 on.

use super::{number_after, Store};
use crate::sut::disk::Disk;
use crate::sut::nodes::versions::{Version, VERSIONS};
use raft::eraftpb::{Entry, Message};
use raft::{GetEntriesContext, Progress, RawNode, Storage};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

pub const VERSION: &Version = &VERSIONS[1];

/// What storage was asked to fetch.
pub struct Fetches {
    /// Whether it fetches the entries of appends late.
    late: bool,
    /// In what context and for whom, oldest first.
    asked: RefCell<VecDeque<(GetEntriesContext, u64)>>,
    /// The entries that it is asked for next are there.
    at_hand: Cell<bool>,
}

impl Fetches {
    pub fn new(late: bool) -> Self {
        Fetches { late, asked: RefCell::default(), at_hand: Cell::new(false) }
    }

    /// Whether entries that are asked for have to be fetched first.
    pub fn begin(&self, context: GetEntriesContext) -> bool {
        let begins = self.late && context.can_async() && !self.at_hand.take();
        if begins {
            // The context is closed; only its debug form names the peer.
            let receiver = number_after("to: ", &context).unwrap_or(0);
            self.asked.borrow_mut().push_back((context, receiver));
        }
        begins
    }

    /// For whom entries are fetched, oldest first.
    pub fn receivers(&self, each: impl FnMut(u64)) {
        self.asked.borrow().iter().map(|(_, receiver)| *receiver).for_each(each);
    }
}

/// The oldest entries that are fetched are there; `false` if none are.
pub fn fetched<D: Disk<Entry = Entry>>(raw: &mut RawNode<Store<D>>) -> bool {
    let Some((context, _)) = raw.store().fetches.asked.borrow_mut().pop_front() else { return false };
    raw.store().fetches.at_hand.set(true);
    raw.on_entries_fetched(context);
    raw.store().fetches.at_hand.set(false);
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
