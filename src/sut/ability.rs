//! Abilities: the optional features of an implementation, and the optional parts of its view.
//!
//! An event that needs a missing ability does not happen, and a setting that needs it has its neutral value. A field that
//! an implementation does not show is not compared. Neither is a false alarm.

use crate::schedule::{Event, Setup};

macro_rules! abilities {
    ($($variant:ident $name:literal $sentence:literal $without:expr;)*) => {
        /// An optional feature of an implementation.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Ability { $(#[doc = $sentence] $variant,)* }

        /// Every ability, with its meaning.
        pub const ABILITIES: &[AbilityRow] = &[$(AbilityRow {
            ability: Ability::$variant, name: $name, sentence: $sentence, without: $without,
        },)*];
    };
}

/// A row of [`ABILITIES`].
#[derive(Clone, Copy, Debug)]
pub struct AbilityRow {
    /// The ability.
    pub ability: Ability,
    /// Its name in the documentation.
    pub name: &'static str,
    /// The behaviour of an implementation that has it.
    pub sentence: &'static str,
    /// Sets the settings that need it to their neutral values.
    without: fn(&mut Setup),
}

/// No setting needs the ability.
const NOTHING: fn(&mut Setup) = |_| {};

abilities! {
    Campaign "campaign" "It starts an election on request. Without: its clock runs until it starts one."
        NOTHING;
    DirectElections "direct-elections" "It starts elections without a pre-vote where the setup says so. Without: if it has pre-votes, it always uses them."
        |setup| setup.pre_vote = true;
    PreVote "pre-vote" "It starts elections with a pre-vote where the setup says so. Without: never."
        |setup| setup.pre_vote = false;
    Durability "durability" "It distinguishes written from durable data, and learns of syncs. Without: all its writes are durable when a call returns."
        |setup| (setup.lazy_sync, setup.late_notice) = (false, false);
    DurableApply "durable-apply" "It starts from the applied index of its application. Without: from its snapshot, and all entries are applied again."
        |setup| setup.durable_apply = false;
    CheckQuorum "check-quorum" "It can check its quorum, and the application can switch that on and off."
        |setup| (setup.check_quorum, setup.lease_reads) = (false, false);
    Priority "priority" "It has an election priority."
        |setup| setup.first_priority = 0;
    Transfer "transfer" "It transfers leadership on request."
        NOTHING;
    Reads "reads" "It answers reads without an entry in the log."
        |setup| (setup.lease_reads, setup.reuse_contexts) = (false, false);
    Changes "changes" "It changes its configuration, and has learners. Without: every node is a voter for ever."
        everybody_votes;
    Snapshots "snapshots" "It compacts its log, and sends snapshots in place of the dropped entries."
        NOTHING;
    Flow "flow" "It limits the appends in flight, and has the calls of flow control: limits in flight, batched appends, commits not broadcast, heartbeats on request, reports of lost messages, freed buffers."
        |setup| (setup.max_inflight, setup.batch_append, setup.quiet_commit) = (Setup::INFLIGHT[0], false, false);
    Limits "limits" "It limits the uncommitted bytes, and the committed bytes of a Ready."
        |setup| (setup.max_uncommitted_size, setup.max_committed_size) = (u32::MAX, u32::MAX);
    AsyncFetch "async-fetch" "Its storage may fetch entries asynchronously."
        |setup| setup.late_entries = false;
    Groups "groups" "It can require two groups for commitment."
        NOTHING;
    Answers "answers" "It answers questions of its application: may it be elected, does it hold a lease, its timeouts, the entries to apply, its groups."
        NOTHING;
    ShowsVotes "shows-votes" "It shows the votes that a candidate has received."
        NOTHING;
    ShowsPeers "shows-peers" "It shows a leader's progress for each peer."
        NOTHING;
    ShowsTimer "shows-timer" "It shows its election timer."
        NOTHING;
}

fn everybody_votes(setup: &mut Setup) {
    setup.voters = setup.count();
    (setup.learners, setup.spares, setup.keep_removed, setup.lossy_changes) = (0, 0, false, false);
    setup.stray_campaigns = false;
}

/// A set of abilities.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Abilities(u32);

impl Abilities {
    /// No ability: the required part alone.
    pub const NONE: Abilities = Abilities(0);
    /// All abilities.
    pub const ALL: Abilities = Abilities((1 << ABILITIES.len()) - 1);

    /// These and `ability`.
    #[must_use]
    pub const fn with(self, ability: Ability) -> Self {
        Abilities(self.0 | 1 << ability as u32)
    }

    /// True if `ability` is among them.
    #[inline]
    pub const fn has(self, ability: Ability) -> bool {
        self.0 & (1 << ability as u32) != 0
    }

    /// The setup with neutral values where a setting needs another ability.
    #[must_use]
    pub fn restrict(self, mut setup: Setup) -> Setup {
        for row in ABILITIES.iter().filter(|row| !self.has(row.ability)) {
            (row.without)(&mut setup);
        }
        setup
    }

    /// True if `event` can happen to a node that has these abilities.
    pub fn allow(self, event: &Event) -> bool {
        needed(event).is_none_or(|ability| self.has(ability))
    }
}

/// The ability that an event needs. A campaign needs none: ticks replace it.
fn needed(event: &Event) -> Option<Ability> {
    match event {
        Event::Tick(_)
        | Event::TickAll
        | Event::Campaign(_)
        | Event::Deliver(..)
        | Event::Drop(..)
        | Event::Duplicate(..)
        | Event::Round
        | Event::Partition(_)
        | Event::Heal
        | Event::Propose(..)
        | Event::Crash(_)
        | Event::Restart(_)
        | Event::Busy(_)
        | Event::Process(_)
        | Event::Hold(_)
        | Event::Apply(..)
        | Event::ApplyAll(_) => None,
        Event::Stall(_) | Event::Sync(..) | Event::Notice(..) | Event::Resume(_) => Some(Ability::Durability),
        Event::CheckQuorum(..) => Some(Ability::CheckQuorum),
        Event::Priority(..) => Some(Ability::Priority),
        Event::Transfer(_) => Some(Ability::Transfer),
        Event::Read(_) => Some(Ability::Reads),
        Event::Change(..) => Some(Ability::Changes),
        Event::Compact(..) | Event::Snapshots(..) | Event::ReportSnapshot(..) | Event::RequestSnapshot(_) => {
            Some(Ability::Snapshots)
        }
        Event::Ping(_)
        | Event::QuietCommit(..)
        | Event::Window(..)
        | Event::BatchAppend(..)
        | Event::FreeBuffers(_)
        | Event::Unreachable(_) => Some(Ability::Flow),
        Event::CommittedSize(..) => Some(Ability::Limits),
        Event::Fetched(..) => Some(Ability::AsyncFetch),
        Event::GroupCommit(..) | Event::Group(..) | Event::ClearGroups(_) => Some(Ability::Groups),
        Event::Ask(_) => Some(Ability::Answers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::generate;

    #[test]
    fn all_abilities_allow_every_setup_and_event() {
        for seed in 0..200 {
            let schedule = generate::schedule(seed, 80);
            assert_eq!(Abilities::ALL.restrict(schedule.setup), schedule.setup);
            assert!(schedule.events.iter().all(|event| Abilities::ALL.allow(event)));
        }
    }

    #[test]
    fn a_restricted_setup_keeps_its_nodes_and_is_restricted_once() {
        let mut taken = 0;
        for seed in 0..200 {
            let schedule = generate::schedule(seed, 80);
            let setup = Abilities::NONE.restrict(schedule.setup);
            assert_eq!(setup.count(), schedule.setup.count());
            assert_eq!((setup.voters, Abilities::NONE.restrict(setup)), (setup.count(), setup));
            taken += schedule.events.iter().filter(|event| !Abilities::NONE.allow(event)).count();
        }
        assert!(taken > 2_000, "{taken}");
    }

    #[test]
    fn rows_are_in_their_places() {
        for (place, row) in ABILITIES.iter().enumerate() {
            assert_eq!(row.ability as usize, place);
            assert!(Abilities::NONE.with(row.ability).has(row.ability) && !Abilities::NONE.has(row.ability));
        }
    }
}
