//! raft-rs's log lines, kept while a run is recorded.

use crate::sut::log::{self, Source};
use std::sync::OnceLock;

/// A logger that keeps lines while a run is recorded, and else drops them unformatted.
pub(super) fn logger(record: bool) -> slog::Logger {
    static SILENT: OnceLock<slog::Logger> = OnceLock::new();
    match record {
        true => slog::Logger::root(Lines, slog::o!()),
        false => SILENT.get_or_init(|| slog::Logger::root(slog::Discard, slog::o!())).clone(),
    }
}

struct Lines;

impl slog::Drain for Lines {
    type Ok = ();
    type Err = slog::Never;

    fn log(&self, record: &slog::Record, context: &slog::OwnedKVList) -> Result<(), slog::Never> {
        use slog::KV;
        // raft-rs's own draw is random, and the schedule's draw replaces it at once.
        let message = record.msg().to_string();
        if message.starts_with("reset election timeout") {
            return Ok(());
        }
        let mut pairs = Pairs(String::new());
        // Writing to a string does not fail; a value that fails to format is left out.
        let _ = record.kv().serialize(record, &mut pairs);
        let _ = context.serialize(record, &mut pairs);
        log::push(Source::Implementation, format!("{} {message}{}", record.level().as_short_str(), pairs.0));
        Ok(())
    }
}

struct Pairs(String);

impl slog::Serializer for Pairs {
    fn emit_arguments(&mut self, key: slog::Key, value: &std::fmt::Arguments) -> slog::Result {
        self.0.push_str(&format!(" {key}={value}"));
        Ok(())
    }
}
