//! Findings live in `src/findings` alone, and a known panic is known by its place and its state.

use crate::common::{quiet, root};
use raft_lockstep::findings::{every, Finding, FindingSet};
use raft_lockstep::lockstep::observe::Silent;
use raft_lockstep::lockstep::verdict::{Check, Skip, Verdict};
use raft_lockstep::lockstep::{run, Options, Run};
use raft_lockstep::schedule::text;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use std::fs;
use std::path::Path;

/// The kept schedules in which raft-rs panics, and the file of the panic.
const PANICS: &[(Finding, &str, &str)] = &[
    (Finding::CampaignOverSnapshot, "campaign-over-snapshot/schedule.txt", "raft.rs"),
    (Finding::LeaderBeforeNotice, "leader-before-notice/schedule.txt", "raft.rs"),
    (Finding::LeaderBeforeNotice, "leader-before-notice/after-a-snapshot.txt", "raw_node.rs"),
    (Finding::RefusesInTermZero, "refuses-in-term-zero/schedule.txt", "raft.rs"),
    (Finding::RemovedLeaderPanics, "removed-leader-panics/schedule.txt", "raft.rs"),
    (Finding::SoleVoterUnsynced, "sole-voter-unsynced/wins-unsynced.txt", "raft.rs"),
    (Finding::SoleVoterUnsynced, "sole-voter-unsynced/wins-over-unsynced-snapshot.txt", "raw_node.rs"),
    (Finding::UnpromotableCampaigns, "unpromotable-campaigns/schedule.txt", "raft.rs"),
];

/// The kept schedules that meet another finding before their own, and that finding.
const MEETS_FIRST: &[(Finding, Finding)] = &[
    // Both need a leader that leads on without a vote.
    (Finding::LeaderAddedAgain, Finding::RemovedLeader),
    (Finding::RemovedLeaderPanics, Finding::RemovedLeader),
];

fn judged(path: &str, known: FindingSet) -> Run {
    let text = fs::read_to_string(root().join("artifacts").join(path)).unwrap();
    run::<RaftRs>(&text::read(&text).unwrap(), Options { known, ..Options::default() }, &mut Silent)
}

#[test]
fn a_known_panic_ends_the_run_by_its_name() {
    quiet();
    for (finding, path, _) in PANICS {
        let run = judged(path, FindingSet::RAFT_RS);
        assert_eq!(run.verdict, Verdict::Skipped(Skip::Finding(*finding)), "{path}");
    }
}

#[test]
fn a_panic_is_reported_from_its_file_when_it_is_not_stepped_around() {
    quiet();
    for (finding, path, file) in PANICS {
        let run = judged(path, FindingSet::RAFT_RS.without(*finding));
        let divergence = run.verdict.divergence().expect(path);
        assert_eq!(divergence.check(), Check::Panic, "{path}");
        let what = divergence.failed.words().what;
        assert!(what.starts_with(&format!("{file}: ")), "{path}: {what}");
    }
}

/// Each kept schedule, with no finding known, ends at its own finding or at the one that `MEETS_FIRST` states.
#[test]
fn a_schedule_meets_its_own_finding_first_or_a_stated_one() {
    quiet();
    for row in every().filter(|row| FindingSet::RAFT_RS.has(row.finding)) {
        let path = format!("{}/schedule.txt", row.name);
        let stated = MEETS_FIRST.iter().find(|(finding, _)| *finding == row.finding);
        let first = stated.map_or(row.finding, |(_, first)| *first);
        let cause = |known| {
            let run = judged(&path, known);
            let slow = run.slow.map(|_| "slow".to_string());
            run.verdict.divergence().map(|divergence| divergence.cause.to_string()).or(slow)
        };
        let met = cause(FindingSet::NONE);
        assert!(met.is_some(), "{path} agrees");
        assert_eq!(met, cause(FindingSet::RAFT_RS.without(first)), "{path} does not meet {} first", first.row().name);
    }
}

fn sources(folder: &Path, each: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.extension() {
            _ if path.is_dir() => sources(&path, each),
            Some(extension) if extension == "rs" => each(&path, &fs::read_to_string(&path).unwrap()),
            _ => {}
        }
    }
}

/// The implementations' own tables of findings may name them; help shows commands on kept files.
#[test]
fn nothing_outside_names_a_finding() {
    let findings = root().join("src/findings");
    let may_choose = root().join("src/sut/nodes");
    sources(&root().join("src"), &mut |path, text| {
        if path.starts_with(&findings) {
            return;
        }
        for row in every() {
            let (quoted, ticked) = (format!("\"{}\"", row.name), format!("known finding `{}`", row.name));
            assert!(!text.contains(&quoted) && !text.contains(&ticked), "{} names {}", path.display(), row.name);
            let variant = format!("Finding::{:?}", row.finding);
            let chosen = text.contains(&variant) && !path.starts_with(&may_choose);
            assert!(!chosen, "{} decides on {variant}", path.display());
        }
    });
}
