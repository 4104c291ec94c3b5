//! The corpus grows by the selected feedback. Needs the fuzz target, which CI builds first.

mod common;

use common::{files, root};
use raft_lockstep::schedule::{codec, text};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The fuzz target that cargo-fuzz built.
fn target() -> PathBuf {
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or(root().join("target"), PathBuf::from);
    let triples = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found = triples.map(|triple| triple.join("release/conformance")).find(|path| path.is_file());
    found.expect("cargo fuzz build -s none --no-trace-compares conformance")
}

/// The number of added inputs and of covered edges after a fixed number of runs from the scenarios.
fn grown(target: &Path, feedback: &str) -> (usize, usize) {
    let corpus = tempfile::tempdir().unwrap();
    let scenarios = files("corpus/scenarios", "txt");
    for path in &scenarios {
        let schedule = text::read(&std::fs::read_to_string(path).unwrap()).unwrap();
        std::fs::write(corpus.path().join(path.file_stem().unwrap()), codec::encode(&schedule)).unwrap();
    }
    let mut command = Command::new(target);
    command.current_dir(corpus.path()).env("RAFT_LOCKSTEP_FEEDBACK", feedback);
    let output = command.arg(corpus.path()).args(["-runs=4000", "-seed=1", "-max_len=600"]).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{log}");
    let last = log.lines().rev().find(|line| line.contains("cov: ")).expect("libFuzzer says what it covers");
    let edges = last.split("cov: ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    (std::fs::read_dir(corpus.path()).unwrap().count() - scenarios.len(), edges)
}

#[test]
#[ignore = "needs the fuzz target"]
fn the_corpus_grows_by_the_selected_feedback() {
    let target = target();
    let [edge, state, both, none] = ["edge", "state", "both", "none"].map(|feedback| grown(&target, feedback));
    println!("added, edges: edge {edge:?}, state {state:?}, both {both:?}, none {none:?}");
    assert!(none.0 < 20 && none.1 < 20, "{none:?}: nothing was to be seen");
    assert!(edge.0 > 10 * none.0.max(1) && edge.1 > 1_000, "{edge:?}");
    assert!(state.0 > 10 * none.0.max(1) && state.1 < 20, "{state:?}: no edge was to be seen");
    assert!(both.0 > edge.0.max(state.0) && both.1 > 1_000, "{both:?}");
}
