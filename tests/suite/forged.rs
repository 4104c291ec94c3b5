//! Forged messages: those that a document says are refused are refused, and the rest is outside the contract, under a heading
//! of its own.

use crate::common::quiet;
use raft_lockstep::lockstep::observe::Silent;
use raft_lockstep::lockstep::verdict::{Skip, Verdict};
use raft_lockstep::lockstep::{self, JudgeName, Options};
use raft_lockstep::report::stats::{Reached, Stats};
use raft_lockstep::schedule::aim::Aim;
use raft_lockstep::schedule::forged::FORGED;
use raft_lockstep::schedule::{generate, text, Event, Schedule};
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::sut::nodes::reference::Reference;
use raft_lockstep::sut::Node;
use std::collections::BTreeMap;

/// Node 1 leads, and has committed an entry of its term.
const LEADS: &str = "campaign 1\nround\nround\nround\nround\n";

fn schedule(settings: &str, events: &str) -> Schedule {
    text::read(&format!("raft-lockstep schedule 2\nvoters 3\n{settings}events\n{LEADS}{events}end\n")).unwrap()
}

fn verdict<N: Node>(schedule: &Schedule) -> Verdict {
    quiet();
    lockstep::run::<N>(schedule, Options::of::<N>(), &mut Silent).verdict
}

/// The verdict after a message, at the leader or at a follower.
fn after(word: &str, to: u8) -> Verdict {
    let from = if to == 1 { 2 } else { 1 };
    verdict::<RaftRs>(&schedule(
        "hostile-messages true\n",
        &format!("forge {from}->{to} {word}\npropose 1 0\nround\nround\n"),
    ))
}

#[test]
fn what_a_document_promises_to_refuse_is_refused_by_followers_and_leaders() {
    for row in FORGED.iter().filter(|row| !row.forged.is_hostile()) {
        for to in [1, 2] {
            assert_eq!(after(row.word, to), Verdict::Agreed, "{}", row.word);
        }
    }
}

#[test]
fn a_node_that_takes_a_message_is_reported_under_its_heading() {
    let outcomes = FORGED
        .iter()
        .filter(|row| row.forged.is_hostile())
        .flat_map(|row| [1, 2].map(|to| format!("{} at {to}: {:?}", row.word, after(row.word, to))));
    let outcomes: Vec<String> = outcomes.collect();
    let expected = [
        "empty-read-index at 1: Skipped(ForgedMessage(\"the server panics\"))",
        "empty-read-index at 2: Skipped(ForgedMessage(\"message\"))",
        "empty-propose at 1: Skipped(ForgedMessage(\"the server panics\"))",
        "empty-propose at 2: Skipped(ForgedMessage(\"message\"))",
        "term-zero at 1: Agreed",
        "term-zero at 2: Skipped(ForgedMessage(\"HeartbeatResponse\"))",
        "commit-beyond at 1: Agreed",
        "commit-beyond at 2: Skipped(ForgedMessage(\"the server panics\"))",
        "ack-beyond at 1: Skipped(ForgedMessage(\"match index\"))",
        "ack-beyond at 2: Agreed",
        "other-version at 1: Agreed",
        "other-version at 2: Agreed",
    ];
    assert_eq!(outcomes, expected);
}

#[test]
fn without_the_setting_no_hostile_message_arrives() {
    for row in FORGED.iter().filter(|row| row.forged.is_hostile()) {
        assert_eq!(verdict::<RaftRs>(&schedule("", &format!("forge 1->2 {}\n", row.word))), Verdict::Agreed);
    }
}

#[test]
fn statistics_count_what_forged_messages_do() {
    let panics = schedule("hostile-messages true\n", "forge 2->1 empty-propose\n");
    let mut stats = Stats::default();
    stats.add(&Reached::by::<RaftRs>(&panics, Options::default()));
    assert_eq!(stats.forged.get("the server panics"), Some(&1));
}

#[test]
fn clients_judge_nothing_after_a_hostile_message() {
    quiet();
    let panics = schedule("hostile-messages true\n", "forge 2->1 empty-propose\n");
    let options = Options { judge: JudgeName::Clients, ..Options::default() };
    let run = lockstep::run::<RaftRs>(&panics, options, &mut Silent);
    assert_eq!(run.verdict, Verdict::Skipped(Skip::ForgedMessage("panic")));
}

#[test]
fn no_random_run_breaks_a_promise_after_a_hostile_message() {
    quiet();
    let aim = Aim::read(Some("hostile-messages=true")).unwrap();
    let (mut outcomes, mut forged) = (BTreeMap::<String, usize>::new(), 0);
    for seed in 0..3_000 {
        let schedule = generate::aimed(seed, 80, &aim);
        forged += schedule.events.iter().filter(|event| matches!(event, Event::Forge(..))).count();
        for verdict in [verdict::<RaftRs>(&schedule), verdict::<Reference>(&schedule)] {
            assert!(verdict.divergence().is_none(), "seed {seed}: {verdict:?}\n{schedule:?}");
            if let Verdict::Skipped(Skip::ForgedMessage(taken)) = verdict {
                *outcomes.entry(taken.into()).or_default() += 1;
            }
        }
    }
    assert!(forged > 100 && outcomes.values().sum::<usize>() > 20, "{forged} {outcomes:?}");
}
