//! The finding `unpromotable-campaigns`, and where a run steps around it.

use super::{Finding, FindingRow, Place, Severity};
use crate::spec::{Permission, Role};

pub(super) const ROW: FindingRow = FindingRow {
    name: "unpromotable-campaigns",
    sentence: "A learner, a removed server or one that knows no configuration campaigns when its application asks it \
        to; one that is no member panics when it wins, and without a configuration it wins at once.",
    source: "thesis 4.2.1 and 4.2.3; etcd raft commit db54973: an unpromotable server does not campaign",
    rank: 4,
    panics_at: &[Place { file: "raft.rs", message: "called `Option::unwrap()` on a `None` value" }],
    permits: Some(Permission::CampaignWithoutVote),
    // A server that is no member and wins has no progress of its own to look up.
    panics: Some(|context| context.server().role != Role::Leader && context.is_stranger()),
    // A learner that campaigned is in a term of which no voter hears.
    healed: Some(|healed| healed.setup.stray_campaigns && healed.has_learner_ahead()),
    ..FindingRow::of(Finding::UnpromotableCampaigns, Severity::OutsideContract)
};
