//! The finding `joined-gap`, and where a run steps around it.

use super::{Deviations, Finding, FindingRow, Stops};
use crate::spec::{Body, Message};

pub(super) const ROW: FindingRow = FindingRow {
    finding: Finding::JoinedGap,
    name: "joined-gap",
    sentence: "With batch_append, entries are joined to a waiting append without entries wherever that one is: the \
        message says that they begin elsewhere than they do.",
    source: "raft-rs Config.batch_append, pull request 179; eraftpb.proto Message.index: the entry before the first; \
        util::is_continuous_ents",
    rank: 0,
    panics: &[],
    deviations: Deviations {
        joins_elsewhere: Some(|_, waiting| waiting.misplaced || is_empty(waiting.message)),
        ..Deviations::NONE
    },
    stops: Stops::NONE,
};

fn is_empty(message: &Message) -> bool {
    matches!(&message.body, Body::AppendEntriesRequest { entries, .. } if entries.is_empty())
}
