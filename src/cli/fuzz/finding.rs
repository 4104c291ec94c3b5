//! What becomes of a crash: it is minimised, explained, drawn and kept.

use super::Arguments;
use crate::cli::{explain, linked, minimize};
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
    /// Where it is kept.
    pub folder: PathBuf,
}

impl Finding {
    /// Minimises `input`, and keeps what comes of it in a folder of its own below `kept`.
    pub fn of(input: &Path, kept: &Path, options: Options, bar: &ProgressBar) -> Result<Self> {
        let schedule = codec::decode(&fs::read(input)?);
        let Some((cause, _)) = minimize::cause_of::<RaftRs>(&schedule, options) else {
            bail!("{} does not diverge when it is replayed", input.display());
        };
        let small = minimize::shortened::<RaftRs>(&schedule, options, bar);
        let (story, _) = transcript::transcript::<RaftRs>(&small, options, true);
        let folder = kept.join(cause.slug());
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("input"), codec::encode(&small))?;
        fs::write(folder.join("schedule.txt"), text::write(&small))?;
        fs::write(folder.join("report.txt"), &story)?;
        explain::draw(&small, options, &folder.join("diagram.svg"))?;
        Ok(Finding { cause: cause.to_string(), events: schedule.events.len(), schedule: small, story, folder })
    }

    /// In a line.
    pub fn line(&self, root: &Path) -> String {
        let Finding { cause, events, schedule, .. } = self;
        format!(
            "{cause}: {events} events, {} after minimising, in {}",
            schedule.events.len(),
            self.path(root).display()
        )
    }

    /// The whole story, and what to do with it.
    pub fn print(&self, input: &Path, root: &Path, arguments: &Arguments) {
        let Finding { events, schedule, story, .. } = self;
        let path = self.path(root).display();
        let mut same = arguments.raft.argument();
        if *linked::STANDING != arguments.no_known {
            same += " --no-known";
        }
        println!("{}\n{story}", text::write(schedule));
        println!("{events} events in {}, {} after minimising", input.display(), schedule.events.len());
        println!("repeat it: cargo run --release -- replay{same} {path}/schedule.txt");
        println!("look at it: cargo run --release -- explain{same} {path}/schedule.txt -o {path}/page.html");
    }

    /// From the project's folder.
    fn path(&self, root: &Path) -> &Path {
        self.folder.strip_prefix(root).unwrap_or(&self.folder)
    }
}
