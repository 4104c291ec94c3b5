//! The guards of raft.tla, and how one is left out to see what it is good for.

use super::action::ActionName;
use std::cell::Cell;

/// A guard of the `ongaro` dialect.
#[derive(Debug)]
pub struct Guard {
    /// Its name on the command line.
    pub name: &'static str,
    /// The action whose it is.
    pub action: ActionName,
    /// What it requires, in the words of the action that has it.
    pub requires: &'static str,
}

thread_local! {
    static DROPPED: Cell<Option<&'static Guard>> = const { Cell::new(None) };
}

/// Calls `body` with a guard left out, on this thread.
pub fn without<T>(guard: Option<&'static Guard>, body: impl FnOnce() -> T) -> T {
    let outer = DROPPED.replace(guard);
    let result = body();
    DROPPED.set(outer);
    result
}
