//! The guards of raft.tla: removing one breaks an invariant, or the table gives the reason why not. The result is
//! `src/docs/guards.md`.
#![cfg(feature = "cli")]

mod cases;
mod play;

use crate::common::{assert_golden, root};
use cases::{Case, CASES, LARGER};
use play::Play;
use raft_lockstep::explore::{start, Bounds, Found, Model};
use raft_lockstep::spec::guards::{Guard, GUARDS};
use raft_lockstep::spec::network::Bag;
use raft_lockstep::spec::{Settings, State};
use std::fmt::Write;
use std::fs;

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
    if let Some((told, _)) = case.story {
        write!(text, "; after: {told}").unwrap();
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
fn removing_a_guard_breaks_an_invariant_or_has_a_reason() {
    let mut table = String::from("| guard | in raft.tla | without it breaks | within |\n| --- | --- | --- | --- |\n");
    for (guard, case) in GUARDS.iter().zip(CASES) {
        assert_eq!(guard.name, case.guard);
        let (outcome, tla) = (outcome(case, guard), guard.tla.replace('|', "\\|"));
        writeln!(table, "| `{}` | {}: `{}` | {outcome} | {} |", guard.name, guard.action, tla, within(case)).unwrap();
    }
    assert_eq!(GUARDS.len(), CASES.len());
    assert_golden(&root().join("src/docs/guards.md"), &table);
}

/// Neither the stories nor the steps after them violate an invariant.
#[test]
fn with_all_guards_in_place_the_stories_break_nothing() {
    for case in CASES.iter().filter(|case| case.story.is_some()) {
        let bounds = Bounds { max_messages: 1, ..case.bounds };
        let found = search(case, bounds, None);
        assert!(found.violation.is_none(), "{}: {:?}", case.guard, found.violation);
    }
}

#[test]
fn the_specification_uses_each_guard() {
    let mut texts = String::new();
    for file in ["election.rs", "follower.rs", "replication.rs", "commit.rs", "step.rs", "votes.rs"] {
        texts += &fs::read_to_string(root().join("src/spec").join(file)).unwrap();
    }
    for guard in GUARDS {
        assert!(texts.contains(&format!("\"{}\"", guard.requires)), "{}", guard.name);
    }
}

/// Minutes, in a debug build: `cargo test --release --test suite -- guards:: --ignored`.
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
