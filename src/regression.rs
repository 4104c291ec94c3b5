//! The regression judge of an implementation: the kept corpus, then a bounded exploration.
//!
//! The corpus runs first: the scenarios, the schedules that caught faulty nodes, and the counterexamples of the known
//! findings, which must still be found and still be stepped around. Random schedules follow, the same ones each time. The
//! bound is their number, not a clock, so that the judgement is always the same.

use crate::findings::{FindingRow, FindingSet, IN_RAFT_RS};
use crate::lockstep::observe::Silent;
use crate::lockstep::verdict::Verdict;
use crate::lockstep::{self, Options, Run};
use crate::schedule::{codec, generate, text, Schedule};
use crate::sut::Node;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

/// Number of random schedules that is enough for a verdict: half a minute of one core.
pub const RANDOM: u64 = 200_000;

/// Number of events in a random schedule.
const EVENTS: usize = 160;

/// Judges `N` by the corpus of the project in `root`, then by `random` random schedules.
///
/// # Errors
/// The first schedule with an unexpected verdict, and that verdict.
pub fn judge<N: Node>(root: &Path, random: u64) -> Result<(), String> {
    corpus::<N>(root, FindingSet::RAFT_RS)?;
    for row in IN_RAFT_RS {
        for path in texts(&root.join("artifacts").join(row.name))? {
            is_still_known::<N>(row, &path)?;
        }
    }
    explore::<N>(random, FindingSet::RAFT_RS)
}

/// Judges `N`, another version of the implementation in which the findings named in `mended` are mended. The
/// counterexamples of the others must diverge, in whatever words.
///
/// # Errors
/// The first schedule with an unexpected verdict, and that verdict.
pub fn judge_another<N: Node>(root: &Path, random: u64, mended: &[&str]) -> Result<(), String> {
    let is_mended = |row: &&FindingRow| mended.contains(&row.name);
    let known = IN_RAFT_RS.iter().filter(is_mended).fold(FindingSet::RAFT_RS, |known, row| known.without(row.finding));
    corpus::<N>(root, known)?;
    for row in IN_RAFT_RS.iter().filter(|row| known.has(row.finding)) {
        let asked = counterexamples::<N>(root, row)?;
        let runs = asked.iter().map(|schedule| run::<N>(schedule, known.without(row.finding)));
        let agreed = runs.filter(shows_nothing).count();
        if agreed > 0 && agreed == asked.len() {
            return Err(format!("{}: its counterexamples agree", row.name));
        }
    }
    explore::<N>(random, known)
}

/// Runs the kept corpus.
fn corpus<N: Node>(root: &Path, known: FindingSet) -> Result<(), String> {
    for path in texts(&root.join("corpus/scenarios"))? {
        let run = run::<N>(&read(&path)?, known);
        expect(run.verdict == Verdict::Agreed, &path.display(), &run)?;
    }
    for path in texts(&root.join("corpus/faulty"))? {
        agrees::<N>(&read(&path)?, known, &path.display())?;
    }
    for path in kept(&root.join("corpus/conformance"))? {
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let schedule = codec::decode(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        agrees::<N>(&schedule, known, &path.display())?;
    }
    Ok(())
}

/// Runs `random` random schedules.
fn explore<N: Node>(random: u64, known: FindingSet) -> Result<(), String> {
    let schedule = |seed| generate::schedule(seed, EVENTS);
    (0..random).try_for_each(|seed| agrees::<N>(&schedule(seed), known, &format_args!("seed {seed}")))
}

fn run<N: Node>(schedule: &Schedule, known: FindingSet) -> Run {
    lockstep::run::<N>(schedule, Options { known, ..Options::default() }, &mut Silent)
}

fn expect(holds: bool, name: &impl Display, run: &Run) -> Result<(), String> {
    let why = || run.verdict.divergence().map_or(run.verdict.name().into(), ToString::to_string);
    holds.then_some(()).ok_or_else(|| format!("{name}: {}", why()))
}

fn agrees<N: Node>(schedule: &Schedule, known: FindingSet, name: &impl Display) -> Result<(), String> {
    let run = run::<N>(schedule, known);
    expect(run.verdict.divergence().is_none(), name, &run)
}

/// The known findings that `N` no longer has: all their counterexamples agree although the findings are not stepped
/// around. The specification must not follow such a finding. Counterexamples that need a missing feature do not count.
///
/// # Errors
/// A counterexample that cannot be read.
pub fn mended<N: Node>(root: &Path) -> Result<FindingSet, String> {
    let mut mended = FindingSet::NONE;
    for row in IN_RAFT_RS {
        let asked = counterexamples::<N>(root, row)?;
        let runs: Vec<Run> = asked.iter().map(|it| run::<N>(it, FindingSet::RAFT_RS.without(row.finding))).collect();
        if !runs.is_empty() && runs.iter().all(shows_nothing) {
            mended = mended.with(row.finding);
        }
    }
    Ok(mended)
}

/// True if a counterexample's run shows no finding: the two agree, and the cluster is not slow.
fn shows_nothing(run: &Run) -> bool {
    run.verdict == Verdict::Agreed && run.slow.is_none()
}

/// The counterexamples of a finding whose events and settings `N` has.
fn counterexamples<N: Node>(root: &Path, row: &FindingRow) -> Result<Vec<Schedule>, String> {
    let paths = texts(&root.join("artifacts").join(row.name))?;
    let mut schedules = paths.iter().map(|path| read(path)).collect::<Result<Vec<Schedule>, _>>()?;
    schedules.retain(|it| N::settings(it.setup) == it.setup && it.events.iter().all(N::has_call));
    Ok(schedules)
}

/// Checks that a counterexample agrees with its finding stepped around, and otherwise diverges or is slow, as its report
/// says.
fn is_still_known<N: Node>(row: &FindingRow, path: &Path) -> Result<(), String> {
    let schedule = read(path)?;
    agrees::<N>(&schedule, FindingSet::RAFT_RS, &path.display())?;
    let run = run::<N>(&schedule, FindingSet::RAFT_RS.without(row.finding));
    let report = match path.ends_with("schedule.txt") {
        true => text_of(&path.with_file_name("report.txt"))?,
        false => String::new(),
    };
    let same = |found: String| report.is_empty() || report.trim_end().ends_with(&found);
    let slow = run.slow.map(|slow| slow.to_string());
    let found = run.verdict.divergence().map(ToString::to_string).or(slow);
    expect(found.is_some_and(same), &path.display(), &run)
}

/// The inputs in a folder that were chosen to be kept, in order. The inputs that fuzzers add differ each day.
fn kept(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let is_kept = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("kept-"));
    listed(folder, is_kept)
}

/// The schedules in a folder, in order.
///
/// # Errors
/// The folder cannot be read.
pub(crate) fn texts(folder: &Path) -> Result<Vec<PathBuf>, String> {
    listed(folder, |path| path.extension().is_some_and(|it| it == "txt") && !path.ends_with("report.txt"))
}

fn listed(folder: &Path, is_wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<PathBuf> = paths.filter(|path| is_wanted(path)).collect();
    found.sort();
    Ok(found)
}

fn text_of(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn read(path: &Path) -> Result<Schedule, String> {
    text::read(&text_of(path)?).map_err(|error| format!("{}:{}: {}", path.display(), error.line, error.problem))
}
