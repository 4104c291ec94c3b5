//! Runs as behaviours of raft.tla: ITF round-trips, and steps that raft.tla does not allow are refused.
#![cfg(feature = "trace")]

use crate::common::{assert_golden, files, quiet, root};
use raft_lockstep::export::behaviour::{behaviour, Moment};
use raft_lockstep::export::{itf, tla};
use raft_lockstep::lockstep::Options;
use raft_lockstep::schedule::{text, Schedule};
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::trace::{self, Act};
use std::fmt::Write;

fn scenario(name: &str) -> Schedule {
    text::read(&std::fs::read_to_string(root().join(format!("corpus/scenarios/{name}.txt"))).unwrap()).unwrap()
}

fn of(schedule: &Schedule) -> Result<Vec<Moment>, String> {
    behaviour::<RaftRs>(schedule, Options::default())
        .map(|(moments, _)| moments)
        .map_err(|refusal| refusal.to_string().replace("raft.tla does not follow: ", ""))
}

/// The reader finds the action of each step, so every step is one of raft.tla.
#[test]
fn each_behaviour_is_read_back_from_itf() {
    quiet();
    let mut table = String::new();
    for path in files("corpus/scenarios", "txt") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        match of(&scenario(&name)) {
            Ok(moments) => {
                let read = trace::read(&itf::text(&moments)).unwrap_or_else(|error| panic!("{name}: {error}"));
                let kind = |act: &Act| match act {
                    Act::Take(action) => std::mem::discriminant(action),
                    Act::Answer | Act::Foreign(_) => panic!("{name}: no action of raft.tla"),
                };
                let written = moments.iter().filter_map(|moment| moment.action.as_ref().map(std::mem::discriminant));
                assert!(read.steps.iter().map(|step| kind(&step.act)).eq(written), "{name}");
                writeln!(table, "{name}: {} steps", read.steps.len()).unwrap();
            }
            Err(why) => writeln!(table, "{name}: refused {why}").unwrap(),
        }
    }
    assert_golden(&root().join("tests/golden/behaviours.txt"), &table);
}

/// TLC accepted this module with raft.tla beside it. The test does not need TLC.
#[test]
fn the_module_of_an_election_is_the_one_that_tlc_accepted() {
    let (text, cfg) = tla::module("election", &of(&scenario("election")).unwrap()).unwrap();
    assert_golden(&root().join("tests/golden/election.tla"), &text);
    assert_golden(&root().join("tests/golden/election.cfg"), &cfg);
    let name = tla::module("7-up", &of(&scenario("election")).unwrap()).unwrap_err();
    assert!(name.starts_with("`7-up` is no name of a module"), "{name}");
}
