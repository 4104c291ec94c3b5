//! The goals of a healed cluster, in the order in which they are asked for.

use super::super::verdict::Skip;
use super::{Epilogue, Judged, Outcome, NO_QUORUM};
use crate::schedule::Event;
use crate::spec::{NodeId, NodeSet, ProgressState, Role, Server, Switch};
use crate::sut::{Ability, Node};

/// Number of timeouts within which a leader takes a proposal, and after which it still leads.
const WATCHED: usize = 2;

/// A goal of a healed cluster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// A leader is elected.
    Elects,
    /// The leader keeps its term for two further timeouts.
    KeepsTerm,
    /// The leader accepts a proposal.
    TakesProposal,
    /// The leader replicates to every member in a stream.
    StreamsToAll,
    /// Reads are answered, wherever they are asked.
    AnswersReads,
}

impl Goal {
    /// The goal in words, which causes are made of.
    pub fn sentence(self) -> &'static str {
        match self {
            Goal::Elects => "a healed cluster elects a leader and catches up with it",
            Goal::KeepsTerm => "the leader of a healed cluster keeps its term, and all keep up with it",
            Goal::TakesProposal => "a healed cluster takes a proposal",
            Goal::StreamsToAll => "a healed cluster streams to all",
            Goal::AnswersReads => "the leader of a healed cluster answers every read",
        }
    }
}

impl<N: Node> Epilogue<'_, '_, N> {
    /// The leader that has been settled for longer than a heartbeat interval: a server that has heard a heartbeat since is
    /// sure to wait for the next.
    pub(super) fn steady_leader(&mut self) -> Option<NodeId> {
        let (last, now) = (self.leader, self.settled_leader());
        self.counts_end(last, now);
        self.steady_ticks = if now.is_some() && now == last { self.steady_ticks + 1 } else { 0 };
        self.leader = now;
        self.leader.filter(|leader| self.steady_ticks >= self.state().server(*leader).options.heartbeat_timeout)
    }

    /// Asks a steady leader for the other goals. `None` if its term ended, as it may, and a later leader may keep its own.
    pub(super) fn meets_goals(&mut self, leader: NodeId) -> Judged<Option<Outcome>> {
        // A server that loses its vote meanwhile may have ended the term before.
        let may_lose_term = self.may_lose_term(leader);
        let outcome = self.asked_for_goals(leader)?;
        let goes_on = may_lose_term && matches!(outcome, Outcome::Missed(Goal::KeepsTerm));
        if goes_on {
            self.counts_end(self.leader, None);
            self.leader = None;
        }
        Ok((!goes_on).then_some(outcome))
    }

    fn asked_for_goals(&mut self, leader: NodeId) -> Judged<Outcome> {
        for _ in 0..2 {
            match self.takes_a_proposal(leader)? {
                Outcome::Progress => {}
                outcome => return Ok(outcome),
            }
            // Until the first proposal a peer that has everything may still be probed. If it lacked entries that were in a
            // snapshot which it had requested, the second proposal is streamed.
            if self.streams_to_all(leader) {
                return self.answers_reads(leader);
            }
        }
        Ok(self.missed(Goal::StreamsToAll))
    }

    /// The outcome of a missed goal, unless a known finding explains it.
    fn missed(&self, goal: Goal) -> Outcome {
        self.finding().map_or(Outcome::Missed(goal), |finding| Outcome::NoVerdict(Skip::Finding(finding)))
    }

    fn takes_a_proposal(&mut self, leader: NodeId) -> Judged<Outcome> {
        let timeout = self.timeout();
        let (term, before) = self.at(leader);
        // Lost acknowledgements may leave as many appends in flight as there may be; each answered heartbeat frees one.
        let in_flight = self.state().server(leader).progress.iter().map(|peer| peer.inflight.len()).max().unwrap_or(0);
        self.apply(Event::Propose(leader, 0))?;
        let watched = if self.partial.is_some() { 2 * WATCHED } else { WATCHED };
        let heartbeat = self.state().server(leader).options.heartbeat_timeout as usize;
        for tick in 0..watched * timeout + in_flight * heartbeat {
            // Within one timeout every election timer that can run out has done so.
            if tick > (watched - 1) * timeout && self.settled_leader() == Some(leader) {
                break;
            }
            if !self.tick()? {
                return Ok(NO_QUORUM);
            }
        }
        let (now, last) = self.at(leader);
        Ok(match (self.settled_leader() == Some(leader) && now == term, last > before) {
            (false, _) => self.missed(Goal::KeepsTerm),
            (true, false) => self.missed(Goal::TakesProposal),
            (true, true) => Outcome::Progress,
        })
    }

    fn streams_to_all(&self, leader: NodeId) -> bool {
        let progress = &self.state().server(leader).progress;
        if !self.state().settings.dialect.has(Switch::Pipelining) {
            return true;
        }
        self.members_of(leader).without(leader).iter().all(|j| progress[j.slot()].state == ProgressState::Replicate)
    }

    fn answers_reads(&mut self, leader: NodeId) -> Judged<Outcome> {
        let (answered, members) = (self.judge.ghost.reads_answered, self.members_of(leader));
        let (term, _) = self.at(leader);
        if !crate::sut::Abilities::of::<N>().has(Ability::Reads) {
            return Ok(Outcome::Progress);
        }
        for i in members.iter() {
            self.apply(Event::Read(i))?;
            // Of two reads with the same context, one is answered.
            if self.setup.reuse_contexts {
                self.tick()?;
            }
        }
        self.tick()?;
        // Another server may end the term, and the leader be elected again meanwhile.
        if (self.partial.is_some() || self.may_lose_term(leader))
            && !(self.is_followed(leader) && self.at(leader).0 == term)
        {
            return Ok(self.missed(Goal::KeepsTerm));
        }
        Ok(match self.judge.ghost.reads_answered == answered + members.len() {
            true => Outcome::Progress,
            false => self.missed(Goal::AnswersReads),
        })
    }

    /// The running members of the leader's configuration that are linked with it.
    fn members_of(&self, leader: NodeId) -> NodeSet {
        let linked = self.open.linked(leader).and(self.running());
        self.state().server(leader).configuration.members().and(linked)
    }

    /// True if the running members that are linked with `leader` follow it in its term.
    fn is_followed(&self, leader: NodeId) -> bool {
        let term = self.state().server(leader).current_term;
        let follows = |i| (self.state().server(i).current_term, self.state().server(i).leader) == (term, Some(leader));
        self.members_of(leader).iter().all(follows)
    }

    /// The term and the last index of a server.
    fn at(&self, i: NodeId) -> (u32, u32) {
        (self.state().server(i).current_term, self.state().server(i).log.last_index())
    }

    /// The leader that all running members of its configuration follow that are linked with it, and whose whole log they
    /// have applied.
    fn settled_leader(&self) -> Option<NodeId> {
        let (state, running) = (self.state(), self.running());
        let leads = |i: &NodeId| state.server(*i).role == Role::Leader && self.may_lead(*i);
        let leaders = running.iter().filter(leads);
        let leader = leaders.max_by_key(|i| state.server(*i).current_term)?;
        let server = state.server(leader);
        // A follower keeps entries that the leader lacks until the leader appends an entry, which some do not when elected.
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
        (idle && members.contains(leader) && self.members_of(leader).iter().all(keeps_up)).then_some(leader)
    }
}
