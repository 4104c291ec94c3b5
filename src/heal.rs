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
//! one term more. What must be then is thesis 3.4, 3.9 and 4: one leader, which keeps its term, and a log
//! that every running member of its configuration has, is streamed, and applies.
//!
//! A cluster that is in a state for a second time goes on as it did after the first, for nothing is drawn but with a
//! new term: from then on whole rounds of the circle are left out, and the epilogue ends where it would without that.
//! Most clusters that are stuck for good are in such a circle after a few timeouts, led by a leader that is heard and
//! gets nowhere. The state is the specification's, all of it but counts of writes: an implementation that went on
//! otherwise from the same one would have to remember what the lockstep does not see. One that draws its timeouts itself
//! (switch `own-timeouts`) does, and is followed round.
//!
//! *In force* are the committed configuration, what uncommitted changes in any log would make of it, and
//! what running members with all that is committed still act on.

mod cycle;
mod known;

use crate::schedule::{Event, Link, Setup};
use crate::spec::ghost::Ghost;
use crate::spec::{has_vote, Change, Configuration, Entry, NodeId, NodeSet, Pace, Role, Server, State, Switch};
use crate::sut::{Ability, Cluster, Judge, Node};
use cycle::Cycle;
use std::collections::BTreeSet;

/// So many elections are enough.
const TERMS: usize = 100;
/// More rounds than this between two ticks are left to the next tick.
const ROUNDS: usize = 4_096;

/// What a healed cluster came to.
pub enum Outcome {
    /// All that it must.
    Well,
    /// There is no verdict, and why.
    NoVerdict(&'static str),
    /// Not this.
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
    let mut epilogue = Epilogue { cluster, setup, judge, look, committed, counted: 0 };
    epilogue.pay_debts()?;
    Ok(match epilogue.progress()? {
        Outcome::Stuck(what) => epilogue.known().map_or(Outcome::Stuck(what), Outcome::NoVerdict),
        outcome => outcome,
    })
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

    fn acts_differ(&self) -> bool {
        let mut acts = self.running().iter().map(|i| self.state().server(i).configuration);
        let first = acts.next();
        acts.any(|configuration| Some(configuration) != first)
    }

    fn pay_debts(&mut self) -> Result<(), J::Stop> {
        self.apply(Event::Heal)?;
        for i in self.setup.nodes() {
            for event in [
                // raft-rs does not say that all nodes need the same: with two kinds, one that is in a newer
                // term neither hears its leader nor is heard.
                Event::CheckQuorum(i, self.setup.check_quorum),
                // A group may be down with its servers.
                Event::GroupCommit(i, false),
                Event::Snapshots(i, true),
                Event::Resume(i),
                Event::Notice(i, u8::MAX),
                Event::Process(i),
                Event::ApplyAll(i),
            ] {
                self.apply(event)?;
            }
            for j in self.setup.nodes() {
                if self.state().server(i).progress[j.slot()].window == Some(0) {
                    self.apply(Event::Window(Link { from: i, to: j }, 1))?;
                }
            }
        }
        Ok(())
    }

    fn progress(&mut self) -> Result<Outcome, J::Stop> {
        let timeout = 2 * usize::from(self.setup.election_tick);
        let (mut leader, mut steady, mut deadlocked) = (None, 0, 0);
        // Where servers act on different configurations, one may not hear of another's terms, and theirs race.
        let bound = timeout * if self.acts_differ() { 20 * TERMS } else { TERMS };
        let (mut cycle, mut end) = (Cycle::default(), bound);
        let draws = self.state().settings.dialect.has(Switch::OwnTimeouts);
        self.stop_the_removed()?;
        if !self.bring_up()? {
            return Ok(NO_QUORUM);
        }
        let mut ticks = 0;
        while ticks < end {
            if !self.tick()? {
                return Ok(NO_QUORUM);
            }
            let last = std::mem::replace(&mut leader, self.settled());
            // Only a server that has heard a heartbeat since is sure to wait for the next one.
            steady = if leader.is_some() && leader == last { steady + 1 } else { 0 };
            let long = ticks > 0 && ticks % (TERMS * timeout) == 0;
            // Without a leader no log grows, so what is deadlocked stays so: unless somebody who asks for votes
            // hears in the answers what is committed. All have asked by then. Nor does anybody hear of a term that
            // only servers without a vote are in.
            deadlocked =
                if leader.is_none() && (self.is_deadlocked() || self.is_out_of_reach()) { deadlocked + 1 } else { 0 };
            // Where terms race chance may still elect somebody, and gets as many elections as it should need.
            let hopeless =
                deadlocked > 2 * timeout && (deadlocked > TERMS * timeout || self.known().is_some() || !self.races());
            if (long && self.known().is_some()) || steady >= self.setup.heartbeat_tick || hopeless {
                break;
            }
            ticks += 1;
            // While all follow a leader, or none can be elected, that is counted.
            if leader.is_some() || deadlocked > 0 || draws || !self.cluster.is_quiet() {
                (cycle, end) = (Cycle::default(), bound);
            } else if end == bound {
                if let Some(length) = cycle.note(self.running(), (self.look)(self.judge).0) {
                    // Up to where it would end, but for whole circles.
                    let long = ticks.next_multiple_of(TERMS * timeout) + 1;
                    end = ticks + (long.min(bound) - ticks) % length;
                }
            }
        }
        match leader {
            Some(leader) => self.goes_on(leader, timeout),
            None => Ok(Outcome::Stuck("a healed cluster elects a leader and catches up with it")),
        }
    }

    /// The leader keeps its term, takes proposals, streams to all, and answers reads wherever they are asked.
    fn goes_on(&mut self, leader: NodeId, timeout: usize) -> Result<Outcome, J::Stop> {
        for _ in 0..2 {
            match self.takes_a_proposal(leader, timeout)? {
                Outcome::Well => {}
                outcome => return Ok(outcome),
            }
            // Before, a peer that has everything may still be probed; and what it lacked may have been in a
            // snapshot that it had asked for: then the next proposal is streamed.
            if self.streams_to_all(leader) {
                return self.answers_reads(leader);
            }
        }
        Ok(Outcome::Stuck("a healed cluster streams to all"))
    }

    fn takes_a_proposal(&mut self, leader: NodeId, timeout: usize) -> Result<Outcome, J::Stop> {
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
            (false, _) => Outcome::Stuck("the leader of a healed cluster keeps its term, and all keep up with it"),
            (true, false) => Outcome::Stuck("a healed cluster takes a proposal"),
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
            false => Outcome::Stuck("the leader of a healed cluster answers every read"),
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
        self.stop_the_removed()?;
        self.bring_up()
    }

    /// Entries that are being fetched are there.
    fn fetch(&mut self) -> Result<(), J::Stop> {
        for i in self.setup.nodes().filter(|_| self.setup.late_entries) {
            if !self.state().server(i).fetching.is_empty() {
                self.apply(Event::Fetched(i, u8::MAX))?;
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
            // Who lacks what is committed never leads (raft.tla LeaderCompleteness), and what else it has is not in force.
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
