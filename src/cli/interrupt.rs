//! Ctrl-C and the other signals that end the program.
//!
//! One handler serves every subcommand. Work that can stop early holds a [`Deferred`] and polls [`requests`]; any other
//! work ends at once, with exit code 2.

use anyhow::{anyhow, Context, Error, Result};
use std::io::{IsTerminal, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

static LISTENS: AtomicBool = AtomicBool::new(false);
static DEFERRED: AtomicUsize = AtomicUsize::new(0);
static REQUESTS: AtomicUsize = AtomicUsize::new(0);

/// The time between two polls of a flag or a child.
pub const PAUSE: Duration = Duration::from_millis(50);

/// The time that an interrupted child has to end before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// Installs the handler.
pub fn listen() -> Result<()> {
    ctrlc::set_handler(signalled).context("cannot listen for Ctrl-C")?;
    LISTENS.store(true, Ordering::SeqCst);
    Ok(())
}

fn signalled() {
    REQUESTS.fetch_add(1, Ordering::SeqCst);
    if DEFERRED.load(Ordering::SeqCst) > 0 {
        return;
    }
    // The line may hold a progress bar.
    let clear = if std::io::stderr().is_terminal() { "\r\x1b[2K" } else { "" };
    // An error here is ignored, since the terminal may be closed.
    let _ = writeln!(std::io::stderr(), "{clear}raft-lockstep: interrupted: the command did not complete");
    std::process::exit(2);
}

/// The number of signals so far.
pub fn requests() -> usize {
    REQUESTS.load(Ordering::SeqCst)
}

/// While this value lives, a signal is only counted: its holder polls [`requests`] and stops by itself.
pub struct Deferred;

/// Defers the effect of signals.
pub fn defer() -> Deferred {
    DEFERRED.fetch_add(1, Ordering::SeqCst);
    Deferred
}

impl Drop for Deferred {
    fn drop(&mut self) {
        DEFERRED.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The error of interrupted work; `state` names the part that is done or missing.
pub fn interrupted(state: &str) -> Error {
    anyhow!("interrupted: {state}")
}

/// Runs a command to its end. A signal first ends the command and all processes that it started.
///
/// # Errors
/// The command does not start, or the program was interrupted.
pub fn run(command: &mut Command) -> Result<ExitStatus> {
    output(command).map(|(status, _)| status)
}

/// Runs a command as [`run`] does, and returns its standard output as well, if that is piped.
///
/// # Errors
/// The command does not start, or the program was interrupted.
pub fn output(command: &mut Command) -> Result<(ExitStatus, String)> {
    let name = command.get_program().to_string_lossy().into_owned();
    let (_deferred, before) = (defer(), requests());
    let mut child = own_group(command).spawn().with_context(|| name.clone())?;
    let stdout = child.stdout.take();
    let reader = std::thread::spawn(move || {
        let mut printed = Vec::new();
        stdout.map(|mut stdout| stdout.read_to_end(&mut printed));
        String::from_utf8_lossy(&printed).into_owned()
    });
    let status = wait(&mut child, &name, before, || {})?;
    Ok((status, reader.join().unwrap_or_default()))
}

/// Waits for a child of [`own_group`], and calls `meanwhile` at each poll. `before` is the value of [`requests`] when
/// the child was spawned.
///
/// # Errors
/// The program was interrupted.
pub fn wait(child: &mut Child, name: &str, before: usize, mut meanwhile: impl FnMut()) -> Result<ExitStatus> {
    let ended = || interrupted(&format!("{name} was ended"));
    loop {
        if let Some(status) = child.try_wait()? {
            return if requests() > before { Err(ended()) } else { Ok(status) };
        }
        if requests() > before {
            end(child);
            return Err(ended());
        }
        meanwhile();
        std::thread::sleep(PAUSE);
    }
}

/// Makes the command lead a process group, so that [`wait`] can end all its descendants.
pub fn own_group(command: &mut Command) -> &mut Command {
    #[cfg(unix)]
    if LISTENS.load(Ordering::SeqCst) {
        use std::os::unix::process::CommandExt;
        command.process_group(0);
    }
    // The terminal stops a background process group that reads it.
    command.stdin(Stdio::null())
}

/// Interrupts a child and its group, and kills them after [`GRACE`].
fn end(child: &mut Child) {
    let asked = Instant::now();
    signal(child, false);
    while asked.elapsed() < GRACE {
        if let Ok(Some(_)) = child.try_wait() {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    // The rest of its group may still run.
    signal(child, true);
    let _ = child.kill();
    let _ = child.wait();
}

/// Interrupts or kills the process group of a child.
#[cfg(unix)]
fn signal(child: &Child, kill: bool) {
    use rustix::process::{kill_process_group, Pid, Signal};
    let signal = if kill { Signal::KILL } else { Signal::INT };
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // This fails if the child leads no group, because no handler was installed when it started.
        let _ = kill_process_group(group, signal);
    }
}

#[cfg(not(unix))]
fn signal(_: &Child, _: bool) {}
