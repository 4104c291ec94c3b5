//! `consequence`: searches for the gravest harm that users see after a finding.

use super::judged::{with_node, Name};
use super::minimize::require_folder;
use super::progress::spinner;
use super::{fuzz, input, interrupt, known, linked, one_of, shell, write_json, write_to, Outcome};
use crate::consequence::{Found, Search};
use crate::findings::{self, every, Finding, FindingSet};
use crate::lockstep::verdict::Phase;
use crate::lockstep::{JudgeName, Options};
use crate::regression;
use crate::report::draw::{write_text, Caption, Colours};
use crate::report::story::story;
use crate::schedule::settings::SETTINGS;
use crate::schedule::{text, Schedule};
use crate::sut::nodes::raft_io::RaftIo;
use crate::sut::Node;
use anyhow::{ensure, Context, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The kept consequence in the folder of a finding. A search by name does not begin with it.
const KEPT: &str = "consequence.txt";

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep consequence lease-outlived                       search for ten minutes, and explain the gravest harm
  raft-lockstep consequence lease-outlived --seconds 30 -o worst.txt
  raft-lockstep consequence artifacts/lease-outlived/schedule.txt --runs 1000 --seed 7 --json
  raft-lockstep consequence artifacts/leader-behind/schedule.txt --finding leader-behind
  raft-lockstep replay --judge clients worst.txt                 repeat what was found

Gravity, the gravest first: entry-lost, leader-lacks-entry, two-leaders, replicas-differ, stale-read, panic, hang, standstill,
slow. A schedule in which another known finding shows goes last. Exits 1 if a consequence was found, and 0 if none was. After
Ctrl-C the gravest so far is printed and written; the exit code is 1, or 2 if there is none.")]
pub struct Arguments {
    /// Fuzz input or text schedule in which a known finding shows, or the name of a known finding: all its kept schedules.
    #[arg(value_name = "FILE|NAME")]
    file: PathBuf,
    /// The finding [default: the first known one that the run of FILE steps around].
    #[arg(long, value_name = "NAME", value_parser = finding)]
    finding: Option<Finding>,
    /// Stop after so many seconds [default: 600, unless --runs is given].
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: Option<u64>,
    /// Stop after so many schedules. The same number and seed find the same.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    runs: Option<u64>,
    /// Seed of the search.
    #[arg(long, default_value_t = 0)]
    seed: u32,
    /// File for the schedule, as text; `-` for standard output.
    #[arg(short)]
    output: Option<PathBuf>,
    /// Print one JSON object: {finding, consequence, what, phase, event, fired_phase, fired, alone, events, settings, runs,
    /// seconds, seed, complete, file}. `consequence` is null if none was found; `alone` is false if another known finding shows;
    /// `complete` is false after Ctrl-C.
    #[arg(long)]
    json: bool,
    /// Implementation to search in; a finding that only one of them has selects it.
    #[arg(long, value_enum)]
    node: Option<Name>,
    #[command(flatten)]
    pub raft: linked::Source,
}

fn finding(name: &str) -> Result<Finding, String> {
    one_of(findings::named(name), every().map(|row| row.name))
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let by_name = if arguments.file.exists() { None } else { named(&arguments.file)? };
    let asked = arguments.finding.or(by_name);
    let of_raft_io = asked.is_some_and(|finding| RaftIo::KNOWN.has(finding));
    let node = arguments.node.unwrap_or(if of_raft_io { Name::RaftIo } else { Name::RaftRs });
    with_node!(node, N => searched::<N>(arguments, asked, by_name))
}

/// The finding that the argument names; an error if it is neither that nor a file.
fn named(source: &Path) -> Result<Option<Finding>> {
    let name = source.to_str().context("the name is not UTF-8; pass a file, or the name of a known finding")?;
    let expected =
        || format!("{name}: neither a file nor a known finding; pass a file, or the name of a folder in artifacts/");
    findings::named(name).map(Some).with_context(expected)
}

/// The schedules to begin with.
fn schedules(arguments: &Arguments, by_name: Option<Finding>) -> Result<Vec<Schedule>> {
    let Some(finding) = by_name else { return Ok(vec![input::read(&arguments.file)?.schedule]) };
    let artifacts = fuzz::project_root()?.join("artifacts");
    let name = finding.row().name;
    let folders = [artifacts.join(name), artifacts.join("raft-io").join(name)];
    let folder =
        folders.iter().find(|folder| folder.is_dir()).with_context(|| format!("artifacts/{name} is missing"))?;
    let mut paths = regression::texts(folder).map_err(anyhow::Error::msg)?;
    paths.retain(|path| !path.ends_with(KEPT));
    paths.iter().map(|path| Ok(input::read(path)?.schedule)).collect()
}

fn searched<N: Node>(arguments: &Arguments, asked: Option<Finding>, by_name: Option<Finding>) -> Result<Outcome> {
    arguments.output.as_deref().map_or(Ok(()), require_folder)?;
    let known = N::KNOWN.and(*linked::STANDING);
    let schedules = schedules(arguments, by_name)?;
    let finding = asked.or_else(|| hidden::<N>(&schedules[0], known)).with_context(|| no_finding(arguments))?;
    let mut search = Search::<N>::new(finding, known, arguments.seed.into(), &schedules);
    ensure!(
        !search.is_vain(),
        "{}: the known finding {finding} does not show in it; pass a schedule that diverges with --no-known={finding}",
        arguments.file.display()
    );
    let (_deferred, begun) = (interrupt::defer(), Instant::now());
    let is_patient = || interrupt::requests() == 0;
    let seconds = arguments.seconds.or(arguments.runs.is_none().then_some(600)).map(Duration::from_secs);
    let bar = spinner()?;
    let goes_on = |search: &Search<N>| {
        if search.runs % 256 == 0 {
            let best = search.best.as_ref().map_or("nothing", |best| best.harm.gravity.name());
            bar.set_message(format!(
                "{finding}: {best} so far, {} schedules, {} s",
                search.runs,
                begun.elapsed().as_secs()
            ));
            bar.tick();
        }
        let in_time = seconds.is_none_or(|most| begun.elapsed() < most);
        is_patient() && in_time && arguments.runs.is_none_or(|most| search.runs < most)
    };
    search.run(&goes_on, &is_patient);
    bar.finish_and_clear();
    let done = Done { finding, search: &search, seconds: begun.elapsed().as_secs(), complete: is_patient() };
    done.report(arguments)
}

/// The first known finding that the run of a schedule steps around.
fn hidden<N: Node>(schedule: &Schedule, known: FindingSet) -> Option<Finding> {
    known::hiding::<N>(schedule, Options { known, ..Options::of::<N>() }).map(|row| row.finding)
}

fn no_finding(arguments: &Arguments) -> String {
    format!(
        "{}: no known finding shows in its run; pass a schedule that diverges with --no-known, or --finding NAME",
        arguments.file.display()
    )
}

/// The result of a search.
struct Done<'a, N> {
    finding: Finding,
    search: &'a Search<N>,
    seconds: u64,
    complete: bool,
}

impl<N: Node> Done<'_, N> {
    fn report(&self, arguments: &Arguments) -> Result<Outcome> {
        let best = self.search.best.as_ref();
        if let Some((path, found)) = arguments.output.as_ref().zip(best) {
            write_to(path, text::write(&found.schedule).as_bytes())?;
        }
        // With `-o -` standard output holds the schedule and nothing else.
        let is_taken = best.is_some() && arguments.output.as_deref().is_some_and(input::is_stream);
        match (is_taken, arguments.json) {
            (true, true) => tell!("{}", serde_json::to_string(&self.row(arguments))?),
            (true, false) => tell!("{}", self.summary()),
            (false, true) => write_json(&mut std::io::stdout(), &self.row(arguments))?,
            (false, false) => self.print(arguments)?,
        }
        match best {
            None if !self.complete => {
                Err(interrupt::interrupted(&format!("no consequence in {} schedules", self.search.runs)))
            }
            found => Ok(Outcome::of(found.is_some())),
        }
    }

    fn print(&self, arguments: &Arguments) -> Result<()> {
        let mut out = anstream::stdout().lock();
        if let Some(found) = &self.search.best {
            let options = Options { judge: JudgeName::Clients, ..Options::of::<N>() };
            let story = story::<N>(&found.schedule, options);
            let caption =
                Caption { title: self.finding.row().name, command: &shell::command(std::env::args().skip(1)) };
            write!(out, "{}", write_text(&story, &caption, Colours::TERMINAL))?;
            writeln!(out)?;
        }
        writeln!(out, "{}", self.summary())?;
        if let Some((path, _)) = arguments.output.as_ref().zip(self.search.best.as_ref()) {
            writeln!(out, "wrote {}", path.display())?;
        }
        Ok(())
    }

    /// The result in a few lines.
    fn summary(&self) -> String {
        let (name, runs, seconds) = (self.finding.row().name, self.search.runs, self.seconds);
        let effort = format!("{runs} schedules, {seconds} s{}", if self.complete { "" } else { ", interrupted" });
        let Some(found) = &self.search.best else { return format!("{name}: no consequence found in {effort}") };
        let others = if found.fired.alone { "" } else { "\nanother known finding shows, too: the harm may be its own" };
        format!(
            "{name}: {} ({effort})\nthe finding shows {}; the consequence comes {}: {}\nsettings: {}{others}",
            found.harm.gravity.name(),
            place(found.fired.at.phase, found.fired.at.event),
            place(found.harm.at.phase, found.harm.at.event),
            found.harm.words,
            settings(found).iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", "),
        )
    }

    fn row(&self, arguments: &Arguments) -> Row<'_> {
        let best = self.search.best.as_ref();
        Row {
            finding: self.finding.row().name,
            consequence: best.map(|it| it.harm.gravity.name()),
            what: best.map(|it| it.harm.words.as_str()),
            phase: best.map(|it| it.harm.at.phase.name()),
            event: best.map(|it| it.harm.at.event),
            fired_phase: best.map(|it| it.fired.at.phase.name()),
            fired: best.map(|it| it.fired.at.event),
            alone: best.map(|it| it.fired.alone),
            events: best.map(|it| it.schedule.events.len()),
            settings: best.map(settings),
            runs: self.search.runs,
            seconds: self.seconds,
            seed: arguments.seed,
            complete: self.complete,
            file: best.and(arguments.output.as_ref()).map(|path| path.display().to_string()),
        }
    }
}

fn place(phase: Phase, event: usize) -> String {
    match phase {
        Phase::Schedule => format!("at event {event}"),
        Phase::Epilogue => "in the healing epilogue".into(),
        Phase::End => "at the end".into(),
    }
}

/// The settings that are not at their default.
fn settings(found: &Found) -> BTreeMap<&'static str, String> {
    let setup = &found.schedule.setup;
    let changed = SETTINGS.iter().filter(|row| row.get(setup) != row.default);
    changed.map(|row| (row.name, row.values.word(row.get(setup)))).collect()
}

/// The object that `--json` prints.
#[derive(Serialize)]
struct Row<'a> {
    finding: &'a str,
    consequence: Option<&'a str>,
    what: Option<&'a str>,
    phase: Option<&'a str>,
    event: Option<usize>,
    fired_phase: Option<&'a str>,
    fired: Option<usize>,
    alone: Option<bool>,
    events: Option<usize>,
    settings: Option<BTreeMap<&'static str, String>>,
    runs: u64,
    seconds: u64,
    seed: u32,
    complete: bool,
    file: Option<String>,
}
