//! `minimize`: the shortest schedule with the same cause.

use super::judged::{with_node, Judged};
use super::{input, linked, Outcome};
use crate::lockstep::{self, Options};
use crate::minimize::minimize;
use crate::report::observe::Silent;
use crate::schedule::{text, Schedule};
use crate::sut::Node;
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
    #[command(flatten)]
    judged: Judged,
    #[command(flatten)]
    pub raft: linked::Source,
}

/// The cause of a schedule's divergence and its event.
pub fn cause_of<N: Node>(schedule: &Schedule, options: Options) -> Option<(Cause, usize)> {
    let run = lockstep::run::<N>(schedule, options, &mut Silent);
    run.verdict.divergence().map(|divergence| (divergence.cause.clone(), divergence.event))
}

/// A line that is rewritten, on a terminal.
pub fn spinner() -> Result<ProgressBar> {
    Ok(match std::io::stderr().is_terminal() {
        true => ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg}")?),
        false => ProgressBar::hidden(),
    })
}

/// Minimises a schedule that diverges.
pub fn shortened<N: Node>(schedule: &Schedule, options: Options, bar: &ProgressBar) -> Schedule {
    let (events, mut tried) = (schedule.events.len(), 0);
    let small = minimize(
        schedule,
        |candidate| cause_of::<N>(candidate, options),
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
    with_node!(arguments.judged.node, N => minimized::<N>(arguments))
}

fn minimized<N: Node>(arguments: &Arguments) -> Result<Outcome> {
    let schedule = input::read(&arguments.file)?.schedule;
    let options = arguments.judged.options::<N>();
    let Some((cause, _)) = cause_of::<N>(&schedule, options) else {
        bail!("{}: does not diverge, so there is nothing to minimise", arguments.file.display());
    };
    let small = shortened::<N>(&schedule, options, &spinner()?);
    std::fs::write(&arguments.output, text::write(&small))
        .with_context(|| format!("{}", arguments.output.display()))?;
    println!("{} events in, {} out, cause {cause}", schedule.events.len(), small.events.len());
    Ok(Outcome::Agreed)
}
