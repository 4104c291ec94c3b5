//! The outcome of a script: the statements of its output beside the states of the nodes.

use super::setup::Plan;
use crate::concretize::world::World;
use crate::spec::{Change, NodeId, Transition, MAX_NODES};
use crate::sut::{EntryView, Node, RoleView, Shows, View};
use crate::trace::rafttest::{Command, Payload, Stated, Statement, What};
use std::collections::BTreeMap;
use std::fmt;

/// The comparison of the outcome.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Comparison {
    /// The number of statements compared.
    pub compared: usize,
    /// The statements that do not hold.
    pub differences: Vec<Difference>,
}

/// A statement that does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The number of the statement's line.
    pub line: usize,
    /// The number of the line of the command after which it was compared.
    pub after: usize,
    /// The statement, and what was found instead.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "line {}: {} (after the command in line {})", self.line, self.what, self.after)
    }
}

/// A statement's content, with its line.
type Lined<T> = Option<(usize, T)>;

/// The last statements of a script about a node.
#[derive(Clone, Default)]
struct Known {
    term: Lined<u64>,
    vote: Lined<u64>,
    commit: Lined<u64>,
    leader: Lined<u64>,
    role: Lined<String>,
    last: Lined<u64>,
    /// The log: its last entries, by index.
    log: BTreeMap<u64, (usize, u64, Payload)>,
}

/// The statements so far.
pub struct Outcome<'a> {
    plan: &'a Plan,
    known: Vec<Known>,
    /// The data of all proposals, in order.
    data: Vec<String>,
    /// The line of the command under way.
    after: usize,
    pub comparison: Comparison,
}

impl<'a> Outcome<'a> {
    pub fn new(plan: &'a Plan) -> Self {
        let known = vec![Known::default(); MAX_NODES];
        Outcome { plan, known, data: Vec::new(), after: 0, comparison: Comparison::default() }
    }

    /// Notes the statements of a command about Readys. Where nothing is shown, nothing is known any more.
    pub fn note(&mut self, command: &Command) {
        self.after = command.line;
        match command.what {
            What::Stabilize { .. } | What::ProcessReady(_) if command.shown => {
                command.stated.iter().for_each(|statement| self.learn(statement));
            }
            What::Status(_) | What::Log(_) | What::States | What::LogLevel { .. } => {}
            _ if command.shown => {}
            _ => self.known.fill(Known::default()),
        }
    }

    /// Notes the state of a node after a command that states it.
    pub fn note_state(&mut self, command: &Command) {
        self.after = command.line;
        command.stated.iter().for_each(|statement| self.learn(statement));
    }

    fn learn(&mut self, Statement { line, node, what }: &Statement) {
        let Some(known) = (*node as usize).checked_sub(1).and_then(|slot| self.known.get_mut(slot)) else { return };
        match what {
            Stated::Term(term) => known.term = Some((*line, *term)),
            Stated::Vote(vote) => known.vote = Some((*line, *vote)),
            Stated::Commit(commit) => known.commit = Some((*line, *commit)),
            Stated::Leader(leader) => known.leader = Some((*line, *leader)),
            Stated::Role(role) => known.role = Some((*line, role.clone())),
            Stated::Entry { index, term, payload } => {
                known.log.split_off(index);
                known.log.insert(*index, (*line, *term, payload.clone()));
            }
            Stated::Last(last) => known.last = Some((*line, *last)),
            Stated::Snapshot(_) => known.log.clear(),
            Stated::Match(..) | Stated::Dropped => {}
        }
    }

    /// Notes the data of a proposal.
    pub fn proposed(&mut self, data: &str) {
        self.data.push(data.into());
    }

    /// Compares the answer to a proposal.
    pub fn compare_answer(&mut self, command: &Command, taken: bool) {
        let dropped = command.stated.iter().find(|statement| statement.what == Stated::Dropped);
        if command.shown {
            let line = dropped.map_or(command.line, |statement| statement.line);
            self.check(line, "the proposal is taken", &dropped.is_none(), &taken);
        }
    }

    /// Compares the states of nodes that have come to rest with what is known of them.
    pub fn compare_rested<N: Node>(&mut self, nodes: &[NodeId], world: &World<N>) {
        for node in nodes {
            let Some(running) = world.node(*node) else { continue };
            let (view, known) = (running.view(), self.known[node.slot()].clone());
            let [term, vote, commit, leader] = self.numbers(&view);
            let last = self.plan.stated_index(view.last_index);
            for (name, stated, found) in [
                ("term", known.term, term),
                ("vote", known.vote, vote),
                ("commit index", known.commit, commit),
                ("leader", known.leader, leader),
                ("last index", known.last, last),
            ] {
                if let Some((line, stated)) = stated {
                    self.check(line, &format!("node {node}: {name}"), &stated, &found);
                }
            }
            if let Some((line, role)) = known.role {
                self.check(line, &format!("node {node}: role"), &role.as_str(), &role_name(view.role));
            }
            for (index, (line, term, payload)) in &known.log {
                self.check_entry(*line, *node, running, *index, (*term, payload));
            }
            if let Some((last, (line, ..))) = known.log.last_key_value() {
                let found = self.plan.stated_index(view.last_index);
                self.check(*line, &format!("node {node}: last index"), last, &found);
            }
        }
    }

    /// Compares what a command shows at once.
    pub fn compare_shown<N: Node>(&mut self, command: &Command, world: &World<N>) {
        let plan = self.plan;
        let named = match command.what {
            What::Status(node) | What::Log(node) | What::Compact(node, _) => Some(node),
            What::States => None,
            _ => return,
        };
        for Statement { line, node, what } in &command.stated {
            let stated = (1..=MAX_NODES as u64).contains(node).then(|| NodeId::new(*node as u8));
            let Some(id) = named.or(stated) else { continue };
            let Some(running) = world.node(id) else { continue };
            let view = running.view();
            let [term, vote, commit, leader] = self.numbers(&view);
            let mut check = |name: &str, stated: &u64, found: u64| {
                self.check(*line, &format!("node {id}: {name}"), stated, &found);
            };
            match what {
                Stated::Term(stated) => check("term", stated, term),
                Stated::Vote(stated) => check("vote", stated, vote),
                Stated::Commit(stated) => check("commit index", stated, commit),
                Stated::Leader(stated) => check("leader", stated, leader),
                Stated::Last(stated) => check("last index", stated, plan.stated_index(view.last_index)),
                Stated::Match(peer, stated) => {
                    let found = running.peer(*peer).map_or(0, |peer| peer.matched);
                    let name = format!("match index of node {peer}");
                    check(&name, stated, plan.stated_index(found));
                }
                Stated::Role(stated) => {
                    self.check(*line, &format!("node {id}: role"), &stated.as_str(), &role_name(view.role));
                }
                Stated::Entry { index, term, payload } => {
                    self.check_entry(*line, id, running, *index, (*term, payload))
                }
                Stated::Snapshot(_) | Stated::Dropped => {}
            }
        }
    }

    /// Term, vote, commit index and leader of a node, in the script's terms.
    fn numbers(&self, view: &View) -> [u64; 4] {
        [self.plan.stated_term(view.term), view.vote, self.plan.stated_index(view.commit), view.leader]
    }

    fn check_entry<N: Node>(
        &mut self,
        line: usize,
        id: NodeId,
        node: &N,
        index: u64,
        (term, payload): (u64, &Payload),
    ) {
        let (place, mut found) = (self.plan.index(index), None);
        node.entries(place, |entry| found = found.or((entry.index == place).then_some(entry)));
        // An entry that a snapshot stands for is not there any more.
        let compacted = found.is_none() && place <= node.view().commit;
        if !compacted {
            let stated = format!("{term}/{index} {}", in_words(payload));
            let found = found.map_or("none".into(), |entry| self.described(&entry));
            self.check(line, &format!("node {id}: entry"), &stated, &found);
        }
    }

    fn described(&self, entry: &EntryView) -> String {
        let payload = match Change::from_value(entry.value) {
            Some(change) => {
                let steps: Vec<String> = change
                    .steps()
                    .map(|step| Change { transition: Transition::Auto, steps: [Some(step), None] }.to_string())
                    .collect();
                Payload::Change(change.transition == Transition::First, steps.join(" "))
            }
            None => {
                let data = (entry.value as usize).checked_sub(1).and_then(|place| self.data.get(place));
                Payload::Normal(data.cloned().unwrap_or_default())
            }
        };
        let (term, index) = (self.plan.stated_term(entry.term), self.plan.stated_index(entry.index));
        format!("{term}/{index} {}", in_words(&payload))
    }

    fn check<T: PartialEq + fmt::Display>(&mut self, line: usize, name: &str, stated: &T, found: &T) {
        self.comparison.compared += 1;
        if stated != found {
            let what = format!("{name}: the script states {stated}, found {found}");
            self.comparison.differences.push(Difference { line, after: self.after, what });
        }
    }
}

fn in_words(payload: &Payload) -> String {
    match payload {
        Payload::Normal(data) => format!("\"{data}\""),
        Payload::Change(first, steps) => format!("change {steps}{}", if *first { " (first form)" } else { "" }),
    }
}

fn role_name(role: RoleView) -> &'static str {
    match role {
        RoleView::Follower => "StateFollower",
        RoleView::Candidate => "StateCandidate",
        RoleView::PreCandidate => "StatePreCandidate",
        RoleView::Leader => "StateLeader",
    }
}
