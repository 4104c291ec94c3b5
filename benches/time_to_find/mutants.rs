//! Which mutants of raft-rs are hunted.

/// As cargo-mutants names them: file, line, column and change.
pub const MUTANTS: &[&str] = &[];
