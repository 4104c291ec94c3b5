//! The healing epilogue: whatever a schedule did, a cluster that is whole again must make progress.
//!
//! First the application's debts are paid: stalls end, notices are given, windows are open, everything
//! is applied. Then the network heals, nodes come up until a quorum runs (a minority may stay down),
//! and clocks tick in turn, with all messages delivered between two ticks. Under that timing the first
//! node whose timeout passes runs alone; timeouts are drawn anew in each term, so a node that the
//! others can vote for is soon the first. With at most seven nodes such a node is first with a chance
//! of one in seven or better in each term, and [`TERMS`] terms without it are a chance of less than one
//! in a million. What must be then is thesis 3.4 and 3.9: one leader, which keeps its term, and a log
//! that everybody has and applies.

use crate::schedule::{Event, Link, Setup};
use crate::spec::ghost::Ghost;
use crate::spec::{election, NodeId, NodeSet, Pace, Role, State};
use crate::sut::{Cluster, Judge, Node};

/// So many elections are enough.
const TERMS: usize = 100;
/// More rounds than this between two ticks are left to the next tick.
const ROUNDS: usize = 4_096;

/// What a healed cluster did not come to.
pub struct Stuck {
    /// In words.
    pub what: &'static str,
    /// Whether priorities keep a quorum from electing anybody (the known finding `priority-deadlock`).
    pub deadlocked: bool,
}

/// Heals the cluster and lets it run; what it did not come to, if anything.
///
/// # Errors
/// What the judge says on the way.
pub fn heal<N: Node, J: Judge<N>>(
    cluster: &mut Cluster<N, J>,
    setup: &Setup,
    judge: &mut J,
    look: impl Fn(&J) -> (&State, &Ghost),
) -> Result<Option<Stuck>, J::Stop> {
    pay_debts(cluster, setup, judge, &look)?;
    let up = bring_up(cluster, setup, judge)?;
    let timeout = 2 * usize::from(setup.election_tick);
    let mut leader = None;
    for ticks in 0..TERMS * timeout {
        tick(cluster, setup, judge)?;
        leader = settled(look(judge).0, up);
        // Without a leader no log grows, so what is deadlocked stays so.
        if leader.is_some() || (ticks > 2 * timeout && is_deadlocked(look(judge).0, up)) {
            break;
        }
    }
    let Some(leader) = leader else {
        let what = "a healed cluster elects a leader and catches up with it";
        return Ok(Some(Stuck { what, deadlocked: is_deadlocked(look(judge).0, up) }));
    };
    let (term, before) = (look(judge).0.server(leader).current_term, look(judge).0.server(leader).log.last_index());
    cluster.apply(&Event::Propose(leader, 0), judge)?;
    for _ in 0..2 * timeout {
        tick(cluster, setup, judge)?;
    }
    let server = look(judge).0.server(leader);
    let stuck = |what| Some(Stuck { what, deadlocked: false });
    if settled(look(judge).0, up) != Some(leader) || server.current_term != term {
        return Ok(stuck("the leader of a healed cluster keeps its term, and all keep up with it"));
    }
    // Reads are answered wherever they are asked (thesis 6.4).
    let answered = look(judge).1.reads_answered;
    for i in up.iter() {
        cluster.apply(&Event::Read(i), judge)?;
        // Of two reads of one name, one is answered.
        if setup.reuse_contexts {
            tick(cluster, setup, judge)?;
        }
    }
    tick(cluster, setup, judge)?;
    let (state, ghost) = look(judge);
    if ghost.reads_answered != answered + up.len() {
        return Ok(stuck("the leader of a healed cluster answers every read"));
    }
    let server = state.server(leader);
    let streams = |peer: NodeId| peer == leader || server.progress[peer.slot()].pace == Pace::Replicate;
    Ok(match server.log.last_index() > before && up.iter().all(streams) {
        true => None,
        false => stuck("a healed cluster takes a proposal and streams it to all"),
    })
}

fn pay_debts<N: Node, J: Judge<N>>(
    cluster: &mut Cluster<N, J>,
    setup: &Setup,
    judge: &mut J,
    look: &impl Fn(&J) -> (&State, &Ghost),
) -> Result<(), J::Stop> {
    cluster.apply(&Event::Heal, judge)?;
    for i in setup.nodes() {
        // raft-rs does not say that all nodes need the same: with two kinds, one that is in a newer term
        // neither hears its leader nor is heard.
        cluster.apply(&Event::CheckQuorum(i, setup.check_quorum), judge)?;
        // A group may be down with its servers.
        cluster.apply(&Event::GroupCommit(i, false), judge)?;
        for event in [Event::Resume(i), Event::Notice(i, u8::MAX), Event::Process(i), Event::ApplyAll(i)] {
            cluster.apply(&event, judge)?;
        }
        for j in setup.nodes() {
            if look(judge).0.server(i).progress[j.slot()].window == Some(0) {
                cluster.apply(&Event::Window(Link { from: i, to: j }, 1), judge)?;
            }
        }
    }
    Ok(())
}

/// Nodes come up, in order, until a quorum runs.
fn bring_up<N: Node, J: Judge<N>>(
    cluster: &mut Cluster<N, J>,
    setup: &Setup,
    judge: &mut J,
) -> Result<NodeSet, J::Stop> {
    let voters = NodeSet::first(setup.voters.into());
    let mut up = NodeSet::EMPTY;
    setup.nodes().filter(|i| cluster.node(*i).is_some()).for_each(|i| up.insert(i));
    for i in setup.nodes() {
        if !up.is_quorum_of(voters) && !up.contains(i) {
            cluster.apply(&Event::Restart(i), judge)?;
            up.insert(i);
        }
    }
    Ok(up)
}

/// Every clock ticks once; between two ticks everything that was sent arrives.
fn tick<N: Node, J: Judge<N>>(cluster: &mut Cluster<N, J>, setup: &Setup, judge: &mut J) -> Result<(), J::Stop> {
    for i in setup.nodes() {
        cluster.apply(&Event::Tick(i), judge)?;
        // A sync that a node was not told of is one of the application's debts.
        for j in setup.nodes().filter(|_| setup.late_notice) {
            cluster.apply(&Event::Notice(j, u8::MAX), judge)?;
        }
        let mut rounds = 0;
        fetch(cluster, setup, judge)?;
        while !cluster.is_quiet() && rounds < ROUNDS {
            cluster.apply(&Event::Round, judge)?;
            fetch(cluster, setup, judge)?;
            rounds += 1;
        }
    }
    Ok(())
}

/// Entries that are being fetched are there.
fn fetch<N: Node, J: Judge<N>>(cluster: &mut Cluster<N, J>, setup: &Setup, judge: &mut J) -> Result<(), J::Stop> {
    let mut late = setup.nodes().filter(|_| setup.late_entries);
    late.try_for_each(|i| cluster.apply(&Event::Fetched(i, u8::MAX), judge))
}

/// Whether no node that is up would be elected by those that are.
fn is_deadlocked(state: &State, up: NodeSet) -> bool {
    let voters = state.settings.voters;
    let leads = |i: NodeId| state.server(i).role == Role::Leader;
    !up.iter().any(leads)
        && up.iter().all(|candidate| {
            let mut votes = NodeSet::only(candidate);
            up.iter()
                .filter(|voter| election::would_vote(state, *voter, candidate))
                .for_each(|voter| votes.insert(voter));
            !votes.is_quorum_of(voters)
        })
}

/// The leader that all nodes that are up follow, have the log of, and have applied all of.
fn settled(state: &State, up: NodeSet) -> Option<NodeId> {
    let leader = up.iter().find(|i| state.server(*i).role == Role::Leader)?;
    let server = state.server(leader);
    let keeps_up = |i: NodeId| {
        let other = state.server(i);
        (other.current_term, other.leader) == (server.current_term, Some(leader))
            && other.log.last() == server.log.last()
            && other.commit_index == server.log.last_index()
            && other.disk.applied == server.log.last_index()
    };
    (server.transferee.is_none() && server.reads.is_empty() && up.iter().all(keeps_up)).then_some(leader)
}
