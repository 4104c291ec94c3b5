//! The view of a healed cluster that makes no progress.

use crate::schedule::Setup;
use crate::spec::{election, has_vote, Configuration, NodeId, NodeSet, Open, Role, Server, State};

/// A healed cluster.
pub struct Healed<'a> {
    /// The setup of the schedule.
    pub setup: &'a Setup,
    /// The specification's state.
    pub state: &'a State,
    /// The servers that run.
    pub running: NodeSet,
    /// Those of them that ask for pre-votes.
    pub pre_voting: NodeSet,
    /// Those of them that tell a leader of an older term of their own, by pre-vote or check-quorum.
    pub answering: NodeSet,
    /// The committed configuration.
    pub committed: Configuration,
    /// The links that are open.
    pub open: Open,
}

impl Healed<'_> {
    /// True if a running voter leads, or would be elected in a `configuration` of its own by votes that are given.
    pub fn elects(
        &self,
        configuration: impl Fn(NodeId) -> Configuration,
        gives: impl Fn(NodeId, NodeId) -> bool,
    ) -> bool {
        let state = self.state;
        let has_quorum = |i: NodeId, gives: &dyn Fn(NodeId) -> bool| {
            let behind = self.is_behind(i);
            let hears = |voter| !behind || state.server(voter).current_term <= state.server(i).current_term;
            self.is_quorum(configuration(i), i, |voter| gives(voter) && hears(voter))
        };
        let leads =
            |i: NodeId| state.server(i).role == Role::Leader && (!self.is_behind(i) || has_quorum(i, &|_| true));
        self.running.iter().any(|i| leads(i) || (has_vote(state, i) && has_quorum(i, &|voter| gives(voter, i))))
    }

    /// True if no running voter leads or would be elected.
    pub fn is_deadlocked(&self) -> bool {
        !self.elects(|i| self.state.server(i).configuration, |voter, candidate| self.gives(voter, candidate))
    }

    /// True if a voter of the committed configuration would be elected that no server tells of the newer terms. Once
    /// its own term is the newest by chance, it is elected. A server ahead of it campaigns, too, so this may take any
    /// time.
    pub fn races(&self) -> bool {
        self.would_win_behind(|server| server.role != Role::Leader)
    }

    /// True if such a voter leads, in an older term than another server: it does not even campaign.
    pub fn leads_behind(&self) -> bool {
        let newest = self.running.iter().map(|i| self.state.server(i).current_term).max().unwrap_or(0);
        self.would_win_behind(|server| server.role == Role::Leader && server.current_term < newest)
    }

    /// True if a server without a vote is in a newer term than every running voter.
    pub fn has_learner_ahead(&self) -> bool {
        let term = |i: NodeId| self.state.server(i).current_term;
        let votes = |i: &NodeId| has_vote(self.state, *i);
        let newest = self.running.iter().filter(votes).map(term).max();
        let hears_voter = |i| self.open.linked(i).and(self.running).iter().any(|j| votes(&j));
        self.running.iter().any(|i| !votes(&i) && Some(term(i)) > newest && hears_voter(i))
    }

    /// True if a voter leads, and a server without a vote is in a newer term than it: neither starts an election.
    pub fn is_out_of_reach(&self) -> bool {
        let leads = |i: NodeId| self.state.server(i).role == Role::Leader && has_vote(self.state, i);
        self.running.iter().any(leads) && self.has_learner_ahead()
    }

    /// True if a leader of an older term gets no answer that tells it of the newer one.
    pub fn is_silent(&self) -> bool {
        self.answering.is_empty()
    }

    /// True if no server in a newer term than leader `i` answers it.
    fn is_unanswered(&self, i: NodeId) -> bool {
        let term = |j: NodeId| self.state.server(j).current_term;
        let newer: NodeSet = self.running.iter().filter(|j| term(*j) > term(i)).collect();
        let asked = if newer.is_empty() { NodeSet::only(i) } else { newer };
        asked.and(self.answering).is_empty()
    }

    /// True if `voter` would give `candidate` its vote, by log and by priority.
    fn gives(&self, voter: NodeId, candidate: NodeId) -> bool {
        election::would_vote(self.state, voter, candidate) && !election::is_outranked(self.state, voter, candidate)
    }

    fn would_win_behind(&self, stands: impl Fn(&Server) -> bool) -> bool {
        let state = self.state;
        let would_win = |i| self.is_quorum(state.server(i).configuration, i, |voter| self.gives(voter, i));
        let votes = |i: NodeId| has_vote(state, i) && self.committed.electors().contains(i);
        self.running.iter().any(|i| stands(state.server(i)) && votes(i) && self.is_behind(i) && would_win(i))
    }

    /// True if no server tells `i` of the newer terms that there are. A server in a newer term may not have `i` as a
    /// voter, or starts no elections, and drops the requests of `i` without an answer (etcd raft doc.go, message
    /// types): a server that was demoted and does not know it, say. raft-rs answers leaders under check-quorum and
    /// pre-vote, and pre-candidates.
    fn is_behind(&self, i: NodeId) -> bool {
        let state = self.state;
        let leads = state.server(i).role == Role::Leader;
        let silent = if leads { self.is_unanswered(i) } else { !self.pre_voting.contains(i) };
        let newer = |j: &NodeId| state.server(*j).current_term > state.server(i).current_term;
        let speaks = |j: NodeId| has_vote(state, j) || state.server(j).role == Role::Leader;
        let asks = |j: NodeId| state.server(j).configuration.electors().contains(i) && self.open.reaches(j, i);
        let tells = |j: NodeId| speaks(j) && asks(j);
        silent && !self.running.iter().filter(newer).any(tells)
    }

    /// True if `i` and the running servers that give it their votes are a quorum.
    fn is_quorum(&self, configuration: Configuration, i: NodeId, gives: impl Fn(NodeId) -> bool) -> bool {
        let linked = self.open.linked(i).and(self.running);
        configuration.is_quorum(linked.iter().filter(|voter| gives(*voter)).chain([i]).collect())
    }
}
