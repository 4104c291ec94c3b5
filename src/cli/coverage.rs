//! `coverage`: reports the lines of the implementation that a corpus reaches.
//!
//! The program builds itself and the implementation with coverage counters, has that build run the schedules, and
//! converts the counts to lines by LLVM's tools.

use super::implementation::{self, Implementation};
use super::input::{self, Listing};
use super::llvm::{Compiler, Tools};
use super::replay::Count;
use super::{cargo, fuzz, interrupt, linked, progress, write_json, Outcome};
use crate::findings::IN_RAFT_RS;
use crate::lockstep;
use crate::lockstep::observe::Silent;
use crate::report::coverage::{self, Counts, Report};
use crate::schedule::{generate, Schedule};
use crate::sut::nodes::raft_rs::RaftRs;
use anyhow::{anyhow, bail, ensure, Context, Result};
use serde::Serialize;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep coverage                                  run the whole corpus and random schedules
  raft-lockstep coverage --random 0 corpus/scenarios      run the scenarios alone
  raft-lockstep coverage --random 100000 | less           see what more random schedules add
  raft-lockstep coverage --html target/coverage/html      write pages that show every line with its count
  raft-lockstep coverage --raft 0.6.0                     measure another raft-rs
  raft-lockstep coverage --json | jq '.unreached[] | select(.reason == null)'

Needs llvm-profdata and llvm-cov of rustc's own LLVM version (with rustup: rustup component add llvm-tools; Debian 14: apt-get install llvm-22).")]
pub struct Arguments {
    /// Fuzz inputs, text schedules, or folders of them [default: corpus/*, and the schedules in artifacts/*].
    corpus: Vec<PathBuf>,
    /// Number of random schedules to run as well; the same ones each time.
    #[arg(long, default_value_t = 2000)]
    random: u64,
    /// Report on every file of the implementation, not on those of its protocol alone.
    #[arg(long)]
    all: bool,
    /// Print one JSON object: {implementation, schedules, files, total, unreached, outdated, specification}.
    #[arg(long)]
    json: bool,
    /// Write pages to a folder that show every line of implementation and specification with its count.
    #[arg(long, value_name = "FOLDER")]
    html: Option<PathBuf>,
    /// Only run the schedules. The program passes this to its build with counters.
    #[arg(long, hide = true)]
    run_only: bool,
    #[command(flatten)]
    pub raft: linked::Source,
}

/// The modules of raft-rs that implement the protocol; the others wrap, configure and store it.
const PROTOCOL: &[&str] = &["raft", "raft_log", "log_unstable", "tracker", "confchange", "quorum", "read_only"];

/// Events in a random schedule.
const RANDOM_EVENTS: usize = 200;

const REASONS: &str = include_str!("../docs/unreached.md");

#[derive(Serialize)]
struct Whole<'a> {
    implementation: &'a str,
    schedules: &'a Count,
    #[serde(flatten)]
    report: &'a Report,
    /// The files of the specification, which runs in lockstep.
    specification: &'a Report,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    if arguments.run_only {
        return run_schedules(arguments);
    }
    ensure!(
        !arguments.html.as_deref().is_some_and(input::is_stream),
        "--html -: standard output is one file, and there are many pages; pass a folder"
    );
    let root = fuzz::project_root()?;
    let compiler = Compiler::find()?;
    let tools = Tools::find(&compiler)?;
    let (folder, name) = package(&root);
    let implementation = Implementation::find(&folder)?;
    let corpus = corpus_of(arguments, &root)?;
    let target = implementation::target(&root).join("coverage");
    let binary = build(&folder, &name, &target, &compiler)?;
    let profiles = target.join("profiles");
    let ran = run_instrumented(&binary, &profiles, &corpus, arguments.random)?;
    let merged = tools.merge(&profiles)?;
    let counts = tools.count(&binary, &merged, &implementation.source)?;
    let files = files(&implementation.source, counts, arguments.all)?;
    let reasons = coverage::reasons(REASONS).map_err(|problem| anyhow!("src/docs/unreached.md: {problem}"))?;
    let mut report = Report::new(&files, &reasons);
    if linked::here().is_some() {
        // The reasons are written for the released raft-rs.
        report.outdated.clear();
    }
    let spec = root.join("src/spec");
    let counts = tools.count(&binary, &merged, &spec)?;
    let specification = Report::new(&self::files(&spec, counts, true)?, &[]);
    if let Some(folder) = &arguments.html {
        tools.pages(&binary, &merged, &[&implementation.source, &spec], folder)?;
        tell!("wrote {}", folder.join("index.html").display());
    }
    let mut out = std::io::stdout().lock();
    let implementation = &implementation.name;
    let whole = Whole { implementation, schedules: &ran, report: &report, specification: &specification };
    match arguments.json {
        true => write_json(&mut out, &whole)?,
        false => {
            let Count { agreed, skipped, diverged, unread } = &ran;
            write!(out, "Lines of {implementation} reached by {} schedules ", agreed + skipped + diverged)?;
            writeln!(
                out,
                "({agreed} agreed, {skipped} skipped, {diverged} diverged; {unread} unreadable)\n\n{report}"
            )?;
            writeln!(out, "\nLines of the specification reached by the same schedules\n\n{}", specification.shares())?;
        }
    }
    Ok(Outcome::of(ran.diverged > 0))
}

/// The inputs to run: those given, or all that the project keeps.
fn corpus_of(arguments: &Arguments, root: &Path) -> Result<Vec<PathBuf>> {
    if let Some(missing) = arguments.corpus.iter().find(|path| !path.exists()) {
        bail!("{}: No such file or folder", missing.display());
    }
    if !arguments.corpus.is_empty() {
        return Ok(arguments.corpus.clone());
    }
    let folders = ["corpus/scenarios", "corpus/faulty", "corpus/conformance"].map(|folder| root.join(folder));
    let mut paths: Vec<PathBuf> = folders.into_iter().filter(|folder| folder.is_dir()).collect();
    for row in IN_RAFT_RS {
        for entry in fs::read_dir(root.join("artifacts").join(row.name))? {
            let path = entry?.path();
            let text = path.extension().is_some_and(|extension| extension == "txt");
            paths.extend(Some(path).filter(|path| text && !path.ends_with("report.txt")));
        }
    }
    paths.sort();
    Ok(paths)
}

/// Runs the schedules in this process, the build with counters, which writes its counts when it ends.
///
/// Panics of the implementation are caught as in any run: an aborted process would write no counts.
fn run_schedules(arguments: &Arguments) -> Result<Outcome> {
    let listing = Listing::of(&arguments.corpus)?;
    let bar = progress::bar(listing.files.len() as u64 + arguments.random)?;
    let mut ran = Count { unread: listing.tell(), ..Count::default() };
    for path in &listing.files {
        match input::read(path).map(|input| ran.note(verdict(&input.schedule))) {
            Ok("diverged") => bar.suspend(|| tell!("diverged: see raft-lockstep replay {}", path.display())),
            Ok(_) => {}
            // One unreadable file among thousands must not hide the coverage of the others.
            Err(error) => {
                ran.unread += 1;
                bar.suspend(|| tell!("unreadable: {error:#}"));
            }
        }
        bar.inc(1);
    }
    for seed in 0..arguments.random {
        ran.note(verdict(&generate::schedule(seed, RANDOM_EVENTS)));
        bar.inc(1);
    }
    bar.finish_and_clear();
    println!("{}", serde_json::to_string(&ran)?);
    Ok(Outcome::Agreed)
}

/// Runs a schedule, and returns the verdict's name.
fn verdict(schedule: &Schedule) -> &'static str {
    lockstep::run::<RaftRs>(schedule, linked::options(), &mut Silent).verdict.name()
}

/// The folder of this program's package and the name of its binary. A program that is linked with another raft-rs lives
/// in another workspace.
fn package(root: &Path) -> (PathBuf, String) {
    const BINARY: &str = "raft-lockstep";
    match linked::here() {
        Some(workspace) => (workspace.folder.clone(), workspace.named(BINARY)),
        None => (root.into(), BINARY.into()),
    }
}

/// Builds this program with counters in a target folder of its own, and returns the binary's path.
fn build(folder: &Path, name: &str, target: &Path, compiler: &Compiler) -> Result<PathBuf> {
    let binary = target.join(&compiler.host).join("release").join(name);
    let takes = if binary.is_file() { "a minute or less" } else { "about 190 crates, 2 to 5 minutes the first time" };
    let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    let mut build = Command::new("cargo");
    build.args(["build", "--release", "--bin", name, "--target-dir"]);
    // With an explicit target, build scripts and macros are built without counters.
    build.arg(target).args(["--target", &compiler.host]);
    build.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", format!("{flags} -C instrument-coverage"));
    let product = format!("with counters in {} ({takes})", target.display());
    let built = cargo::build(build.current_dir(folder), &product)?;
    ensure!(built, "the build with counters failed; cargo's message is above");
    Ok(binary)
}

/// Has the build with counters run the schedules and write its counts to `profiles`.
fn run_instrumented(binary: &Path, profiles: &Path, corpus: &[PathBuf], random: u64) -> Result<Count> {
    if profiles.is_dir() {
        fs::remove_dir_all(profiles)?;
    }
    tell!("running the schedules");
    let mut command = Command::new(binary);
    command.args(["coverage", "--run-only", "--random", &random.to_string(), "--"]).args(corpus);
    command.env("LLVM_PROFILE_FILE", profiles.join("%m-%p.profraw")).stdin(Stdio::null());
    let (status, printed) = interrupt::output(command.stdout(Stdio::piped()))?;
    ensure!(status.success(), "the build with counters failed while it ran the schedules; its message is above");
    Ok(serde_json::from_str(&printed)?)
}

/// The name, text and counts of each file to report on.
fn files(source: &Path, counts: Vec<(String, Counts)>, all: bool) -> Result<Vec<(String, String, Counts)>> {
    let mut files = Vec::new();
    for (path, counts) in counts {
        let Ok(name) = Path::new(&path).strip_prefix(source) else { continue };
        let name = name.to_string_lossy().into_owned();
        if all || is_protocol(&name) {
            files.push((name, fs::read_to_string(&path).with_context(|| path.clone())?, counts));
        }
    }
    files.sort_by(|one, other| one.0.cmp(&other.0));
    ensure!(!files.is_empty(), "llvm-cov reports no file in {}; expected those of the protocol", source.display());
    Ok(files)
}

fn is_protocol(file: &str) -> bool {
    let module = file.split('/').next().unwrap_or(file);
    PROTOCOL.contains(&module.trim_end_matches(".rs"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::source::Source;

    #[test]
    fn each_reason_names_text_of_the_source_once() {
        let implementation = Implementation::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let reasons = coverage::reasons(REASONS).unwrap();
        assert!(reasons.len() > 50);
        for (place, row) in reasons.iter().enumerate() {
            assert!(is_protocol(&row.file), "not a file of the protocol: {row:?}");
            let text = fs::read_to_string(implementation.source.join(&row.file)).expect(&row.file);
            let source = Source::new(&text);
            let there = source.functions().any(|function| {
                function.name == row.function && source.text(function.first, function.last).contains(&row.text)
            });
            assert!(there, "not in the source: {row:?}");
            let twice = |other: &coverage::Reason| {
                (&other.file, &other.function, &other.text) == (&row.file, &row.function, &row.text)
            };
            assert!(!reasons[..place].iter().any(twice), "twice: {row:?}");
        }
    }

    #[test]
    fn protocol_files_are_recognised() {
        assert!(["raft.rs", "tracker.rs", "tracker/progress.rs", "quorum/joint.rs"]
            .map(is_protocol)
            .iter()
            .all(|it| *it));
        assert!(!["raw_node.rs", "storage.rs", "lib.rs"].map(is_protocol).iter().any(|it| *it));
    }
}
