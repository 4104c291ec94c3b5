//! Assertions in Raft's terms: what a node must be after the last step, where raft-rs diverges.
//!
//! [`of`] chooses by the kind of the divergence. A panic needs none, since it fails the test by itself. An [`Assertion`] is
//! data: a judge that knows worse of the same run can give its own instead.

use super::steps::Steps;
use crate::lockstep::divergence::{Divergence, Failed};
use crate::lockstep::Goal;
use crate::refine::{translation, Alignment, Difference, Field, Value};
use crate::schedule::Setup;
use crate::spec::invariants::Invariant;
use crate::spec::{ActionName, Body, Configuration, Disabled, NodeId, NodeSet, ProgressState, Role, Server};
use crate::sut::{MessageKind, PeerView};

/// The last statements of a test.
#[derive(Default)]
pub struct Assertion {
    /// The sentence before them.
    pub comment: String,
    /// The statements.
    pub lines: Vec<String>,
    /// The beginning of the message with which they fail; none if they hold.
    pub fails: Option<String>,
    /// The parts of the world that they need.
    pub parts: Vec<&'static str>,
}

impl Assertion {
    /// Two values are equal; `requires` is the message if they are not.
    fn equal(is: &str, must: &str, requires: &str) -> Self {
        Self::lines(vec![format!("assert_eq!({is}, {must}, {requires:?});")], requires)
    }

    /// A condition holds; `requires` is the message if it does not.
    fn holds(condition: &str, requires: &str) -> Self {
        Self::lines(vec![format!("assert!({condition}, {requires:?});")], requires)
    }

    fn lines(lines: Vec<String>, fails: &str) -> Self {
        Assertion { lines, fails: Some(fails.into()), ..Self::default() }
    }

    fn with(self, part: &'static str) -> Self {
        Assertion { parts: vec![part], ..self }
    }
}

/// A list of a configuration.
type List = fn(&Configuration) -> NodeSet;

/// The run and the node that diverge.
struct At<'a> {
    node: NodeId,
    steps: &'a Steps,
    align: Alignment,
}

/// The assertion that fails where the run diverges; none if there is none for its kind yet.
pub fn of(divergence: &Divergence, steps: &Steps, align: Alignment) -> Option<Assertion> {
    let at = At { node: divergence.node, steps, align };
    match &divergence.failed {
        Failed::Panic(panic) => Some(Assertion { fails: Some(panic.message.clone()), ..Assertion::default() }),
        Failed::Liveness { goal: Goal::Elects, .. } => Some(settles(&steps.setup)),
        Failed::Liveness { .. } => None,
        Failed::Invariant(invariant, _) => at.invariant(invariant),
        Failed::Guard(guard) => at.guard(*guard),
        Failed::Obligation { obligation, reference, .. } => at.obligation(obligation, reference),
        Failed::Field(difference) => at.field(difference),
        Failed::Runaway(_) | Failed::RunawayHandler(_) | Failed::Consequence(..) => None,
    }
}

/// The bound of the healing epilogue, in election timeouts.
const TIMEOUTS: usize = 100;

/// A cluster without faults elects a leader, and all running members catch up with it.
pub fn settles(setup: &Setup) -> Assertion {
    let ticks = TIMEOUTS * 2 * usize::from(setup.election_tick);
    let fails = format!("in {TIMEOUTS} election timeouts no leader brings all running members up to date");
    let message = format!("{fails}: {{}}");
    let comment =
        "From now on every clock ticks and every message arrives: a leader is elected, and all running members \
                   apply its whole log (thesis 3.4, 3.9).";
    Assertion {
        comment: comment.into(),
        lines: vec![format!("assert!(w.settles({ticks}, {}), {message:?}, w.show());", setup.heartbeat_tick)],
        fails: Some(fails),
        parts: vec!["settle"],
    }
}

/// The final state of each node that runs.
pub fn final_states(steps: &Steps, align: Alignment) -> Assertion {
    let outline = |i: NodeId| {
        let server = steps.run.state.server(i);
        let last = align.concrete(server.log.last_index());
        let (term, commit) = (align.concrete_term(server.current_term), align.concrete(server.commit_index));
        format!("{i}: {}, term {term}, last index {last}, commit {commit}", role(server.role))
    };
    let nodes: Vec<String> = steps.running.iter().map(outline).collect();
    let lines = match nodes.is_empty() {
        true => Vec::new(),
        false => vec![format!("assert_eq!(w.show(), {:?});", nodes.join("; "))],
    };
    Assertion { lines, parts: vec!["show"], ..Assertion::default() }
}

/// A role as raft-rs's `StateRole` has it.
fn role(role: Role) -> &'static str {
    match role {
        Role::Follower => "Follower",
        Role::Candidate => "Candidate",
        Role::PreCandidate => "PreCandidate",
        Role::Leader => "Leader",
    }
}

impl At<'_> {
    /// The specification's server.
    fn server(&self) -> &Server {
        self.steps.run.state.server(self.node)
    }

    fn raft(&self) -> String {
        format!("w.raft({}).raft", self.node)
    }

    fn invariant(&self, invariant: &Invariant) -> Option<Assertion> {
        match invariant.name {
            "election-safety" => {
                let term = self.align.concrete_term(self.server().current_term);
                let leaders = format!(
                    "let leaders = w.running().filter(|it| it.state == StateRole::Leader && it.term == {term}).count();"
                );
                let fails = format!("term {term} has one leader at most ({})", invariant.reference);
                Some(
                    Assertion::lines(vec![leaders, format!("assert!(leaders <= 1, {fails:?});")], &fails)
                        .with("running"),
                )
            }
            "linearizable-reads" => {
                let stale = self.steps.run.ghost.stale_read?;
                let committed = self.align.concrete(stale.committed);
                let requires = format!(
                    "node {} answers the read with at least index {committed}, which was committed when it was asked \
                     (thesis 6.4)",
                    stale.node
                );
                let line = format!("assert!(w.reads.last().map_or(true, |read| read.1 >= {committed}), {requires:?});");
                Some(Assertion::lines(vec![line], &requires).with("reads"))
            }
            _ => None,
        }
    }

    /// An action that the specification does not allow leaves the node as it was.
    fn guard(&self, guard: Disabled) -> Option<Assertion> {
        let (node, raft) = (self.node, self.raft());
        let step = match guard.action {
            ActionName::Timeout => "starts an election".into(),
            action => format!("takes the step `{action}`"),
        };
        let requires = format!("node {node} {step} only if {} ({})", guard.guard, guard.reference);
        if guard.guard.starts_with("a promise is durable before it leaves") {
            let durable = format!("let durable = w.node({node}).durable.hard_state.term;");
            let condition = format!("w.sent({node}).iter().all(|message| message.term <= durable)");
            let requires = format!("no message of node {node} is of a term that is not durable ({})", guard.reference);
            let line = format!("assert!({condition}, {requires:?});");
            return Some(Assertion {
                parts: vec!["sent", "durable"],
                ..Assertion::lines(vec![durable, line], &requires)
            });
        }
        if guard.guard == "next index stays above match index" {
            let condition = format!("{raft}.prs().iter().all(|(_, peer)| peer.next_idx > peer.matched)");
            let requires =
                format!("at leader {node} the next index of a peer stays above its match index ({})", guard.reference);
            return Some(Assertion::holds(&condition, &requires));
        }
        let (server, view) = (self.server(), self.steps.views.get(&node)?);
        let term = self.align.concrete_term(server.current_term);
        if (translation::role(view.role), view.term) == (server.role, term) {
            return None;
        }
        let must = format!("(StateRole::{}, {term})", role(server.role));
        Some(Assertion::equal(&format!("({raft}.state, {raft}.term)"), &must, &requires))
    }

    fn obligation(&self, obligation: &str, reference: &str) -> Option<Assertion> {
        let (node, raft) = (self.node, self.raft());
        if obligation.starts_with("entries, commits and retries go to every peer that is not paused") {
            let requires =
                format!("leader {node} sends the new entry to every peer that is not paused, in the same step");
            let last = format!("let last = {raft}.raft_log.last_index();");
            let condition = format!(
                "{raft}.prs().iter().all(|(id, peer)| *id == {node} || peer.is_paused() || peer.next_idx > last)"
            );
            let line = format!("assert!({condition}, {requires:?});");
            return Some(Assertion::lines(vec![last, line], &requires));
        }
        if obligation == "what a quorum has is committed" {
            let index = self.align.concrete(agreed(self.server(), node));
            let requires = format!("a quorum has entry {index}, so leader {node} commits it ({reference})");
            return Some(Assertion::holds(&format!("{raft}.raft_log.committed >= {index}"), &requires));
        }
        None
    }

    fn field(&self, difference: &Difference) -> Option<Assertion> {
        let (node, row) = (self.node, difference.field.row());
        let source = row.source;
        let requires = match (difference.field, &difference.spec) {
            (Field::LastIndex, _) => format!("node {node} keeps the entries of its log ({source})"),
            (Field::Role, Value::Role(it)) => format!("node {node} is a {} after this step ({source})", it.name()),
            (Field::PendingReads, Value::Number(count)) => {
                format!("{count} reads wait for a quorum at node {node} ({source})")
            }
            (Field::Configuration | Field::ChangeApplied, _) => format!("node {node}'s configuration ({source})"),
            (Field::PendingChange, _) => {
                format!("the last change that may be pending is in the log of node {node} ({source})")
            }
            _ => format!("the {} of node {node} ({source})", row.name),
        };
        let equal =
            |place: &str, must: String| Some(Assertion::equal(&format!("{}.{place}", self.raft()), &must, &requires));
        match (difference.field, &difference.spec) {
            (Field::Role, Value::Role(it)) => equal("state", format!("StateRole::{}", role(*it))),
            (Field::Term, Value::Number(term)) => equal("term", self.align.concrete_term(*term as u32).to_string()),
            (Field::Vote, Value::Node(it)) => equal("vote", number(*it)),
            (Field::Leader, Value::Node(it)) => equal("leader_id", number(*it)),
            (Field::PendingReads, Value::Number(count)) => equal("pending_read_count()", count.to_string()),
            (Field::Commit, Value::Number(index)) => equal("raft_log.committed", self.index(*index)),
            (Field::Applied, Value::Number(index)) => equal("raft_log.applied()", self.index(*index)),
            (Field::Persisted, Value::Number(index)) => equal("raft_log.persisted", self.index(*index)),
            (Field::LastIndex, Value::Number(index)) => equal("raft_log.last_index()", self.index(*index)),
            (Field::OwnMatchIndex, Value::Number(index)) => {
                equal(&format!("prs().get({node}).expect(\"a member\").matched"), self.index(*index))
            }
            (Field::PendingChange, Value::Number(index)) => equal("pending_conf_index", self.index(*index)),
            (Field::PendingTransfer, Value::Node(it)) => {
                equal("lead_transferee", it.map_or("None".into(), |it| format!("Some({it})")))
            }
            (Field::Configuration | Field::ChangeApplied, Value::Configuration(it)) => {
                self.configuration(it, &requires)
            }
            (Field::Progress | Field::MatchIndex | Field::NextIndex, _) => self.progress(difference.field),
            (_, Value::Message(_) | Value::NoSuchMessage) => self.message(difference),
            _ => None,
        }
    }

    fn index(&self, index: u64) -> String {
        self.align.concrete(index as u32).to_string()
    }

    /// The first list of the configuration that differs.
    fn configuration(&self, spec: &Configuration, requires: &str) -> Option<Assertion> {
        let theirs = self.steps.configurations.get(&self.node)?;
        let lists: [(&str, List); 4] = [
            ("voters", |it| it.voters),
            ("voters_outgoing", |it| it.outgoing),
            ("learners", |it| it.learners),
            ("learners_next", |it| it.learners_next),
        ];
        let (name, list) = lists.into_iter().find(|(_, list)| list(spec) != list(theirs))?;
        let ids: Vec<String> = list(spec).iter().map(|id| id.to_string()).collect();
        let take = format!("let mut {name} = {}.prs().conf().to_conf_state().take_{name}();", self.raft());
        let requires = format!("{name} of {}", requires.trim_start_matches("the "));
        let equal = format!("assert_eq!({name}, [{}], {requires:?});", ids.join(", "));
        Some(Assertion::lines(vec![take, format!("{name}.sort();"), equal], &requires))
    }

    /// The first peer whose progress differs.
    fn progress(&self, field: Field) -> Option<Assertion> {
        let (node, server) = (self.node, self.server());
        let place = match field {
            Field::Progress => "state",
            Field::MatchIndex => "matched",
            _ => "next_idx",
        };
        let both = |j: NodeId, peer: &PeerView| match field {
            Field::Progress => (in_rust(peer.state), in_rust(server.progress[j.slot()].state)),
            Field::MatchIndex => (peer.matched.to_string(), self.index(server.match_index[j.slot()].into())),
            _ => (peer.next.to_string(), self.index(server.next_index[j.slot()].into())),
        };
        let peers = self.steps.peers.get(&node)?.iter();
        let mut others =
            peers.filter_map(|(id, peer)| Some((translation::node_id(*id)?, peer))).filter(|(j, _)| *j != node);
        let (peer, must) = others.find_map(|(j, peer)| {
            let (theirs, must) = both(j, peer);
            (theirs != must).then_some((j, must))
        })?;
        let row = field.row();
        let requires = format!("leader {node}'s {} of peer {peer} ({})", row.name, row.source);
        Some(Assertion::equal(&format!("{}.prs().get({peer}).unwrap().{place}", self.raft()), &must, &requires))
    }

    /// A message that differs, or that the node must not send.
    fn message(&self, difference: &Difference) -> Option<Assertion> {
        let node = self.node;
        if let Value::Unknown(view, _) = &difference.implementation {
            return (view.kind == MessageKind::Append).then(|| self.appends_follow());
        }
        let Value::Message(theirs) = &difference.implementation else { return None };
        if let Body::RequestVoteResponse { pre, granted: true, .. } = theirs.body {
            return Some(self.refuses(theirs.to, pre, difference.field.row().source));
        }
        let Body::AppendEntriesRequest { entries, .. } = &theirs.body else { return None };
        if entries.iter().any(|entry| entry.term > theirs.term) {
            let requires =
                format!("no append of node {node} has an entry of a later term than its own (paper figure 2)");
            let condition =
                format!("w.sent({node}).iter().all(|it| it.entries.iter().all(|entry| entry.term <= it.term))");
            return Some(Assertion::holds(&condition, &requires).with("sent"));
        }
        let Value::Message(must) = &difference.spec else { return None };
        let Body::AppendEntriesRequest { commit_index, .. } = &must.body else { return None };
        let to = must.to;
        let commit = self.align.concrete(*commit_index);
        let requires =
            format!("an append of node {node} tells node {to} that entry {commit} is committed (paper figure 2)");
        let condition = format!(
            "w.sent({node}).iter().any(|it| it.to == {to} && it.commit.min(it.index + it.entries.len() as u64) >= {commit})"
        );
        Some(Assertion::holds(&condition, &requires).with("sent"))
    }

    /// A vote that must be refused.
    fn refuses(&self, to: NodeId, pre: bool, source: &str) -> Assertion {
        let (node, name, kind) = match pre {
            true => (self.node, "pre-vote", "MsgRequestPreVoteResponse"),
            false => (self.node, "vote", "MsgRequestVoteResponse"),
        };
        let requires = format!("node {node} refuses node {to} its {name} ({source})");
        let answers = format!("it.to == {to} && it.get_msg_type() == MessageType::{kind}");
        let condition = format!("w.sent({node}).iter().all(|it| !({answers}) || it.reject)");
        Assertion::holds(&condition, &requires).with("sent")
    }

    fn appends_follow(&self) -> Assertion {
        let node = self.node;
        let requires = format!(
            "the entries of an append of node {node} follow the entry that it names (paper figure 2, prevLogIndex)"
        );
        let condition = format!(
            "w.sent({node}).iter().all(|it| it.entries.first().map_or(true, |first| first.index == it.index + 1))"
        );
        let appends = condition.replace("all(|it| ", "all(|it| it.get_msg_type() != MessageType::MsgAppend || ");
        Assertion::holds(&appends, &requires).with("sent")
    }
}

fn number(node: Option<NodeId>) -> String {
    node.map_or(0, NodeId::number).to_string()
}

fn in_rust(state: ProgressState) -> String {
    format!("ProgressState::{state:?}")
}

/// The highest index that a majority of each half has, by the leader's knowledge.
fn agreed(server: &Server, leader: NodeId) -> u32 {
    let half = |voters: NodeSet| {
        let index = |j: NodeId| if j == leader { server.disk.persisted } else { server.match_index[j.slot()] };
        let mut indexes: Vec<u32> = voters.iter().map(index).collect();
        indexes.sort_unstable_by(|a, b| b.cmp(a));
        indexes.get(indexes.len() / 2).copied().unwrap_or(u32::MAX)
    };
    half(server.configuration.voters).min(half(server.configuration.outgoing))
}
