//! Each guard of raft.tla is there for a reason: left out, it breaks an invariant, or else it is
//! said why it cannot. `src/docs/guards.md` is the outcome.
#![cfg(feature = "cli")]

mod common;

use common::{assert_golden, root};
use raft_lockstep::explore::{start, Bounds, Faults, Found, Model};
use raft_lockstep::spec::guards::{Guard, GUARDS};
use raft_lockstep::spec::network::Bag;
use raft_lockstep::spec::{step_in_bag, Action, Message, NodeId, Role, Settings, State};
use std::fmt::Write;
use std::fs;

/// Where the search for what a guard is good for begins, and how far it goes.
struct Case {
    guard: &'static str,
    bounds: Bounds,
    story: Option<(&'static str, fn(&mut Play))>,
    /// Why nothing breaks, where nothing does.
    redundant: Option<&'static str>,
}

const TWO: Bounds = Bounds {
    servers: 2,
    max_term: 2,
    max_log: 1,
    max_copies: 1,
    max_messages: 2,
    values: 1,
    faults: Faults { restart: false, duplicate: false, drop: false },
};
const TWO_TERMS: Bounds = Bounds { max_term: 3, ..TWO };
const THREE: Bounds = Bounds { servers: 3, max_term: 3, ..TWO };
const FAULTY: Bounds = Bounds { faults: Faults { restart: true, duplicate: false, drop: true }, ..TWO };

/// For the redundant ones, in release.
const LARGER: &[Bounds] = &[
    Bounds { max_log: 2, ..TWO_TERMS },
    Bounds { max_term: 3, ..FAULTY },
    Bounds { max_term: 2, max_messages: 1, ..THREE },
];

const fn from_init(guard: &'static str, bounds: Bounds) -> Case {
    Case { guard, bounds, story: None, redundant: None }
}

const fn after(guard: &'static str, bounds: Bounds, told: &'static str, play: fn(&mut Play)) -> Case {
    Case { guard, bounds, story: Some((told, play)), redundant: None }
}

const fn redundant(guard: &'static str, bounds: Bounds, why: &'static str) -> Case {
    Case { guard, bounds, story: None, redundant: Some(why) }
}

const CASES: &[Case] = &[
    redundant("timeout-role", TWO_TERMS, "liveness: a leader that stands in a new term gives up its own, as one that hears of it does"),
    redundant(
        "request-vote-role", TWO_TERMS,
        "liveness: votes that one who does not stand collects are forgotten when it does; they are only lost to others",
    ),
    redundant("request-vote-once", TWO_TERMS, "a second request is what a duplicate of the first is, and a vote is given again to the same"),
    from_init("become-leader-role", TWO_TERMS),
    from_init("become-leader-quorum", TWO),
    from_init("client-request-role", Bounds { values: 2, ..TWO }),
    redundant(
        "advance-commit-role", TWO_TERMS,
        "match indexes are those of the server's last time as a leader; what a quorum had then, later leaders have, so \
         that an entry of the current term among them is of that time",
    ),
    after("advance-commit-quorum", THREE, "1 leads by 2's vote and has an entry", |play| {
        play.elect(1, 2, &[1, 2]);
        play.propose(1);
    }),
    after(
        "advance-commit-own-term",
        Bounds { max_term: 5, ..THREE },
        "figure 8: 1's entry of term 2 gets to 3 in term 4, while 2, with one of term 3, is elected in term 5",
        |play| {
            play.elect(1, 2, &[1, 2]);
            play.propose(1);
            play.elect(2, 3, &[2, 3]);
            play.propose(2);
            play.depose(1, 2);
            play.elect(1, 4, &[1, 3]);
            // The first is refused: a new leader takes everybody to have its log.
            play.replicate(1, 3);
            play.replicate(1, 3);
            play.depose(2, 1);
            play.elect(2, 5, &[2, 3]);
        },
    ),
    redundant("append-entries-peer", FAULTY, "a leader that hears itself, after a restart, hears what it knows"),
    after(
        "append-entries-role",
        THREE,
        "1's entry of term 2 is its own; 2 commits one of term 3 with 3, and 1 hears of the term",
        |play| {
            play.elect(1, 2, &[1, 2]);
            play.propose(1);
            play.commit_new(2, 3, 3);
            play.depose(1, 2);
        },
    ),
    after(
        "append-entries-commit",
        Bounds { max_log: 2, max_term: 2, ..THREE },
        "1 commits two entries with 2",
        |play| {
            play.elect(1, 2, &[1, 2]);
            for _ in 0..2 {
                play.propose(1);
                play.replicate(1, 2);
            }
            play.commit(1);
        },
    ),
    from_init("update-term-newer", TWO_TERMS),
    redundant(
        "vote-request-term", TWO_TERMS,
        "liveness: the vote is of the voter's own term, and the log that was asked with had all that was committed and \
         known to the voter; it is only lost to others",
    ),
    after("vote-request-log", THREE, "1 commits an entry with 2", |play| play.commit_new(1, 2, 2)),
    from_init("vote-request-free", TWO),
    from_init("vote-response-term", TWO_TERMS),
    from_init("vote-response-granted", TWO),
    redundant("append-request-leader", TWO_TERMS, "election safety: a term has no other leader"),
    redundant(
        "append-request-candidate", TWO_TERMS,
        "election safety: the term has its leader, so that a candidate which stays one cannot win",
    ),
    after(
        "append-request-term",
        THREE,
        "1's append of term 2 is on its way to 3, while 2 commits another entry with 3 in term 3",
        |play| {
            play.elect(1, 2, &[1, 2]);
            play.propose(1);
            play.append(1, 3);
            play.commit_new(2, 3, 3);
        },
    ),
    after(
        "append-request-log",
        Bounds { max_term: 4, ..THREE },
        "1 commits an entry with 2, hears that 3 stands, and is elected again, by 3",
        |play| {
            play.commit_new(1, 2, 2);
            play.stand(3, 3);
            play.depose(1, 3);
            play.elect(1, 4, &[1, 3]);
        },
    ),
    after(
        "append-request-done",
        THREE,
        "1's entry of term 2 is its own; 2 commits one of term 3 with 3",
        |play| {
            play.elect(1, 2, &[1, 2]);
            play.propose(1);
            play.commit_new(2, 3, 3);
        },
    ),
    after(
        "append-request-conflict",
        Bounds { max_copies: 2, ..TWO },
        "1's append to 2 was sent twice, and its entry is committed",
        |play| {
            play.elect(1, 2, &[1, 2]);
            play.propose(1);
            play.append(1, 2);
            play.replicate(1, 2);
            play.commit(1);
            play.replicate(1, 2);
        },
    ),
    redundant("append-request-reach", TWO_TERMS, "it follows: where the logs agree before the entry, the log ends there or reaches to it"),
    after(
        "append-request-end",
        Bounds { max_log: 2, ..THREE },
        "1's entry of term 2 is its own; 2 has two of term 3",
        |play| {
            play.elect(1, 2, &[1, 2]);
            play.propose(1);
            play.elect(2, 3, &[2, 3]);
            play.propose(2);
            play.propose(2);
        },
    ),
    after(
        "append-response-term",
        Bounds { servers: 5, max_term: 5, ..THREE },
        "2's answer to 1 of term 2 is on its way; 1 loses that entry to 3 in term 3, gets another one to 4 in term 4, and 3 \
         is elected in term 5",
        |play| {
            play.elect(1, 2, &[1, 2, 4]);
            play.propose(1);
            play.append(1, 2);
            play.deliver(1, 2);
            play.elect(3, 3, &[3, 4, 5]);
            play.propose(3);
            play.append(3, 1);
            // UpdateTerm, and 1's entry is gone.
            play.receive(3, 1);
            play.receive(3, 1);
            play.drop(3, 1);
            play.elect(1, 4, &[1, 4, 5]);
            play.propose(1);
            play.replicate(1, 4);
            play.depose(3, 1);
            play.elect(3, 5, &[3, 2, 5]);
        },
    ),
    redundant("append-response-success", TWO_TERMS, "liveness: a refusal says that nothing matches, so that next falls to 1 at once"),
];

/// A story: steps of raft.tla, one by one, all guards in place.
struct Play {
    state: State,
    bag: Bag,
}

impl Play {
    fn take(&mut self, action: Action) {
        let said = action.to_string();
        step_in_bag(&mut self.state, action, &mut self.bag).unwrap_or_else(|disabled| panic!("{said}: {disabled}"));
    }

    /// The newest message from one server to another, and its copies.
    fn newest(&self, from: u8, to: u8) -> (Message, u32) {
        let sent = self.bag.iter().filter(|(m, _)| (m.from, m.to) == (node(from), node(to)));
        let (message, copies) = sent.max_by_key(|(m, _)| m.term).expect("there is a message");
        (message.clone(), copies)
    }

    /// One disjunct of `Receive`.
    fn receive(&mut self, from: u8, to: u8) {
        self.take(Action::Receive(self.newest(from, to).0));
    }

    fn drop(&mut self, from: u8, to: u8) {
        self.take(Action::DropMessage(self.newest(from, to).0));
    }

    /// As many as take the message away.
    fn deliver(&mut self, from: u8, to: u8) {
        let (message, copies) = self.newest(from, to);
        while self.bag.iter().any(|held| held == (&message, copies)) {
            self.take(Action::Receive(message.clone()));
        }
    }

    fn stand(&mut self, i: u8, term: u32) {
        while self.state.server(node(i)).current_term < term {
            self.take(Action::Timeout(node(i)));
        }
    }

    fn elect(&mut self, i: u8, term: u32, voters: &[u8]) {
        self.stand(i, term);
        for &voter in voters {
            self.take(Action::RequestVote(node(i), node(voter)));
            self.deliver(i, voter);
            self.deliver(voter, i);
        }
        self.take(Action::BecomeLeader(node(i)));
    }

    /// `i` hears of the term of `by`, a leader or a candidate, and of nothing else.
    fn depose(&mut self, i: u8, by: u8) {
        match self.state.server(node(by)).role {
            Role::Leader => self.append(by, i),
            Role::Follower | Role::Candidate | Role::PreCandidate => {
                self.take(Action::RequestVote(node(by), node(i)));
            }
        }
        self.receive(by, i);
        self.drop(by, i);
    }

    fn propose(&mut self, i: u8) {
        self.take(Action::ClientRequest(node(i), 1));
    }

    fn append(&mut self, i: u8, j: u8) {
        self.take(Action::AppendEntries(node(i), node(j), 1));
    }

    fn replicate(&mut self, i: u8, j: u8) {
        self.append(i, j);
        self.deliver(i, j);
        self.deliver(j, i);
    }

    fn commit(&mut self, i: u8) {
        self.take(Action::AdvanceCommitIndex(node(i)));
    }

    /// `i` is elected by itself and `j`, commits an entry with it, and says so.
    fn commit_new(&mut self, i: u8, term: u32, j: u8) {
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

fn search(case: &Case, bounds: Bounds, guard: Option<&'static Guard>) -> Found {
    let mut play = Play { state: State::init(Settings::ongaro(bounds.servers)), bag: Bag::default() };
    if let Some((_, story)) = case.story {
        story(&mut play);
    }
    start(Model::from(&play.state, &play.bag, bounds, guard)).finish()
}

fn within(case: &Case) -> String {
    let Bounds { servers, max_term, max_log, max_copies, max_messages, values, faults } = case.bounds;
    let mut text = format!("{servers} servers, term {max_term}, log {max_log}, {max_messages} messages");
    if max_copies > 1 {
        write!(text, ", {max_copies} copies").unwrap();
    }
    if values > 1 {
        write!(text, ", {values} values").unwrap();
    }
    if faults.restart && faults.drop {
        text.push_str(", restart and drop");
    }
    match case.story {
        Some((told, _)) => write!(text, "; after: {told}").unwrap(),
        None => {}
    }
    text
}

fn outcome(case: &Case, guard: &'static Guard) -> String {
    let found = search(case, case.bounds, Some(guard));
    match (found.violation, case.redundant) {
        (Some(violation), None) => match violation.trace.len() {
            1 => format!("`{}`, at once", violation.invariant),
            steps => format!("`{}`, in {steps} steps", violation.invariant),
        },
        (None, Some(why)) => format!("nothing in {} states: {why}", found.distinct),
        (Some(violation), Some(_)) => panic!("{} does break something: {violation:?}", guard.name),
        (None, None) => panic!("{} breaks nothing in {} states", guard.name, found.distinct),
    }
}

#[test]
fn each_guard_left_out_breaks_an_invariant_or_it_is_said_why_not() {
    let mut table = String::from("| guard | in raft.tla | without it breaks | within |\n| --- | --- | --- | --- |\n");
    for (guard, case) in GUARDS.iter().zip(CASES) {
        assert_eq!(guard.name, case.guard);
        let (outcome, tla) = (outcome(case, guard), guard.tla.replace('|', "\\|"));
        writeln!(table, "| `{}` | {}: `{}` | {outcome} | {} |", guard.name, guard.action, tla, within(case)).unwrap();
    }
    assert_eq!(GUARDS.len(), CASES.len());
    assert_golden(&root().join("src/docs/guards.md"), &table);
}

/// The stories themselves break nothing, and none of the steps after them that the guard was to prevent.
#[test]
fn with_all_guards_in_place_the_stories_break_nothing() {
    for case in CASES.iter().filter(|case| case.story.is_some()) {
        let bounds = Bounds { max_messages: 1, ..case.bounds };
        let found = search(case, bounds, None);
        assert!(found.violation.is_none(), "{}: {:?}", case.guard, found.violation);
    }
}

#[test]
fn each_guard_is_asked_somewhere_in_the_specification() {
    let mut texts = String::new();
    for file in ["election.rs", "replication.rs", "commit.rs", "step.rs"] {
        texts += &fs::read_to_string(root().join("src/spec").join(file)).unwrap();
    }
    for guard in GUARDS {
        assert!(texts.contains(&format!("\"{}\"", guard.requires)), "{}", guard.name);
    }
}

/// Minutes, in a debug build: `cargo test --release --test guards -- --ignored`.
#[test]
#[ignore = "minutes"]
fn in_larger_bounds_redundant_guards_break_nothing_either() {
    for (guard, case) in GUARDS.iter().zip(CASES).filter(|(_, case)| case.redundant.is_some()) {
        for bounds in LARGER {
            let found = search(case, *bounds, Some(guard));
            assert!(found.violation.is_none(), "{}: {:?}", guard.name, found.violation);
            println!("{}: nothing in {} states of {bounds:?}", guard.name, found.distinct);
        }
    }
}
