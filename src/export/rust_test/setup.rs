//! The imports and constants of a test, and the configuration of its nodes.

use crate::schedule::settings::SETTINGS;
use crate::schedule::{Schedule, Setup};
use std::fmt::Write;

/// The settings that the test's world has, or that change nothing in it.
const EXPRESSED: &[&str] = &[
    "election-tick",
    "voters",
    "learners",
    "spares",
    "keep-removed",
    "stray-campaigns",
    "heartbeat-tick",
    "seed",
    "max-inflight-msgs",
    "max-size-per-msg",
    "first-index",
    "first-term",
    "lazy-sync",
    "durable-apply",
    "lossy-changes",
    "late-notice",
    "pre-vote",
    "check-quorum",
    "heal",
    "skip-bcast-commit",
    "max-committed-size-per-ready",
    "max-uncommitted-size",
    "batch-append",
    "lease-reads",
    "reuse-contexts",
    "async-fetch",
    "first-priority",
];

/// A setting that the test's world lacks, if the setup has one.
pub fn lacks(setup: &Setup) -> Option<&'static str> {
    // The world starts nodes outside the configuration from nothing.
    if setup.first_index == 0 && setup.spares > 0 {
        return Some("spares of a cluster that starts from an empty log");
    }
    let differs = |name: &str| !EXPRESSED.contains(&name);
    let row = SETTINGS.iter().find(|row| differs(row.name) && row.get(setup) != row.get(&Setup::default()));
    row.map(|row| row.name)
}

/// A size in bytes, as raft-rs takes it.
pub fn limit(size: u32) -> String {
    match size {
        u32::MAX => "raft::NO_LIMIT".into(),
        size => size.to_string(),
    }
}

/// Imports, constants that `world` names, and the configuration of raft-rs.
pub fn constants(schedule: &Schedule, world: &str) -> String {
    let setup = &schedule.setup;
    let mut text = String::from(
        "#![allow(unused_imports, dead_code)]\nuse raft::{default_logger as logger, eraftpb::*, *};\nuse std::cell::{Cell, RefCell};\nuse std::collections::*;\nuse std::rc::Rc;\nuse world::*;\n\n",
    );
    let mut constant = |name: &str, kind: &str, value: String| {
        if world.contains(name) {
            writeln!(text, "const {name}: {kind} = {value};").expect("a string takes any text");
        }
    };
    constant("START", "(u64, u64)", format!("({}, {})", setup.first_index, setup.first_term));
    constant("SEED", "u64", setup.seed.to_string());
    constant("LATE_NOTICE", "bool", setup.late_notice.to_string());
    constant("DURABLE_APPLY", "bool", setup.durable_apply.to_string());
    constant("LOSSY_CHANGES", "bool", setup.lossy_changes.to_string());
    text + &config(setup)
}

/// raft-rs's configuration of each node; fields that have raft-rs's own default are left out.
fn config(setup: &Setup) -> String {
    let mut fields = vec![
        "id".to_string(),
        format!("election_tick: {}", setup.election_tick),
        format!("heartbeat_tick: {}", setup.heartbeat_tick),
        format!("max_size_per_msg: {}", limit(setup.max_size_per_msg)),
    ];
    let mut field = |differs: bool, text: String| fields.extend(differs.then_some(text));
    field(setup.max_inflight_msgs != 256, format!("max_inflight_msgs: {}", setup.max_inflight_msgs));
    field(setup.pre_vote, "pre_vote: true".into());
    field(setup.check_quorum, "check_quorum: true".into());
    field(setup.skip_bcast_commit, "skip_bcast_commit: true".into());
    field(setup.batch_append, "batch_append: true".into());
    field(setup.lease_reads, "read_only_option: ReadOnlyOption::LeaseBased".into());
    let sizes = [
        ("committed_size_per_ready", setup.max_committed_size_per_ready),
        ("uncommitted_size", setup.max_uncommitted_size),
    ];
    sizes.iter().for_each(|(name, size)| field(*size != u32::MAX, format!("max_{name}: {}", limit(*size))));
    let priority = setup.first_priority;
    field(priority != 0, format!("priority: if id == 1 {{ {priority} }} else {{ 0 }}"));
    format!("\nfn config(id: u64) -> Config {{\n    Config {{ {}, ..Config::default() }}\n}}\n", fields.join(", "))
}
