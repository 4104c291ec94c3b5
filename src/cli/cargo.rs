//! Builds by cargo: one progress line, and cargo's own messages only if the build fails.

use super::interrupt;
use super::progress::spinner;
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, IsTerminal};
use std::process::{ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The time between two status lines of a build or a hunt without a terminal.
pub const INTERVAL: Duration = Duration::from_secs(10);

/// The first words of cargo's progress lines.
const PROGRESS: [&str; 10] = [
    "Compiling",
    "Checking",
    "Downloaded",
    "Downloading",
    "Updating",
    "Locking",
    "Adding",
    "Finished",
    "Fresh",
    "Blocking",
];

/// The output of a build so far.
#[derive(Default)]
struct Printed {
    /// Every line that is not cargo's progress.
    messages: String,
    crates: usize,
    last: String,
}

/// Runs a build and returns true if it succeeds. Cargo's messages are printed only for a failure: warnings about
/// another crate do not concern the user who fuzzes it.
///
/// # Errors
/// Cargo does not start, or the program was interrupted.
pub fn build(command: &mut Command, product: &str) -> Result<bool> {
    tell!("building {product}");
    let (_deferred, before) = (interrupt::defer(), interrupt::requests());
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = interrupt::own_group(command).spawn().context("cargo")?;
    let printed = Arc::new(Mutex::new(Printed::default()));
    let reader = child.stderr.take().map(|stderr| read(stderr, Arc::clone(&printed)));
    // A line that is rewritten on a terminal, a line every [`INTERVAL`] elsewhere.
    let (bar, started, mut lines) = (spinner()?, Instant::now(), 0);
    let status = interrupt::wait(&mut child, "the build", before, || {
        let message = locked(&printed).progress(started.elapsed().as_secs());
        if !std::io::stderr().is_terminal() && started.elapsed() >= INTERVAL * (lines + 1) {
            lines += 1;
            tell!("  {message}");
        }
        bar.set_message(message);
        bar.tick();
    });
    bar.finish_and_clear();
    let status = status?;
    reader.map(JoinHandle::join);
    if !status.success() {
        eprint!("{}", locked(&printed).messages);
    }
    Ok(status.success())
}

fn locked(printed: &Mutex<Printed>) -> std::sync::MutexGuard<'_, Printed> {
    printed.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn read(stderr: ChildStderr, printed: Arc<Mutex<Printed>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        // A compiler may write in an encoding other than UTF-8.
        for line in BufReader::new(stderr).split(b'\n').map_while(std::io::Result::ok) {
            locked(&printed).note(String::from_utf8_lossy(&line).trim_end_matches('\r'));
        }
    })
}

impl Printed {
    fn note(&mut self, line: &str) {
        let word = line.split_whitespace().next().unwrap_or("");
        if line.starts_with(' ') && PROGRESS.contains(&word) {
            self.crates += usize::from(word == "Compiling");
            self.last = line.trim().to_string();
            // Cargo appends the absolute path of a local crate.
            self.last.truncate(self.last.find(" (").unwrap_or(self.last.len()));
        } else {
            self.messages.push_str(line);
            self.messages.push('\n');
        }
    }

    fn progress(&self, seconds: u64) -> String {
        let Printed { crates, last, .. } = self;
        let last = if last.is_empty() { "cargo starts" } else { last };
        format!("{last} ({crates} crates, {seconds} s)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_distinguished_from_messages() {
        let mut printed = Printed::default();
        let lines =
            ["   Compiling raft v0.7.0 (/home/raft)", "warning: unused", "  --> src/a.rs", "    Finished `release`"];
        lines.iter().for_each(|line| printed.note(line));
        assert_eq!((printed.crates, printed.last.as_str()), (1, "Finished `release`"));
        assert_eq!(printed.messages, "warning: unused\n  --> src/a.rs\n");
    }
}
