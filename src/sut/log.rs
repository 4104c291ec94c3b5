//! Log lines of the implementation and of its disk, kept while a run is recorded.
//!
//! One thread runs one cluster, so the lines are in a thread-local. A run without a record never touches it.

use std::cell::RefCell;

/// The origin of a log line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Source {
    Implementation,
    Disk,
}

thread_local! {
    static LINES: RefCell<Vec<(Source, String)>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a line.
pub fn push(source: Source, line: String) {
    LINES.with_borrow_mut(|lines| lines.push((source, line)));
}

/// Takes the lines kept since the last call.
pub fn take() -> Vec<(Source, String)> {
    LINES.take()
}
