//! What becomes of a crash: it is minimised, explained, drawn and kept.

use crate::cli::{explain, minimize};
use crate::lockstep::Options;
use crate::report::transcript;
use crate::schedule::{codec, text, Schedule};
use crate::sut::nodes::raft_rs::RaftRs;
use anyhow::{bail, Result};
use indicatif::ProgressBar;
use std::fs;
use std::path::{Path, PathBuf};

/// A divergence that was found.
pub struct Finding {
    /// Its cause.
    pub cause: String,
    /// Events of the input.
    pub events: usize,
    /// The shortest schedule.
    pub schedule: Schedule,
    /// Its report.
    pub story: String,
    /// Where it is kept, from the project's folder.
    pub folder: PathBuf,
}

impl Finding {
    /// Minimises `input`, and keeps what comes of it in a folder of its own.
    pub fn of(input: &Path, root: &Path, options: Options, bar: &ProgressBar) -> Result<Self> {
        let schedule = codec::decode(&fs::read(input)?);
        let Some((cause, _)) = minimize::cause_of(&schedule, options) else {
            bail!("{} does not diverge when it is replayed", input.display());
        };
        let small = minimize::shortened(&schedule, options, bar);
        let (story, _) = transcript::transcript::<RaftRs>(&small, options, true);
        let folder = Path::new("artifacts").join(cause.slug());
        let kept = root.join(&folder);
        fs::create_dir_all(&kept)?;
        fs::write(kept.join("input"), codec::encode(&small))?;
        fs::write(kept.join("schedule.txt"), text::write(&small))?;
        fs::write(kept.join("report.txt"), &story)?;
        explain::draw(&small, options, &kept.join("diagram.svg"))?;
        Ok(Finding { cause: cause.to_string(), events: schedule.events.len(), schedule: small, story, folder })
    }

    /// In a line.
    pub fn line(&self) -> String {
        let Finding { cause, events, schedule, folder, .. } = self;
        format!("{cause}: {events} events, {} after minimising, in {}", schedule.events.len(), folder.display())
    }

    /// The whole story, and what to do with it; `no_known` is how known findings were reported.
    pub fn print(&self, input: &Path, no_known: &str) {
        let Finding { events, schedule, story, .. } = self;
        let path = self.folder.display();
        let known = if no_known.is_empty() { String::new() } else { format!(" --no-known={no_known}") };
        println!("{}\n{story}", text::write(schedule));
        println!("{events} events in {}, {} after minimising", input.display(), schedule.events.len());
        println!("repeat it: cargo run --release -- replay{known} {path}/schedule.txt");
        println!("look at it: cargo run --release -- explain{known} {path}/schedule.txt -o {path}/page.html");
    }
}
