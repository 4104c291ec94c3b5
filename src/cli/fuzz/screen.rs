//! How a hunt is shown: a line on a terminal, the whole of one, a line now and then elsewhere, or JSON.

use super::dashboard::Dashboard;
use super::finding::Finding;
use super::Arguments;
use crate::cli::cargo::INTERVAL;
use crate::cli::minimize::spinner;
use crate::report::hunt::Status;
use anyhow::Result;
use indicatif::ProgressBar;
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::path::Path;

/// One of the ways.
pub enum Screen {
    /// A line that is rewritten.
    Line(ProgressBar),
    /// The terminal is filled.
    Whole(Box<Dashboard>),
    /// Lines on standard error; the time of the next, in seconds.
    Lines(f64),
    /// Objects on standard output; the time of the next, in seconds.
    Json(f64),
}

/// An object of `--json`.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Status(&'a Status),
    Finding(&'a Finding),
    End {
        /// Ctrl-C ended it, and not a finding or a flag of libFuzzer's.
        interrupted: bool,
        #[serde(flatten)]
        status: &'a Status,
    },
}

impl Screen {
    /// The one that is asked for.
    pub fn new(arguments: &Arguments, jobs: usize) -> Result<Self> {
        if arguments.json {
            return Ok(Screen::Json(0.0));
        }
        let workers = if jobs == 1 { "1 worker".into() } else { format!("{jobs} workers") };
        if arguments.dashboard {
            let title = format!("raft-lockstep fuzz: {workers}, feedback {}", arguments.feedback);
            return Ok(Screen::Whole(Box::new(Dashboard::new(title)?)));
        }
        if std::io::stderr().is_terminal() {
            return Ok(Screen::Line(spinner()?));
        }
        tell!("hunting with {workers}; a line every {} seconds says where it stands", INTERVAL.as_secs());
        Ok(Screen::Lines(1.0))
    }

    /// Shows where the hunt stands; `second` once a second.
    pub fn show(&mut self, status: &Status, second: bool) -> Result<()> {
        match self {
            Screen::Line(bar) => {
                bar.set_message(status.to_string());
                bar.tick();
            }
            Screen::Whole(dashboard) => {
                if second {
                    dashboard.view.add(status);
                }
                dashboard.show()?;
            }
            Screen::Lines(next) if status.seconds >= *next => {
                *next = status.seconds - status.seconds % INTERVAL.as_secs_f64() + INTERVAL.as_secs_f64();
                tell!("{status}");
            }
            Screen::Json(next) if status.seconds >= *next => {
                *next = status.seconds + 1.0;
                write(&Line::Status(status))?;
            }
            Screen::Lines(_) | Screen::Json(_) => {}
        }
        Ok(())
    }

    /// Says what is still waited for; `anew` if that was not said before.
    pub fn ending(&mut self, what: &str, anew: bool) -> Result<()> {
        let line = format!("ending: waiting for {what}");
        match self {
            Screen::Line(bar) => {
                bar.set_message(line);
                bar.tick();
            }
            Screen::Whole(dashboard) => {
                dashboard.view.ending = Some(line);
                dashboard.show()?;
            }
            Screen::Lines(_) if anew => tell!("{line}"),
            Screen::Lines(_) | Screen::Json(_) => {}
        }
        Ok(())
    }

    /// Something was found.
    pub fn found(&mut self, finding: &Finding, root: &Path) -> Result<()> {
        let line = finding.line(root);
        match self {
            Screen::Line(bar) => bar.suspend(|| writeln!(std::io::stdout(), "{line}"))?,
            Screen::Whole(dashboard) => dashboard.view.findings.push(line),
            Screen::Lines(_) => writeln!(std::io::stdout(), "{line}")?,
            Screen::Json(_) => write(&Line::Finding(finding))?,
        }
        Ok(())
    }

    /// Gives back the terminal, and says where the hunt ended.
    pub fn close(self, status: &Status, interrupted: bool) -> Result<()> {
        match self {
            Screen::Line(bar) => bar.finish_and_clear(),
            Screen::Whole(mut dashboard) => {
                let lines = std::mem::take(&mut dashboard.view.findings);
                drop(dashboard);
                lines.iter().try_for_each(|line| writeln!(std::io::stdout(), "{line}"))?;
            }
            Screen::Lines(_) => {}
            Screen::Json(_) => write(&Line::End { interrupted, status })?,
        }
        tell!("{status}");
        Ok(())
    }
}

fn write(line: &Line) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{}", serde_json::to_string(line)?)?)
}
