//! `raft-lockstep`: exits 0 if all runs agreed, 1 if one diverged, 2 on an error or an interrupt.

use std::process::ExitCode;

fn main() -> ExitCode {
    raft_lockstep::cli::main()
}
