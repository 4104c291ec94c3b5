//! The judge of consequences.

use crate::common::{counterexamples, files, quiet, root};
use raft_lockstep::lockstep::observe::Silent;
use raft_lockstep::lockstep::verdict::Verdict;
use raft_lockstep::lockstep::{run, JudgeName, Options, Run};
use raft_lockstep::schedule::{generate, text, Schedule};
use raft_lockstep::sut::nodes::raft_io::RaftIo;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::sut::nodes::reference::Reference;
use raft_lockstep::sut::Node;

fn judged<N: Node>(schedule: &Schedule) -> Run {
    run::<N>(schedule, Options { judge: JudgeName::Clients, ..Options::of::<N>() }, &mut Silent)
}

#[test]
fn explore_artifacts() {
    quiet();
    for (name, schedule) in counterexamples() {
        let mut healed = schedule.clone();
        healed.setup.heal = true;
        let of = |schedule: &Schedule| match name.contains("/raft-io/") {
            true => judged::<RaftIo>(schedule),
            false => judged::<RaftRs>(schedule),
        };
        let run = of(&schedule);
        let word = |run: &Run| format!("{} {:?} {}", run.verdict.name(), run.slow, run.verdict.divergence().map_or(String::new(), |it| format!("{} {} {}", it.cause, it.place(), it.failed.words().implementation)));
        eprintln!("{} heal={}: {}", name.split("artifacts/").nth(1).unwrap(), schedule.setup.heal, word(&run));
        if !schedule.setup.heal { eprintln!("      healed: {}", word(&of(&healed))); }
    }
}

#[test]
fn explore_scenarios() {
    quiet();
    for path in files("corpus/scenarios", "txt") {
        let schedule = text::read(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let mut healed = schedule.clone();
        healed.setup.heal = true;
        for schedule in [&schedule, &healed] {
            for (who, run) in [("ref", judged::<Reference>(schedule)), ("rs", judged::<RaftRs>(schedule))] {
                if run.verdict != Verdict::Agreed { eprintln!("{who} {} {}: {:?}", path.file_name().unwrap().to_string_lossy(), schedule.setup.heal, run.verdict); }
            }
        }
    }
}

#[test]
fn explore_reference() {
    quiet();
    let count: u64 = std::env::var("COUNT").map_or(3000, |it| it.parse().unwrap());
    let mut by = std::collections::BTreeMap::<String, (usize, u64)>::new();
    for seed in 0..count {
        let schedule = generate::schedule(seed, 120);
        let run = judged::<Reference>(&schedule);
        let key = match &run.verdict { Verdict::Diverged(it) => it.cause.to_string(), Verdict::Skipped(_) => "skipped".into(), Verdict::Agreed => if run.slow.is_some() { "slow".into() } else { "agreed".into() } };
        let row = by.entry(key).or_insert((0, seed));
        row.0 += 1;
    }
    eprintln!("{by:#?} {}", root().display());
}
