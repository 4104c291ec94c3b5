//! Which known finding explains that a healed cluster makes no progress, by the state that it is stuck in.

use super::{after, Epilogue};
use crate::spec::ghost::Ghost;
use crate::spec::{
    election, has_vote, leads_alone, leads_without_vote, Configuration, Known, NodeId, NodeSet, Role, Server, State,
};
use crate::sut::{Judge, Node};

impl<N: Node, J: Judge<N>, L: Fn(&J) -> (&State, &Ghost)> Epilogue<'_, N, J, L> {
    /// Whether a running voter leads, or would be elected in a `configuration` of its own by votes that are given.
    fn elects(&self, configuration: impl Fn(NodeId) -> Configuration, gives: impl Fn(NodeId, NodeId) -> bool) -> bool {
        let (state, running) = (self.state(), self.running());
        let has_quorum = |i: NodeId, gives: &dyn Fn(NodeId) -> bool| {
            let behind = self.is_behind(i);
            let hears = |voter| !behind || state.server(voter).current_term <= state.server(i).current_term;
            is_quorum(configuration(i), i, running, |voter| gives(voter) && hears(voter))
        };
        let leads =
            |i: NodeId| state.server(i).role == Role::Leader && (!self.is_behind(i) || has_quorum(i, &|_| true));
        running.iter().any(|i| leads(i) || (has_vote(state, i) && has_quorum(i, &|voter| gives(voter, i))))
    }

    /// Whether `voter` would give `candidate` its vote, by log and by priority.
    fn gives(&self, voter: NodeId, candidate: NodeId) -> bool {
        let state = self.state();
        election::would_vote(state, voter, candidate) && !election::is_outranked(state, voter, candidate)
    }

    /// Whether a voter of the committed configuration would be elected that no server tells of the newer terms: once its own
    /// are the newest by chance, it is. A server ahead of it campaigns, too, so that this may take any time.
    pub(super) fn races(&self) -> bool {
        self.would_win_behind(|server| server.role != Role::Leader)
    }

    /// Whether such a voter leads, in an older term than another server: it does not even campaign.
    fn leads_behind(&self) -> bool {
        let newest = self.running().iter().map(|i| self.state().server(i).current_term).max().unwrap_or(0);
        self.would_win_behind(|server| server.role == Role::Leader && server.current_term < newest)
    }

    fn would_win_behind(&self, stands: impl Fn(&Server) -> bool) -> bool {
        let (state, running) = (self.state(), self.running());
        let would_win = |i| is_quorum(state.server(i).configuration, i, running, |voter| self.gives(voter, i));
        let votes = |i: NodeId| has_vote(state, i) && self.committed.electors().contains(i);
        running.iter().any(|i| stands(state.server(i)) && votes(i) && self.is_behind(i) && would_win(i))
    }

    /// Whether nobody tells `i` of the newer terms that there are: who is in one does not have it as a voter, or starts
    /// no elections, and drops its requests without an answer (etcd raft doc.go, message types). A server that was
    /// demoted and does not know it, say. raft-rs answers leaders under check-quorum and pre-vote, and pre-candidates.
    fn is_behind(&self, i: NodeId) -> bool {
        let state = self.state();
        let leads = state.server(i).role == Role::Leader;
        let silent = if leads { self.is_silent() } else { !self.setup.pre_vote };
        let newer = |j: &NodeId| state.server(*j).current_term > state.server(i).current_term;
        let speaks = |j: NodeId| has_vote(state, j) || state.server(j).role == Role::Leader;
        let tells = |j: NodeId| speaks(j) && state.server(j).configuration.electors().contains(i);
        silent && !self.running().iter().filter(newer).any(tells)
    }

    /// Whether a leader of an older term gets no answer that tells it of the newer one.
    fn is_silent(&self) -> bool {
        !self.setup.check_quorum && !self.setup.pre_vote
    }

    /// Whether no running voter leads or would be elected.
    pub(super) fn is_deadlocked(&self) -> bool {
        !self.elects(|i| self.state().server(i).configuration, |voter, candidate| self.gives(voter, candidate))
    }

    /// Whether a server without a vote is in a newer term than every running voter.
    fn has_learner_ahead(&self) -> bool {
        let (state, running) = (self.state(), self.running());
        let newest = running.iter().filter(|i| has_vote(state, *i)).map(|i| state.server(i).current_term).max();
        running.iter().any(|i| !has_vote(state, i) && Some(state.server(i).current_term) > newest)
    }

    /// Whether a voter leads, and a server without a vote is in a newer term than it: neither starts an election.
    pub(super) fn is_out_of_reach(&self) -> bool {
        let leads = |i: NodeId| self.state().server(i).role == Role::Leader && has_vote(self.state(), i);
        self.running().iter().any(leads) && self.has_learner_ahead()
    }

    /// The known finding that explains why nothing goes on.
    pub(super) fn known(&self) -> Option<&'static str> {
        let (state, running) = (self.state(), self.running());
        let known = state.settings.known;
        let deadlocked = self.is_deadlocked();
        let applied = |i: NodeId| state.server(i).configuration;
        let by_log = |voter, candidate| election::would_vote(state, voter, candidate);
        if known.has(Known::PriorityDeadlock) && deadlocked && self.elects(applied, by_log) {
            return Some("known finding priority-deadlock");
        }
        // It has the change that would make it win, and nobody's word that it is committed.
        let newest = |i: NodeId| {
            let server = state.server(i);
            let unapplied = server.log.from(server.disk.applied + 1);
            after(server.configuration, unapplied).last().unwrap_or(server.configuration)
        };
        if known.has(Known::PreVoteUnheard) && self.setup.pre_vote && deadlocked && self.elects(newest, by_log) {
            return Some("known finding pre-vote-unheard");
        }
        // What it refuses to acknowledge until it gets a snapshot cannot be committed, nor be in one.
        let leads = |i: &NodeId| state.server(*i).role == Role::Leader;
        let commits = running.iter().filter(leads).map(|i| state.server(i).commit_index);
        let committed = commits.max().unwrap_or(0);
        let asked = |i: NodeId| state.server(i).progress.iter().any(|progress| progress.requested > committed);
        let waits = |i: NodeId| state.server(i).requested > committed || (leads(&i) && asked(i));
        if known.has(Known::RequestDeadlock) && running.iter().any(waits) {
            return Some("known finding request-deadlock");
        }
        // A learner that campaigned is in a term that no voter hears of.
        let ahead = self.has_learner_ahead();
        if known.has(Known::UnpromotableCampaigns) && self.setup.stray_campaigns && ahead {
            return Some("known finding unpromotable-campaigns");
        }
        // So is one that campaigned while it had a vote.
        if known.has(Known::LearnerAhead) && self.is_silent() && ahead {
            return Some("known finding learner-ahead");
        }
        if known.has(Known::LeaderBehind) && !ahead && self.leads_behind() {
            return Some("known finding leader-behind");
        }
        // Without another entry it never counts what it has.
        let forgets = |i: &NodeId| {
            let server = state.server(*i);
            server.commit_index < server.log.last_index() && server.disk.persisted <= server.own_forgotten
        };
        if known.has(Known::LeaderAddedAgain) && running.iter().filter(leads).any(|i| forgets(&i)) {
            return Some("known finding leader-added-again");
        }
        let alone = |i: NodeId| leads_alone(state, i) && state.server(i).configuration.is_joint();
        if known.has(Known::JointSoleVoterRead) && running.iter().any(alone) {
            return Some("known finding joint-sole-voter-read");
        }
        let usurped = running.iter().any(|i| leads_without_vote(state, i));
        (known.has(Known::RemovedLeader) && usurped).then_some("known finding removed-leader")
    }
}

/// Whether `i` and those of the `running` servers that give it their votes are a quorum.
fn is_quorum(configuration: Configuration, i: NodeId, running: NodeSet, gives: impl Fn(NodeId) -> bool) -> bool {
    configuration.is_quorum(running.iter().filter(|voter| gives(*voter)).chain([i]).collect())
}
