//! Stories that lead to states in which a guard is needed.

use raft_lockstep::spec::network::Bag;
use raft_lockstep::spec::{step_in_bag, Action, Message, NodeId, Role, State};

/// A story: steps of raft.tla, one by one, all guards in place.
pub struct Play {
    pub state: State,
    pub bag: Bag,
}

impl Play {
    pub fn take(&mut self, action: Action) {
        let said = action.to_string();
        step_in_bag(&mut self.state, action, &mut self.bag).unwrap_or_else(|disabled| panic!("{said}: {disabled}"));
    }

    /// The newest message from one server to another, and the number of its copies.
    pub fn newest(&self, from: u8, to: u8) -> (Message, u32) {
        let sent = self.bag.iter().filter(|(m, _)| (m.from, m.to) == (node(from), node(to)));
        let (message, copies) = sent.max_by_key(|(m, _)| m.term).expect("there is a message");
        (message.clone(), copies)
    }

    /// One disjunct of `Receive`.
    pub fn receive(&mut self, from: u8, to: u8) {
        self.take(Action::Receive(self.newest(from, to).0));
    }

    pub fn drop(&mut self, from: u8, to: u8) {
        self.take(Action::DropMessage(self.newest(from, to).0));
    }

    /// As many as take the message away.
    pub fn deliver(&mut self, from: u8, to: u8) {
        let (message, copies) = self.newest(from, to);
        while self.bag.iter().any(|held| held == (&message, copies)) {
            self.take(Action::Receive(message.clone()));
        }
    }

    pub fn stand(&mut self, i: u8, term: u32) {
        while self.state.server(node(i)).current_term < term {
            self.take(Action::Timeout(node(i)));
        }
    }

    pub fn elect(&mut self, i: u8, term: u32, voters: &[u8]) {
        self.stand(i, term);
        for &voter in voters {
            self.take(Action::RequestVote(node(i), node(voter)));
            self.deliver(i, voter);
            self.deliver(voter, i);
        }
        self.take(Action::BecomeLeader(node(i)));
    }

    /// `i` hears of the term of `by`, a leader or a candidate, and of nothing else.
    pub fn depose(&mut self, i: u8, by: u8) {
        match self.state.server(node(by)).role {
            Role::Leader => self.append(by, i),
            Role::Follower | Role::Candidate | Role::PreCandidate => {
                self.take(Action::RequestVote(node(by), node(i)));
            }
        }
        self.receive(by, i);
        self.drop(by, i);
    }

    pub fn propose(&mut self, i: u8) {
        self.take(Action::ClientRequest(node(i), 1));
    }

    pub fn append(&mut self, i: u8, j: u8) {
        self.take(Action::AppendEntries(node(i), node(j), 1));
    }

    pub fn replicate(&mut self, i: u8, j: u8) {
        self.append(i, j);
        self.deliver(i, j);
        self.deliver(j, i);
    }

    pub fn commit(&mut self, i: u8) {
        self.take(Action::AdvanceCommitIndex(node(i)));
    }

    /// `i` is elected by itself and `j`, commits an entry with it, and says so.
    pub fn commit_new(&mut self, i: u8, term: u32, j: u8) {
        self.elect(i, term, &[i, j]);
        self.propose(i);
        self.replicate(i, j);
        self.commit(i);
        self.replicate(i, j);
    }
}

fn node(number: u8) -> NodeId {
    NodeId::new(number)
}
