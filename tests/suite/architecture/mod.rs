//! Modules import only what they may, as the code map in `src/lib.rs` says, and the tables in the docs are current.

mod graph;

use crate::common::{assert_golden, root};
use graph::Graph;
use raft_lockstep::findings::{distinct_faults, FindingRow, IN_RAFT_IO, IN_RAFT_RS};
use raft_lockstep::spec::dialect::{SwitchRow, SWITCHES};
use raft_lockstep::spec::Dialect;
use raft_lockstep::sut::nodes::versions::{Lack, VERSIONS};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// For each top-level module those that it may import. A new module, or a new import, is a new word here.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("spec", &[]),
    ("explore", &["spec"]),
    ("schedule", &["spec"]),
    ("trace", &["spec"]),
    ("findings", &["schedule", "spec"]),
    // The findings of an implementation stand beside its dialect.
    ("sut", &["findings", "schedule", "spec"]),
    ("refine", &["schedule", "spec", "sut"]),
    // The second judge: neither the findings nor the lockstep.
    ("clients", &["schedule", "spec", "sut"]),
    ("lockstep", &["clients", "findings", "refine", "schedule", "spec", "sut"]),
    ("minimize", &["lockstep", "schedule", "spec"]),
    ("consequence", &["clients", "findings", "lockstep", "minimize", "schedule", "sut"]),
    ("concretize", &["lockstep", "refine", "schedule", "spec", "sut", "trace"]),
    ("report", &["clients", "concretize", "findings", "lockstep", "refine", "schedule", "spec", "sut", "trace"]),
    ("export", &["lockstep", "refine", "report", "schedule", "spec", "sut", "trace"]),
    ("feedback", &["lockstep", "schedule", "spec", "sut"]),
    ("regression", &["findings", "lockstep", "schedule", "sut"]),
    ("fuzzing", &["concretize", "feedback", "findings", "lockstep", "report", "schedule", "spec", "sut", "trace"]),
    (
        "cli",
        &[
            "concretize",
            "consequence",
            "explore",
            "export",
            "findings",
            "fuzzing",
            "lockstep",
            "minimize",
            "regression",
            "report",
            "schedule",
            "spec",
            "sut",
            "trace",
        ],
    ),
    ("guide", &[]),
    ("docs", &[]),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// The top-level module that a file belongs to.
fn top(module: &str) -> &str {
    match module.split('/').next() {
        Some("") | None => "lib",
        Some(top) => top,
    }
}

/// The graph between the top-level modules.
fn between_modules() -> Graph {
    let mut graph = Graph::new();
    for (from, to) in graph::of(&root().join("src")) {
        let found = to.iter().map(|to| top(to).to_string()).filter(|to| to != top(&from));
        graph.entry(top(&from).into()).or_default().extend(found);
    }
    graph
}

#[test]
fn modules_import_only_what_they_may() {
    let graph = between_modules();
    let rows: Vec<&str> = MAY_IMPORT.iter().map(|(module, _)| *module).collect();
    let mut wrong = Vec::new();
    for (from, found) in &graph {
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(module, _)| module == from) else {
            wrong.push(format!("no row covers {from}"));
            continue;
        };
        for to in found.iter().filter(|to| !allowed.contains(&to.as_str())) {
            wrong.push(format!("{from} must not import {to}"));
        }
        for to in allowed.iter().filter(|to| !found.contains(**to)) {
            wrong.push(format!("{from} does not import {to}: delete it from the row"));
        }
    }
    wrong.extend(rows.iter().filter(|row| !graph.contains_key(**row)).map(|row| format!("no module is named {row}")));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn modules_form_no_cycle() {
    assert_eq!(graph::cycle(&between_modules()), None, "each of these imports the next");
}

/// The files of a module and what they import of it, without its `mod.rs`, which names them all.
fn files_of(module: &str) -> Graph {
    let within = format!("{module}/");
    let mut graph = graph::of(&root().join("src"));
    graph.retain(|file, _| file.starts_with(&within));
    graph.values_mut().for_each(|found| found.retain(|to| top(to) == module));
    graph
}

/// The parts of the specification that are data: no guard, no action and no state.
const DATA: &[&str] = &["spec/change", "spec/configuration", "spec/entries", "spec/ids"];

#[test]
fn the_judge_of_consequences_shares_only_data_with_the_specification() {
    for (file, found) in graph::of(&root().join("src")) {
        let others = found.iter().filter(|to| file.starts_with("clients") && top(to) == "spec");
        let rules: Vec<&String> = others.filter(|to| !DATA.contains(&to.as_str())).collect();
        assert!(rules.is_empty(), "{file} imports {rules:?}");
    }
}

#[test]
fn the_files_of_the_specification_import_each_other_without_a_cycle() {
    let graph = files_of("spec");
    for (file, found) in &graph {
        assert!(!found.contains("spec"), "{file} imports from spec/mod.rs: name the file that has the item");
    }
    assert_eq!(graph::cycle(&graph), None, "each of these imports the next");
}

#[test]
fn the_files_of_spec_and_sut_import_what_is_written_down() {
    let mut table =
        String::from("# What each file of src/spec and src/sut imports of its own module. REWRITE=1 cargo test\n");
    table
        .push_str("# --test architecture writes it anew; a new line is a new dependency, to be looked at in review.\n");
    for (file, found) in files_of("spec").into_iter().chain(files_of("sut")) {
        let found: Vec<String> = found.into_iter().collect();
        writeln!(table, "{file}: {}", found.join(" ")).unwrap();
    }
    assert_golden(&root().join("tests/golden/modules.txt"), &table.replace(": \n", ":\n"));
}

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
fn one_place_names_each_implementation() {
    for (name, file) in [("raft", "raft_rs"), ("raft_io", "raft_io")] {
        let place = root().join("src/sut/nodes");
        let path_of = format!(" {name}::");
        sources(&root().join("src"), &mut |path, text| {
            let named = text.lines().any(|line| line.contains(&path_of));
            // An exported test is a text that names the crate.
            let is_exported = path.starts_with(root().join("src/export/rust_test"));
            let may =
                path == place.join(file).with_extension("rs") || path.starts_with(place.join(file)) || is_exported;
            assert!(!named || may, "{} names the crate {name}", path.display());
        });
    }
}

#[test]
fn the_specification_imports_the_standard_library_alone() {
    sources(&root().join("src/spec"), &mut |path, text| {
        for line in text.lines().filter(|line| line.starts_with("use ")) {
            let first = line["use ".len()..].split("::").next().unwrap();
            let own = path.with_file_name(first).with_extension("rs").is_file();
            assert!(own || ["std", "super", "crate"].contains(&first), "{}: {line}", path.display());
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
    let mut switches =
        String::from("| switch | what it does | dialects | source | undocumented |\n| --- | --- | --- | --- | --- |\n");
    for row in SWITCHES {
        let dialects = Dialect::NAMED.iter().filter(|(_, dialect)| dialect.has(row.switch)).map(|(name, _)| *name);
        let dialects = dialects.collect::<Vec<_>>().join(", ");
        let SwitchRow { name, sentence, source, undocumented, .. } = row;
        writeln!(switches, "| `{name}` | {sentence} | {dialects} | {source} | {undocumented} |").unwrap();
    }
    assert_golden(&root().join("src/docs/switches.md"), &switches);
    let known = |what: &str, rows: &[FindingRow]| {
        let mut known =
            format!("{} distinct faults, {} causes.\n\n| finding | severity | fault | what {what} does | where it is discussed |\n| --- | --- | --- | --- | --- |\n", distinct_faults(rows), rows.len());
        for row in rows {
            let FindingRow { name, sentence, source, severity, issue, .. } = row;
            let fault = if *issue == row.finding { "" } else { issue.row().name };
            writeln!(known, "| `{name}` | {} | {fault} | {sentence} | {source} |", severity.name()).unwrap();
        }
        known
    };
    assert_golden(&root().join("src/docs/known.md"), &known("raft-rs 0.7.0", IN_RAFT_RS));
    assert_golden(&root().join("src/docs/known_raft_io.md"), &known("raft-io 1.0.0", IN_RAFT_IO));
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
    use raft_lockstep::sut::{ability::ABILITIES, Abilities};
    let mut table = String::from("| ability | who has it | raft-rs | raft-io |\n| --- | --- | --- | --- |\n");
    for row in ABILITIES {
        let has =
            [Abilities::of::<RaftRs>(), Abilities::of::<RaftIo>()]
                .map(|set| if set.has(row.ability) { "yes" } else { "-" });
        writeln!(table, "| `{}` | {} | {} | {} |", row.name, row.sentence, has[0], has[1]).unwrap();
    }
    assert_golden(&root().join("src/docs/abilities.md"), &table);
}
