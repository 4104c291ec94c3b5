//! `replay`: runs schedules and prints their transcripts and verdicts.

use super::{input, Outcome};
use crate::lockstep::{self, Options};
use crate::report::{observe::Silent, transcript};
use crate::spec::{Dialect, KnownSet};
use crate::sut::nodes::raft_rs::RaftRs;
use anyhow::{Context, Result};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Arguments {
    /// A fuzz input, a text schedule, `-` for standard input, or a folder of them.
    path: PathBuf,
    /// The specification's dialect: raft-rs, or ongaro for raft.tla as it stands.
    #[arg(long, default_value = "raft-rs", value_parser = super::dialect)]
    dialect: Dialect,
    /// Report the known findings of raft-rs, too: all, or only `--no-known=NAME`.
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true,
          default_value = "", hide_default_value = true, default_missing_value = "all", value_parser = super::stepped_around)]
    no_known: KnownSet,
    /// Print raft-rs's own log lines between the events.
    #[arg(long)]
    log: bool,
    /// One JSON object a line: {file, format, verdict, events, cause, at}.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    file: &'a str,
    format: &'a str,
    verdict: &'a str,
    events: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<usize>,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let options = Options { dialect: arguments.dialect, known: arguments.no_known };
    match arguments.path.is_dir() {
        true => folder(arguments, options),
        false => file(arguments, options),
    }
}

fn file(arguments: &Arguments, options: Options) -> Result<Outcome> {
    let input = input::read(&arguments.path)?;
    let mut out = std::io::stdout().lock();
    let (story, run) = transcript::transcript::<RaftRs>(&input.schedule, options, arguments.log);
    match arguments.json {
        true => json(&mut out, &arguments.path, input.format, &run)?,
        false => {
            write!(out, "{story}")?;
            explain_switch(&mut out, &input.schedule, options, &run)?;
        }
    }
    Ok(outcome(&run))
}

/// Which single switch lets the run get past the event at which it diverged.
fn explain_switch(
    out: &mut impl Write,
    schedule: &crate::schedule::Schedule,
    options: Options,
    run: &lockstep::Run,
) -> Result<()> {
    let Some(divergence) = run.verdict.divergence() else { return Ok(()) };
    for row in crate::spec::dialect::SWITCHES.iter().filter(|row| !options.dialect.has(row.switch)) {
        let wider = Options { dialect: options.dialect.with(row.switch), ..options };
        let retried = lockstep::run::<RaftRs>(schedule, wider, &mut Silent);
        if retried.verdict.divergence().is_none_or(|later| later.event > divergence.event) {
            writeln!(out, "  explained by the switch `{}`: {} ({})", row.name, row.sentence, row.source)?;
        }
    }
    Ok(())
}

fn folder(arguments: &Arguments, options: Options) -> Result<Outcome> {
    let mut files = Vec::new();
    list(&arguments.path, &mut files)?;
    files.sort();
    let mut out = std::io::stdout().lock();
    let (mut agreed, mut skipped, mut diverged) = (0, 0, 0);
    for path in &files {
        let input = input::read(path)?;
        let run = lockstep::run::<RaftRs>(&input.schedule, options, &mut Silent);
        match run.verdict.name() {
            "agreed" => agreed += 1,
            "skipped" => skipped += 1,
            _ => diverged += 1,
        }
        if arguments.json {
            json(&mut out, path, input.format, &run)?;
        } else {
            let cause =
                run.verdict.divergence().map_or(String::new(), |it| format!(" {} at event {}", it.cause, it.event));
            writeln!(out, "{}: {}{cause}", path.display(), run.verdict.name())?;
        }
    }
    if !arguments.json {
        writeln!(out, "{} files: {agreed} agreed, {skipped} skipped, {diverged} diverged", files.len())?;
    }
    Ok(if diverged > 0 { Outcome::Diverged } else { Outcome::Agreed })
}

/// All schedules below a folder: what lies beside them (transcripts, reports) is left out.
pub(super) fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            list(&path, files)?;
        } else if extension.is_none() || (extension == Some("txt") && !path.ends_with("report.txt")) {
            files.push(path);
        }
    }
    Ok(())
}

fn json(out: &mut impl Write, path: &Path, format: &str, run: &lockstep::Run) -> Result<()> {
    let file = path.display().to_string();
    let divergence = run.verdict.divergence();
    let row = Row {
        file: &file,
        format,
        verdict: run.verdict.name(),
        events: run.events,
        cause: divergence.map(|divergence| divergence.cause.to_string()),
        at: divergence.map(|divergence| divergence.event),
    };
    writeln!(out, "{}", serde_json::to_string(&row)?)?;
    Ok(())
}

fn outcome(run: &lockstep::Run) -> Outcome {
    match run.verdict.divergence() {
        Some(_) => Outcome::Diverged,
        None => Outcome::Agreed,
    }
}
