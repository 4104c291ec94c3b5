//! The finding `joined-gap`, and where a run steps around it.

use super::{Finding, FindingRow, Severity};
use crate::spec::{Body, Message};

pub(super) const ROW: FindingRow = FindingRow {
    name: "joined-gap",
    sentence: "With batch_append, entries are joined to a waiting append without entries wherever that one is: the \
        message says that they begin elsewhere than they do.",
    source: "raft-rs Config.batch_append, pull request 179; eraftpb.proto Message.index: the entry before the first; \
        util::is_continuous_ents",
    joins_elsewhere: Some(|_, waiting| waiting.misplaced || is_empty(waiting.message)),
    ..FindingRow::of(Finding::JoinedGap, Severity::Critical)
};

fn is_empty(message: &Message) -> bool {
    matches!(&message.body, Body::AppendEntriesRequest { entries, .. } if entries.is_empty())
}
