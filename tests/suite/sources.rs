//! Every guard, switch and invariant cites a source outside this project.

use crate::common::root;
use raft_lockstep::spec::dialect::SWITCHES;
use raft_lockstep::spec::invariants::ALL;
use std::fs;
use std::path::{Path, PathBuf};

/// The beginnings of sources: papers, specifications, documents and threads of others.
const SOURCES: &[&str] =
    &["paper ", "thesis ", "raft.tla", "raft-rs ", "etcd ", "etcd-io/raft ", "eraftpb.proto", "raft-io ", "TiKV "];

/// The beginnings of sources that are documents: written for readers, not code or its review.
const DOCUMENTS: &[&str] = &[
    "paper ",
    "thesis ",
    "raft-rs doc",
    "raft-rs Config.",
    "raft-rs RawNode::",
    "raft-rs Storage::",
    "raft-rs ReadOnlyOption",
    "raft-rs Raft::enable_group_commit",
    "raft-rs Error::",
    "raft-rs paper tests",
    "eraftpb.proto ",
    "etcd raft doc.go",
    "etcd raft README",
    "etcd raft design.md",
    "etcd raft Config.",
    "etcd raft Node.",
    "raft-io PROTOCOL.md",
    "raft-io RaftConfig",
];

/// The names of this project's own files.
const OWN: &[&str] = &["src/", ".rs", "raft-lockstep"];

/// Each invalid source, with its place.
fn own(place: &str, reference: &str) -> Vec<String> {
    let is_source = |part: &&str| SOURCES.iter().any(|source| part.starts_with(source));
    let named = reference.split(&[';', ',', ':'][..]).map(str::trim).any(|part| is_source(&part));
    let owned = OWN.iter().any(|own| reference.contains(own));
    if named && !owned {
        Vec::new()
    } else {
        vec![format!("{place}: {reference}")]
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

/// The string literals of a text that has no escaped quotes.
fn literals(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

/// The guards in a file: their words and their sources.
fn guards(text: &str) -> Vec<(&str, &str)> {
    let calls = text.split("guard!(").skip(1).filter_map(|rest| rest.split_once(");")).map(|(call, _)| call);
    calls.filter_map(|call| literals(call).last_chunk().map(|[guard, reference]| (*guard, *reference))).collect()
}

#[test]
fn each_rule_cites_a_document() {
    let mut paths = Vec::new();
    files(&root().join("src/spec"), &mut paths);
    let (mut count, mut wrong) = (0, Vec::new());
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        for (guard, reference) in guards(&text) {
            count += 1;
            wrong.extend(own(guard, reference));
        }
    }
    wrong.extend(SWITCHES.iter().flat_map(|row| own(row.name, row.source)));
    wrong.extend(ALL.iter().flat_map(|row| own(row.name, row.reference)));
    assert!(count >= 50, "{count} guards were found");
    assert!(wrong.is_empty(), "their source is our own, or none:\n{}", wrong.join("\n"));
}

#[test]
fn each_switch_names_a_document_or_says_what_no_document_has() {
    let is_document = |part: &str| DOCUMENTS.iter().any(|document| part.trim().starts_with(document));
    for row in SWITCHES {
        let documented = row.source.split(';').any(is_document);
        assert!(documented || row.undocumented == "all of it", "{}: {}", row.name, row.source);
    }
}

#[test]
fn an_own_source_is_noticed() {
    assert_eq!(own("g", "thesis 3.4"), Vec::<String>::new());
    for reference in ["src/spec/clock.rs", "our own rule", "raft-lockstep src/docs/contract.md", ""] {
        assert_eq!(own("g", reference).len(), 1, "{reference}");
    }
    let text = r#"guard!(x, Timeout, "the words", "the source"); let y = "z";"#;
    assert_eq!(guards(text), [("the words", "the source")]);
}
