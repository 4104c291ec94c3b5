//! Minimisation: the shortest schedule, by taking away, that still has the same cause.
//!
//! Delta debugging (Zeller and Hildebrandt 2002) over events: runs of events are taken away, ever
//! shorter, until no single one can go; then settings go back to their defaults.

use crate::schedule::{Schedule, Setup};
use crate::verdict::Cause;

/// The smallest schedule found for which `cause_of` is still what it is for `schedule`; as it was
/// when it has no cause. The result is one-minimal in its events.
pub fn minimize(schedule: &Schedule, cause_of: impl Fn(&Schedule) -> Option<(Cause, usize)>) -> Schedule {
    let Some((cause, at)) = cause_of(schedule) else { return schedule.clone() };
    let same = |candidate: &Schedule| cause_of(candidate).is_some_and(|(found, _)| found == cause);
    let mut best = schedule.clone();
    let mut cut = best.clone();
    cut.events.truncate(at + 1);
    if same(&cut) {
        best = cut;
    }
    loop {
        let before = best.clone();
        best = fewer_events(best, &same);
        best = plainer_setup(best, &same);
        if best == before {
            return best;
        }
    }
}

fn fewer_events(mut best: Schedule, same: &impl Fn(&Schedule) -> bool) -> Schedule {
    let mut chunk = best.events.len().div_ceil(2).max(1);
    loop {
        let mut start = 0;
        let mut shrunk = false;
        while start < best.events.len() {
            let end = (start + chunk).min(best.events.len());
            let mut candidate = best.clone();
            candidate.events.drain(start..end);
            match same(&candidate) {
                true => (best, shrunk) = (candidate, true),
                false => start = end,
            }
        }
        if chunk == 1 && !shrunk {
            return best;
        }
        chunk = (chunk / 2).max(1);
    }
}

fn plainer_setup(mut best: Schedule, same: &impl Fn(&Schedule) -> bool) -> Schedule {
    let plain = Setup::default();
    let steps: &[fn(&mut Setup, &Setup)] = &[
        |setup, plain| setup.seed = plain.seed,
        |setup, plain| setup.election_tick = plain.election_tick.max(setup.heartbeat_tick + 1),
        |setup, plain| setup.heartbeat_tick = plain.heartbeat_tick.min(setup.election_tick - 1),
        |setup, plain| setup.max_inflight = plain.max_inflight,
        |setup, plain| setup.max_message_size = plain.max_message_size,
        |setup, plain| (setup.first_index, setup.first_term) = (plain.first_index, plain.first_term),
        |setup, plain| setup.lazy_sync = plain.lazy_sync,
        |setup, plain| setup.durable_apply = plain.durable_apply,
        |setup, plain| setup.lossy_changes = plain.lossy_changes,
        |setup, plain| setup.late_notice = plain.late_notice,
        |setup, plain| setup.pre_vote = plain.pre_vote,
        |setup, plain| setup.check_quorum = plain.check_quorum,
        |setup, plain| setup.heal = plain.heal,
        |setup, plain| setup.quiet_commit = plain.quiet_commit,
        |setup, plain| setup.stray_campaigns = plain.stray_campaigns,
        |setup, plain| setup.keep_removed = plain.keep_removed,
        |setup, plain| setup.max_committed_size = plain.max_committed_size,
        |setup, plain| setup.max_uncommitted_size = plain.max_uncommitted_size,
        |setup, plain| setup.batch_append = plain.batch_append,
        |setup, plain| setup.lease_reads = plain.lease_reads,
        |setup, plain| setup.reuse_contexts = plain.reuse_contexts,
        |setup, plain| setup.late_entries = plain.late_entries,
        |setup, plain| setup.first_priority = plain.first_priority,
    ];
    for step in steps {
        let mut candidate = best.clone();
        step(&mut candidate.setup, &plain);
        candidate.setup = candidate.setup.clamped();
        if candidate != best && same(&candidate) {
            best = candidate;
        }
    }
    // The last nodes go first: the others keep their numbers.
    let fewer: [fn(&mut Setup) -> &mut u8; 3] = [|s| &mut s.spares, |s| &mut s.learners, |s| &mut s.voters];
    for count in fewer {
        loop {
            let mut candidate = best.clone();
            let count = count(&mut candidate.setup);
            *count = count.saturating_sub(1);
            let setup = candidate.setup;
            let fits = setup.voters > 0 && candidate.events.iter().all(|event| event.fits(|node| setup.has(node)));
            if candidate == best || !fits || !same(&candidate) {
                break;
            }
            best = candidate;
        }
    }
    best
}
