//! Which known finding explains that a healed cluster makes no progress, by the state that it is stuck in.

use super::{after, Epilogue};
use crate::spec::ghost::Ghost;
use crate::spec::{
    election, has_vote, leads_alone, leads_without_vote, Configuration, Known, NodeId, NodeSet, Role, State,
};
use crate::sut::{Judge, Node};

impl<N: Node, J: Judge<N>, L: Fn(&J) -> (&State, &Ghost)> Epilogue<'_, N, J, L> {
    /// Whether a running voter leads, or would be elected in a `configuration` of its own by votes that are given.
    fn elects(&self, configuration: impl Fn(NodeId) -> Configuration, gives: impl Fn(NodeId, NodeId) -> bool) -> bool {
        let (state, running) = (self.state(), self.running());
        let has_quorum = |i: NodeId, gives: &dyn Fn(NodeId) -> bool| {
            let behind = self.is_behind(i);
            let hears = |voter| !behind || state.server(voter).current_term <= state.server(i).current_term;
            let votes = running.iter().filter(|voter| gives(*voter) && hears(*voter));
            configuration(i).is_quorum(votes.chain([i]).collect::<NodeSet>())
        };
        let leads =
            |i: NodeId| state.server(i).role == Role::Leader && (!self.is_behind(i) || has_quorum(i, &|_| true));
        running.iter().any(|i| leads(i) || (has_vote(state, i) && has_quorum(i, &|voter| gives(voter, i))))
    }

    /// Whether nobody tells `candidate` of the newer terms that there are: who is in one does not have it as a voter, and
    /// drops its requests without an answer (etcd raft doc.go, message types; raft-rs answers them under check-quorum
    /// and pre-vote). A server that was demoted and does not know it, say.
    fn is_behind(&self, candidate: NodeId) -> bool {
        let state = self.state();
        let newer = |i: &NodeId| state.server(*i).current_term > state.server(candidate).current_term;
        let tells = |i: NodeId| state.server(i).configuration.electors().contains(candidate);
        self.is_silent() && !self.running().iter().filter(newer).any(tells)
    }

    /// Whether who is in an older term gets no answer that tells it of the newer one.
    fn is_silent(&self) -> bool {
        !self.setup.check_quorum && !self.setup.pre_vote
    }

    /// Whether no running voter leads or would be elected.
    pub(super) fn is_deadlocked(&self) -> bool {
        let state = self.state();
        let votes = |voter, candidate| {
            election::would_vote(state, voter, candidate) && !election::is_outranked(state, voter, candidate)
        };
        !self.elects(|i| state.server(i).configuration, votes)
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
            after(server.configuration, unapplied).last().copied().unwrap_or(server.configuration)
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
