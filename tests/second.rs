//! Another Raft under the same judge: raft-io.
#![cfg(feature = "raft-io")]

mod common;

use common::quiet;
use raft_lockstep::lockstep::{self, Options};
use raft_lockstep::report::observe::Silent;
use raft_lockstep::schedule::generate;
use raft_lockstep::sut::nodes::raft_io::RaftIo;

#[test]
fn survey() {
    quiet();
    let count: u64 = std::env::var("COUNT").map_or(2000, |c| c.parse().unwrap());
    let length: usize = std::env::var("LEN").map_or(80, |c| c.parse().unwrap());
    let options = match std::env::var("NK") { Ok(_) => Options { known: raft_lockstep::spec::KnownSet::NONE, ..Options::of::<RaftIo>() }, _ => Options::of::<RaftIo>() };
    let mut skipped = 0;
    let mut causes = std::collections::BTreeMap::new();
    let (mut agreed, mut leaders, mut terms, mut commits) = (0, 0, 0u64, 0u64);
    for seed in 0..count {
        let schedule = generate::schedule(seed, length);
        let run = lockstep::run::<RaftIo>(&schedule, options, &mut Silent);
        skipped += usize::from(run.verdict.name() == "skipped");
        match run.verdict.divergence() {
            None => agreed += 1,
            Some(d) => {
                let e = causes.entry(d.cause.to_string()).or_insert((0, seed, d.event, format!("{d}")));
                e.0 += 1;
            }
        }
        leaders += usize::from(run.state.servers.iter().any(|s| s.commit_index > 0));
        terms += run.state.servers.iter().map(|s| u64::from(s.current_term)).max().unwrap();
        commits += run.state.servers.iter().map(|s| u64::from(s.commit_index)).max().unwrap();
    }
    println!("skipped {skipped} agreed {agreed} of {count}; {leaders} commit; mean term {:.2} commit {:.2}", terms as f64 / count as f64, commits as f64 / count as f64);
    for (cause, (n, seed, event, what)) in causes {
        println!("{n} x {cause} e.g. seed {seed} event {event}\n{what}\n");
    }
}
