use raft_lockstep::lockstep::{self, Options};
use raft_lockstep::report::{observe::Silent, transcript};
use raft_lockstep::schedule::{generate, text};
use raft_lockstep::spec::KnownSet;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use std::collections::BTreeMap;
fn main() {
    let mut args = std::env::args().skip(1);
    let n: u64 = args.next().unwrap().parse().unwrap();
    let from: u64 = args.next().map_or(0, |a| a.parse().unwrap());
    let none = args.next().is_some();
    std::panic::set_hook(Box::new(|info| lockstep::note_panic(info)));
    let options = if none { Options { known: KnownSet::NONE, ..Options::default() } } else { Options::default() };
    let mut causes: BTreeMap<String, (u64, raft_lockstep::schedule::Schedule)> = BTreeMap::new();
    for seed in from..from + n {
        let schedule = generate::schedule(seed, 150);
        let run = lockstep::run::<RaftRs>(&schedule, options, &mut Silent);
        if let Some(d) = run.verdict.divergence() {
            let e = causes.entry(d.cause.to_string()).or_insert((0, schedule.clone()));
            e.0 += 1;
        }
    }
    for (cause, (count, schedule)) in causes {
        println!("==== {cause}: {count}");
        let small = raft_lockstep::minimize::minimize(&schedule, |s| {
            let run = lockstep::run::<RaftRs>(s, options, &mut Silent);
            run.verdict.divergence().map(|d| (d.cause.clone(), d.event))
        });
        println!("{}", text::write(&small));
        println!("{}", transcript::transcript::<RaftRs>(&small, options, true).0);
    }
}
