//! What holds a leader back, and what the application sets of it: limits, joined appends, late entries,
//! groups.

use super::{Fault, Reference};
use crate::spec::NodeSet;
use crate::sut::node::{EntryView, MessageKind, MessageView, RoleView};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What the application has set, and what waits for storage.
#[derive(Debug)]
pub(super) struct Flow {
    /// Whether appends that wait for a Ready are joined.
    pub(super) joins: bool,
    pub(super) checks_quorum: bool,
    /// Whether commits must reach two groups, and who is in which.
    pub(super) group_commit: bool,
    pub(super) groups: BTreeMap<u64, u64>,
    /// Appends whose entries are being fetched: receiver, term, and whether more are to follow.
    pub(super) fetches: VecDeque<(u64, u64, bool)>,
    /// Whether the entries of the next append were fetched.
    pub(super) at_hand: bool,
    /// Contexts that a faulty node has seen.
    pub(super) contexts: Vec<u32>,
}

impl Flow {
    pub(super) fn new(joins: bool, checks_quorum: bool) -> Self {
        Flow {
            joins,
            checks_quorum,
            group_commit: false,
            groups: BTreeMap::new(),
            fetches: VecDeque::new(),
            at_hand: false,
            contexts: Vec::new(),
        }
    }
}

impl Reference {
    /// Whether the entries after `prev` have to be fetched before they are sent to `to`; they are asked for.
    pub(super) fn must_fetch(&mut self, to: u64, prev: u64, more: bool) -> bool {
        let stored = prev < self.log.last_index() && prev + 1 < self.writes.changed_from();
        let late = self.config.setup.async_fetch && stored && !std::mem::take(&mut self.flow.at_hand);
        if late {
            self.flow.fetches.push_back((to, self.hard_state.term, more));
        }
        late
    }

    /// The oldest entries that were asked for are there; whether any were.
    pub(super) fn on_fetched(&mut self) -> bool {
        let Some((to, term, more)) = self.flow.fetches.pop_front() else { return false };
        let waits = self.leads() && term == self.hard_state.term && self.peers.contains_key(&to);
        if waits && !self.has(Fault::ForgetsFetches) {
            self.flow.at_hand = true;
            match more {
                true => self.stream(to),
                false => self.update(to),
            }
            self.flow.at_hand = false;
        }
        true
    }

    /// Joins an append to the newest one that waits for the same peer and ends where it begins.
    pub(super) fn join_append(&mut self, head: &MessageView, entries: &[EntryView]) -> bool {
        let gaps = self.has(Fault::JoinsGaps);
        let to_same = |wire: &&mut super::Wire| wire.head.kind == MessageKind::Append && wire.head.to == head.to;
        let mut waiting = self.messages.iter_mut().rev();
        let Some(wire) = waiting.find(to_same).filter(|_| self.flow.joins) else { return false };
        let fits = wire.head.term == head.term && wire.head.index + wire.entries.len() as u64 == head.index;
        if fits || gaps {
            wire.entries.extend(entries);
            wire.head.commit = head.commit;
        }
        fits || gaps
    }

    /// Bytes of its own entries that its application was not handed.
    pub(super) fn uncommitted(&self) -> u64 {
        let base = self.log.base().index;
        let handed = if self.has(Fault::LeaksUncommitted) { base } else { self.delivered.max(base) };
        let own = |entry: &&EntryView| entry.term == self.hard_state.term;
        self.log.after(handed).iter().filter(own).map(|entry| u64::from(entry.size)).sum()
    }

    pub(super) fn has_room(&self, size: u32) -> bool {
        let (used, limit) = (self.uncommitted(), self.config.setup.max_uncommitted_size);
        let fits = limit == u32::MAX || size == 0 || used == 0 || used + u64::from(size) <= limit.into();
        fits || self.has(Fault::IgnoresLimit)
    }

    /// Up to where the log is in two groups of `voters`, or in all of them where two are not known.
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

    /// Whether what is committed is all that is in two groups, as far as it can tell.
    pub(super) fn is_in_two_groups(&self) -> Option<bool> {
        let told = self.role == RoleView::Leader && self.log.term_at(self.applied) == Some(self.hard_state.term);
        let groups = |voters: NodeSet| {
            let known = voters.iter().filter_map(|node| self.flow.groups.get(&node.number().into()));
            known.collect::<BTreeSet<_>>().len()
        };
        let two = self.majorities().into_iter().all(|voters| voters.is_empty() || groups(voters) > 1);
        told.then(|| self.flow.group_commit && two && self.agreed_index() == self.hard_state.commit)
    }

    /// Groups are known of members alone.
    pub(super) fn set_group_of(&mut self, id: u64, group: u64) {
        if self.configuration.members().contains(super::node_id(id)) {
            self.flow.groups.insert(id, group);
        }
        self.advance_commit();
    }

    pub(super) fn free_too_much(&mut self) {
        if self.has(Fault::FreesTooMuch) {
            self.peers.values_mut().for_each(super::Peer::forget_inflight);
        }
    }
}
