//! Commands name the known finding that hides a divergence, and write to standard output and as JSON.
#![cfg(feature = "cli")]

use crate::common::root;
use std::process::Command;

const KNOWN: &str = "artifacts/next-below-match/schedule.txt";

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_raft-lockstep")).current_dir(root()).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn minimize_names_the_known_finding_that_hides_a_divergence() {
    let folder = tempfile::tempdir().unwrap();
    let small = folder.path().join("small.txt");
    let small = small.to_str().unwrap();
    let (code, _, said) = run(&["minimize", KNOWN, "-o", small]);
    assert_eq!((code, said.lines().count()), (Some(2), 1), "{said}");
    assert!(
        said.contains("steps around the known finding next-below-match")
            && said.contains("--no-known=next-below-match")
    );
    // The advice of the error works.
    let (code, told, _) = run(&["minimize", KNOWN, "-o", small, "--no-known=next-below-match", "--json"]);
    let row: serde_json::Value = told.parse().unwrap();
    assert_eq!(
        (code, &row["events_in"], &row["minimal"], &row["file"]),
        (Some(0), &16.into(), &true.into(), &small.into())
    );
    assert!(row["cause"].as_str().unwrap().starts_with("guard/"), "{row}");
    let (code, _, said) = run(&["minimize", "corpus/scenarios/election.txt", "-o", small]);
    assert!(code == Some(2) && said.contains("no divergence, so there is nothing to minimise"), "{said}");
    let raft_io = ["minimize", "--node", "raft-io", "artifacts/raft-io/late-pre-vote/schedule.txt", "-o", small];
    assert!(run(&raft_io).2.contains("known finding late-pre-vote"));
}

#[test]
fn explain_names_the_hiding_finding_also_as_json() {
    let (code, told, _) = run(&["explain", KNOWN]);
    assert!(code == Some(0) && told.contains("the run steps around the known finding next-below-match; "));
    let json = |arguments: &[&str]| -> (Option<i32>, serde_json::Value) {
        let (code, told, _) = run(&[&["explain", "--json"], arguments].concat());
        (code, told.parse().unwrap())
    };
    let (code, row) = json(&[KNOWN]);
    assert_eq!(
        (code, &row["verdict"], &row["stepped_around"]),
        (Some(0), &"agreed".into(), &"next-below-match".into())
    );
    assert!(row["cause"].is_null() && row["known"].is_null(), "{row}");
    let (code, row) = json(&["--no-known", KNOWN]);
    assert_eq!((code, &row["verdict"], &row["known"]), (Some(1), &"diverged".into(), &"next-below-match".into()));
    assert_eq!((&row["event"], &row["node"], &row["check"]), (&15.into(), &1.into(), &"guard".into()));
    for key in ["cause", "what", "spec", "implementation", "source"] {
        assert!(row[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {row}");
    }
    let (code, row) = json(&["--dialect", "ongaro", "corpus/scenarios/election.txt"]);
    assert_eq!((code, &row["switch"]), (Some(1), &"no-op-on-election".into()));
}

#[test]
fn a_dash_is_standard_output_or_is_refused_for_a_folder() {
    let (code, told, said) = run(&["minimize", "--no-known", KNOWN, "-o", "-"]);
    assert!(code == Some(0) && told.starts_with("raft-lockstep schedule 2\n") && told.ends_with("end\n"), "{told}");
    assert!(said.starts_with("16 events in, "), "{said}");
    let (code, told, said) = run(&["explain", "--no-known", KNOWN, "-o", "-"]);
    assert!(code == Some(1) && told.contains("Raft requires") && said.is_empty(), "{told}{said}");
    for arguments in [&["triage", KNOWN, "-o", "-"][..], &["coverage", "--html", "-"]] {
        let (code, _, said) = run(arguments);
        assert!(code == Some(2) && said.contains("pass a folder"), "{said}");
    }
    assert!(!root().join("-").exists());
}
