//! Events in words.

use crate::schedule::Event;

/// The event as a sentence without its full stop.
pub fn in_words(event: &Event) -> String {
    event.in_words()
}
