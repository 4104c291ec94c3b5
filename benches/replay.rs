//! The cost of replaying traces of raft.tla in bulk: files a second, on one core and on all.
//!
//! The trace has 48 steps of three servers, in which a log that conflicts with the leader's is cut back. It
//! is written out many times, with the names of its servers in every order. Each file is read, the action of
//! every step is found, the events are made, and raft-rs runs them in lockstep, all by `raft-lockstep replay`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const TRACE: &str = include_str!("../corpus/traces/g_Conflict_3s_sim72.json");
const FILES: usize = 3_000;
const ROUNDS: usize = 7;

fn main() {
    // `cargo test --benches` and `cargo bench` both come here; tests want no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let orders = [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]];
    let texts = orders.map(|order| {
        let marked =
            (1..=3).fold(TRACE.to_string(), |text, i| text.replace(&format!("\"s{i}\""), &format!("\"#{i}\"")));
        (1..=3).fold(marked, |text, i| text.replace(&format!("\"#{i}\""), &format!("\"s{}\"", order[i - 1])))
    });
    for number in 0..FILES {
        std::fs::write(folder.path().join(format!("{number}.json")), &texts[number % texts.len()]).unwrap();
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("debug assertions {}; {FILES} traces of 48 steps, best of {ROUNDS}", cfg!(debug_assertions));
    for threads in if cores > 1 { vec![1, cores] } else { vec![1] } {
        let best = (0..ROUNDS).map(|_| seconds(folder.path(), threads)).fold(f64::MAX, f64::min);
        println!("{threads} cores: {:.0} traces/s", FILES as f64 / best);
    }
}

/// The time of a replay of the folder.
fn seconds(folder: &Path, threads: usize) -> f64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    command.arg("replay").arg(folder).env("RAYON_NUM_THREADS", threads.to_string()).stdout(Stdio::null());
    let started = Instant::now();
    assert!(command.status().unwrap().success(), "every trace agrees");
    started.elapsed().as_secs_f64()
}
