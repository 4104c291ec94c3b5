//! Flow control and the application's settings: limits, batched appends, asynchronous fetches, groups.

use super::{Fault, Reference};
use crate::spec::NodeSet;
use crate::sut::{EntryView, MessageKind, MessageView, RoleView};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The settings of the application, and the appends that wait for storage.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// True if appends that wait for a Ready are batched.
    pub(super) batch_append: bool,
    pub(super) check_quorum_on: bool,
    /// The limit of committed bytes in a Ready; the greatest number for none.
    pub(super) max_committed_size: u32,
    /// True if commitment needs two groups.
    pub(super) group_commit: bool,
    /// The group of each node that has one.
    pub(super) groups: BTreeMap<u64, u64>,
    /// Appends whose entries are being fetched: receiver, term, and true if more appends are to follow.
    pub(super) fetches: VecDeque<(u64, u64, bool)>,
    /// True if the entries of the next append were fetched.
    pub(super) fetched: bool,
    /// The peers for which the application has no snapshot.
    pub(super) withheld: BTreeSet<u64>,
    /// The read contexts that a faulty node has seen.
    pub(super) contexts: Vec<u32>,
    /// The index of the first read under each context, for a faulty node.
    pub(super) first_indexes: BTreeMap<u32, u64>,
}

impl Reference {
    /// True if the entries after `prev` have to be fetched before they are sent to `to`; then the fetch has begun.
    pub(super) fn must_fetch(&mut self, to: u64, prev: u64, more: bool) -> bool {
        let stored = prev < self.log.last_index() && prev + 1 < self.writes.changed_from;
        let must = self.config.setup.async_fetch && stored && !std::mem::take(&mut self.flow.fetched);
        if must {
            self.flow.fetches.push_back((to, self.hard_state.term, more));
        }
        must
    }

    /// Completes the oldest fetch, with its entries or without; `false` if there is none.
    pub(super) fn on_entries_fetched(&mut self, with_entries: bool) -> bool {
        let Some((to, term, more)) = self.flow.fetches.pop_front() else { return false };
        let waits = self.leads() && term == self.hard_state.term && self.peers.contains_key(&to);
        let forgets = self.has(Fault::ForgetsFetches) || (!with_entries && self.has(Fault::ForgetsMissedEntries));
        if waits && !forgets {
            self.flow.fetched = with_entries;
            match more {
                true => self.stream(to),
                false => self.update(to),
            }
            self.flow.fetched = false;
        }
        true
    }

    /// Adds an append to the newest one that waits for the same peer, if that ends where this begins; true if it did.
    pub(super) fn batch_with_waiting(&mut self, head: &MessageView, entries: &[EntryView]) -> bool {
        let gaps = self.has(Fault::JoinsGaps);
        let to_same = |wire: &&mut super::Wire| wire.head.kind == MessageKind::Append && wire.head.to == head.to;
        let mut waiting = self.messages.iter_mut().rev();
        let Some(wire) = waiting.find(to_same).filter(|_| self.flow.batch_append) else { return false };
        let fits = wire.head.term == head.term && wire.head.index + wire.entries.len() as u64 == head.index;
        if fits || gaps {
            wire.entries.extend(entries);
            wire.head.commit = head.commit;
        }
        fits || gaps
    }

    /// The bytes of entries of its term that its application has not received.
    pub(super) fn uncommitted(&self) -> u64 {
        let base = self.log.base().index;
        let handed = if self.has(Fault::LeaksUncommitted) { base } else { self.delivered.max(base) };
        let own = |entry: &&EntryView| entry.term == self.hard_state.term;
        self.log.after(handed).iter().filter(own).map(|entry| u64::from(entry.size)).sum()
    }

    /// True if a proposal of `size` bytes is within the limit of uncommitted bytes.
    pub(super) fn fits_uncommitted_limit(&self, size: u32) -> bool {
        let (used, limit) = (self.uncommitted(), self.config.setup.max_uncommitted_size);
        let fits = limit == u32::MAX || size == 0 || used == 0 || used + u64::from(size) <= limit.into();
        fits || self.has(Fault::IgnoresLimit)
    }

    /// The index up to which the log is in two groups of `voters`, or at all of them where two groups are not known.
    pub(super) fn group_bound(&self, voters: NodeSet) -> u64 {
        let mut all: Vec<(u64, u64)> =
            voters.iter().map(|node| node.number().into()).map(|id| (id, self.matched(id))).collect();
        all.sort_by_key(|(_, matched)| std::cmp::Reverse(*matched));
        let group = |id: u64| self.flow.groups.get(&id).copied();
        let first = all.iter().find_map(|(id, _)| group(*id));
        let second = all.iter().find(|(id, _)| group(*id).is_some() && group(*id) != first);
        match second {
            _ if !self.flow.group_commit || self.has(Fault::IgnoresGroups) => u64::MAX,
            Some((_, matched)) => *matched,
            None if all.iter().all(|(id, _)| group(*id).is_some()) => u64::MAX,
            None => all.last().map_or(u64::MAX, |(_, matched)| *matched),
        }
    }

    /// True if the commit index is all that is in two groups; `None` if the node cannot tell.
    pub(super) fn is_in_two_groups(&self) -> Option<bool> {
        let knows = self.role == RoleView::Leader && self.log.term_at(self.applied) == Some(self.hard_state.term);
        let groups = |voters: NodeSet| {
            let known = voters.iter().filter_map(|node| self.flow.groups.get(&node.number().into()));
            known.collect::<BTreeSet<_>>().len()
        };
        let two = self.majorities().into_iter().all(|voters| voters.is_empty() || groups(voters) > 1);
        knows.then(|| self.flow.group_commit && two && self.agreed_index() == self.hard_state.commit)
    }

    /// Assigns a member to a group; other nodes have none.
    pub(super) fn set_group(&mut self, id: u64, group: u64) {
        if self.configuration.members().contains(super::node_id(id)) {
            self.flow.groups.insert(id, group);
        }
        self.advance_commit();
    }

    /// Frees buffers: the reference has none, and a faulty node clears its appends in flight.
    pub(super) fn free_buffers(&mut self) {
        if self.has(Fault::FreesTooMuch) {
            self.peers.values_mut().for_each(|peer| peer.inflight.clear());
        }
    }
}
