//! Runs told in words and drawn: golden files, and what must be so in every story.
#![cfg(feature = "cli")]

mod common;

use common::{assert_golden, files, quiet, root, schedules};
use raft_lockstep::lockstep::Options;
use raft_lockstep::report::draw::{Caption, FORMATS};
use raft_lockstep::report::story::{story, Fate, Field, Story};
use raft_lockstep::schedule::text;
use raft_lockstep::spec::known::KNOWN;
use raft_lockstep::spec::KnownSet;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use std::path::Path;
use std::process::{Command, Output};

fn of(path: &Path, options: Options) -> Story {
    quiet();
    story::<RaftRs>(&text::read(&std::fs::read_to_string(path).unwrap()).unwrap(), options)
}

/// A kept finding's story, with nothing else reported.
fn finding(name: &str) -> Story {
    let row = KNOWN.iter().find(|row| row.name == name).unwrap();
    let options = Options { known: KnownSet::ALL.without(row.known), ..Options::default() };
    of(&root().join("artifacts").join(name).join("schedule.txt"), options)
}

fn write(format: &str, name: &str, story: &Story) -> String {
    let command = format!("cargo run --release -- explain --no-known={name} artifacts/{name}/schedule.txt");
    let format = FORMATS.iter().find(|row| row.name == format).unwrap();
    (format.write)(story, &Caption { title: name, command: &command })
}

#[test]
fn each_finding_has_its_picture_and_is_known_by_its_name() {
    for row in KNOWN {
        let story = finding(row.name);
        let known = story.reason.as_ref().and_then(|reason| reason.known);
        // A slow run agrees: there is no divergence to name.
        assert!(known.map(|known| known.name) == Some(row.name) || story.run.slow.is_some(), "{}", row.name);
        let picture = write("svg", row.name, &story);
        assert!(picture.len() < 100 * 1024, "{}: {} bytes", row.name, picture.len());
        assert_golden(&root().join("artifacts").join(row.name).join("diagram.svg"), &picture);
    }
}

#[test]
fn one_finding_in_each_format_of_words() {
    let story = finding("lease-outlived");
    for (format, extension) in [("text", "txt"), ("mermaid", "mmd"), ("shiviz", "log")] {
        let path = root().join("tests/golden/lease-outlived").with_extension(extension);
        assert_golden(&path, &write(format, "lease-outlived", &story));
    }
}

#[test]
fn both_sides_of_every_step_are_the_same_until_they_part() {
    let check = |name: &str, story: &Story| {
        let agreed = story.parting().unwrap_or(story.steps.len());
        for (place, step) in story.steps[..agreed].iter().enumerate() {
            let same = step.both.as_ref().is_none_or(|both| both.agree());
            assert!(same, "{name}, step {place}: {step:#?}");
        }
    };
    quiet();
    for (name, schedule) in schedules("corpus/scenarios") {
        check(&name, &story::<RaftRs>(&schedule, Options::default()));
    }
    KNOWN.iter().for_each(|row| check(row.name, &finding(row.name)));
}

#[test]
fn messages_are_made_then_leave_then_arrive() {
    for path in files("corpus/scenarios", "txt") {
        let story = of(&path, Options::default());
        for flight in &story.flights {
            let place = path.display();
            assert!(flight.left.is_none_or(|left| left >= flight.made), "{place}: {flight:?}");
            match flight.fate {
                Fate::Held => assert!(flight.left.is_none(), "{place}: {flight:?}"),
                Fate::OnItsWay => assert!(flight.left.is_some(), "{place}: {flight:?}"),
                Fate::Arrived(step) | Fate::Lost(step) => {
                    assert!(flight.left.is_some_and(|left| left <= step), "{place}: {flight:?}");
                    let arrives = matches!(flight.fate, Fate::Arrived(_));
                    assert!(!arrives || story.steps[step].node == Some(flight.message.to), "{place}: {flight:?}");
                }
            }
        }
        let received = story.steps.iter().filter(|step| step.received.is_some()).count();
        let arrived = story.flights.iter().filter(|flight| matches!(flight.fate, Fate::Arrived(_))).count();
        assert_eq!(received, arrived, "{}", path.display());
    }
}

/// The strings that follow `before` in the sources of the judge.
fn named(before: &str) -> Vec<String> {
    let sources = ["src/lockstep.rs", "src/lockstep/flow.rs", "src/refine/abstraction.rs"];
    let mut found = Vec::new();
    for source in sources {
        let text = std::fs::read_to_string(root().join(source)).unwrap();
        for (place, _) in text.match_indices(before) {
            let rest = text[place + before.len()..].trim_start().trim_start_matches("i,").trim_start();
            let name = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
            found.extend(name.map(|(name, _)| name.to_string()));
        }
    }
    found
}

#[test]
fn every_field_that_is_compared_is_explained() {
    let names: Vec<String> = ["compare!(", ".differs("].into_iter().flat_map(named).collect();
    assert!(names.len() > 40, "{names:?}");
    for name in names {
        assert!(Field::named(&name).is_some(), "src/report/story/fields.rs has no row for `{name}`");
    }
}

#[test]
fn the_page_is_one_file_that_asks_for_nothing() {
    for name in ["next-below-match", "change-under-snapshot"] {
        let page = write("html", name, &finding(name));
        let outside = ["src=", "url(", "@import", "href=\"http", "fetch(", "XMLHttpRequest"];
        outside.iter().for_each(|word| assert!(!page.contains(word), "{name}: {word}"));
        assert_eq!(page.matches("</script>").count(), 2);
    }
}

#[test]
fn what_a_file_is_called_is_escaped() {
    let story = finding("stale-pre-vote");
    let caption = Caption { title: "</script><b>&\"'", command: "<i>" };
    for format in FORMATS.iter().filter(|format| ["html", "svg"].contains(&format.name)) {
        let page = (format.write)(&story, &caption);
        assert!(!page.contains("<b>") && !page.contains("<i>"), "{}", format.name);
    }
}

#[test]
fn a_schedule_of_a_thousand_events_can_be_drawn() {
    let mut words = String::from("raft-lockstep schedule 1\nvoters 5\nevents\n");
    for round in 0..200 {
        let node = 1 + round % 5;
        words += &format!("campaign {node}\nround\nround\npropose {node} 4\nround\n");
    }
    let story = story::<RaftRs>(&text::read(&(words + "end\n")).unwrap(), Options::default());
    for format in FORMATS {
        let written = (format.write)(&story, &Caption { title: "long", command: "" });
        assert!(written.len() < 16 << 20, "{}: {} bytes", format.name, written.len());
    }
}

fn explain(arguments: &[&str]) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
    let output = command.current_dir(root()).arg("explain").args(arguments).output().unwrap();
    let words = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output, words)
}

#[test]
fn the_command_writes_what_the_names_of_files_say() {
    let folder = tempfile::tempdir().unwrap();
    let schedule = "artifacts/stale-pre-vote/schedule.txt";
    let paths: Vec<_> =
        FORMATS.iter().map(|format| folder.path().join("it").with_extension(format.extension)).collect();
    let mut arguments = vec!["--no-known", schedule];
    paths.iter().for_each(|path| arguments.extend(["-o", path.to_str().unwrap()]));
    let (output, words) = explain(&arguments);
    assert_eq!(output.status.code(), Some(1), "{words}");
    for path in paths {
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(written.len() > 500, "{}", path.display());
        assert!(!written.contains("it.html"), "the command to copy writes no files: {}", path.display());
    }
}

#[test]
fn words_have_colours_on_a_terminal_alone_and_exit_codes_are_as_everywhere() {
    let (output, words) = explain(&["--no-known", "artifacts/stale-pre-vote/schedule.txt"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!words.contains('\u{1b}') && words.contains("what Raft requires"), "{words}");
    let (output, words) = explain(&["artifacts/stale-pre-vote/schedule.txt"]);
    assert_eq!(output.status.code(), Some(0), "{words}");
    let (output, words) = explain(&["artifacts/stale-pre-vote/schedule.txt", "-o", "picture.gif"]);
    assert_eq!((output.status.code(), words.lines().count()), (Some(2), 1), "{words}");
    assert!(words.contains(".svg"), "{words}");
    assert_eq!(explain(&["missing"]).0.status.code(), Some(2));
}
