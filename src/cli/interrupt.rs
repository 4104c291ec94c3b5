//! Ctrl-C and the other signals that ask the program to end.
//!
//! One handler serves every subcommand. Work that can stop halfway holds a [`Heeding`] and asks [`requests`]; any other
//! work ends at once, with exit code 2.

use anyhow::{anyhow, Context, Error, Result};
use std::io::{IsTerminal, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

static LISTENS: AtomicBool = AtomicBool::new(false);
static HEEDED: AtomicUsize = AtomicUsize::new(0);
static REQUESTS: AtomicUsize = AtomicUsize::new(0);

/// How often a flag or a child is looked at.
pub const PAUSE: Duration = Duration::from_millis(50);

/// How long an interrupted child may take to end before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// Installs the handler.
pub fn listen() -> Result<()> {
    ctrlc::set_handler(signalled).context("cannot listen for Ctrl-C")?;
    LISTENS.store(true, Ordering::SeqCst);
    Ok(())
}

fn signalled() {
    request();
    if HEEDED.load(Ordering::SeqCst) > 0 {
        return;
    }
    // A progress bar may stand in the line.
    let clear = if std::io::stderr().is_terminal() { "\r\x1b[2K" } else { "" };
    // The terminal may be gone.
    let _ = writeln!(std::io::stderr(), "{clear}raft-lockstep: interrupted: the command did not complete");
    std::process::exit(2);
}

/// Asks the program to end, as a signal does.
pub fn request() {
    REQUESTS.fetch_add(1, Ordering::SeqCst);
}

/// The number of times that the program was asked to end.
pub fn requests() -> usize {
    REQUESTS.load(Ordering::SeqCst)
}

/// While it lives, a signal is only counted: its holder asks [`requests`] and stops by itself.
pub struct Heeding;

/// Takes over what happens at a signal.
pub fn heed() -> Heeding {
    HEEDED.fetch_add(1, Ordering::SeqCst);
    Heeding
}

impl Drop for Heeding {
    fn drop(&mut self) {
        HEEDED.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The error of work that was cut short: what was not done.
pub fn interrupted(what: &str) -> Error {
    anyhow!("interrupted: {what}")
}

/// Runs a command to its end. At a signal the command and all that it started are ended first.
///
/// # Errors
/// It does not start, or the program was interrupted.
pub fn run(command: &mut Command) -> Result<ExitStatus> {
    let name = command.get_program().to_string_lossy().into_owned();
    let (_heeding, before) = (heed(), requests());
    let mut child = own_group(command).spawn().with_context(|| name.clone())?;
    wait(&mut child, &name, before, || {})
}

/// Runs a command as [`run`] does; also what it prints.
///
/// # Errors
/// It does not start, or the program was interrupted.
pub fn output(command: &mut Command) -> Result<(ExitStatus, String)> {
    let name = command.get_program().to_string_lossy().into_owned();
    let (_heeding, before) = (heed(), requests());
    let mut child = own_group(command.stdout(Stdio::piped())).spawn().with_context(|| name.clone())?;
    let stdout = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut printed = Vec::new();
        stdout.map(|mut stdout| stdout.read_to_end(&mut printed));
        String::from_utf8_lossy(&printed).into_owned()
    });
    let status = wait(&mut child, &name, before, || {})?;
    Ok((status, reader.join().unwrap_or_default()))
}

/// Waits for a child of [`own_group`], and calls `meanwhile` now and then; `before` are the requests when it was spawned.
///
/// # Errors
/// The program was interrupted.
pub fn wait(child: &mut Child, name: &str, before: usize, mut meanwhile: impl FnMut()) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return match requests() > before {
                true => Err(interrupted(&format!("{name} was ended"))),
                false => Ok(status),
            };
        }
        if requests() > before {
            end(child);
            return Err(interrupted(&format!("{name} was ended")));
        }
        meanwhile();
        std::thread::sleep(PAUSE);
    }
}

/// Has the command lead a process group, so that [`wait`] ends all that it starts.
pub fn own_group(command: &mut Command) -> &mut Command {
    #[cfg(unix)]
    if LISTENS.load(Ordering::SeqCst) {
        use std::os::unix::process::CommandExt;
        command.process_group(0);
    }
    // A group in the background that reads the terminal is stopped.
    command.stdin(Stdio::null())
}

/// Asks a child and its group to end, then makes them.
fn end(child: &mut Child) {
    let asked = Instant::now();
    signal(child, Ask::Politely);
    while asked.elapsed() < GRACE {
        if let Ok(Some(_)) = child.try_wait() {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    // Of its group there may be others.
    signal(child, Ask::Finally);
    let _ = child.kill();
    let _ = child.wait();
}

enum Ask {
    Politely,
    Finally,
}

#[cfg(unix)]
fn signal(child: &Child, ask: Ask) {
    use rustix::process::{kill_process_group, Pid, Signal};
    let signal = match ask {
        Ask::Politely => Signal::INT,
        Ask::Finally => Signal::KILL,
    };
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It leads none if no handler was installed when it started, and then this fails.
        let _ = kill_process_group(group, signal);
    }
}

#[cfg(not(unix))]
fn signal(_: &Child, _: Ask) {}
