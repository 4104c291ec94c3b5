//! The list of raft-rs's public interface: a schedule drives each method of `RawNode` and each field of `Config`, or the
//! list gives the reason why not.

use crate::common::root;
use raft_lockstep::schedule::events::EVENTS;
use raft_lockstep::schedule::knobs::KNOBS;
use raft_lockstep::schedule::settings::SETTINGS;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

/// The source folder of the crate `raft` that this package is built with.
pub fn raft_source() -> PathBuf {
    let output = Command::new(env!("CARGO")).args(["metadata", "--format-version", "1"]).current_dir(root()).output();
    let metadata: serde_json::Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let raft = packages.iter().find(|package| package["name"] == "raft").expect("raft is a dependency");
    PathBuf::from(raft["manifest_path"].as_str().unwrap()).parent().unwrap().join("src")
}

/// The names after `keyword` in the block of `source` that `head` opens.
fn names(source: &str, head: &str, keyword: &str, end: char) -> Vec<String> {
    let start = source.find(head).unwrap_or_else(|| panic!("`{head}` is not in the source"));
    let block = &source[start..];
    let block = &block[..block.find("\n}\n").unwrap()];
    let lines = block.lines().skip(1).filter_map(|line| line.trim().strip_prefix(keyword));
    lines.filter_map(|line| line.split(end).next()).map(str::to_string).collect()
}

fn declared() -> BTreeSet<String> {
    let read = |file: &str| std::fs::read_to_string(raft_source().join(file)).unwrap();
    let methods = names(&read("raw_node.rs"), "impl<T: Storage> RawNode<T>", "pub fn ", '(');
    let fields = names(&read("config.rs"), "pub struct Config {", "pub ", ':');
    let methods = methods.iter().map(|name| format!("RawNode::{name}"));
    methods.chain(fields.iter().map(|name| format!("Config::{name}"))).collect()
}

#[test]
fn the_list_has_each_item_once_with_its_event_or_a_reason() {
    let list = std::fs::read_to_string(root().join("src/docs/api.md")).unwrap();
    let mut listed = BTreeSet::new();
    for row in list.lines().skip(2) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, driven, reason] = cells[..] else { panic!("three cells: {row}") };
        assert!(driven.is_empty() != reason.is_empty(), "driven, or a reason, not both: {row}");
        assert!(listed.insert(name.trim_matches('`').to_string()), "twice: {row}");
        for word in driven.split('`').skip(1).step_by(2) {
            assert!(is_word_of_schedules(word), "no schedule knows `{word}`: {row}");
        }
    }
    assert_eq!(listed, declared());
}

/// True if `word` is an event, a knob or a setting in the text of schedules.
fn is_word_of_schedules(word: &str) -> bool {
    let events = EVENTS.iter().map(|row| row.word);
    let names = KNOBS.iter().map(|row| row.name).chain(SETTINGS.iter().map(|row| row.name));
    events.chain(names).any(|known| known == word)
}
