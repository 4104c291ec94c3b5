//! Reports of runs as text and pictures: golden files, and properties of every story.
#![cfg(feature = "cli")]

use crate::common::{assert_golden, files, quiet, root, schedules};
use raft_lockstep::findings::{FindingSet, IN_RAFT_RS};
use raft_lockstep::lockstep::Options;
use raft_lockstep::report::draw::{Caption, FORMATS};
use raft_lockstep::report::story::{story, Fate, Story};
use raft_lockstep::schedule::text;
use raft_lockstep::sut::nodes::faulty::FAULTS;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::sut::nodes::reference::Reference;
use raft_lockstep::sut::Node;
use std::path::Path;
use std::process::{Command, Output};

fn of(path: &Path, options: Options) -> Story {
    quiet();
    story::<RaftRs>(&text::read(&std::fs::read_to_string(path).unwrap()).unwrap(), options)
}

/// The story of a kept finding, with the other findings stepped around.
fn finding(name: &str) -> Story {
    let row = IN_RAFT_RS.iter().find(|row| row.name == name).unwrap();
    let options = Options { known: FindingSet::RAFT_RS.without(row.finding), ..Options::default() };
    of(&root().join("artifacts").join(name).join("schedule.txt"), options)
}

fn write(format: &str, name: &str, story: &Story) -> String {
    let command = format!("cargo run --release -- explain --no-known={name} artifacts/{name}/schedule.txt");
    let format = FORMATS.iter().find(|row| row.name == format).unwrap();
    (format.write)(story, &Caption { title: name, command: &command })
}

#[test]
fn each_finding_has_a_picture_and_its_name() {
    for row in IN_RAFT_RS {
        let story = finding(row.name);
        let known = story.reason.as_ref().and_then(|reason| reason.known);
        // A slow run agrees, so it has no divergence.
        assert!(known.map(|known| known.name) == Some(row.name) || story.run.slow.is_some(), "{}", row.name);
        let picture = write("svg", row.name, &story);
        assert!(picture.len() < 100 * 1024, "{}: {} bytes", row.name, picture.len());
        assert_golden(&root().join("artifacts").join(row.name).join("diagram.svg"), &picture);
    }
}

#[test]
fn one_finding_in_each_text_format() {
    let story = finding("lease-outlived");
    for (format, extension) in [("text", "txt"), ("mermaid", "mmd"), ("shiviz", "log")] {
        let path = root().join("tests/golden/lease-outlived").with_extension(extension);
        assert_golden(&path, &write(format, "lease-outlived", &story));
    }
}

#[test]
fn both_sides_of_every_step_are_equal_until_the_divergence() {
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
    IN_RAFT_RS.iter().for_each(|row| check(row.name, &finding(row.name)));
}

#[test]
fn messages_are_created_then_sent_then_received() {
    for path in files("corpus/scenarios", "txt") {
        let story = of(&path, Options::default());
        for sent in &story.messages {
            let place = path.display();
            assert!(sent.left.is_none_or(|left| left >= sent.made), "{place}: {sent:?}");
            match sent.fate {
                Fate::Held => assert!(sent.left.is_none(), "{place}: {sent:?}"),
                Fate::InFlight => assert!(sent.left.is_some(), "{place}: {sent:?}"),
                Fate::Arrived(step) | Fate::Lost(step) => {
                    assert!(sent.left.is_some_and(|left| left <= step), "{place}: {sent:?}");
                    let arrives = matches!(sent.fate, Fate::Arrived(_));
                    assert!(!arrives || story.steps[step].node == Some(sent.message.to), "{place}: {sent:?}");
                }
            }
        }
        let received = story.steps.iter().filter(|step| step.received.is_some()).count();
        let arrived = story.messages.iter().filter(|sent| matches!(sent.fate, Fate::Arrived(_))).count();
        assert_eq!(received, arrived, "{}", path.display());
    }
}

#[test]
fn the_page_is_one_file_without_external_resources() {
    for name in ["next-below-match", "change-under-snapshot"] {
        let page = write("html", name, &finding(name));
        let outside = ["src=", "url(", "@import", "href=\"http", "fetch(", "XMLHttpRequest"];
        outside.iter().for_each(|word| assert!(!page.contains(word), "{name}: {word}"));
        assert_eq!(page.matches("</script>").count(), 2);
    }
}

#[test]
fn file_names_are_escaped() {
    let story = finding("stale-pre-vote");
    let caption = Caption { title: "</script><b>&\"'", command: "<i>" };
    for format in FORMATS.iter().filter(|format| ["html", "svg"].contains(&format.name)) {
        let page = (format.write)(&story, &caption);
        assert!(!page.contains("<b>") && !page.contains("<i>"), "{}", format.name);
    }
}

#[test]
fn a_schedule_of_a_thousand_events_can_be_drawn() {
    let mut words = String::from("raft-lockstep schedule 2\nvoters 5\nevents\n");
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
fn the_extension_selects_the_format() {
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
fn text_has_colours_only_on_a_terminal_and_exit_codes_are_the_usual_ones() {
    let (output, words) = explain(&["--no-known", "artifacts/stale-pre-vote/schedule.txt"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!words.contains('\u{1b}') && words.contains("Raft requires"), "{words}");
    let (output, words) = explain(&["artifacts/stale-pre-vote/schedule.txt"]);
    assert_eq!(output.status.code(), Some(0), "{words}");
    let (output, words) = explain(&["artifacts/stale-pre-vote/schedule.txt", "-o", "picture.gif"]);
    assert_eq!((output.status.code(), words.lines().count()), (Some(2), 1), "{words}");
    assert!(words.contains(".svg"), "{words}");
    assert_eq!(explain(&["missing"]).0.status.code(), Some(2));
}

/// The place of a divergence is the same in the command's text and in every format.
#[test]
fn a_divergence_in_the_healing_epilogue_has_no_event() {
    let name = "pre-vote-unheard";
    let schedule = root().join("artifacts").join(name).join("schedule.txt");
    let schedule = schedule.to_str().unwrap();
    let events = text::read(&std::fs::read_to_string(schedule).unwrap()).unwrap().events.len();
    let place = format!("in the healing epilogue, after event {}", events - 1);
    let replay = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
        command.current_dir(root()).args(["replay", "--no-known=pre-vote-unheard", schedule]).args(more);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(replay(&[]).contains(&format!("diverged {place}, node ")), "{}", replay(&[]));
    let row: serde_json::Value = serde_json::from_str(&replay(&["--json"])).unwrap();
    assert_eq!((row["phase"].as_str(), row.get("at")), (Some("healing epilogue"), None), "{row}");
    let (_, words) = explain(&["--no-known=pre-vote-unheard", schedule]);
    assert!(words.contains(&format!("diverge {place}, node ")), "{words}");
    for format in ["html", "svg"] {
        // Lines of a picture are wrapped.
        let written = write(format, name, &finding(name)).replace("</text>\n", " ");
        assert!(written.contains(&place), "{format}");
    }
}

#[test]
fn a_divergence_is_in_the_same_place_in_every_report() {
    for row in IN_RAFT_RS {
        let story = finding(row.name);
        // A slow run agrees, without a divergence.
        let Some(divergence) = story.run.verdict.divergence() else { continue };
        let place = divergence.place();
        assert!(divergence.to_string().contains(&place), "{}", row.name);
        assert!(write("text", row.name, &story).contains(&place), "{}", row.name);
        assert_eq!(place.starts_with("at event"), divergence.event < story.schedule.events.len(), "{}", row.name);
    }
}

/// raft-rs answers Ok to a change that it does not append.
#[test]
fn a_refused_call_is_reported_as_refused() {
    let told = |command: &str, name: &str| {
        let path = format!("corpus/scenarios/{name}.txt");
        let output = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"))
            .current_dir(root())
            .args([command, &path])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for command in ["replay", "explain"] {
        let words = told(command, "second-change");
        assert!(words.contains("1 appends change l4 first"), "{words}");
        assert!(words.contains("1 refuses change l5 first and appends an empty entry"), "{words}");
        assert!(!words.contains("appends change l5"), "{words}");
        let words = told(command, "leave-during-transfer");
        let leaves = "1 appends the entry that leaves the joint configuration, during the leadership transfer to 2";
        assert!(words.contains(leaves), "{words}");
    }
}

/// Each of these calls returns nothing or Ok; the transcript must report that it had no effect, with the reason.
#[test]
fn calls_without_an_effect_say_so() {
    let schedule = "raft-lockstep schedule 2\nvoters 3\nlearners 1\nspares 1\nevents\npropose 1 0\nread 1\nping 1\n\
                    transfer 1->2\nrequest-snapshot 1\ncampaign 4\ndeliver 1->2\nround\ncampaign 1\nround\nround\nread 1\n\
                    round\nround\ncampaign 1\ntransfer 1->4\ntransfer 1->1\nrequest-snapshot 1\nunreachable 1->5\n\
                    report-snapshot 1->2 true\nset 1 max-inflight-msgs 5 2\nping 2\ncrash 3\ncrash 3\nread 3\nrestart 2\nchange 2 v4\nend\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schedule.txt");
    std::fs::write(&path, schedule).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_raft-lockstep")).arg("replay").arg(&path).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    for line in [
        "1 drops proposal 1: it knows no leader",
        "1 drops read 1: it knows no leader",
        "1 ignores the ping: it is not the leader",
        "1 ignores the leadership transfer: it knows no leader",
        "1 does not request a snapshot: it knows no leader",
        "no effect: 4 is no voter",
        "no effect: no such message is in flight from 1 to 2",
        "no effect: no message is in flight",
        "1 drops read 2: no entry of its term is committed",
        "1 ignores the campaign: it is the leader",
        "1 ignores the leadership transfer to 4: it is no voter",
        "1 ignores the leadership transfer to 1: it is the leader",
        "1 does not request a snapshot: it is the leader",
        "1 ignores the report: it has no progress of 5",
        "1 ignores the report: the progress of 2 is replicate",
        "1 ignores the limit of messages in flight: it has no progress of 5",
        "no effect: 3 is down",
        "no effect: 2 is running already",
        "2 forwards change v4 to leader 1",
    ] {
        assert!(told.contains(&format!("   {line}\n")), "{line}\n{told}");
    }
}

/// A finding belongs to one implementation: another Raft that fails in the same place does not have it.
#[test]
fn a_finding_of_one_implementation_is_not_named_for_another() {
    quiet();
    let row = FAULTS.iter().find(|row| row.name == "keeps-leading").unwrap();
    let mut diverged = 0;
    for kept in IN_RAFT_RS {
        let path = root().join("artifacts").join(kept.name).join("schedule.txt");
        let schedule = text::read(&std::fs::read_to_string(path).unwrap()).unwrap();
        let options = Options { known: FindingSet::NONE, ..Options::of::<Reference>() };
        let story = row.made(|| story::<Reference>(&schedule, options));
        diverged += usize::from(story.reason.is_some());
        let named = story.reason.and_then(|reason| reason.known);
        assert!(named.is_none_or(|row| Reference::KNOWN.has(row.finding)), "{}", kept.name);
    }
    assert!(diverged > 3, "{diverged} diverge");
}
