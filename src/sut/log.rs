//! The implementation's own log lines, kept while a run is recorded.
//!
//! One thread runs one cluster, so the lines live in a thread-local; a fast run never touches it.

use std::cell::RefCell;

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a line.
pub fn push(line: String) {
    LINES.with_borrow_mut(|lines| lines.push(line));
}

/// Takes the lines that were kept since the last call.
pub fn take() -> Vec<String> {
    LINES.take()
}
