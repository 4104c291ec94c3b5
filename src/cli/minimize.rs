//! `minimize`: the shortest schedule with the same cause.

use super::{input, linked, Outcome};
use crate::lockstep::{self, Options};
use crate::minimize::minimize;
use crate::report::observe::Silent;
use crate::schedule::{text, Schedule};
use crate::spec::KnownSet;
use crate::sut::nodes::raft_rs::RaftRs;
use crate::verdict::Cause;
use anyhow::{bail, Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// A fuzz input or a text schedule that diverges.
    file: PathBuf,
    /// Where the shorter schedule goes, as text.
    #[arg(short)]
    output: PathBuf,
    /// Count the known findings of raft-rs as divergences: all, or only `--no-known=NAME`.
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true,
          default_value = "", hide_default_value = true, default_missing_value = "all", value_parser = super::stepped_around)]
    no_known: KnownSet,
    #[command(flatten)]
    pub raft: linked::Source,
}

/// The cause of a schedule's divergence and its event.
pub fn cause_of(schedule: &Schedule, options: Options) -> Option<(Cause, usize)> {
    let run = lockstep::run::<RaftRs>(schedule, options, &mut Silent);
    run.verdict.divergence().map(|divergence| (divergence.cause.clone(), divergence.event))
}

/// Shows on a terminal how far a minimisation is.
pub fn spinner() -> Result<ProgressBar> {
    Ok(match std::io::stderr().is_terminal() {
        true => ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg}")?),
        false => ProgressBar::hidden(),
    })
}

/// Minimises a schedule that diverges.
pub fn shortened(schedule: &Schedule, options: Options, bar: &ProgressBar) -> Schedule {
    let (events, mut tried) = (schedule.events.len(), 0);
    let small = minimize(
        schedule,
        |candidate| cause_of(candidate, options),
        |best, more| {
            tried += more;
            bar.set_message(format!("{events} events in, {} left, {tried} schedules tried", best.events.len()));
            bar.tick();
        },
    );
    bar.finish_and_clear();
    small
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    let schedule = input::read(&arguments.file)?.schedule;
    let options = Options { known: arguments.no_known, ..Options::default() };
    let Some((cause, _)) = cause_of(&schedule, options) else {
        bail!("{}: does not diverge, so there is nothing to minimise", arguments.file.display());
    };
    let small = shortened(&schedule, options, &spinner()?);
    std::fs::write(&arguments.output, text::write(&small))
        .with_context(|| format!("{}", arguments.output.display()))?;
    println!("{} events in, {} out, cause {cause}", schedule.events.len(), small.events.len());
    Ok(Outcome::Agreed)
}
