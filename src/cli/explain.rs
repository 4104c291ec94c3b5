//! `explain`: explains a run, as text and as pictures.

use super::judged::{with_node, Judged};
use super::{input, known, linked, shell, write_json, write_to, Outcome};
use crate::lockstep::verdict::{Phase, Verdict};
use crate::lockstep::Options;
use crate::report::draw::{write_text, Caption, Colours, Format, FORMATS};
use crate::report::story::{story, Story};
use crate::report::transcript;
use crate::schedule::Schedule;
use crate::sut::nodes::raft_rs::RaftRs;
use crate::sut::Node;
use anyhow::{Context, Result};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep explain --no-known artifacts/next-below-match/schedule.txt                print the steps and the reason
  raft-lockstep explain --no-known artifacts/next-below-match/schedule.txt -o page.html   write a page for a browser
  raft-lockstep explain corpus/scenarios/figure-8.txt -o figure.svg -o figure.mmd
  raft-lockstep explain --json --no-known \
    artifacts/next-below-match/crash-04eb1895aad1c686cafbb2f0c7aa7af566300469
  raft-lockstep explain --judge clients artifacts/configuration-lost/schedule.txt         explain what users see
The extension selects the format: .html, .svg, .mmd (Mermaid), .txt, .log (ShiViz).")]
pub struct Arguments {
    /// Fuzz input, text schedule, or trace of TLC, Apalache or the seed; `-` for standard input.
    file: PathBuf,
    /// Write a file: .html, .svg, .mmd (Mermaid), .txt or .log (ShiViz); `-` for text on standard output. May be
    /// repeated.
    #[arg(short, value_name = "OUT")]
    output: Vec<PathBuf>,
    /// Print one JSON object: {file, verdict, why, events, steps, cause, phase, event, slow, node, check, what, spec,
    /// implementation, source, known, switch, stepped_around}. An absent value is null. `stepped_around` is the known
    /// finding that --no-known would report.
    #[arg(long)]
    json: bool,
    /// Format of the input.
    #[arg(long, default_value = "auto", value_parser = input::formats())]
    format: String,
    #[command(flatten)]
    judged: Judged,
    #[command(flatten)]
    pub raft: linked::Source,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let formats = arguments.output.iter().map(|path| format_of(path)).collect::<Result<Vec<_>>>()?;
    let input = input::read_as(&arguments.file, &arguments.format)?;
    let judged = &arguments.judged;
    let (story, hiding) = with_node!(judged.node, N => told::<N>(&input.schedule, judged.options::<N>()));
    let outcome = Outcome::of(story.run.verdict.divergence().is_some());
    let (title, command) = (title(&arguments.file), command());
    let caption = Caption { title: &title, command: &command };
    for (path, format) in arguments.output.iter().zip(&formats) {
        write_to(path, (format.write)(&story, &caption).as_bytes())?;
    }
    // With `-o -` standard output holds that file and nothing else.
    if arguments.output.iter().any(|path| input::is_stream(path)) {
        return Ok(outcome);
    }
    let mut out = anstream::stdout().lock();
    if arguments.json {
        return write_json(&mut out, &row(&arguments.file, &story, hiding)).map(|()| outcome);
    }
    match formats.is_empty() {
        true => write!(out, "{}", write_text(&story, &caption, Colours::TERMINAL))?,
        false => write!(out, "{}", transcript::verdict(&story.run))?,
    }
    if let Some(name) = hiding {
        writeln!(out, "the run steps around the known finding {name}; to explain that, pass --no-known={name}")?;
    }
    for path in &arguments.output {
        writeln!(out, "wrote {}", path.display())?;
    }
    Ok(outcome)
}

/// The story of a run, and the known finding that the run steps around.
fn told<N: Node>(schedule: &Schedule, options: Options) -> (Story, Option<&'static str>) {
    let story = story::<N>(schedule, options);
    let hiding = match story.run.verdict.divergence() {
        Some(_) => None,
        None => known::hiding::<N>(schedule, options).map(|row| row.name),
    };
    (story, hiding)
}

/// Runs a schedule, and writes its diagram to a file.
pub fn draw(schedule: &Schedule, options: Options, path: &Path) -> Result<()> {
    let story = story::<RaftRs>(schedule, options);
    let title = path.parent().map_or(String::new(), title);
    let written = (format_of(path)?.write)(&story, &Caption { title: &title, command: "" });
    write_to(path, written.as_bytes())
}

fn format_of(path: &Path) -> Result<&'static Format> {
    let extension = if input::is_stream(path) { "txt".as_ref() } else { path.extension().unwrap_or_default() };
    FORMATS.iter().find(|format| extension == format.extension).with_context(|| {
        let known = FORMATS.iter().map(|format| format!(".{} ({})", format.extension, format.about));
        let known = known.collect::<Vec<_>>().join(", ");
        format!("{}: the extension selects no format; expected {known}", path.display())
    })
}

/// The title of a run: the folder's name for a kept finding, else the file's.
fn title(file: &Path) -> String {
    let kept = file.ends_with("schedule.txt").then(|| file.parent()).flatten();
    let name = kept.unwrap_or(file).file_name().or(file.file_name());
    name.map_or("-".into(), |name| name.to_string_lossy().into_owned())
}

/// This command as the user gave it, without the files that it writes.
fn command() -> String {
    let mut words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        match word.strip_prefix("-o") {
            Some("") => drop(words.next()),
            Some(_) => {}
            None => kept.push(word),
        }
    }
    shell::command(kept)
}

/// The object that `--json` prints.
#[derive(Serialize)]
struct Row<'a> {
    file: String,
    verdict: &'a str,
    /// The reason of a skipped run.
    why: Option<String>,
    events: usize,
    steps: usize,
    cause: Option<String>,
    phase: Option<&'a str>,
    event: Option<usize>,
    slow: Option<usize>,
    node: Option<u8>,
    check: Option<&'a str>,
    what: Option<String>,
    spec: Option<String>,
    implementation: Option<String>,
    source: Option<&'a str>,
    known: Option<&'a str>,
    switch: Option<&'a str>,
    stepped_around: Option<&'a str>,
}

fn row<'a>(file: &Path, story: &'a Story, stepped_around: Option<&'a str>) -> Row<'a> {
    let (verdict, divergence) = (&story.run.verdict, story.run.verdict.divergence());
    let reason = story.reason.as_ref();
    let words = divergence.map(|it| it.failed.words());
    let why = if let Verdict::Skipped(why) = verdict { Some(why.to_string()) } else { None };
    Row {
        file: file.display().to_string(),
        verdict: verdict.name(),
        why,
        events: story.run.events,
        steps: story.steps.len(),
        cause: divergence.map(|it| it.cause.to_string()),
        phase: divergence.map(|it| it.phase.name()),
        event: divergence.filter(|it| it.phase == Phase::Schedule).map(|it| it.event),
        slow: story.run.slow.map(|slow| slow.ticks),
        node: divergence.map(|it| it.node.number()),
        check: divergence.map(|it| it.check().name()),
        what: words.as_ref().map(|it| it.what.to_string()),
        spec: words.as_ref().map(|it| it.spec.to_string()),
        implementation: words.as_ref().map(|it| it.implementation.to_string()),
        source: words.as_ref().map(|it| it.source),
        known: reason.and_then(|reason| reason.known).map(|row| row.name),
        switch: reason.and_then(|reason| reason.switches.first()).map(|row| row.name),
        stepped_around,
    }
}
