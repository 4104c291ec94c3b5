//! The examples in every `--help` parse, and name existing files.
#![cfg(feature = "cli")]

use crate::common::root;
use std::collections::HashSet;
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_raft-lockstep")).current_dir(root()).args(arguments).output().unwrap()
}

fn help(subcommand: &str) -> String {
    let arguments: &[&str] = if subcommand.is_empty() { &["--help"] } else { &[subcommand, "--help"] };
    String::from_utf8(run(arguments).stdout).unwrap()
}

fn subcommands() -> Vec<String> {
    let help = help("");
    let listed = help.split("Commands:\n").nth(1).unwrap().lines().take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.split_whitespace().next().map(str::to_string));
    names.filter(|name| name != "help").collect()
}

/// The commands in a help text, as words. A remark follows a command after two spaces.
fn examples(help: &str) -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    let joined = help.replace("\\\n", "");
    for line in joined.lines().filter_map(|line| line.strip_prefix("  raft-lockstep ")) {
        let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let remark = line.find("  ").filter(|place| !line[*place..].trim_start().starts_with("artifacts/"));
        let command = remark.map_or(words.as_str(), |place| &line[..place]);
        for part in command.split(" | ") {
            let words: Vec<String> = part.split(' ').map(str::to_string).collect();
            match words[0].as_str() {
                "raft-lockstep" => commands.push(words[1..].to_vec()),
                // Foreign commands end the example.
                "less" | "jq" => break,
                _ => commands.push(words),
            }
        }
    }
    commands
}

/// Options whose value is an output, or no file of the project.
const NO_INPUTS: [&str; 5] = ["-o", "--stats", "--html", "--raft", "--to"];

#[test]
fn every_example_parses_and_names_existing_files() {
    let mut written: HashSet<String> = HashSet::from(["-".into()]);
    let mut seen = 0;
    for subcommand in [vec![String::new()], subcommands()].concat() {
        let text = help(&subcommand);
        let examples = examples(&text);
        assert!(text.contains("Examples:") && !examples.is_empty(), "{subcommand}: no examples");
        for words in examples {
            seen += 1;
            let (ours, _) = words.split_at(words.iter().position(|word| word == "--").unwrap_or(words.len()));
            // With --help the arguments are parsed, and nothing runs.
            let taken = run(&[ours.iter().map(String::as_str).collect(), vec!["--help"]].concat());
            assert!(taken.status.success(), "{words:?}: {}", String::from_utf8_lossy(&taken.stderr));
            for (place, word) in ours.iter().enumerate().skip(1) {
                let before = ours[place - 1].as_str();
                if NO_INPUTS.contains(&before) {
                    written.insert(word.clone());
                } else if word.contains(['/', '.']) && !word.starts_with('-') {
                    assert!(root().join(word).exists() || written.contains(word), "{words:?}: there is no {word}");
                }
            }
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn help_documents_the_exit_codes_after_an_interrupt() {
    let help = help("");
    assert!(help.contains("After Ctrl-C: 1 if a divergence was found, 2 with a line `interrupted: "), "{help}");
    for subcommand in ["fuzz", "minimize", "triage", "mutants"] {
        assert!(self::help(subcommand).contains("Ctrl-C"), "{subcommand}");
    }
}

/// The crash file's name ends in the hash of its bytes, as libFuzzer's do.
#[test]
fn the_sample_crash_is_the_counterexample_as_bytes() {
    use raft_lockstep::schedule::{codec, text};
    let folder = root().join("artifacts/next-below-match");
    let crash = folder.join("crash-04eb1895aad1c686cafbb2f0c7aa7af566300469");
    let schedule = text::read(&std::fs::read_to_string(folder.join("schedule.txt")).unwrap()).unwrap();
    assert_eq!(codec::decode(&std::fs::read(&crash).unwrap()).unwrap(), schedule);
    assert_eq!(run(&["replay", "--no-known", crash.to_str().unwrap()]).status.code(), Some(1));
}
