//! Ghost state: the history of a run, which no server of the cluster keeps.
//!
//! The committed log, the leader of every term and the votes that left their voter. A stale
//! leader, a lost committed entry or a second vote is seen the moment it happens.

use super::entries::Entry;
use super::ids::{Context, Index, NodeId, NodeSet, Position, Term, MAX_NODES, NO_OP};
use super::message::{Body, Message};
use super::server::{Role, Server};
use super::state::State;
use std::fmt;

/// History variables of one run (raft.tla has `elections` and `allLogs` in their place).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ghost {
    /// Every entry that was ever committed, in order.
    pub committed: Vec<Entry>,
    /// The term in which each of them was first seen to be committed; never decreasing.
    pub committed_in: Vec<Term>,
    /// The leader of each term that had one.
    pub leaders: Vec<Option<Leader>>,
    /// For each term whom each node gave the vote that left it.
    pub(super) votes: Vec<[Option<NodeId>; MAX_NODES]>,
    /// The first vote that contradicts an earlier one.
    pub second_vote: Option<SecondVote>,
    /// For each context the reads that were asked under it.
    pub(super) reads: Vec<Asked>,
    /// The number of reads answered.
    pub reads_answered: usize,
    /// The first read that was answered with less.
    pub stale_read: Option<StaleRead>,
    /// The servers that have lost their disks, with data on them.
    pub wiped: NodeSet,
    /// The newest term on a disk that was lost; 0 for none.
    pub forgotten_term: Term,
}

/// A leader of a term.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leader {
    /// The server.
    pub node: NodeId,
    /// True once it has lost its disk: from then on the server is another one (thesis 3.8).
    pub disk_lost: bool,
}

/// The reads under one context, at each node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Asked {
    /// The commit index at the first request since the last answer.
    committed: [Index; MAX_NODES],
    /// The nodes whose clients wait for an answer.
    waiting: NodeSet,
}

/// A read that missed what was committed when it was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct StaleRead {
    pub node: NodeId,
    pub context: Context,
    pub committed: Index,
    pub index: Index,
}

/// A voter that gave two candidates its vote.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct SecondVote {
    pub voter: NodeId,
    pub term: Term,
    pub candidates: [NodeId; 2],
}

/// A node's past, as far as the incremental invariants need it.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot {
    /// `currentTerm`.
    pub term: Term,
    /// `state`.
    pub role: Role,
    /// `commitIndex`.
    pub commit_index: Index,
    /// `Len(log)`.
    pub last_index: Index,
    /// `matchIndex`.
    pub match_index: [Index; MAX_NODES],
    /// `nextIndex`.
    pub next_index: [Index; MAX_NODES],
}

impl Snapshot {
    /// The node as it is.
    #[inline]
    pub fn of(server: &Server) -> Self {
        Snapshot {
            term: server.current_term,
            role: server.role,
            commit_index: server.commit_index,
            last_index: server.log.last_index(),
            match_index: server.match_index,
            next_index: server.next_index,
        }
    }
}

impl fmt::Display for Leader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let disk = if self.disk_lost { ", before it lost its disk," } else { "" };
        write!(f, "{}{disk}", self.node)
    }
}

impl Ghost {
    /// The history of servers whose logs begin after `bootstrap`.
    pub fn after(bootstrap: Position) -> Self {
        let bootstrapped = Entry { term: bootstrap.term, value: NO_OP };
        let count = bootstrap.index as usize;
        Ghost { committed: vec![bootstrapped; count], committed_in: vec![bootstrap.term; count], ..Ghost::default() }
    }

    /// The leader of `term`, if it had one that is not `node` with the disk that it has.
    pub fn other_leader(&self, term: Term, node: NodeId) -> Option<Leader> {
        let leader = self.leaders.get(term as usize).copied().flatten();
        leader.filter(|leader| leader.node != node || leader.disk_lost)
    }

    /// Up to where entries that were committed by `term` go.
    pub fn committed_by(&self, term: Term) -> Index {
        self.committed_in.iter().rposition(|in_term| *in_term <= term).map_or(0, |last| last as Index + 1)
    }

    /// The committed entry at `index`, if the run has got so far.
    pub fn committed_at(&self, index: Index) -> Option<Entry> {
        self.committed.get((index as usize).checked_sub(1)?).copied()
    }

    /// Takes note of what a node has just done.
    pub fn observe(&mut self, before: &Snapshot, after: &State, node: NodeId) {
        let server = after.server(node);
        let known = self.committed.len();
        if server.commit_index as usize > known {
            let first = known as Index + 1;
            let seen = server.log.between(first, server.commit_index);
            // A snapshot that is newer than all that was seen to be committed was applied by its
            // sender, so there is no such thing; the invariant on snapshots says so.
            self.committed.extend_from_slice(seen);
            self.committed_in.resize(self.committed.len(), server.current_term);
        }
        if server.role == Role::Leader && before.role != Role::Leader {
            let term = server.current_term as usize;
            if self.leaders.len() <= term {
                self.leaders.resize(term + 1, None);
            }
            self.leaders[term].get_or_insert(Leader { node, disk_lost: false });
        }
    }

    /// Takes back that `node` led in terms after `durable`, the last that a crash left it. Only a server
    /// that is a quorum by itself leads in a term that is not on its disk, and nothing of it has left. Of terms on a disk
    /// that was lost much has left.
    pub fn forget_leader(&mut self, node: NodeId, durable: Term) {
        let lost = if self.wiped.contains(node) { self.forgotten_term } else { 0 };
        let forgotten = self.leaders.iter_mut().skip(durable.max(lost) as usize + 1);
        forgotten.filter(|leader| leader.is_some_and(|led| led.node == node)).for_each(|leader| *leader = None);
    }

    /// Takes note that `node` loses its disk. From then on it is another voter.
    pub fn lost_disk(&mut self, node: NodeId, server: &Server) {
        if server.current_term == 0 && server.log.last_index() == 0 {
            return;
        }
        self.wiped.insert(node);
        self.forgotten_term = self.forgotten_term.max(server.current_term);
        self.votes.iter_mut().for_each(|votes| votes[node.slot()] = None);
        self.leaders.iter_mut().flatten().filter(|led| led.node == node).for_each(|led| led.disk_lost = true);
    }

    /// Takes note of a vote that leaves its voter; a request carries the candidate's own. Returns true if the
    /// message has one.
    #[inline]
    pub fn observe_vote(&mut self, message: &Message) -> bool {
        let candidate = match message.body {
            Body::RequestVoteResponse { granted: true, pre: false, .. } => message.to,
            Body::RequestVoteRequest { pre: false, .. } => message.from,
            _ => return false,
        };
        self.vote(message.from, message.term, candidate);
        true
    }

    /// A client of `node` asks to read. While it waits it may ask again: an answer is one to its first request
    /// (thesis 6.4: a read is no older than when its client asked).
    pub fn asked(&mut self, node: NodeId, context: Context) {
        let known = self.reads.len().max(context as usize + 1);
        self.reads.resize(known, Asked { committed: [Index::MAX; MAX_NODES], waiting: NodeSet::EMPTY });
        let (committed, asked) = (self.committed.len() as Index, &mut self.reads[context as usize]);
        if !asked.waiting.contains(node) {
            asked.waiting.insert(node);
            asked.committed[node.slot()] = committed;
        }
    }

    /// The next answer at `node` may be one to an earlier request, at which no more than `committed` was committed.
    pub fn may_answer_earlier(&mut self, node: NodeId, context: Context, committed: Index) {
        if let Some(asked) = self.reads.get_mut(context as usize) {
            asked.committed[node.slot()] = committed.min(asked.committed[node.slot()]);
        }
    }

    /// The read is not judged.
    pub fn excuse(&mut self, node: NodeId, context: Context) {
        self.may_answer_earlier(node, context, 0);
    }

    /// The least index of an answer that is not stale.
    pub fn least_index(&self, node: NodeId, context: Context) -> Index {
        self.reads.get(context as usize).map_or(Index::MAX, |asked| asked.committed[node.slot()])
    }

    /// Its read is answered at `node`.
    pub fn answered(&mut self, node: NodeId, context: Context, index: Index) {
        self.reads_answered += 1;
        let committed = self.least_index(node, context);
        if let Some(asked) = self.reads.get_mut(context as usize) {
            asked.waiting.remove(node);
        }
        if index < committed {
            self.stale_read.get_or_insert(StaleRead { node, context, committed, index });
        }
    }

    pub(super) fn vote(&mut self, voter: NodeId, term: Term, candidate: NodeId) {
        if self.votes.len() <= term as usize {
            self.votes.resize(term as usize + 1, [None; MAX_NODES]);
        }
        let first = *self.votes[term as usize][voter.slot()].get_or_insert(candidate);
        if first != candidate {
            self.second_vote.get_or_insert(SecondVote { voter, term, candidates: [first, candidate] });
        }
    }
}
