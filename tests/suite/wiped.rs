//! Lost disks, outside the contract: what breaks has a heading of its own, and what must hold is judged.

use crate::common::quiet;
use raft_lockstep::lockstep::observe::Silent;
use raft_lockstep::lockstep::verdict::{Skip, Verdict};
use raft_lockstep::lockstep::{self, Options};
use raft_lockstep::report::stats::{Reached, Stats};
use raft_lockstep::schedule::{generate, text, Event, Schedule};
use raft_lockstep::sut::nodes::raft_rs::RaftRs;
use raft_lockstep::sut::nodes::reference::Reference;
use raft_lockstep::sut::Node;

/// Member 3 loses its disk under a leader that counts on it.
const UNDER_A_LEADER: &str = "campaign 1\nround\nround\nround\npropose 1 8\nround\nround\ncrash 3\nwipe 3\nrestart 3\n\
    tick 1\ntick 1\nround\n";

/// Members 1 and 3 have an entry, so that it is committed; 3 loses it and elects 2, which was down meanwhile.
const LOSES_AN_ENTRY: &str =
    "campaign 1\nround\nround\nround\ncrash 2\npropose 1 8\nround\nround\nround\ncrash 1\ncrash 3\nwipe 3\n\
    restart 3\nrestart 2\ncampaign 2\nround\nround\n";

/// Leader 1 loses its disk, and votes for another leader of its term.
const ELECTS_ANOTHER: &str =
    "cut 1->2\ncampaign 1\ndeliver 1->3\ndeliver 3->1\ncrash 1\nwipe 1\nmend 1->2\nrestart 1\n\
    campaign 2\nround\nround\n";

/// Leader 1 loses its disk and leads its term once more, with a shorter log than member 3.
const LEADS_AGAIN: &str =
    "campaign 1\ndeliver 1->3\ndeliver 3->1\ndeliver 1->3\npropose 3 0\ndeliver 3->1\ndeliver 1->3\ncut 3->1\n\
    crash 1\nwipe 1\nrestart 1\ncampaign 1\nround\nround\n";

fn schedule(settings: &str, events: &str) -> Schedule {
    text::read(&format!("raft-lockstep schedule 2\nvoters 3\n{settings}events\n{events}end\n")).unwrap()
}

fn verdict<N: Node>(schedule: &Schedule) -> Verdict {
    quiet();
    lockstep::run::<N>(schedule, Options::of::<N>(), &mut Silent).verdict
}

#[test]
fn a_server_that_stops_because_its_log_was_lost_is_reported_under_its_heading() {
    let schedule = schedule("wiped-disks true\n", UNDER_A_LEADER);
    let stops = "the server stops at a commit beyond its log";
    assert_eq!(verdict::<RaftRs>(&schedule), Verdict::Skipped(Skip::WipedDisk(stops)));
    assert_eq!(verdict::<Reference>(&schedule), Verdict::Agreed);
    let mut stats = Stats::default();
    stats.add(&Reached::by::<RaftRs>(&schedule, Options::default()));
    assert_eq!(stats.wiped.get(stops), Some(&1));
}

#[test]
fn a_lost_entry_is_reported_under_its_heading() {
    for settings in ["wiped-disks true\n", "wiped-disks true\nfirst-index 0\nfirst-term 0\n"] {
        let lost = Verdict::Skipped(Skip::WipedDisk("leader-completeness"));
        assert_eq!(verdict::<RaftRs>(&schedule(settings, LOSES_AN_ENTRY)), lost);
    }
}

#[test]
fn a_second_leader_of_the_term_on_a_lost_disk_is_reported_under_its_heading() {
    let two = Verdict::Skipped(Skip::WipedDisk("election-safety"));
    assert_eq!(verdict::<RaftRs>(&schedule("wiped-disks true\n", ELECTS_ANOTHER)), two);
    assert_eq!(verdict::<Reference>(&schedule("wiped-disks true\n", ELECTS_ANOTHER)), two);
}

#[test]
fn a_leader_that_lost_its_disk_and_leads_the_term_again_is_reported_under_its_heading() {
    let two = Verdict::Skipped(Skip::WipedDisk("election-safety"));
    let from_nothing = "wiped-disks true\nfirst-index 0\nfirst-term 0\n";
    assert_eq!(verdict::<RaftRs>(&schedule(from_nothing, LEADS_AGAIN)), two);
    assert_eq!(verdict::<Reference>(&schedule(from_nothing, LEADS_AGAIN)), two);
}

#[test]
fn without_the_setting_no_disk_is_lost() {
    for events in [UNDER_A_LEADER, LOSES_AN_ENTRY, ELECTS_ANOTHER, LEADS_AGAIN] {
        assert_eq!(verdict::<RaftRs>(&schedule("", events)), Verdict::Agreed);
    }
}

/// Every crash of a random schedule loses the disk. The reference still does what the specification does.
#[test]
fn the_reference_agrees_but_for_what_lost_disks_break() {
    let (mut agreed, mut broken) = (0, 0);
    for seed in 0..1_000 {
        let mut schedule = generate::schedule(seed, 120);
        (schedule.setup.wiped_disks, schedule.setup.heal) = (true, true);
        let wiped = |event: &Event| match event {
            Event::Crash(node) => vec![*event, Event::Wipe(*node)],
            _ => vec![*event],
        };
        schedule.events = schedule.events.iter().flat_map(wiped).collect();
        match verdict::<Reference>(&schedule) {
            Verdict::Agreed => agreed += 1,
            Verdict::Skipped(Skip::WipedDisk(_)) => broken += 1,
            Verdict::Skipped(_) => {}
            Verdict::Diverged(divergence) => panic!("seed {seed}: {}", divergence.cause),
        }
    }
    assert!(agreed > 300 && broken > 0, "{agreed} agreed, {broken} broken");
}
