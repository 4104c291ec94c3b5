//! A run as a behaviour of raft.tla: a sequence of its actions that leads every server through the same terms, roles,
//! votes, logs and commit indexes.
//!
//! One call of raft-rs is several actions of raft.tla: a campaign is Timeout and the candidate's vote for itself by
//! message; an append of three entries is three appends; the no-op entry of a new leader is a ClientRequest with the value
//! `NoOp`. A call that changes none of those five is a stutter and is left out. Steps that raft.tla does not have (a
//! pre-vote, a leader that steps down in its own term) are refused, with their event.
//!
//! Commit indexes may differ in two ways. raft.tla resets them at a restart. And raft.tla sends the next entry only after
//! the response to the one before: where raft-rs's leader has several appends in flight, raft.tla's leader hears of them,
//! and commits, earlier.

use crate::lockstep::observe::Observer;
use crate::lockstep::verdict::Phase;
use crate::lockstep::{self, Options, Run};
use crate::schedule::{Event, Schedule};
use crate::spec::network::Bag;
use crate::spec::{step_in_bag, Action, ActionName, Body, Change, Message, NodeId, Role, Server, Settings, State};
use crate::sut::{Call, Node};
use std::collections::BTreeMap;

/// The step of a run that raft.tla does not have, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The event, counted from 0; after the schedule, the number of its events.
    pub event: usize,
    /// The phase of the run.
    pub phase: Phase,
    /// The node that took the step.
    pub node: NodeId,
    /// The reason.
    pub why: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Refusal { event, phase, node, why } = self;
        write!(f, "{}, node {node}: raft.tla does not follow: {why}", phase.place(*event))
    }
}

/// A state of a behaviour, and the action that leads to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moment {
    /// The action; `None` for the initial state.
    pub action: Option<Action>,
    /// The variables of raft.tla except the messages.
    pub state: State,
    /// The messages.
    pub bag: Bag,
}

/// The length of a behaviour, for the user.
pub(super) fn length(moments: &[Moment], run: &Run) -> String {
    format!("raft.tla: {} steps for {} events", moments.len() - 1, run.events)
}

/// Runs `schedule` on nodes of `N`; the run as a behaviour, from its initial state to its last event.
///
/// # Errors
/// The first step that raft.tla does not have.
pub fn behaviour<N: Node>(schedule: &Schedule, options: Options) -> Result<(Vec<Moment>, Run), Refusal> {
    if schedule.setup.voters < schedule.setup.count() {
        let why = "raft.tla has no learners, and no servers outside the configuration".into();
        return Err(Refusal { event: 0, phase: Phase::Schedule, node: NodeId::new(schedule.setup.voters + 1), why });
    }
    if schedule.setup.starts_empty() {
        let why =
            "servers start in term 0, and those of raft.tla in term 1: set first-index and first-term to 1".into();
        return Err(Refusal { event: 0, phase: Phase::Schedule, node: NodeId::new(1), why });
    }
    if schedule.setup.wiped_disks {
        let why = "the servers of raft.tla keep what they have stored: leave wiped-disks out".into();
        return Err(Refusal { event: 0, phase: Phase::Schedule, node: NodeId::new(1), why });
    }
    let mut counter = Counter::default();
    lockstep::run::<N>(schedule, options, &mut counter);
    let mut imager = Imager::new(schedule, counter.copies);
    let run = lockstep::run::<N>(schedule, options, &mut imager);
    match imager.refusal {
        Some(refusal) => Err(refusal),
        None => Ok((imager.moments, run)),
    }
}

/// The index of the bootstrap snapshot, which the logs of raft.tla do not count.
const BOOTSTRAP: u32 = 1;

/// The limit on the log entries of all states: each state is written whole, so these are some hundred megabytes.
const MAX_ENTRIES: usize = 2_000_000;

/// True if the server of raft.tla has the log of `target`, which may be compacted.
fn has_log(server: &Server, target: &Server) -> bool {
    server.log.from(target.log.base().index - BOOTSTRAP + 1) == target.log.entries()
        && server.log.last_index() + BOOTSTRAP == target.log.last_index()
}

/// For each message, the number of its deliveries that duplicates account for: raft.tla must duplicate it as often.
#[derive(Default)]
struct Counter {
    copies: BTreeMap<Message, i32>,
}

impl Observer for Counter {
    fn received(&mut self, message: &Message) {
        *self.copies.entry(message.clone()).or_default() += 1;
    }

    fn sent(&mut self, message: &Message, _number: u32) {
        *self.copies.entry(message.clone()).or_default() -= 1;
    }
}

/// Takes the steps of raft.tla while the run goes on.
struct Imager {
    state: State,
    bag: Bag,
    moments: Vec<Moment>,
    /// The log entries of all moments.
    entries: usize,
    copies: BTreeMap<Message, i32>,
    /// The messages of the run in flight, each with its image in raft.tla.
    images: Vec<(Message, Message)>,
    /// True while a restart is judged.
    restarted: bool,
    delivered: Option<Message>,
    sent: Vec<Message>,
    /// The response of raft.tla's receiver to the delivered message.
    answer: Option<Message>,
    /// True once an append was sent later than in the run, entry by entry.
    pulled: bool,
    /// Servers that have restarted: raft.tla resets their commit index.
    forgot: Vec<NodeId>,
    event: usize,
    phase: Phase,
    /// The number of events in the schedule.
    events: usize,
    refusal: Option<Refusal>,
}

impl Observer for Imager {
    fn event(&mut self, place: usize, _: &Event) {
        self.event = place;
    }

    fn healing(&mut self, _: &Event) {
        (self.event, self.phase) = (self.events, Phase::Epilogue);
    }

    fn called(&mut self, _: NodeId, call: &Call<(), ()>) {
        self.restarted = matches!(call, Call::Restarted);
    }

    fn received(&mut self, message: &Message) {
        self.delivered = Some(message.clone());
    }

    fn sent(&mut self, message: &Message, _number: u32) {
        self.sent.push(message.clone());
    }

    fn judged(&mut self, node: NodeId, taken: &[(ActionName, NodeId)], state: &State) {
        let (delivered, sent) = (self.delivered.take(), std::mem::take(&mut self.sent));
        if self.refusal.is_some() {
            return;
        }
        let followed = self.follow(node, taken, state.server(node), delivered, &sent);
        self.refusal = followed.err().map(|why| Refusal { event: self.event, phase: self.phase, node, why });
    }
}

type Followed = Result<(), String>;

impl Imager {
    fn new(schedule: &Schedule, copies: BTreeMap<Message, i32>) -> Self {
        let state = State::init(Settings::ongaro(schedule.setup.count().into()));
        let first = Moment { action: None, state: state.clone(), bag: Bag::default() };
        Imager {
            state,
            bag: Bag::default(),
            moments: vec![first],
            entries: 0,
            copies,
            images: Vec::new(),
            restarted: false,
            delivered: None,
            sent: Vec::new(),
            answer: None,
            pulled: false,
            forgot: Vec::new(),
            event: 0,
            phase: Phase::Schedule,
            events: schedule.events.len(),
            refusal: None,
        }
    }

    /// Takes the actions of one call of node `i`, which leads to `target`.
    fn follow(
        &mut self,
        i: NodeId,
        taken: &[(ActionName, NodeId)],
        target: &Server,
        delivered: Option<Message>,
        sent: &[Message],
    ) -> Followed {
        let took = |wanted: ActionName| taken.iter().any(|(name, _)| *name == wanted);
        self.answer = None;
        if self.restarted {
            self.act(Action::Restart(i))?;
            self.forgot.push(i);
        }
        if let Some(message) = delivered {
            self.deliver(&message, target)?;
        }
        if took(ActionName::Timeout) {
            self.campaign(i)?;
        }
        if took(ActionName::BecomeLeader) {
            self.act(Action::BecomeLeader(i))?;
        }
        let known = self.state.server(i).log.last_index();
        let new: Vec<u32> = target.log.from(known + 1 + BOOTSTRAP).iter().map(|entry| entry.value).collect();
        for value in new.into_iter().filter(|_| target.role == Role::Leader) {
            if Change::is_value(value) {
                return Err("raft.tla has no changes of the configuration".into());
            }
            self.act(Action::ClientRequest(i, value))?;
        }
        if took(ActionName::AdvanceCommitIndex) {
            self.act(Action::AdvanceCommitIndex(i))?;
        }
        sent.iter().try_for_each(|message| self.send(message))?;
        self.compare(i, target)
    }

    /// Takes an action of raft.tla.
    fn act(&mut self, action: Action) -> Followed {
        step_in_bag(&mut self.state, action.clone(), &mut self.bag).map_err(|disabled| disabled.to_string())?;
        let entries: usize = self.state.servers.iter().map(|server| server.log.entries().len()).sum();
        self.entries += entries;
        if self.entries > MAX_ENTRIES {
            return Err(format!("the behaviour is too long: its states have more than {MAX_ENTRIES} log entries"));
        }
        let (state, bag) = (self.state.clone(), self.bag.clone());
        self.moments.push(Moment { action: Some(action), state, bag });
        Ok(())
    }

    /// Takes an action, and returns the message that it sends.
    fn act_sending(&mut self, action: Action) -> Result<Option<Message>, String> {
        let before = self.bag.clone();
        self.act(action)?;
        Ok(self.bag.more_than(&before).cloned())
    }

    /// Receives a message until it is consumed, and returns the response.
    fn receive(&mut self, message: &Message) -> Result<Option<Message>, String> {
        let copies = self.bag.copies(message);
        let mut answer = None;
        // One step each for a newer term, stepping down, every conflicting entry, a new entry and the response.
        let most = 5 + self.state.server(message.to).log.last_index();
        for _ in 0..most {
            answer = self.act_sending(Action::Receive(message.clone()))?.or(answer);
            if self.bag.copies(message) < copies {
                return Ok(answer);
            }
        }
        Err("raft.tla does not consume the message".into())
    }

    fn campaign(&mut self, i: NodeId) -> Followed {
        self.act(Action::Timeout(i))?;
        let request = self.act_sending(Action::RequestVote(i, i))?.ok_or("no request")?;
        let response = self.receive(&request)?.ok_or("no answer")?;
        self.receive(&response).map(|_| ())
    }

    fn send(&mut self, message: &Message) -> Followed {
        let (i, j) = (message.from, message.to);
        let image = match &message.body {
            Body::RequestVoteRequest { pre: false, .. } => self.act_sending(Action::RequestVote(i, j))?,
            Body::AppendEntriesRequest { prev_log, entries, .. } => {
                let next = prev_log.index + 1 - BOOTSTRAP.min(prev_log.index + 1);
                let leader = self.state.server(i);
                // An append of raft.tla carries the next entry whenever there is one.
                let alike = entries.is_empty() == (next > leader.log.last_index());
                match alike && leader.next_index[j.slot()] == next {
                    true => self.act_sending(Action::AppendEntries(i, j, 1))?,
                    false => None,
                }
            }
            Body::RequestVoteResponse { pre: false, granted, .. } => {
                let same = |answer: &Message| matches!(answer.body, Body::RequestVoteResponse { granted: given, .. } if given == *granted);
                self.answer.take().filter(same)
            }
            Body::AppendEntriesResponse { success, .. } => {
                let same = |answer: &Message| matches!(answer.body, Body::AppendEntriesResponse { success: given, .. } if given == *success);
                self.answer.take().filter(same)
            }
            Body::RequestVoteRequest { pre: true, .. } | Body::RequestVoteResponse { pre: true, .. } => {
                return Err("raft.tla has no pre-votes".into());
            }
            Body::Snapshot { .. } => return Err("raft.tla has no snapshots".into()),
            Body::Heartbeat { .. }
            | Body::HeartbeatResponse { .. }
            | Body::ReadIndex { .. }
            | Body::ReadIndexResponse { .. }
            | Body::TransferLeader
            | Body::TimeoutNow
            | Body::Proposal { .. } => None,
        };
        let Some(image) = image else { return Ok(()) };
        self.images.push((message.clone(), image.clone()));
        // raft.tla can duplicate a message only while it is in flight.
        for _ in 0..self.copies.remove(message).unwrap_or(0) {
            self.act(Action::DuplicateMessage(image.clone()))?;
            self.images.push((message.clone(), image.clone()));
        }
        Ok(())
    }

    /// Removes and returns the image of a message of the run.
    fn image(&mut self, message: &Message) -> Option<Message> {
        let place = self.images.iter().position(|(real, image)| real == message && self.bag.contains(image))?;
        Some(self.images.remove(place).1)
    }

    fn deliver(&mut self, message: &Message, target: &Server) -> Followed {
        let image = self.image(message);
        match (&message.body, image) {
            (Body::RequestVoteRequest { .. } | Body::RequestVoteResponse { .. }, Some(image))
            | (Body::AppendEntriesRequest { .. } | Body::AppendEntriesResponse { .. }, Some(image)) => {
                self.answer = self.receive(&image)?;
            }
            (Body::AppendEntriesRequest { .. } | Body::Heartbeat { .. }, None) => self.hear(message, target)?,
            _ => {}
        }
        self.pull(message, target)
    }

    /// Tells the receiver the sender's term and leadership, by an append that is dropped afterwards.
    fn hear(&mut self, message: &Message, target: &Server) -> Followed {
        let (i, j) = (message.from, message.to);
        let level = |server: &Server| {
            server.current_term == target.current_term
                && (server.role == target.role || server.role == Role::Follower || target.role == Role::Leader)
        };
        if level(self.state.server(j)) || !self.leads(i, message.term) {
            return Ok(());
        }
        let Some(append) = self.act_sending(Action::AppendEntries(i, j, 1))? else { return Ok(()) };
        while !level(self.state.server(j)) {
            self.act(Action::Receive(append.clone()))?;
        }
        self.act(Action::DropMessage(append))
    }

    fn leads(&self, i: NodeId, term: u32) -> bool {
        let server = self.state.server(i);
        server.role == Role::Leader && server.current_term == term
    }

    /// Sends the remaining entries and commit index of an append or heartbeat, one entry an append, and receives each
    /// response while the sender leads.
    fn pull(&mut self, message: &Message, target: &Server) -> Followed {
        let (i, j) = (message.from, message.to);
        if !matches!(message.body, Body::AppendEntriesRequest { .. } | Body::Heartbeat { .. }) {
            return Ok(());
        }
        let commit = target.commit_index - BOOTSTRAP;
        for _ in 0..2 * target.log.last_index() + 4 {
            let server = self.state.server(j);
            if has_log(server, target) && server.commit_index >= commit {
                return Ok(());
            }
            if !self.leads(i, message.term) || self.state.server(j).current_term > message.term {
                return Ok(());
            }
            if let Some(answer) = self.answer.take() {
                self.receive(&answer)?;
            }
            // An append of raft.tla carries the next entry whenever there is one.
            let leader = self.state.server(i);
            let next = leader.next_index[j.slot()];
            if leader.log.get(next).is_some_and(|entry| target.log.get(next + BOOTSTRAP) != Some(entry)) {
                return Ok(());
            }
            self.pulled = true;
            let append = self.act_sending(Action::AppendEntries(i, j, 1))?.ok_or("no append")?;
            self.answer = self.receive(&append)?;
        }
        Ok(())
    }

    /// Compares a server of raft.tla with the run's, after the call.
    fn compare(&mut self, i: NodeId, target: &Server) -> Followed {
        let server = self.state.server(i);
        let commit = target.commit_index - BOOTSTRAP;
        let differs =
            |what: &str, here: String, there: String| Err(format!("{what}: {here} in raft.tla, {there} here"));
        if server.current_term != target.current_term {
            return differs("term", server.current_term.to_string(), target.current_term.to_string());
        }
        // In raft.tla a candidate that lost its election remains a candidate.
        let leads = |role: Role| role == Role::Leader;
        if leads(server.role) != leads(target.role) {
            return differs("role", server.role.name().into(), target.role.name().into());
        }
        let vote = |server: &Server| server.voted_for.map_or("nobody".into(), |node| node.to_string());
        if server.voted_for != target.voted_for {
            return differs("vote", vote(server), vote(target));
        }
        if !has_log(server, target) {
            let of =
                |server: &Server| server.log.entries().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
            return differs("log", format!("[{}]", of(server)), format!("[{}]", of(target)));
        }
        let lags = server.commit_index < commit && self.forgot.contains(&i);
        // An append sent later than in the run may carry a later commit index.
        let leads = server.commit_index > commit && self.pulled;
        match server.commit_index == commit || lags || leads {
            true => Ok(()),
            false => differs("commit index", server.commit_index.to_string(), commit.to_string()),
        }
    }
}
