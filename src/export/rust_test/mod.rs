//! A run as a Rust test that needs the crate `raft` alone: the world of `world.rs`, the events as plain calls, and an
//! assertion in Raft's terms.
//!
//! A run that diverges becomes a test that fails where raft-rs diverges, by an assertion of `assertion.rs` or by raft-rs's
//! own panic. A run that agrees becomes a test that passes: it asserts the final state of each node.

mod assertion;
pub(super) mod comments;
mod setup;
mod statements;
mod steps;
mod template;

use super::{Export, Request};
use crate::lockstep::divergence::Failed;
use crate::lockstep::verdict::{Skip, Verdict};
use crate::lockstep::Options;
use crate::refine::Alignment;
use crate::report::story::{self, Story};
use crate::schedule::Schedule;
use crate::sut::nodes::raft_rs::RaftRs;
use assertion::Assertion;
use comments::comment;
use std::collections::BTreeSet;
use std::fmt::Write;
use steps::Steps;

/// The words before the message with which the test fails, in the test's first lines.
pub const FAILS: &str = "// Fails with: ";

/// Exports a run as a test.
///
/// # Errors
/// The schedule has an event or a setting that the test's world lacks, or no assertion shows the divergence.
pub fn write(request: &Request) -> Result<Export, String> {
    let options = request.options;
    let steps = Steps::of(request.schedule, options)?;
    let story = story::story::<RaftRs>(request.schedule, options);
    let assertion = assertion(request.schedule, options, &steps)?;
    let mut parts = steps.parts.clone();
    parts.extend(assertion.parts.iter());
    let world = template::world(parts);
    let (body, lines) = body(&steps, &story, &assertion);
    let mut text = head(&story, &assertion);
    let protobuf = if world.contains("protobuf::") { ", protobuf = \"2\"" } else { "" };
    writeln!(text, "// Needs in Cargo.toml: raft = \"0.7\"{protobuf}.").expect(TEXT);
    text += &setup::constants(request.schedule, &world);
    writeln!(text, "\n#[test]\nfn {}() {{", name(request.name)).expect(TEXT);
    text += &body;
    text += "}\n\n";
    text += &world;
    let notes = vec![format!("rust-test: {lines} lines of steps, {} of the world", world.lines().count())];
    Ok(Export { text, companion: None, notes, run: steps.run })
}

const TEXT: &str = "a string takes any text";

/// The assertion for the end of the run.
fn assertion(schedule: &Schedule, options: Options, steps: &Steps) -> Result<Assertion, String> {
    let align = Alignment::of(&schedule.setup, options.dialect);
    if let Verdict::Skipped(Skip::Finding(finding)) = steps.run.verdict {
        return Err(format!("the run ends at the known finding {finding}; to export that, pass --no-known={finding}"));
    }
    match steps.run.verdict.divergence() {
        Some(divergence) => assertion::of(divergence, steps, align)
            .ok_or_else(|| format!("no assertion in Raft's terms shows this divergence yet: {}", divergence.cause)),
        None if steps.run.slow.is_some() => Ok(assertion::settles(&schedule.setup)),
        None => Ok(assertion::final_states(steps, align)),
    }
}

/// The name of the test function.
fn name(file: Option<&str>) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = file.unwrap_or("exported").chars().map(word).collect();
    match name.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("run_{name}"),
        false => name,
    }
}

/// The first lines: what happens, what Raft requires, and how the test fails.
fn head(story: &Story, assertion: &Assertion) -> String {
    let mut text = String::new();
    if let Some(reason) = &story.reason {
        let known = reason.known.map(|row| format!("{} ({})", row.sentence, row.source));
        text += &comment("", &known.unwrap_or_else(|| reason.did.clone()));
        text += &comment("", &format!("Raft requires: {} Sources: {}.", reason.requires, reason.sources.join("; ")));
    }
    text += "// In the comments an entry is term:value, and - is the empty entry of a new leader.\n";
    if let Some(fails) = &assertion.fails {
        writeln!(text, "{FAILS}{fails}").expect(TEXT);
    }
    text
}

/// The steps and the assertion, and the number of their lines without comments.
fn body(steps: &Steps, story: &Story, assertion: &Assertion) -> (String, usize) {
    let mut text = format!("    {}\n", steps.world);
    let mut lines = 1 + assertion.lines.len();
    let mut told = BTreeSet::new();
    for step in &steps.list {
        if let Some(place) = step.place.filter(|place| told.insert(*place)) {
            text += &comment("    ", &comments::of_event(story, place));
        } else if step.place.is_none() && told.insert(usize::MAX) {
            text += &comment("    ", "All faults end: what was held up goes on, and a quorum runs.");
        }
        lines += 1;
        writeln!(text, "    {}", step.line).expect(TEXT);
    }
    if let Some(divergence) = steps.run.verdict.divergence().filter(|it| matches!(it.failed, Failed::Panic(_))) {
        text += &comment("    ", &format!("Node {} panics in this last call.", divergence.node));
    }
    text += &comment("    ", &assertion.comment);
    assertion.lines.iter().for_each(|line| writeln!(text, "    {line}").expect(TEXT));
    (text, lines)
}
