//! `corpus`: selects the inputs to keep.
//!
//! libFuzzer keeps every input with a new feature, which makes thousands. This command keeps a set that reaches every
//! edge of the code, by libFuzzer's own set cover, and adds inputs until each row of `stats` is reached three times, so
//! that no row depends on a single input. Kept inputs are named `kept-*`; the other files in the folder are the
//! fuzzer's and stay as they are.

use super::input::{refuse_unread, Listing};
use super::{fuzz, stats, Outcome};
use crate::lockstep::verdict::fnv;
use crate::report::stats::{Reached, ROWS};
use crate::schedule::codec;
use anyhow::{ensure, Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep corpus                                          reduce corpus/conformance after a hunt
  raft-lockstep corpus corpus/scenarios -o target/kept          select from other inputs, into another folder
  raft-lockstep corpus --migrate corpus/conformance             rewrite inputs of older versions in place
Builds the fuzz target, which takes 1 to 3 minutes the first time.")]
pub struct Arguments {
    /// Fuzz inputs, schedules and folders of them to select from.
    #[arg(default_values = ["corpus/conformance", "corpus/scenarios"])]
    from: Vec<PathBuf>,
    /// Folder for the selected inputs; replaces the `kept-*` files in it.
    #[arg(long, short, default_value = "corpus/conformance")]
    output: PathBuf,
    /// Rewrite the inputs of older versions in this folder, and choose none.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["from", "output"])]
    migrate: Option<PathBuf>,
}

/// The number of inputs to keep for each row, if so many reach it.
const TIMES: usize = 3;

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    if let Some(folder) = &arguments.migrate {
        return super::migrate::run(folder);
    }
    let root = fuzz::project_root()?;
    let target = fuzz::build(&root, fuzz::TARGET)?;
    let listing = Listing::of(&arguments.from)?;
    // The shortest first: a set cover of short inputs replays faster.
    let mut candidates: Vec<(Vec<u8>, Vec<usize>)> = Vec::new();
    let candidate = |schedule, reached: Reached| candidates.push((codec::encode(&schedule), reached.rows().collect()));
    let unread = stats::reach(&listing, candidate)?;
    // The kept inputs are replaced, so one that cannot be read would be lost.
    refuse_unread(unread, listing.count())?;
    candidates.sort_by_key(|(bytes, _)| (bytes.len(), bytes.clone()));
    candidates.dedup();

    let work = tempfile::tempdir()?;
    let (all, chosen) = (work.path().join("all"), work.path().join("chosen"));
    fs::create_dir(&all)?;
    fs::create_dir(&chosen)?;
    for (number, (bytes, _)) in candidates.iter().enumerate() {
        fs::write(all.join(format!("{number:06}")), bytes)?;
    }
    tell!("{} schedules; selecting a set that reaches every edge", candidates.len());
    let mut merge = Command::new(target);
    merge.args(["-set_cover_merge=1", "-use_counters=0"]).args([&chosen, &all]).current_dir(work.path());
    let output = merge.output().context("the fuzz target does not start")?;
    ensure!(output.status.success(), "libFuzzer's merge failed:\n{}", String::from_utf8_lossy(&output.stderr));

    let mut kept: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for entry in fs::read_dir(&chosen)? {
        let bytes = fs::read(entry?.path())?;
        kept.insert(name(&bytes), bytes);
    }
    let edges = kept.len();
    let mut times = [0; ROWS];
    let reached = candidates.iter().filter(|(bytes, _)| kept.contains_key(&name(bytes)));
    reached.flat_map(|(_, rows)| rows).for_each(|row| times[*row] += 1);
    for (bytes, rows) in &candidates {
        if rows.iter().any(|row| times[*row] < TIMES) && !kept.contains_key(&name(bytes)) {
            rows.iter().for_each(|row| times[*row] += 1);
            kept.insert(name(bytes), bytes.clone());
        }
    }
    write(&arguments.output, &kept)?;
    let bytes: usize = kept.values().map(Vec::len).sum();
    println!(
        "{} kept of {}: {edges} for edges, {} for rows; {bytes} bytes",
        kept.len(),
        candidates.len(),
        kept.len() - edges
    );
    Ok(Outcome::Agreed)
}

/// Writes the kept inputs, and removes those kept before.
fn write(folder: &Path, kept: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    fs::create_dir_all(folder)?;
    for (name, bytes) in kept {
        fs::write(folder.join(name), bytes).with_context(|| format!("{}", folder.join(name).display()))?;
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(KEPT) && !kept.contains_key(&name) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

const KEPT: &str = "kept-";

/// A name derived from the content.
fn name(bytes: &[u8]) -> String {
    format!("{KEPT}{:016x}", fnv(bytes))
}
