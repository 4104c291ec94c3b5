//! `versions`: reports which versions of raft-rs agree or diverge on a schedule, and finds the commit that changed it.
//!
//! Each version runs in a program of its own, which `replay --json` reports from. This program stands for the version
//! that it is linked with.

mod bisect;
mod measured;

use super::implementation::Implementation;
use super::input::{self, Input};
use super::linked::{Other, Workspace};
use super::{fuzz, write_json, Outcome};
use crate::findings::{named, FindingRow, IN_RAFT_RS};
use anyhow::{bail, ensure, Context, Result};
use measured::Measured;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep versions next-below-match                         the releases on the schedule of a finding
  raft-lockstep versions corpus/scenarios/figure-8.txt            the releases on any schedule
  raft-lockstep versions next-below-match --raft ../raft-rs       the releases, and a folder
  raft-lockstep versions next-below-match --raft ../raft-rs@master --raft ../raft-rs@v0.6.0
                                                                  the releases, and two revisions of a git repository
  raft-lockstep versions next-below-match --bisect ../raft-rs HEAD~100 master
                                                                  the first commit on which the verdict is master's
  raft-lockstep versions --write                                  all findings; write artifacts/*/versions.md and the
                                                                  table in src/docs/releases.md

A git repository is not modified: revisions are checked out under target/raft/checkouts. A commit that does not build is
skipped and named.")]
pub struct Arguments {
    /// Name of a known finding, or a fuzz input, schedule or trace; all findings if it is absent.
    file: Option<String>,
    /// Another raft-rs beside the releases: a folder with its source, PATH@REVISION of a git repository, or a version.
    #[arg(long = "raft", value_name = "SOURCE")]
    sources: Vec<String>,
    /// Find the first commit between two revisions of a git repository whose verdict is that of the second.
    #[arg(long, num_args = 3, value_names = ["PATH", "GOOD", "BAD"], requires = "file", conflicts_with_all = ["sources", "write"])]
    bisect: Option<Vec<String>>,
    /// Write the table of each finding beside its schedule, and the table in the docs.
    #[arg(long, conflicts_with = "sources")]
    write: bool,
    /// Print one JSON object for each version: {file, version, revision, verdict, cause, at, slow, without}. With
    /// --bisect, one object {file, first, subject, verdict, skipped}.
    #[arg(long)]
    json: bool,
}

/// A schedule whose verdict is asked for.
struct Asked {
    /// Its name in output.
    name: String,
    path: PathBuf,
    /// The finding whose schedule it is.
    finding: Option<&'static FindingRow>,
    input: Input,
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let root = fuzz::project_root()?;
    if let Some(between) = &arguments.bisect {
        let [path, good, bad] = between.as_slice() else { bail!("--bisect: expected PATH GOOD BAD") };
        let asked = Asked::named(&root, arguments.file.as_deref().unwrap_or_default())?;
        return bisect::run(&asked, path, [good, bad], arguments.json);
    }
    let all = match &arguments.file {
        Some(file) => vec![Asked::named(&root, file)?],
        None => IN_RAFT_RS.iter().map(|row| Asked::named(&root, row.name)).collect::<Result<_>>()?,
    };
    // A source that cannot be used is refused before anything is built.
    arguments.sources.iter().try_for_each(|source| Other::named(source).map(drop))?;
    let linked = Implementation::find(&root)?;
    let sources = RELEASES.iter().copied().chain(arguments.sources.iter().map(String::as_str));
    let sides = sources.map(|source| Side::of(&root, &linked, source)).collect::<Result<Vec<_>>>()?;
    let mut out = std::io::stdout().lock();
    let (mut diverged, mut table) = (false, Vec::new());
    for asked in &all {
        let rows = sides.iter().map(|side| side.ask(asked)).collect::<Result<Vec<_>>>()?;
        diverged |= rows.iter().any(|row| row.verdict == "diverged");
        for row in &rows {
            match arguments.json {
                true => write_json(&mut out, &Row { file: &asked.name, measured: row })?,
                false => writeln!(out, "{}: {}: {row}", asked.name, row.version)?,
            }
        }
        table.push((asked, rows));
    }
    if arguments.write {
        write(&root, &table)?;
    }
    Ok(Outcome::of(diverged))
}

/// The releases that are asked, oldest first: the first of each row of the supported versions.
const RELEASES: &[&str] = &["0.6.0", "0.7.0"];

#[derive(Serialize)]
struct Row<'a> {
    file: &'a str,
    #[serde(flatten)]
    measured: &'a Measured,
}

impl Asked {
    /// The schedule of a finding, or the file.
    fn named(root: &Path, name: &str) -> Result<Self> {
        let finding = named(name).and_then(|finding| IN_RAFT_RS.iter().find(|row| row.finding == finding));
        let path = match finding {
            Some(row) => root.join("artifacts").join(row.name).join("schedule.txt"),
            None => name.into(),
        };
        ensure!(!input::is_stream(&path), "-: expected a file or a finding's name; each version reads it anew");
        ensure!(finding.is_some() || path.exists(), "{name}: no such file, and no known finding of that name");
        let input = input::read(&path)?;
        Ok(Asked { name: name.into(), path, finding, input })
    }

    /// The words of the events that a version has no call for.
    fn without(&self, other: &Other) -> Vec<&'static str> {
        let events = self.input.schedule.events.iter();
        let lacking = events.filter(|event| !other.version.has_call(event)).map(|event| event.row().word);
        let mut words: Vec<_> = lacking.collect();
        words.sort_unstable();
        words.dedup();
        words
    }
}

/// A version, and the program that is linked with it.
struct Side {
    /// Its name, as it was asked for.
    source: String,
    revision: String,
    other: Other,
    /// The workspace of its program; `None` for this program.
    workspace: Option<Workspace>,
}

impl Side {
    /// Builds the program of a version, unless it is this one.
    fn of(root: &Path, linked: &Implementation, source: &str) -> Result<Self> {
        let other = Other::named(source)?;
        let here = linked.version == source && is_of_registry(&linked.folder);
        let workspace = if here { None } else { Some(Workspace::make(root, &other)?) };
        let revision = workspace.as_ref().map_or(format!("raft-{source}"), |workspace| workspace.revision.clone());
        if let Some(workspace) = &workspace {
            workspace.program(source)?;
        }
        Ok(Side { source: source.into(), revision, other, workspace })
    }

    fn ask(&self, asked: &Asked) -> Result<Measured> {
        let mut program = match &self.workspace {
            Some(workspace) => workspace.built()?,
            None => Command::new(std::env::current_exe()?),
        };
        program.args(["replay", "--json"]);
        // Other findings are stepped around, so that the verdict is about this one.
        program.args(asked.finding.map(|row| format!("--no-known={}", row.name)));
        let output =
            program.arg(&asked.path).stderr(Stdio::piped()).output().with_context(|| format!("{program:?}"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        let line = String::from_utf8_lossy(&output.stdout);
        let replayed: Replayed = serde_json::from_str(line.trim())
            .with_context(|| format!("{} on {}: {}", self.source, asked.path.display(), said.trim()))?;
        let Replayed { verdict, cause, at, slow } = replayed;
        let without = asked.without(&self.other);
        let (version, revision) = (self.source.clone(), self.revision.clone());
        Ok(Measured { version, revision, verdict, cause, at, slow, without })
    }
}

/// True if cargo takes the source from a registry, unmodified.
fn is_of_registry(folder: &Path) -> bool {
    folder.components().any(|part| part.as_os_str() == "registry")
}

/// The parts of `replay --json` that count here.
#[derive(Deserialize)]
struct Replayed {
    verdict: String,
    cause: Option<String>,
    at: Option<usize>,
    slow: Option<usize>,
}

/// Writes the table of each finding, and that of all.
fn write(root: &Path, table: &[(&Asked, Vec<Measured>)]) -> Result<()> {
    for (asked, rows) in table {
        let Some(finding) = asked.finding else { bail!("--write: expected the name of a finding, or none for all") };
        let path = root.join("artifacts").join(finding.name).join("versions.md");
        std::fs::write(&path, one(finding.name, rows)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if table.len() == IN_RAFT_RS.len() {
        let path = root.join("src/docs/releases.md");
        std::fs::write(&path, every(table)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// The table of one finding.
fn one(name: &str, rows: &[Measured]) -> String {
    let mut text = String::from("| raft-rs | on [schedule.txt](schedule.txt) |\n| --- | --- |\n");
    for row in rows {
        _ = writeln!(text, "| {} | {row} |", row.version);
    }
    text + &format!("\nMeasured by `raft-lockstep versions {name} --write`.\n")
}

/// The table of all findings.
fn every(table: &[(&Asked, Vec<Measured>)]) -> String {
    let mut text = String::from("| finding |");
    RELEASES.iter().for_each(|release| _ = write!(text, " {release} |"));
    text += "\n| --- |";
    text += &" --- |".repeat(RELEASES.len());
    text.push('\n');
    for (asked, rows) in table {
        _ = write!(text, "| `{}` |", asked.name);
        rows.iter().for_each(|row| _ = write!(text, " {} |", row.verdict()));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sut::nodes::versions::VERSIONS;

    #[test]
    fn each_supported_version_has_a_release() {
        let numbers: Vec<String> = VERSIONS.iter().map(|row| format!("{}.{}.0", row.number.0, row.number.1)).collect();
        assert_eq!(numbers, RELEASES);
    }
}
