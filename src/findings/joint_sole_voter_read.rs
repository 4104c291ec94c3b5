//! The finding `joint-sole-voter-read`, and where a run steps around it.

use super::{Finding, FindingRow, Healed, Severity};
use crate::spec::{leads_alone, Permission};

pub(super) const ROW: FindingRow = FindingRow {
    name: "joint-sole-voter-read",
    sentence: "A leader whose only voter in both halves of a joint configuration is itself waits with a read for an \
        answer of somebody else; if there is nobody, until the configuration changes.",
    source: "thesis 6.4: a leader waits for a majority, which it is by itself",
    rank: 8,
    permits: Some(Permission::AskInJointAlone),
    healed: Some(leads_joint_alone),
    ..FindingRow::of(Finding::JointSoleVoterRead, Severity::Minor)
};

/// With nobody to answer it, its read waits until the configuration changes.
fn leads_joint_alone(healed: &Healed) -> bool {
    let alone = |i| leads_alone(healed.state, i) && healed.state.server(i).configuration.is_joint();
    healed.running.iter().any(alone)
}
