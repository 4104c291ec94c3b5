//! A finding as an issue for the tracker of raft-rs: its description, the steps in words, and a test that fails.
//!
//! The description is the `finding.md` beside the schedule. Everything else comes from the run: the steps from its story,
//! the test from [`rust_test`], and the harm from the judge of consequences.

use super::{rust_test, Export, Request};
use crate::lockstep::divergence::Divergence;
use crate::lockstep::observe::Silent;
use crate::lockstep::{run, JudgeName, Options};
use crate::report::description::Description;
use crate::report::story::{setup_in_words, story, Story};
use crate::schedule::Schedule;
use crate::sut::nodes::raft_rs::RaftRs;
use std::fmt::Write;

/// The sections that the issue takes from the description, each with its heading in the issue.
const TAKEN: [(&str, &str); 5] = [
    ("Promise", "Promise"),
    ("Configuration", "Configuration"),
    ("Affected users", "Affected users"),
    ("Newer history", "Versions"),
    ("Remedy", "Remedy and workaround"),
];

const TEXT: &str = "a string takes any text";

/// Exports a finding as an issue.
///
/// # Errors
/// There is no description, it is not in its form, or the run is no Rust test.
pub fn write(request: &Request) -> Result<Export, String> {
    let text = request.description.ok_or(
        "an issue needs the description of its finding; expected `finding.md` in the schedule's folder, in the form of \
         artifacts/joined-gap/finding.md",
    )?;
    let described = Description::parse(text).map_err(|why| format!("finding.md: {why}"))?;
    let story = story::<RaftRs>(request.schedule, request.options);
    let name = story.reason.as_ref().and_then(|reason| reason.known).map(|row| row.name);
    let test = rust_test::write(&Request { name: name.or(request.name), ..*request })?;
    let text = page(&described, &story, &test.text, request.schedule);
    let notes = vec![format!("issue: {} words before the test", words_before_test(&text))];
    Ok(Export { text, companion: None, notes, run: test.run })
}

fn page(described: &Description, story: &Story, test: &str, schedule: &Schedule) -> String {
    let mut page = format!("# {}\n\n", described.title);
    let mut section = |heading: &str, text: &str| write!(page, "## {heading}\n\n{text}\n\n").expect(TEXT);
    section(
        "Summary",
        &format!("{} Severity: {}. Code: {}", sentence(&described.reason), described.severity.name(), described.place),
    );
    section("Behaviour", &unwrapped(described.section("Behaviour")));
    section("Harm to users", &harm_to_users(schedule, described));
    section("Steps", &steps(story));
    for (heading, shown) in TAKEN {
        let before = if heading == "Newer history" { "raft-rs 0.7.0 shows it. " } else { "" };
        section(shown, &format!("{before}{}", unwrapped(described.section(heading))));
    }
    let code = test.trim_end();
    section(
        "Failing test",
        &format!("<details><summary>The steps as a Rust test</summary>\n\n```rust\n{code}\n```\n\n</details>"),
    );
    page += "Exported by raft-lockstep from `finding.md` and `schedule.txt`. Other files that the text names lie beside them.\n";
    page
}

/// The settings, and the steps as a numbered list. A step that is repeated is told once, with the number of times.
fn steps(story: &Story) -> String {
    let mut text = setup_in_words(story).join(" ");
    text += " An entry is written term:value; the value - is the empty entry of a new leader.\n";
    let mut told: Vec<(String, usize)> = Vec::new();
    for place in 0..story.schedule.events.len() {
        let step = rust_test::comments::of_every_event(story, place);
        match told.last_mut().filter(|(last, _)| *last == step) {
            Some((_, times)) => *times += 1,
            None if step.is_empty() => {}
            None => told.push((step, 1)),
        }
    }
    for (at, (step, times)) in told.iter().enumerate() {
        let times = if *times > 1 { format!(" ({times} times)") } else { String::new() };
        write!(text, "\n{}. {step}{times}", at + 1).expect(TEXT);
    }
    if let Some(reason) = &story.reason {
        write!(text, "\n\nraft-rs: {} Raft requires: {}", reason.did, reason.requires).expect(TEXT);
    }
    text
}

/// The harm that clients, applications or operators see, by the judge of consequences.
fn harm_to_users(schedule: &Schedule, described: &Description) -> String {
    let judge = |schedule: &Schedule| {
        run::<RaftRs>(schedule, Options { judge: JudgeName::Clients, ..Options::of::<RaftRs>() }, &mut Silent)
    };
    let words = |divergence: &Divergence| {
        let sentence = divergence.consequence().map_or("", |consequence| consequence.row().sentence);
        format!("{sentence} Here {}.", divergence.failed.words().implementation)
    };
    if let Some(divergence) = judge(schedule).verdict.divergence() {
        return words(divergence);
    }
    let mut healed = schedule.clone();
    healed.setup.heal = true;
    let run = judge(&healed);
    match run.verdict.divergence() {
        Some(divergence) => format!("After the steps all faults end. {}", words(divergence)),
        None if run.slow.is_some() => {
            "All faults end. With random election timeouts the cluster serves nobody while it is watched; it does once \
             the timeouts favour one node."
                .into()
        }
        None if described.is_grave() => {
            format!("Clients see no harm in these steps. In another run that is described above: {}", described.reason)
        }
        None => "Clients see no harm in these steps, and the cluster serves them after all faults end.".into(),
    }
}

/// The text with each paragraph and list item on one line, as issue trackers want it.
fn unwrapped(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let is_item =
            line.starts_with("- ") || line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
        match lines.last_mut().filter(|last| !last.is_empty() && !line.is_empty() && !is_item) {
            Some(last) => *last = format!("{last} {}", line.trim_start()),
            None => lines.push(line.into()),
        }
    }
    lines.join("\n")
}

/// A clause as a sentence.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn words_before_test(page: &str) -> usize {
    page.split("## Failing test").next().map_or(0, |text| text.split_whitespace().count())
}
