//! Shared by the tests: golden files, which `REWRITE=1 cargo test` rewrites, and the corpus.

#![allow(dead_code)] // Each test file uses its share of it.

use raft_lockstep::findings::every;
use raft_lockstep::schedule::{codec, text, Schedule};
use std::fs;
use std::path::{Path, PathBuf};

/// The project's folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// True if golden files are written instead of compared.
pub fn rewrites() -> bool {
    std::env::var_os("REWRITE").is_some()
}

/// The seeds of a hunt by random schedules: `FIRST` and `SEEDS` make it a longer one.
pub fn hunted_seeds(default: u64) -> std::ops::Range<u64> {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |it| it.parse().unwrap());
    let first = number("FIRST", 0);
    first..first + number("SEEDS", default)
}

/// Asserts that the file holds `actual`.
pub fn assert_golden(path: &Path, actual: &str) {
    if rewrites() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, actual).unwrap();
    }
    let golden = fs::read_to_string(path).unwrap_or_default();
    assert!(
        golden == actual,
        "{} differs; REWRITE=1 cargo test rewrites it. The new text is:\n{actual}",
        path.display()
    );
}

/// The files in a folder of the project with that extension, sorted.
pub fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{folder} has no .{extension}");
    found
}

/// The folders of committed inputs. A fuzzer adds files to `corpus/conformance`, where only `kept-*` is committed.
const COMMITTED: [&str; 4] = ["corpus/scenarios", "corpus/faulty", "corpus/traces", "corpus/conformance"];

/// All schedules of the committed corpus, bytes and text, with their names.
pub fn corpus() -> Vec<(String, Schedule)> {
    let fuzzed = |name: &str| name.contains("corpus/conformance/") && !name.contains("/kept-");
    COMMITTED.iter().flat_map(|folder| schedules(folder)).filter(|(name, _)| !fuzzed(name)).collect()
}

/// The counterexamples of the known findings, with their names.
pub fn counterexamples() -> Vec<(String, Schedule)> {
    every().flat_map(|row| schedules(&folder_of(row.name))).collect()
}

/// The folder of a known finding.
fn folder_of(name: &str) -> String {
    match root().join("artifacts").join(name).is_dir() {
        true => format!("artifacts/{name}"),
        false => format!("artifacts/raft-io/{name}"),
    }
}

/// All schedules below a folder of the project, bytes and text, with their names.
pub fn schedules(folder: &str) -> Vec<(String, Schedule)> {
    let mut found = Vec::new();
    add(&root().join(folder), &mut found);
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn add(folder: &Path, found: &mut Vec<(String, Schedule)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let schedule = match path.extension().and_then(|extension| extension.to_str()) {
            _ if path.is_dir() => {
                add(&path, found);
                continue;
            }
            Some("txt") if !path.ends_with("report.txt") => {
                let text = fs::read_to_string(&path).unwrap();
                // Other text files are traces.
                if !text::is_text(text.as_bytes()) {
                    continue;
                }
                text::read(&text).unwrap()
            }
            None => codec::decode(&fs::read(&path).unwrap()).unwrap(),
            Some(_) => continue,
        };
        found.push((path.display().to_string(), schedule));
    }
}

/// Silences panics of implementations, which are caught and judged.
pub fn quiet() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(raft_lockstep::fuzzing::initialize);
}
