//! Reasons for a fuzz target to end besides libFuzzer's: its parent is gone, or its files cannot be written.
//!
//! libFuzzer treats an exit during a run as a crash. The reason is therefore noted when it arises, and the process exits
//! before the next input is made.

use std::io::Read;
use std::sync::atomic::{AtomicI32, Ordering};

/// The exit code of a target whose files cannot be written: `EX_IOERR` of sysexits.h.
pub const CANNOT_WRITE: i32 = 74;

/// The exit code of a target whose parent is gone.
const ORPHANED: i32 = 75;

/// The exit code that is due; 0 for none.
static DUE: AtomicI32 = AtomicI32::new(0);

/// Watches standard input, if `RAFT_LOCKSTEP_PARENT=stdin` asks for it: the parent holds the other end of a pipe and
/// writes nothing, so that a read ends when the parent ends, for any reason.
pub(super) fn watch_parent() {
    if std::env::var_os("RAFT_LOCKSTEP_PARENT").is_none_or(|value| value != "stdin") {
        return;
    }
    let (begun, begins) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _ = begun.send(());
        let _ = std::io::stdin().lock().read_to_end(&mut Vec::new());
        DUE.store(ORPHANED, Ordering::SeqCst);
    });
    // Until the thread has started, its edges would count as the first run's.
    let _ = begins.recv();
}

/// Reports that a file cannot be written, and has the process exit before the next input.
pub(super) fn cannot_write(problem: &str) {
    eprintln!("ERROR: {problem}");
    DUE.store(CANNOT_WRITE, Ordering::SeqCst);
}

/// Exits if an exit is due. Mutators call this, between two runs.
pub(super) fn exit_if_due() {
    let code = DUE.load(Ordering::Relaxed);
    if code != 0 {
        std::process::exit(code);
    }
}
