//! The healing epilogue: whatever a schedule did, a cluster that is whole again must make progress.
//!
//! First the application's debts are paid: stalls end, notices are given, windows are open, snapshots
//! can be given, everything is applied. Then the network heals, and nodes come up until a quorum of
//! every configuration in force runs (a minority may stay down). Clocks tick in turn, with all messages
//! delivered between two ticks. Debts that arise are paid: a snapshot that nothing came of is reported as
//! failed, and a follower that was removed and does not know it is stopped, for it would campaign for
//! ever (thesis 4.2.3).
//!
//! Under that timing the first node whose timeout passes runs alone; timeouts are drawn anew in each
//! term, so a node that the others can vote for is soon the first. With at most nine nodes such a node
//! is first with a chance of one in nine or better in each term, and [`TERMS`] terms without it are a
//! chance of less than one in a hundred thousand; a change of the configuration that is under way takes
//! one term more. The cluster must then have one leader, which keeps its term, and a log that every running member of
//! its configuration has, is streamed, and applies (thesis 3.4, 3.9 and 4).
//!
//! A cluster that passes this bound is not yet said to stand still: `continuations` first tries lawful draws that favour
//! one server after the other. A cluster that gets on in one of them is [`Slow`], which is no divergence.
//!
//! Two shortcuts lead to the continuations before the bound, and decide nothing: a cluster that gets on after a shortcut is
//! not called slow. One is a state that recurs: timeouts are drawn with a term alone, so the same ticks follow again. The
//! state is the specification's, but for counts of writes. An implementation that draws its own timeouts (switch
//! `own-timeouts`), or is judged without clocks, has a state that the specification does not see, and gets the whole bound. The other is a cluster in
//! which no server seems able to win for two timeouts. A known finding that explains this ends the run without a verdict.
//!
//! *In force* are the committed configuration, what uncommitted changes in any log would make of it, and
//! what running members with all that is committed still act on.

mod continuations;
mod cycle;
mod known;

use crate::schedule::{Event, Knob, Link, Setup};
use crate::spec::ghost::Ghost;
use crate::spec::{has_vote, Change, Configuration, Entry, NodeId, NodeSet, Pace, Role, Server, State, Switch};
use crate::sut::{Ability, Cluster, Judge, Node};
pub use continuations::Slow;
use cycle::Cycle;
use std::collections::BTreeSet;

pub(crate) const ELECTS: &str = "a healed cluster elects a leader and catches up with it";
const KEEPS_TERM: &str = "the leader of a healed cluster keeps its term, and all keep up with it";

/// So many elections are enough.
const TERMS: usize = 100;
/// More rounds than this between two ticks are left to the next tick.
const ROUNDS: usize = 4_096;

/// What a healed cluster came to.
pub enum Outcome {
    /// The cluster made progress.
    Well,
    /// The same, once the draws of election timeouts were chosen.
    Slow(Slow),
    /// There is no verdict, and why.
    NoVerdict(&'static str),
    /// The cluster failed this check.
    Stuck(&'static str),
}

/// Heals the cluster and lets it run.
///
/// # Errors
/// What the judge says on the way.
pub fn heal<N: Node, J: Judge<N>>(
    cluster: &mut Cluster<N, J>,
    setup: &Setup,
    judge: &mut J,
    look: impl Fn(&J) -> (&State, &Ghost),
) -> Result<Outcome, J::Stop> {
    let committed = look(judge).0.settings.configuration;
    let mut epilogue = Epilogue { cluster, setup, judge, look, committed, counted: 0, leader: None, follows: 0 };
    epilogue.pay_debts()?;
    epilogue.progress()
}

const NO_QUORUM: Outcome = Outcome::NoVerdict("no quorum can run again: members were destroyed");

struct Epilogue<'a, N: Node, J: Judge<N>, L> {
    cluster: &'a mut Cluster<N, J>,
    setup: &'a Setup,
    judge: &'a mut J,
    look: L,
    /// What the first `counted` committed entries make of the configuration.
    committed: Configuration,
    counted: usize,
    /// The leader that had settled at the last tick, and for how many ticks it has.
    leader: Option<NodeId>,
    follows: u8,
}

impl<N: Node, J: Judge<N>, L: Fn(&J) -> (&State, &Ghost)> Epilogue<'_, N, J, L> {
    fn state(&self) -> &State {
        (self.look)(self.judge).0
    }

    fn ghost(&self) -> &Ghost {
        (self.look)(self.judge).1
    }

    fn apply(&mut self, event: Event) -> Result<(), J::Stop> {
        self.judge.healing(&event);
        self.cluster.apply(&event, self.judge)
    }

    fn running(&self) -> NodeSet {
        self.setup.nodes().filter(|i| self.cluster.node(*i).is_some()).collect()
    }

    /// The configurations that the running servers act on.
    fn acts(&self) -> Vec<Configuration> {
        self.running().iter().map(|i| self.state().server(i).configuration).collect()
    }

    fn acts_differ(&self) -> bool {
        self.acts().windows(2).any(|pair| pair[0] != pair[1])
    }

    fn pay_debts(&mut self) -> Result<(), J::Stop> {
        self.apply(Event::Heal)?;
        for i in self.setup.nodes() {
            for event in [
                // raft-rs does not say that all nodes need the same: with two kinds, one that is in a newer
                // term neither hears its leader nor is heard.
                Event::Set(i, Knob::CheckQuorum(self.setup.check_quorum)),
                // A group may be down with its servers.
                Event::Set(i, Knob::GroupCommit(false)),
                Event::SnapshotAvailable(i, true),
                Event::Resume(i),
                Event::Notice(i, u8::MAX),
                Event::Process(i),
                Event::ApplyAll(i),
            ] {
                self.apply(event)?;
            }
            for j in self.setup.nodes() {
                if self.state().server(i).progress[j.slot()].window == Some(0) {
                    self.apply(Event::Set(i, Knob::MaxInflightMsgs(j, 1)))?;
                }
            }
        }
        Ok(())
    }

    fn progress(&mut self) -> Result<Outcome, J::Stop> {
        let timeout = self.timeout();
        let (mut deadlocked, mut cycle) = (0, Cycle::default());
        let draws = self.draws_unseen();
        self.stop_the_removed()?;
        if !self.bring_up()? {
            return Ok(NO_QUORUM);
        }
        let mut ticks = 0;
        while ticks < TERMS * timeout {
            if !self.tick()? {
                return Ok(NO_QUORUM);
            }
            if let Some(leader) = self.steady() {
                return self.goes_on(leader);
            }
            ticks += 1;
            // No server seems able to win, and every server has campaigned: favours show at once whether that is so. Where
            // terms race, chance may still elect a server.
            let seems = self.leader.is_none() && (self.is_deadlocked() || self.is_out_of_reach());
            deadlocked = if seems { deadlocked + 1 } else { 0 };
            if deadlocked > 2 * timeout && (self.known().is_some() || !self.races()) {
                break;
            }
            // While all follow a leader, or none can be elected, that is counted.
            if self.leader.is_some() || deadlocked > 0 || draws || !self.cluster.is_quiet() {
                cycle = Cycle::default();
            } else if cycle.recurs(self.running(), (self.look)(self.judge).0) {
                break;
            }
        }
        match (self.leader, self.known()) {
            (Some(leader), _) => self.goes_on(leader),
            (None, Some(known)) => Ok(Outcome::NoVerdict(known)),
            (None, None) => self.continuations(ticks),
        }
    }

    /// Whether timers run that the specification does not see: a state of it that recurs says nothing then.
    fn draws_unseen(&self) -> bool {
        let dialect = self.state().settings.dialect;
        dialect.has(Switch::OwnTimeouts) || !dialect.has(Switch::Clocks)
    }

    /// The longest election timeout is shorter than this.
    fn timeout(&self) -> usize {
        2 * usize::from(self.setup.election_tick)
    }

    /// The leader that has settled for longer than a heartbeat takes: only a server that has heard one since is sure to
    /// wait for the next.
    fn steady(&mut self) -> Option<NodeId> {
        let (last, now) = (self.leader, self.settled());
        self.follows = if now.is_some() && now == last { self.follows + 1 } else { 0 };
        self.leader = now;
        self.leader.filter(|_| self.follows >= self.setup.heartbeat_tick)
    }

    /// The leader keeps its term, takes proposals, streams to all, and answers reads wherever they are asked.
    fn goes_on(&mut self, leader: NodeId) -> Result<Outcome, J::Stop> {
        for _ in 0..2 {
            match self.takes_a_proposal(leader)? {
                Outcome::Well => {}
                outcome => return Ok(outcome),
            }
            // Before, a peer that has everything may still be probed; and what it lacked may have been in a
            // snapshot that it had asked for: then the next proposal is streamed.
            if self.streams_to_all(leader) {
                return self.answers_reads(leader);
            }
        }
        Ok(self.failed("a healed cluster streams to all"))
    }

    /// The outcome of a failed check, unless a known finding explains it.
    fn failed(&self, what: &'static str) -> Outcome {
        self.known().map_or(Outcome::Stuck(what), Outcome::NoVerdict)
    }

    fn takes_a_proposal(&mut self, leader: NodeId) -> Result<Outcome, J::Stop> {
        let timeout = self.timeout();
        let (term, before) = self.at(leader);
        // Where acknowledgements were lost a window may be full, and each heartbeat that is answered frees one place.
        let in_flight = self.state().server(leader).progress.iter().map(|peer| peer.inflight.len()).max().unwrap_or(0);
        self.apply(Event::Propose(leader, 0))?;
        for tick in 0..2 * timeout + in_flight * usize::from(self.setup.heartbeat_tick) {
            // Within one timeout every clock has run out that would.
            if tick > timeout && self.settled() == Some(leader) {
                break;
            }
            if !self.tick()? {
                return Ok(NO_QUORUM);
            }
        }
        let (now, last) = self.at(leader);
        Ok(match (self.settled() == Some(leader) && now == term, last > before) {
            (false, _) => self.failed(KEEPS_TERM),
            (true, false) => self.failed("a healed cluster takes a proposal"),
            (true, true) => Outcome::Well,
        })
    }

    fn streams_to_all(&self, leader: NodeId) -> bool {
        let progress = &self.state().server(leader).progress;
        if !self.state().settings.dialect.has(Switch::Pipelining) {
            return true;
        }
        self.members_of(leader).without(leader).iter().all(|j| progress[j.slot()].pace == Pace::Replicate)
    }

    fn answers_reads(&mut self, leader: NodeId) -> Result<Outcome, J::Stop> {
        let (answered, members) = (self.ghost().reads_answered, self.members_of(leader));
        if !N::ABILITIES.has(Ability::Reads) {
            return Ok(Outcome::Well);
        }
        for i in members.iter() {
            self.apply(Event::Read(i))?;
            // Of two reads of one name, one is answered.
            if self.setup.reuse_contexts {
                self.tick()?;
            }
        }
        self.tick()?;
        Ok(match self.ghost().reads_answered == answered + members.len() {
            true => Outcome::Well,
            false => self.failed("the leader of a healed cluster answers every read"),
        })
    }

    /// The running members of the leader's configuration.
    fn members_of(&self, leader: NodeId) -> NodeSet {
        self.state().server(leader).configuration.members().and(self.running())
    }

    /// The term and the last index of a node.
    fn at(&self, i: NodeId) -> (u32, u32) {
        (self.state().server(i).current_term, self.state().server(i).log.last_index())
    }

    /// Every clock ticks once; between two ticks everything that was sent arrives. Whether a quorum runs.
    fn tick(&mut self) -> Result<bool, J::Stop> {
        for i in self.setup.nodes() {
            self.apply(Event::Tick(i))?;
            // A sync that a node was not told of is one of the application's debts.
            for j in self.setup.nodes() {
                if self.cluster.owes_notice(j) {
                    self.apply(Event::Notice(j, u8::MAX))?;
                }
            }
            let mut rounds = 0;
            self.fetch()?;
            while !self.cluster.is_quiet() && rounds < ROUNDS {
                self.apply(Event::Round)?;
                self.fetch()?;
                rounds += 1;
            }
        }
        self.pay_for_snapshots()?;
        self.propose_without_no_op()?;
        self.stop_the_removed()?;
        self.bring_up()
    }

    /// A leader commits entries of earlier terms only with one of its own term (paper 5.4.2). Where it appends none when
    /// it is elected, a client's proposal brings it.
    fn propose_without_no_op(&mut self) -> Result<(), J::Stop> {
        if self.state().settings.dialect.has(Switch::NoOpOnElection) {
            return Ok(());
        }
        let waits = |i: &NodeId| {
            let server = self.state().server(*i);
            let earlier = server.log.last().term < server.current_term;
            server.role == Role::Leader && earlier && server.commit_index < server.log.last_index()
        };
        for leader in self.running().iter().filter(waits).collect::<Vec<_>>() {
            self.apply(Event::Propose(leader, 0))?;
        }
        Ok(())
    }

    /// Entries that are being fetched are there.
    fn fetch(&mut self) -> Result<(), J::Stop> {
        for i in self.setup.nodes().filter(|_| self.setup.async_fetch) {
            if !self.state().server(i).fetching.is_empty() {
                self.apply(Event::EntriesFetched(i, u8::MAX))?;
            }
        }
        Ok(())
    }

    /// Nothing is on its way: a snapshot that a leader still waits for was lost.
    fn pay_for_snapshots(&mut self) -> Result<(), J::Stop> {
        for i in self.setup.nodes() {
            for j in self.setup.nodes() {
                let server = self.state().server(i);
                if server.role == Role::Leader && server.progress[j.slot()].pace == Pace::Snapshot {
                    self.apply(Event::ReportSnapshot(Link { from: i, to: j }, false))?;
                }
            }
        }
        Ok(())
    }

    fn stop_the_removed(&mut self) -> Result<(), J::Stop> {
        let members = self.committed().members();
        for i in self.running().minus(members).iter() {
            let campaigns = self.state().server(i).role != Role::Leader && has_vote(self.state(), i);
            if campaigns && !self.in_force().iter().any(|configuration| configuration.members().contains(i)) {
                self.apply(Event::Crash(i))?;
            }
        }
        Ok(())
    }

    /// Nodes come up, in order, until a quorum of every configuration in force runs; whether they can.
    fn bring_up(&mut self) -> Result<bool, J::Stop> {
        let mut tried = NodeSet::EMPTY;
        loop {
            let running = self.running();
            let in_force = self.in_force();
            let Some(short) = in_force.iter().find(|configuration| !configuration.is_quorum(running)) else {
                return Ok(true);
            };
            let Some(next) = short.electors().minus(running).minus(tried).iter().next() else { return Ok(false) };
            tried.insert(next);
            self.apply(Event::Restart(next))?;
        }
    }

    /// The committed configuration.
    fn committed(&mut self) -> Configuration {
        let new = &self.ghost().committed[self.counted..];
        let (committed, counted) = (after(self.committed, new).last(), self.counted + new.len());
        self.committed = committed.unwrap_or(self.committed);
        self.counted = counted;
        self.committed
    }

    fn in_force(&mut self) -> BTreeSet<Configuration> {
        let now = self.committed();
        let (state, committed) = (self.state(), &self.ghost().committed);
        // In order: nodes come up for the first that is short of a quorum.
        let mut all = BTreeSet::from([now]);
        for i in state.nodes() {
            let server = state.server(i);
            // A server that lacks a committed entry is never elected (raft.tla LeaderCompleteness): its other entries are
            // not in force.
            let last = committed.len() as u32;
            if server.log.last_index() < last || committed.last().is_some_and(|it| server.log.term_at(last) != it.term)
            {
                continue;
            }
            let acts = now.members().contains(i) && self.cluster.node(i).is_some();
            all.extend(after(now, server.log.from(last + 1)).chain(acts.then_some(server.configuration)));
        }
        all
    }

    /// The leader that all running members of its configuration follow, have the log of and have applied
    /// all of.
    fn settled(&self) -> Option<NodeId> {
        let (state, running) = (self.state(), self.running());
        let leaders = running.iter().filter(|i| state.server(*i).role == Role::Leader);
        let leader = leaders.max_by_key(|i| state.server(*i).current_term)?;
        let server = state.server(leader);
        // Where a leader appends nothing of its own, a follower keeps what the leader lacks until it does.
        let exactly = !state.settings.dialect.has(Switch::NoOpOverTail);
        let last = server.log.last();
        let has_all = |other: &Server| match exactly {
            true => other.log.last() == last,
            false => other.log.last_index() >= last.index && other.log.term_at(last.index) == last.term,
        };
        let keeps_up = |i: NodeId| {
            let other = state.server(i);
            (other.current_term, other.leader) == (server.current_term, Some(leader))
                && has_all(other)
                && other.commit_index == server.log.last_index()
                && other.disk.applied == server.log.last_index()
        };
        let members = server.configuration.members();
        let idle = server.transferee.is_none() && server.reads.is_empty() && !server.configuration.auto_leave;
        (idle && members.contains(leader) && members.and(running).iter().all(keeps_up)).then_some(leader)
    }
}

/// What the changes among `entries` make of `configuration`, one after the other.
fn after(configuration: Configuration, entries: &[Entry]) -> impl Iterator<Item = Configuration> + use<'_> {
    let changes = entries.iter().filter_map(|entry| Change::from_value(entry.value));
    changes.scan(configuration, |now, change| {
        *now = now.changed(&change).map_or(*now, |changed| changed.configuration);
        Some(*now)
    })
}
