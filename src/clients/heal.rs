//! The healing epilogue: all faults end, and a client asks until it is answered.
//!
//! The applications pay their debts: stalls end, notices are given, snapshots are available, everything is applied. The
//! network heals, and nodes restart until a quorum of every configuration in force runs (a minority may stay down). Clocks
//! tick in turn, and every message is delivered between two ticks. The client proposes at the leader, again and again. It is
//! *served* once a proposal of it is applied by every running member and each of them has answered a read.
//!
//! Election timeouts are drawn at random until nothing was committed or applied for [`PATIENCE`] timeouts. Chance may fail for
//! so long, so the client then waits for draws that favour one node after the other: a node with the shortest timeout while all others have the longest runs alone.
//! A client that is served then was served late. The cluster stands still if the client is served in no such run.

use super::consequences::Consequence;
use super::judge::{Clients, Harm};
use super::observe::Observer;
use crate::schedule::{Event, Knob, Link, NodeOption, Setup};
use crate::spec::{Configuration, NodeId, NodeSet};
use crate::sut::{Abilities, Ability, Cluster, Node, ProgressState, RoleView, Shows};
use std::collections::BTreeSet;

/// The number of election timeouts with random draws, and without progress, after which draws are chosen.
const PATIENCE: usize = 20;
/// The number of timeouts without progress after which a favoured node has had its turn.
const IDLE: usize = 4;
/// The most timeouts of a turn, with progress or without.
const TURN: usize = 100;
/// The most rounds of messages between two ticks; the rest waits for the next tick.
const ROUNDS: usize = 128;
/// The number of times that messages may be left over, without progress: more are a livelock.
const LEFT_OVER: usize = 50;
/// The number of proposals in a turn that are acknowledged without the client being served. More would look like progress.
const AGAIN: usize = 4;
/// The number of times that a client asks a node to read.
const READS: usize = 3;

/// No request was made: nobody leads, or only a node outside the configuration.
const NO_LEADER: &str = "no member leads";

/// The outcome of the epilogue.
pub(super) enum Healed {
    Served,
    /// The client was served once the timer of a node was favoured, after these ticks.
    Slow(usize, NodeId),
    NoQuorum,
}

type Judged<T = ()> = Result<T, Box<Harm>>;

/// Heals the cluster, and serves a client.
///
/// # Errors
/// A consequence: of a call, or a standstill.
pub(super) fn heal<'o, N: Node, O: Observer>(
    cluster: &mut Cluster<N, Clients<'o, O>>,
    judge: &mut Clients<'o, O>,
    setup: Setup,
) -> Judged<Healed> {
    let mut client =
        Client { cluster, judge, setup, waited: 0, proposed: false, left_over: 0, again: 0, asked: NO_LEADER };
    client.pay_debts()?;
    client.stop_removed()?;
    if !client.restart_quorum()? {
        return Ok(Healed::NoQuorum);
    }
    client.wait()
}

/// The client of the epilogue.
struct Client<'a, 'o, N: Node, O: Observer> {
    cluster: &'a mut Cluster<N, Clients<'o, O>>,
    judge: &'a mut Clients<'o, O>,
    setup: Setup,
    /// The number of ticks that the current proposal has waited for.
    waited: usize,
    /// True if a proposal was made and accepted.
    proposed: bool,
    /// The number of times that messages were left over since the last progress.
    left_over: usize,
    /// The number of acknowledged proposals in this turn.
    again: usize,
    /// The request that is not answered, in words.
    asked: &'static str,
}

/// The state of the client after a tick.
#[derive(PartialEq, Eq)]
enum After {
    Waiting,
    Served,
    NoQuorum,
}

impl<N: Node, O: Observer> Client<'_, '_, N, O> {
    fn apply(&mut self, event: Event) -> Judged {
        self.judge.observer.healing(&event);
        self.cluster.apply(&event, self.judge)
    }

    /// A bound above every election timeout, in ticks.
    fn timeout(&self) -> usize {
        let ticks = self.setup.nodes().map(|i| usize::from(self.cluster.setup_of(i).election_tick));
        2 * ticks.max().unwrap_or(0)
    }

    fn pay_debts(&mut self) -> Judged {
        self.apply(Event::Heal)?;
        for i in self.setup.nodes() {
            // Nodes that differ in it ignore each other's terms: the operator ends a rolling change of it.
            self.apply(Event::Configure(i, NodeOption::check_quorum(self.setup.check_quorum)))?;
            self.apply(Event::Set(i, Knob::CheckQuorum(self.setup.check_quorum)))?;
            for event in Event::mending(i) {
                self.apply(event)?;
            }
            for peer in self.judge.book.nodes[i.slot()].muted.iter() {
                self.apply(Event::Set(i, Knob::MaxInflightMsgs(peer, 1)))?;
            }
        }
        Ok(())
    }

    /// Waits until the client is served.
    fn wait(&mut self) -> Judged<Healed> {
        let (after, ticks) = self.turn(None)?;
        match after {
            After::Waiting => {}
            After::Served => return Ok(Healed::Served),
            After::NoQuorum => return Ok(Healed::NoQuorum),
        }
        for favoured in self.turns() {
            match self.turn(Some(favoured))?.0 {
                After::Waiting => {}
                After::Served => return Ok(Healed::Slow(ticks, favoured)),
                After::NoQuorum => return Ok(Healed::NoQuorum),
            }
        }
        Err(self.stands_still())
    }

    /// The running nodes to favour, in order. If they act on different configurations, a node may be able to win only after
    /// another has campaigned: then every ordered pair has its turn.
    fn turns(&self) -> Vec<NodeId> {
        let nodes: Vec<NodeId> = self.judge.book.running().iter().collect();
        let acting = nodes.iter().filter_map(|i| Some(self.cluster.node(*i)?.configuration()));
        if acting.collect::<BTreeSet<_>>().len() <= 1 {
            return nodes;
        }
        let with_the_rest = |(place, i): (usize, &NodeId)| {
            let rest = nodes[place + 1..].iter().flat_map(|j| [*i, *j]).chain([*i]);
            rest.collect::<Vec<_>>()
        };
        nodes.iter().enumerate().flat_map(with_the_rest).collect()
    }

    /// Waits until the client is served or the cluster has made no progress for a while, with a favoured node or none. Returns
    /// the number of ticks, too.
    fn turn(&mut self, favoured: Option<NodeId>) -> Judged<(After, usize)> {
        let patience = self.timeout() * if favoured.is_some() { IDLE } else { PATIENCE };
        if let Some(favoured) = favoured {
            self.cluster.expire_first(favoured, self.judge);
        }
        self.again = 0;
        let (mut reached, mut idle) = (self.reached(favoured), 0);
        for tick in 1..=TURN * self.timeout() {
            match self.tick(favoured)? {
                After::Waiting => {}
                after => return Ok((after, tick)),
            }
            let before = std::mem::replace(&mut reached, self.reached(favoured));
            (idle, self.left_over) = if reached == before { (idle + 1, self.left_over) } else { (0, 0) };
            if idle > patience {
                return Ok((After::Waiting, tick));
            }
        }
        Ok((After::Waiting, TURN * self.timeout()))
    }

    /// The sums of commit and applied indexes, and the favoured node's term until it has passed all others.
    fn reached(&self, favoured: Option<NodeId>) -> (u64, Option<u64>) {
        let nodes = &self.judge.book.nodes;
        let views = nodes.iter().filter_map(|seen| Some((seen.view.as_ref()?, seen.applied)));
        let newest = views.clone().map(|(view, _)| view.term).max();
        let term = favoured.and_then(|i| Some(nodes[i.slot()].view.as_ref()?.term));
        (views.map(|(view, applied)| view.commit + applied).sum(), term.filter(|term| Some(*term) < newest))
    }

    /// Ticks every clock once, and lets the client ask.
    fn tick(&mut self, favoured: Option<NodeId>) -> Judged<After> {
        for i in self.setup.nodes() {
            self.tick_of(i)?;
        }
        // A node that draws its own timeouts is favoured by its clock, while nobody leads.
        if let Some(favoured) = favoured.filter(|_| self.judge.book.leading().is_empty()) {
            self.tick_of(favoured)?;
        }
        self.report_lost_snapshots()?;
        self.stop_removed()?;
        if !self.restart_quorum()? {
            return Ok(After::NoQuorum);
        }
        match self.ask()? {
            true => Ok(After::Served),
            false => Ok(After::Waiting),
        }
    }

    /// Ticks a clock, and delivers every message.
    fn tick_of(&mut self, i: NodeId) -> Judged {
        self.apply(Event::Tick(i))?;
        for j in self.setup.nodes() {
            if self.cluster.has_unreported_sync(j) {
                self.apply(Event::Notice(j, u8::MAX))?;
            }
        }
        self.answer_fetches()?;
        for _ in 0..ROUNDS {
            if self.cluster.is_quiet() {
                return Ok(());
            }
            self.apply(Event::Round)?;
            self.answer_fetches()?;
        }
        self.left_over += 1;
        match self.left_over > LEFT_OVER {
            true => Err(self.judge.harm(Consequence::Hang, "nodes answer each other without end".into())),
            false => Ok(()),
        }
    }

    fn answer_fetches(&mut self) -> Judged {
        if !self.setup.async_fetch {
            return Ok(());
        }
        for i in self.setup.nodes() {
            if self.cluster.node(i).is_some_and(|node| node.fetching(0).is_some()) {
                self.apply(Event::EntriesFetched(i, u8::MAX))?;
            }
        }
        Ok(())
    }

    /// Reports pending snapshots as failed: no message is in flight, so they were lost.
    fn report_lost_snapshots(&mut self) -> Judged {
        for from in self.judge.book.leading().iter() {
            for to in self.setup.nodes() {
                let peer = self.cluster.node(from).and_then(|node| node.peer(to.number().into()));
                if peer.is_some_and(|peer| peer.state == ProgressState::Snapshot) {
                    self.apply(Event::ReportSnapshot(Link { from, to }, false))?;
                }
            }
        }
        Ok(())
    }

    /// The newest applied configuration, and those that its running members act on. A member that lacks an acknowledged entry
    /// is never elected (thesis 3.6.1), so that its configuration is not in force.
    fn in_force(&self) -> BTreeSet<Configuration> {
        let book = &self.judge.book;
        let newest = book.configuration;
        let members = newest.members().minus(book.lacking(book.history.last()));
        let acting = members.iter().filter_map(|i| Some(self.cluster.node(i)?.configuration()));
        acting.filter(|configuration| !configuration.electors().is_empty()).chain([newest]).collect()
    }

    /// Stops removed nodes that do not know of their removal: they would campaign for ever (thesis 4.2.3).
    fn stop_removed(&mut self) -> Judged {
        let book = &self.judge.book;
        let outside = book.running().minus(book.configuration.members()).minus(book.leading());
        for i in outside.iter() {
            let campaigns = self.cluster.node(i).is_some_and(|node| node.configuration().electors().contains(i));
            if campaigns && !self.in_force().iter().any(|configuration| configuration.members().contains(i)) {
                self.apply(Event::Crash(i))?;
            }
        }
        Ok(())
    }

    /// Restarts nodes, in order, until a quorum of every configuration in force runs. Returns false if none can.
    fn restart_quorum(&mut self) -> Judged<bool> {
        let mut tried = NodeSet::EMPTY;
        loop {
            let (in_force, running) = (self.in_force(), self.judge.book.running());
            let Some(short) = in_force.iter().find(|configuration| !configuration.is_quorum(running)) else {
                return Ok(true);
            };
            let down = short.electors().minus(running).minus(tried);
            let Some(next) = down.iter().next() else { return Ok(false) };
            tried.insert(next);
            self.apply(Event::Restart(next))?;
        }
    }

    /// The leader of the newest term, if it is a member.
    fn leader(&self) -> Option<NodeId> {
        let book = &self.judge.book;
        let leaders = book.leading().and(book.configuration.members());
        leaders.iter().max_by_key(|i| book.nodes[i.slot()].view.as_ref().map(|view| view.term))
    }

    /// The running members.
    fn members(&self) -> NodeSet {
        self.judge.book.configuration.members().and(self.judge.book.running())
    }

    /// Proposes if no proposal waits for its answer, and reads once one is applied everywhere. Returns true if the client is
    /// served.
    fn ask(&mut self) -> Judged<bool> {
        let book = &self.judge.book;
        if let (true, Some(index)) = (self.proposed, book.proposal.1) {
            if self.members().iter().all(|i| book.nodes[i.slot()].applied >= index) {
                return self.reads();
            }
        }
        self.waited += 1;
        if self.proposed && self.waited <= 2 * self.timeout() {
            return Ok(false);
        }
        let Some(leader) = self.leader() else {
            self.asked = NO_LEADER;
            return Ok(false);
        };
        self.again += usize::from(self.judge.book.proposal.1.is_some());
        if self.again > AGAIN {
            return Ok(false);
        }
        (self.waited, self.proposed) = (0, true);
        self.judge.book.proposal = (0, None);
        self.apply(Event::Propose(leader, 0))?;
        self.proposed = self.judge.book.proposal.0 != 0;
        self.asked = match self.proposed {
            true => "a proposal is not applied by all running members",
            false => "the leader refuses proposals",
        };
        Ok(false)
    }

    /// Reads at every running member. Returns true if each has answered.
    fn reads(&mut self) -> Judged<bool> {
        self.proposed = false;
        if !Abilities::of::<N>().has(Ability::Reads) {
            return Ok(true);
        }
        for i in self.members().iter() {
            if !self.read(i)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn read(&mut self, i: NodeId) -> Judged<bool> {
        self.asked = "a read is not answered";
        for _ in 0..READS {
            self.apply(Event::Read(i))?;
            for _ in 0..self.timeout() {
                if self.judge.book.reads.newest.1 {
                    return Ok(true);
                }
                for j in self.setup.nodes() {
                    self.tick_of(j)?;
                }
            }
        }
        Ok(false)
    }

    /// The standstill, with the nodes as they are.
    fn stands_still(&self) -> Box<Harm> {
        let book = &self.judge.book;
        let node = |i: NodeId| {
            let view = book.nodes[i.slot()].view.as_ref()?;
            let role = match view.role {
                RoleView::Follower => "a follower",
                RoleView::Candidate => "a candidate",
                RoleView::PreCandidate => "a pre-candidate",
                RoleView::Leader => "the leader",
            };
            let (term, last, commit) = (book.term(view.term), book.index(view.last_index), book.index(view.commit));
            Some(format!("node {i} is {role} in term {term} with last index {last} and commit index {commit}"))
        };
        let nodes: Vec<String> = self.setup.nodes().filter_map(node).collect();
        self.judge.harm(Consequence::Standstill, format!("{}: {}", self.asked, nodes.join(", ")))
    }
}
