//! The files in folders. Each file is an input, a companion that the project or TLC writes beside an input, or refused
//! with a reason. None is skipped silently.

use super::is_stream;
use crate::schedule::text;
use anyhow::{bail, ensure, Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::DirEntry;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file that is written beside an input and is no input itself. `*` in a name is any text, equal in both names.
struct Companion {
    name: &'static str,
    /// The inputs: one of these must be in the same folder.
    beside: &'static [&'static str],
    /// The kind, for messages.
    what: &'static str,
}

const COMPANIONS: &[Companion] = &[
    // Golden files of the tests.
    Companion { name: "*.transcript", beside: &["*.txt", "*.json"], what: "transcript" },
    Companion { name: "*.ndjson", beside: &["*.txt"], what: "ndjson export" },
    // Files of a finding, which `fuzz` writes beside the schedule.
    Companion { name: "report.txt", beside: &["schedule.txt"], what: "report" },
    Companion { name: "finding.md", beside: &["schedule.txt"], what: "description" },
    Companion { name: "versions.md", beside: &["schedule.txt"], what: "version table" },
    Companion { name: "issue.md", beside: &["schedule.txt"], what: "issue" },
    Companion { name: "consequence.md", beside: &["schedule.txt"], what: "description" },
    Companion { name: "diagram.svg", beside: &["schedule.txt"], what: "picture" },
    Companion { name: "page.html", beside: &["schedule.txt"], what: "page" },
    // Files of a hunt, beside its crash files.
    Companion { name: "found.causes", beside: &["found.causes"], what: "hunt file" },
    Companion { name: "hunt.lock", beside: &["hunt.lock"], what: "hunt file" },
    Companion { name: "worker-*.log", beside: &["found.causes"], what: "hunt file" },
    Companion { name: "worker-*.heartbeat", beside: &["found.causes"], what: "hunt file" },
    Companion { name: "worker-*.states", beside: &["found.causes"], what: "hunt file" },
    // Files of TLC and of `export --to tla`.
    Companion { name: "*.cfg", beside: &["*.tla"], what: "module configuration" },
    Companion { name: "*.bin", beside: &["*.tla"], what: "binary trace" },
];

/// The kind of hidden files and folders, which are never read.
const HIDDEN: &str = "hidden file";

/// The files in folders.
#[derive(Default)]
pub struct Listing {
    /// The inputs, in order.
    pub files: Vec<PathBuf>,
    /// The refused files, with the reason.
    pub refused: Vec<(PathBuf, String)>,
    /// The number of companions of each kind.
    companions: BTreeMap<&'static str, usize>,
    /// The folders that were entered.
    entered: BTreeSet<PathBuf>,
}

impl Listing {
    /// Lists the named files, and the files in the named folders.
    ///
    /// # Errors
    /// A path does not exist, or the listing has no input.
    pub fn of(paths: &[PathBuf]) -> Result<Self> {
        let mut listing = Listing::default();
        for path in paths {
            match !is_stream(path) && path.metadata().with_context(|| format!("{}", path.display()))?.is_dir() {
                true => listing.add_folder(path),
                false => listing.files.push(path.clone()),
            }
        }
        if listing.count() == 0 {
            let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            let beside = listing.companions().map(|them| format!(" ({them})")).unwrap_or_default();
            bail!("{}: no file found; expected schedules, fuzz inputs or traces{beside}", names.join(", "));
        }
        listing.files.sort();
        listing.refused.sort();
        Ok(listing)
    }

    /// The number of files without companions.
    pub fn count(&self) -> usize {
        self.files.len() + self.refused.len()
    }

    /// The number of companions of each kind, in words; `None` if there are none.
    pub fn companions(&self) -> Option<String> {
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let counts = self.companions.iter().map(|(what, count)| format!("{count} {what}{}", plural(*count)));
        let counts: Vec<String> = counts.collect();
        (!counts.is_empty()).then(|| format!("not read: {}", counts.join(", ")))
    }

    /// Prints companions and refused files to standard error; returns the number of refused files.
    pub fn tell(&self) -> usize {
        self.companions().inspect(|them| tell!("{them}"));
        for (path, why) in &self.refused {
            tell!("{}: {why}", path.display());
        }
        self.refused.len()
    }

    fn add_folder(&mut self, folder: &Path) {
        // Symbolic links can form a cycle.
        if !self.entered.insert(folder.canonicalize().unwrap_or_else(|_| folder.into())) {
            return self.refused.push((folder.into(), "a link to a folder that is listed already".into()));
        }
        let entry = |entry: DirEntry| (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let entries = std::fs::read_dir(folder).and_then(|all| all.map(|it| it.map(entry)).collect());
        let entries: Vec<(PathBuf, String)> = match entries {
            Ok(entries) => entries,
            Err(error) => return self.refused.push((folder.into(), error.to_string())),
        };
        let names: BTreeSet<String> = entries.iter().map(|(_, name)| name.clone()).collect();
        for (path, name) in entries {
            let companion =
                COMPANIONS.iter().find(|row| row.fits(&name, &names) && !is_schedule(&path)).map(|row| row.what);
            let hidden = name.starts_with('.').then_some(HIDDEN);
            match (hidden.or(companion), path.metadata()) {
                (Some(what), _) => *self.companions.entry(what).or_default() += 1,
                (None, Ok(data)) if data.is_dir() => self.add_folder(&path),
                (None, Ok(data)) if data.is_file() => self.files.push(path),
                (None, Ok(_)) => self.refused.push((path, "neither a file nor a folder".into())),
                (None, Err(error)) => self.refused.push((path, error.to_string())),
            }
        }
    }
}

/// True if a file begins as a schedule does. A schedule is an input whatever its name.
fn is_schedule(path: &Path) -> bool {
    let mut beginning = [0; 256];
    // Opening a pipe would wait for its writer.
    if !path.is_file() {
        return false;
    }
    let read = std::fs::File::open(path).and_then(|mut file| file.read(&mut beginning));
    read.is_ok_and(|length| text::is_text(&beginning[..length]))
}

impl Companion {
    /// True if a file of that name is such a companion among the other names in its folder.
    fn fits(&self, name: &str, others: &BTreeSet<String>) -> bool {
        let Some(star) = matched(self.name, name) else { return false };
        self.beside.iter().any(|other| others.contains(&other.replace('*', star)))
    }
}

/// The text that `*` matches in a name.
fn matched<'a>(pattern: &str, name: &'a str) -> Option<&'a str> {
    match pattern.split_once('*') {
        Some((before, after)) => name.strip_prefix(before)?.strip_suffix(after),
        None => (pattern == name).then_some(""),
    }
}

/// Fails if any file was not read, so that the exit code is 2.
pub fn refuse_unread(unread: usize, all: usize) -> Result<()> {
    ensure!(unread == 0, "{unread} of {all} files could not be read; their errors are above");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_companion_needs_its_input_in_the_same_folder() {
        let fits = |name: &str, others: &[&str]| {
            let others = others.iter().map(|other| other.to_string()).collect();
            COMPANIONS.iter().any(|row| row.fits(name, &others))
        };
        assert!(fits("election.transcript", &["election.txt"]) && !fits("election.transcript", &["read.txt"]));
        assert!(fits("report.txt", &["schedule.txt"]) && !fits("report.txt", &["crash-1"]));
        assert!(fits("worker-0.log", &["found.causes"]) && !fits("server.log", &["found.causes"]));
        assert!(!fits("schedule.txt", &["schedule.txt"]) && !fits("Run.tla", &["Run.cfg"]));
    }
}
