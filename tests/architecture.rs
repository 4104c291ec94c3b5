//! Who may import whom, as the code map in `src/lib.rs` says; and the tables in the docs are current.

mod common;

use common::{assert_golden, root};
use raft_lockstep::spec::dialect::SWITCHES;
use raft_lockstep::spec::known::{KnownRow, KNOWN, KNOWN_IN_RAFT_IO};
use raft_lockstep::spec::Dialect;
use raft_lockstep::sut::nodes::versions::{Lack, VERSIONS};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// A module, and the modules of the crate that it may name.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("spec", &["spec"]),
    ("explore.rs", &["explore", "spec"]),
    ("explore", &["explore", "spec"]),
    ("schedule", &["schedule", "spec"]),
    ("sut/answers.rs", &[]),
    ("sut/clock.rs", &["schedule", "spec"]),
    ("sut/cluster.rs", &["schedule", "spec", "sut"]),
    ("sut/disk.rs", &["spec"]),
    ("sut/disk/memory.rs", &[]),
    ("sut/disk/wal.rs", &["sut"]),
    ("sut/network.rs", &["schedule", "spec"]),
    ("sut/node.rs", &["schedule", "spec", "sut"]),
    ("sut/nodes/raft_io.rs", &["spec", "sut"]),
    ("sut/nodes/raft_rs.rs", &["schedule", "spec", "sut"]),
    ("sut/nodes/raft_rs", &["sut"]),
    ("sut/nodes/versions.rs", &["schedule", "spec"]),
    ("sut/nodes/reference", &["schedule", "spec", "sut"]),
    ("refine", &["refine", "schedule", "spec", "sut"]),
    ("trace", &["spec"]),
    ("concretize.rs", &["lockstep", "report", "schedule", "spec", "sut", "trace", "verdict"]),
    ("concretize", &["lockstep", "refine", "schedule", "spec", "sut", "trace"]),
    ("feedback.rs", &["lockstep", "report", "schedule", "spec", "sut"]),
    ("minimize.rs", &["schedule", "verdict"]),
    ("minimize", &["schedule", "spec"]),
    ("regression.rs", &["lockstep", "report", "schedule", "spec", "sut", "verdict"]),
    ("report/mutants.rs", &[]),
    ("report/shown.rs", &["lockstep", "schedule", "spec", "sut"]),
    ("verdict.rs", &["spec"]),
    ("report/draw", &["report", "schedule", "spec", "verdict"]),
    ("report/story", &["lockstep", "refine", "report", "schedule", "spec", "sut", "verdict"]),
];

fn sources(path: &Path, each: &mut impl FnMut(&Path, &str)) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            sources(&entry.unwrap().path(), each);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        each(path, &fs::read_to_string(path).unwrap());
    }
}

#[test]
fn modules_import_only_what_they_may() {
    for (module, allowed) in MAY_IMPORT {
        sources(&root().join("src").join(module), &mut |path, text| {
            for (place, _) in text.match_indices("crate::") {
                let name: String = text[place + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                assert!(allowed.contains(&name.as_str()), "{} must not import {name}", path.display());
            }
        });
    }
}

#[test]
fn one_place_names_each_implementation() {
    for (name, file) in [("raft", "raft_rs"), ("raft_io", "raft_io")] {
        let place = root().join("src/sut/nodes");
        let path_of = format!(" {name}::");
        sources(&root().join("src"), &mut |path, text| {
            let named = text.lines().any(|line| line.contains(&path_of));
            let may = path == place.join(file).with_extension("rs") || path.starts_with(place.join(file));
            assert!(!named || may, "{} names the crate {name}", path.display());
        });
    }
}

#[test]
fn the_specification_imports_the_standard_library_alone() {
    sources(&root().join("src/spec"), &mut |path, text| {
        for line in text.lines().filter(|line| line.starts_with("use ")) {
            let first = line["use ".len()..].split("::").next().unwrap();
            assert!(["std", "super", "crate"].contains(&first), "{}: {line}", path.display());
        }
    });
}

#[test]
fn fuzz_targets_are_glue_and_every_module_says_what_it_is() {
    sources(&root().join("fuzz/fuzz_targets"), &mut |path, text| {
        assert!(text.lines().count() < 30, "{}", path.display());
    });
    sources(&root().join("src"), &mut |path, text| assert!(text.starts_with("//!"), "{}", path.display()));
}

#[test]
fn the_tables_in_the_docs_are_current() {
    let mut switches = String::from("| switch | what it does | dialects | source |\n| --- | --- | --- | --- |\n");
    for row in SWITCHES {
        let dialects = Dialect::NAMED.iter().filter(|(_, dialect)| dialect.has(row.switch)).map(|(name, _)| *name);
        let dialects = dialects.collect::<Vec<_>>().join(", ");
        writeln!(switches, "| `{}` | {} | {dialects} | {} |", row.name, row.sentence, row.source).unwrap();
    }
    assert_golden(&root().join("src/docs/switches.md"), &switches);
    let known = |what: &str, rows: &[KnownRow]| {
        let mut known = format!("| finding | what {what} does | where it is discussed |\n| --- | --- | --- |\n");
        for row in rows {
            writeln!(known, "| `{}` | {} | {} |", row.name, row.sentence, row.source).unwrap();
        }
        known
    };
    assert_golden(&root().join("src/docs/known.md"), &known("raft-rs 0.7.0", KNOWN));
    assert_golden(&root().join("src/docs/known_raft_io.md"), &known("raft-io 1.0.0", KNOWN_IN_RAFT_IO));
    let mut versions = String::from("| raft-rs | lacks | what is done |\n| --- | --- | --- |\n");
    for row in VERSIONS {
        let (major, minor) = row.number;
        for Lack { what, done, .. } in row.lacks {
            writeln!(versions, "| {major}.{minor} | {what} | {done} |").unwrap();
        }
    }
    assert_golden(&root().join("src/docs/versions.md"), &versions);
}

#[cfg(feature = "raft-io")]
#[test]
fn the_table_of_abilities_is_current() {
    use raft_lockstep::sut::nodes::raft_io::RaftIo;
    use raft_lockstep::sut::nodes::raft_rs::RaftRs;
    use raft_lockstep::sut::{ability::ABILITIES, Node};
    let mut table = String::from("| ability | who has it | raft-rs | raft-io |\n| --- | --- | --- | --- |\n");
    for row in ABILITIES {
        let has =
            [<RaftRs as Node>::ABILITIES, RaftIo::ABILITIES].map(|set| if set.has(row.ability) { "yes" } else { "-" });
        writeln!(table, "| `{}` | {} | {} | {} |", row.name, row.sentence, has[0], has[1]).unwrap();
    }
    assert_golden(&root().join("src/docs/abilities.md"), &table);
}
