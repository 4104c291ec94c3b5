//! `raft-lockstep`: parse, run, and exit 0 when all agreed, 1 when something diverged, 2 on an error or an interrupt.

use std::process::ExitCode;

fn main() -> ExitCode {
    raft_lockstep::cli::main()
}
