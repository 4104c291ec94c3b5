//! The book of a run: everything that clients, applications and operators have seen of it.
//!
//! A fact comes from a view, an applied entry, an answer or a log. No rule of Raft is applied to it here: the checks of the
//! [table](super::consequences) compare facts with one another.

use super::acknowledged::{Difference, History};
use super::log::LogCopy;
use super::reads::Reads;
use crate::schedule::{Knob, Setup};
use crate::spec::{Configuration, NodeId, NodeSet};
use crate::sut::{Abilities, Ability, Call, EntryView, Node, Ready, RoleView, View};
use std::collections::{BTreeMap, VecDeque};

/// The facts of a run.
#[derive(Debug)]
pub struct Book {
    /// The term of the bootstrap snapshot.
    first_term: u64,
    pub(super) nodes: Vec<Seen>,
    pub(super) history: History,
    /// The leader of each term.
    leaders: BTreeMap<u64, NodeId>,
    /// A term, its first leader and another.
    second_leader: Option<(u64, NodeId, NodeId)>,
    difference: Option<Difference>,
    /// True once a node has lost its disk.
    pub(super) disk_lost: bool,
    /// True once a message has arrived that no correct peer sends.
    pub(super) forged: bool,
    pub(super) reads: Reads,
    /// The newest configuration that an application has applied, and its index.
    pub(super) configuration: Configuration,
    configured_at: u64,
    newest_term: u64,
    /// The value of the last accepted proposal, and its index once it is acknowledged.
    pub(super) proposal: (u32, Option<u64>),
}

/// A node as it was seen last.
#[derive(Debug)]
pub(super) struct Seen {
    /// The view; `None` while it is down.
    pub view: Option<View>,
    log: LogCopy,
    /// The index that its application starts from at the latest.
    base: u64,
    /// The index up to which its application was handed entries.
    handed_to: u64,
    /// The entries that it was handed and has not applied.
    handed: VecDeque<EntryView>,
    /// The snapshots that it was handed and has not applied: index and term.
    snapshots: VecDeque<(u64, u64)>,
    /// The index up to which it has applied.
    pub applied: u64,
    /// The newest term that the node led, and true if it sent a message in it.
    led: (u64, bool),
    /// The peers to which it may have no append in flight.
    pub muted: NodeSet,
}

impl Book {
    /// The book of a cluster that has not started yet.
    pub(super) fn of(setup: &Setup) -> Self {
        let (configuration, base) = (setup.configuration(), setup.first_index.into());
        let members = configuration.members();
        let nodes = setup.nodes().map(|i| Seen::from(if members.contains(i) { base } else { 0 }));
        Book {
            first_term: setup.first_term.into(),
            nodes: nodes.collect(),
            history: History::after(base),
            leaders: BTreeMap::new(),
            second_leader: None,
            difference: None,
            disk_lost: false,
            forged: false,
            reads: Reads::of(setup),
            configuration,
            configured_at: base,
            newest_term: setup.first_term.into(),
            proposal: (0, None),
        }
    }

    /// Notes a call of a node.
    #[inline]
    pub(super) fn called<N: Node, I>(&mut self, i: NodeId, call: &Call<N::Message, I>, node: &N) {
        let view = node.view();
        match call {
            Call::Tick => self.ticked(i),
            Call::Read(context) => self.reads.ask(*context, self.history.last()),
            Call::Set(Knob::CheckQuorum(false)) => self.reads.clocks().into_iter().for_each(|clocks| clocks.void()),
            Call::Set(Knob::MaxInflightMsgs(peer, most)) => match most {
                0 => self.node(i).muted.insert(*peer),
                _ => self.node(i).muted.remove(*peer),
            },
            Call::Propose { value, taken: true, .. } => self.proposal = (*value, None),
            Call::Ready(ready) => self.handed(i, ready),
            Call::Advanced { ready, applied } => {
                self.handed(i, ready);
                applied.iter().for_each(|upto| self.applied(i, *upto, &view));
            }
            Call::Changed { index, configuration: Some(configuration), .. } if *index > self.configured_at => {
                (self.configuration, self.configured_at) = (*configuration, *index);
            }
            Call::Applied(upto) => self.applied(i, *upto, &view),
            Call::Restarted => self.restarted(i, node, &view),
            _ => {}
        }
        self.shown(i, changed_from::<N, I>(call), node, view);
    }

    /// Notes the state of a node after a call that changed its log from `changed` on.
    pub(super) fn shown<N: Node>(&mut self, i: NodeId, changed: u64, node: &N, view: View) {
        let Book { nodes, history, .. } = self;
        let seen = &mut nodes[i.slot()];
        let leads = view.role == RoleView::Leader;
        let elected = leads && seen.led.0 != view.term;
        // A leader's log is read as a whole: it may have changed since its last Ready.
        let changed = if elected { 0 } else { changed };
        seen.log.read(node, changed, view.last_index, history);
        seen.view = Some(view);
        self.newest_term = self.newest_term.max(view.term);
        if elected {
            self.elected(i, view.term);
        }
    }

    fn node(&mut self, i: NodeId) -> &mut Seen {
        &mut self.nodes[i.slot()]
    }

    fn elected(&mut self, i: NodeId, term: u64) {
        self.node(i).led = (term, false);
        let first = *self.leaders.entry(term).or_insert(i);
        if first != i {
            self.second_leader.get_or_insert((term, first, i));
        }
        self.reads.clocks().into_iter().for_each(|clocks| clocks.elected(i));
    }

    /// The application of a node gets a Ready.
    fn handed<M>(&mut self, i: NodeId, ready: &Ready<M>) {
        if let Some(snapshot) = ready.snapshot {
            let Book { nodes, history, .. } = self;
            let seen = &mut nodes[i.slot()];
            seen.snapshots.push_back((snapshot.index, snapshot.term));
            seen.log.restored(snapshot.index, history);
            self.follows(i, snapshot.index, snapshot.index.max(1) - 1);
        }
        for entry in &ready.committed {
            let last = self.nodes[i.slot()].handed_to;
            self.follows(i, entry.index, last);
            self.node(i).handed.push_back(*entry);
        }
        let leaders = if ready.reads.is_empty() { NodeSet::EMPTY } else { self.leading() };
        for (context, index) in &ready.reads {
            self.reads.answer(i, *context, *index, leaders);
        }
    }

    /// Notes that the next entry that a node hands over is at `next`, and follows `last`.
    fn follows(&mut self, i: NodeId, next: u64, last: u64) {
        let seen = &mut self.nodes[i.slot()];
        if next != last + 1 || next < seen.handed_to {
            self.difference.get_or_insert(Difference::Order { node: i, last: seen.handed_to, next });
        }
        seen.handed_to = next;
    }

    /// The application of a node applies all up to an index.
    fn applied(&mut self, i: NodeId, upto: u64, view: &View) {
        let seen = &mut self.nodes[i.slot()];
        let mut differs = Ok(());
        while let Some((index, term)) = seen.snapshots.front().copied().filter(|(index, _)| *index <= upto) {
            seen.snapshots.pop_front();
            // It replaces all entries before it.
            while seen.handed.front().is_some_and(|entry| entry.index <= index) {
                seen.handed.pop_front();
            }
            differs = differs.and_then(|()| self.history.restore(i, index, term));
        }
        while let Some(entry) = seen.handed.front().copied().filter(|entry| entry.index <= upto) {
            seen.handed.pop_front();
            differs = differs.and_then(|()| self.history.apply(i, entry, self.newest_term));
            // A leader commits an entry of its own term in that term, and all entries before with it.
            if (view.role, view.term) == (RoleView::Leader, entry.term) {
                self.history.committed_by(entry.index, entry.term);
            }
            if entry.value == self.proposal.0 && entry.value != 0 {
                self.proposal.1 = Some(entry.index);
            }
        }
        seen.applied = upto;
        if let Err(difference) = differs {
            self.difference.get_or_insert(difference);
        }
        self.nodes.iter_mut().for_each(|seen| seen.log.extend(&self.history));
    }

    fn restarted<N: Node>(&mut self, i: NodeId, node: &N, view: &View) {
        let Book { nodes, history, leaders, .. } = self;
        let seen = &mut nodes[i.slot()];
        let (term, spoke) = seen.led;
        // A sole voter may lead before its term is durable. If a crash takes the term back before it sent anything, nobody
        // has seen it lead.
        if view.term < term && !spoke && leaders.get(&term) == Some(&i) {
            leaders.remove(&term);
        }
        seen.led = (0, false);
        seen.applied = node.applied().max(seen.base);
        seen.handed_to = seen.applied;
        seen.log.read_anew(node, view.last_index, history);
        self.reads.clocks().into_iter().for_each(|clocks| clocks.restarted());
    }

    /// Notes that a node stopped: its application loses what it was handed.
    pub(super) fn stopped(&mut self, i: NodeId) {
        let seen = self.node(i);
        seen.view = None;
        seen.handed.clear();
        seen.snapshots.clear();
        seen.muted = NodeSet::EMPTY;
    }

    /// Notes that a node sends a message.
    #[inline]
    pub(super) fn sends(&mut self, i: NodeId) {
        self.node(i).led.1 = true;
    }

    fn ticked(&mut self, i: NodeId) {
        let (running, leaders) = (self.running(), self.leading());
        self.reads.clocks().into_iter().for_each(|clocks| clocks.ticked(i, running, leaders));
    }

    /// The nodes that run.
    pub(super) fn running(&self) -> NodeSet {
        self.with(|_| true)
    }

    /// The nodes that lead.
    pub(super) fn leading(&self) -> NodeSet {
        self.with(|view| view.role == RoleView::Leader)
    }

    fn with(&self, has: impl Fn(&View) -> bool) -> NodeSet {
        let nodes = self.nodes.iter().enumerate();
        nodes
            .filter(|(_, seen)| seen.view.as_ref().is_some_and(&has))
            .map(|(slot, _)| NodeId::from_slot(slot))
            .collect()
    }
}

/// The index from which a call may have replaced entries of the log.
fn changed_from<N: Node, I>(call: &Call<N::Message, I>) -> u64 {
    match call {
        Call::Ready(Ready { entries: Some((first, _)), .. }) => *first,
        // A node whose Readys do not name its writes may have replaced any entry.
        Call::Deliver(_) if !Abilities::of::<N>().has(Ability::Durability) => 0,
        _ => u64::MAX,
    }
}

impl Seen {
    /// A node that starts from a snapshot.
    fn from(base: u64) -> Self {
        Seen {
            view: None,
            log: LogCopy::after(base),
            base,
            handed_to: base,
            handed: VecDeque::new(),
            snapshots: VecDeque::new(),
            applied: base,
            led: (0, false),
            muted: NodeSet::EMPTY,
        }
    }
}

/// The checks.
impl Book {
    pub(super) fn lost_entry(&self, _: NodeId) -> Option<String> {
        let last = self.history.last();
        // A log that lacks an entry counts as without all later ones.
        if self.nodes.iter().all(|seen| seen.log.matched >= last) || !self.is_lost(last) {
            return None;
        }
        let lost = (self.history.base + 1..=last).find(|index| self.is_lost(*index))?;
        let without = self.lacking(lost).and(self.configuration.electors());
        let (entry, by) = self.entry(lost);
        Some(format!(
            "{entry}, which {by} applied, is not in the logs of {without}, a quorum of {}",
            self.configuration
        ))
    }

    fn is_lost(&self, index: u64) -> bool {
        self.configuration.is_quorum(self.lacking(index))
    }

    /// The nodes whose logs lack an acknowledged entry.
    pub(super) fn lacking(&self, index: u64) -> NodeSet {
        let lacks = self.nodes.iter().enumerate().filter(|(_, seen)| seen.log.matched < index);
        lacks.map(|(slot, _)| NodeId::from_slot(slot)).collect()
    }

    pub(super) fn lacking_leader(&self, i: NodeId) -> Option<String> {
        let seen = &self.nodes[i.slot()];
        let view = seen.view.as_ref().filter(|view| view.role == RoleView::Leader)?;
        let unmatched = seen.log.matched + 1..=self.history.last();
        let lacks = |index: &u64| self.history.at(*index).is_some_and(|known| known.committed_in < view.term);
        let index = unmatched.into_iter().find(lacks)?;
        let ((entry, by), term) = (self.entry(index), self.term(view.term));
        Some(format!("{entry}, which {by} applied, is not in the log of node {i}, the leader of term {term}"))
    }

    pub(super) fn second_leader(&self, _: NodeId) -> Option<String> {
        let (term, first, second) = self.second_leader?;
        Some(format!("node {second} leads in term {}, in which node {first} led before", self.term(term)))
    }

    pub(super) fn difference(&self, _: NodeId) -> Option<String> {
        Some(match self.difference? {
            Difference::Entry { node, entry, before } => format!(
                "node {node} applies {} at index {}, where node {} applied {}",
                self.described(&entry),
                self.index(entry.index),
                before.by,
                self.described(&before.entry)
            ),
            Difference::Order { node, last, next } => {
                format!("node {node} hands over index {} after index {}", self.index(next), self.index(last))
            }
            Difference::Beyond { node, index, last } => {
                let (index, last) = (self.index(index), self.index(last));
                format!("node {node} continues at index {index}, and no application has applied anything after index {last}")
            }
            Difference::Snapshot { node, term, before } => format!(
                "node {node} restores a snapshot of term {} at index {}, where node {} applied {}",
                self.term(term),
                self.index(before.entry.index),
                before.by,
                self.described(&before.entry)
            ),
        })
    }

    pub(super) fn stale_read(&self, _: NodeId) -> Option<String> {
        let stale = self.reads.stale?;
        let (entry, by) = self.entry(stale.acknowledged);
        let (node, context, index) = (stale.node, stale.context, self.index(stale.index));
        Some(format!(
            "node {node} answers read {context} with the state at index {index}, without {entry}, which {by} had applied \
             before the read was asked"
        ))
    }

    /// An acknowledged entry and the node that applied it first, in words.
    fn entry(&self, index: u64) -> (String, String) {
        let shown = self.index(index);
        match self.history.at(index) {
            Some(known) => (format!("entry {shown} ({})", self.described(&known.entry)), format!("node {}", known.by)),
            // The bootstrap snapshot.
            None => (format!("entry {shown}"), "every node".into()),
        }
    }

    /// The term and the value of an entry, as stories write them.
    fn described(&self, entry: &EntryView) -> String {
        crate::spec::Entry { term: self.term(entry.term), value: entry.value }.to_string()
    }

    /// A term as stories count: from the bootstrap snapshot, which has term 1.
    pub(super) fn term(&self, term: u64) -> u32 {
        (term + 1).saturating_sub(self.first_term) as u32
    }

    /// An index as stories count: from the bootstrap snapshot, which has index 1.
    pub(super) fn index(&self, index: u64) -> u64 {
        (index + 1).saturating_sub(self.history.base)
    }
}
