//! `corpus`: chooses the inputs that are kept.
//!
//! libFuzzer keeps whatever shows a new feature, thousands of inputs. Worth keeping for good are as many as reach
//! every edge of the code, by libFuzzer's own set cover, and with them those that reach each row of `stats`, a few
//! times each, so that a row does not hang on one input. Kept inputs are called `kept-*`; others in the folder are
//! the fuzzer's, and left alone.

use super::input::{refuse_unread, Listing};
use super::{fuzz, stats, Outcome};
use crate::report::stats::{Reached, ROWS};
use crate::schedule::codec;
use crate::verdict::fnv;
use anyhow::{ensure, Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep corpus                                          after hunts: what is worth keeping of corpus/conformance
  raft-lockstep corpus corpus/scenarios -o target/kept          of other inputs, to another folder
  raft-lockstep corpus --migrate corpus/conformance             rewrite inputs of older versions in place
It builds the fuzz target: 1 to 3 minutes the first time.")]
pub struct Arguments {
    /// Where to choose from.
    #[arg(default_values = ["corpus/conformance", "corpus/scenarios"])]
    from: Vec<PathBuf>,
    /// Where the chosen ones are kept.
    #[arg(long, short, default_value = "corpus/conformance")]
    output: PathBuf,
    /// Rewrite the inputs of older versions in this folder, and choose none.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["from", "output"])]
    migrate: Option<PathBuf>,
}

/// So many inputs reach each row, if there are as many.
const TIMES: usize = 3;

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    if let Some(folder) = &arguments.migrate {
        return super::migrate::run(folder);
    }
    let root = fuzz::project_root()?;
    let target = fuzz::build(&root, fuzz::TARGET)?;
    let listing = Listing::of(&arguments.from)?;
    // Text and bytes alike are written as bytes, each schedule once, the shortest first.
    let mut candidates: Vec<(Vec<u8>, Vec<usize>)> = Vec::new();
    let candidate = |schedule, reached: Reached| candidates.push((codec::encode(&schedule), reached.rows().collect()));
    let unread = stats::reach(&listing, candidate)?;
    // What is kept is replaced: a kept input that cannot be read would be lost.
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
    tell!("{} schedules; choosing those that reach every edge", candidates.len());
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

/// Replaces what was kept before.
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

/// A name that follows from what is in it.
fn name(bytes: &[u8]) -> String {
    format!("{KEPT}{:016x}", fnv(bytes))
}
