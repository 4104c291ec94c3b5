//! The setup in words: who there is, and what is not as usual.

use super::Story;
use crate::schedule::Setup;
use crate::spec::NodeSet;

/// Who there is, and then a sentence for each setting that is not the usual one.
pub fn setup_in_words(story: &Story) -> Vec<String> {
    let (setup, implementation) = (&story.schedule.setup, story.implementation);
    let usual = Setup::default();
    // Taken apart, so that no setting is forgotten here.
    let Setup {
        voters,
        learners,
        spares,
        keep_removed,
        stray_campaigns,
        election_tick,
        heartbeat_tick,
        seed: _,
        max_inflight,
        max_message_size,
        first_index,
        first_term,
        lazy_sync,
        durable_apply,
        lossy_changes,
        late_notice,
        pre_vote,
        check_quorum,
        quiet_commit,
        heal,
        max_committed_size,
        max_uncommitted_size,
        batch_append,
        lease_reads,
        reuse_contexts,
        late_entries,
        first_priority,
    } = *setup;
    let members = usize::from(voters + learners);
    let named = |first: usize, last: usize| NodeSet::first(last).minus(NodeSet::first(first));
    let mut lines = vec![format!("Voters {}.", named(0, voters.into()))];
    let mut say = |unusual: bool, line: String| lines.extend(unusual.then_some(line));
    say(learners > 0, format!("Learners {}.", named(voters.into(), members)));
    say(
        spares > 0,
        format!("In no configuration, and without a log: {}.", named(members, members + usize::from(spares))),
    );
    say(
        (election_tick, heartbeat_tick) != (usual.election_tick, usual.heartbeat_tick),
        format!("Election timeouts are {election_tick} ticks or more, heartbeats every {heartbeat_tick} ticks."),
    );
    say(
        (first_index, first_term) != (usual.first_index, usual.first_term),
        format!(
            "For {implementation} the first snapshot has index {first_index} and term {first_term}; both are 1 here."
        ),
    );
    say(max_inflight != usual.max_inflight, format!("At most {max_inflight} appends are in flight to a peer."));
    say(max_message_size != u32::MAX, format!("An append has entries of at most {max_message_size} bytes, or one."));
    say(
        max_committed_size != u32::MAX,
        format!("A Ready has committed entries of at most {max_committed_size} bytes, or one."),
    );
    say(
        max_uncommitted_size != u32::MAX,
        format!("A leader's uncommitted entries have at most {max_uncommitted_size} bytes."),
    );
    say(first_priority > 0, format!("Node 1 has the election priority {first_priority}."));
    say(pre_vote, "Candidates ask for pre-votes first (pre_vote).".into());
    say(check_quorum, "Leaders count whom they hear of, and followers hold to their leader (check_quorum).".into());
    say(lease_reads, "Leaders answer reads by their lease (ReadOnlyOption::LeaseBased).".into());
    say(reuse_contexts, "Reads share a few contexts.".into());
    say(quiet_commit, "Leaders tell nobody of a commit alone (skip_bcast_commit).".into());
    say(batch_append, "Appends that wait are joined (batch_append).".into());
    say(late_entries, "Storage fetches the entries of appends late (LogTemporarilyUnavailable).".into());
    say(lazy_sync, "A write that need not be synced is left unsynced (must_sync).".into());
    say(late_notice, "A node is told of a sync later than what waited for the sync leaves it.".into());
    say(!durable_apply, "What an application applied does not survive a crash: it applies all again.".into());
    say(lossy_changes, "A crash may take back even a change of the configuration that was applied.".into());
    say(keep_removed, "A node that was removed runs on.".into());
    say(stray_campaigns, "Applications ask nodes to campaign that have no vote.".into());
    say(heal, "When the schedule is over all faults end, and the cluster must make progress.".into());
    lines
}
