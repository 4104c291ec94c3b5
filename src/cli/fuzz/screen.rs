//! The display of a hunt: three lines that are rewritten on a terminal, a line every ten seconds elsewhere, or JSON.

use super::finding::Finding;
use super::Arguments;
use crate::cli::cargo::INTERVAL;
use crate::cli::progress::spinner;
use crate::cli::write_json;
use crate::report::hunt::{clock, Status};
use anyhow::Result;
use indicatif::ProgressBar;
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::path::Path;

/// The display of a hunt.
pub struct Screen {
    shown: Shown,
    /// The size of the corpus, and the second in which the newest input came.
    newest: (usize, f64),
    /// The findings so far: a known one by its name, a new one by its cause.
    met: Vec<String>,
}

/// The form of the display.
enum Shown {
    /// Lines that are rewritten on a terminal.
    Terminal(ProgressBar),
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
        /// True if Ctrl-C ended the hunt; false if a finding or a libFuzzer flag did.
        interrupted: bool,
        #[serde(flatten)]
        status: &'a Status,
    },
}

impl Screen {
    /// Chooses the form by the arguments and by standard error.
    pub fn new(arguments: &Arguments, jobs: usize) -> Result<Self> {
        let shown = if arguments.json {
            Shown::Json(0.0)
        } else if std::io::stderr().is_terminal() {
            Shown::Terminal(spinner()?)
        } else {
            let workers = if jobs == 1 { "1 worker".into() } else { format!("{jobs} workers") };
            tell!("hunting with {workers}; a status line follows every {} seconds", INTERVAL.as_secs());
            Shown::Lines(1.0)
        };
        Ok(Screen { shown, newest: (0, 0.0), met: Vec::new() })
    }

    /// Shows the status of the hunt.
    pub fn show(&mut self, status: &Status) -> Result<()> {
        if status.corpus > self.newest.0 {
            self.newest = (status.corpus, status.seconds);
        }
        let idle = clock(status.seconds - self.newest.1);
        let met = if self.met.is_empty() { String::new() } else { format!(": {}", self.met.join(", ")) };
        match &mut self.shown {
            Shown::Terminal(bar) => {
                bar.set_message(lines(status, &idle, &met));
                bar.tick();
            }
            Shown::Lines(next) if status.seconds >= *next => {
                *next = status.seconds - status.seconds % INTERVAL.as_secs_f64() + INTERVAL.as_secs_f64();
                tell!("{status}, newest input {idle} ago{met}");
            }
            Shown::Json(next) if status.seconds >= *next => {
                *next = status.seconds + 1.0;
                write(&Line::Status(status))?;
            }
            Shown::Lines(_) | Shown::Json(_) => {}
        }
        Ok(())
    }

    /// Names the work that the end of the hunt waits for; `anew` if it was not named before.
    pub fn ending(&mut self, work: &str, anew: bool) {
        let line = format!("ending: waiting for {work}");
        match &self.shown {
            Shown::Terminal(bar) => {
                bar.set_message(line);
                bar.tick();
            }
            Shown::Lines(_) if anew => tell!("{line}"),
            Shown::Lines(_) | Shown::Json(_) => {}
        }
    }

    /// Reports a finding.
    pub fn found(&mut self, finding: &Finding, root: &Path) -> Result<()> {
        let name = finding.known.map_or_else(|| finding.cause.to_string(), str::to_string);
        if !self.met.contains(&name) {
            self.met.push(name);
        }
        let line = finding.line(root);
        match &self.shown {
            Shown::Terminal(bar) => bar.suspend(|| writeln!(std::io::stdout(), "{line}"))?,
            Shown::Lines(_) => writeln!(std::io::stdout(), "{line}")?,
            Shown::Json(_) => write(&Line::Finding(finding))?,
        }
        Ok(())
    }

    /// Clears the terminal's lines, and prints the final status.
    pub fn close(self, status: &Status, interrupted: bool) -> Result<()> {
        match self.shown {
            Shown::Terminal(bar) => bar.finish_and_clear(),
            Shown::Lines(_) => {}
            Shown::Json(_) => write(&Line::End { interrupted, status })?,
        }
        tell!("{status}");
        Ok(())
    }
}

/// The status as three lines.
fn lines(status: &Status, idle: &str, met: &str) -> String {
    let Status { seconds, executions, events, slow, coverage, abstract_states, corpus, findings } = status;
    let (time, [runs, steps]) = (clock(*seconds), [executions, events].map(|count| status.rate(*count)));
    format!(
        "{time}  {executions} executions ({runs}/s), {events} events ({steps}/s), {slow} slow\n  \
         coverage {coverage} edges, {abstract_states} abstract states, corpus {corpus} inputs (newest {idle} ago)\n  \
         findings {findings}{met}"
    )
}

fn write(line: &Line) -> Result<()> {
    write_json(&mut std::io::stdout(), line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_shows_each_figure_and_the_findings_by_name() {
        let status =
            Status { seconds: 90.0, executions: 900, events: 4500, corpus: 7, findings: 1, ..Status::default() };
        let shown = lines(&status, "3 s", ": next-below-match");
        assert_eq!(shown.lines().count(), 3, "{shown}");
        for expected in
            ["900 executions (10/s)", "4500 events (50/s)", "7 inputs (newest 3 s ago)", "1: next-below-match"]
        {
            assert!(shown.contains(expected), "{expected}: {shown}");
        }
    }
}
