//! Abilities: the features that not every Raft has.
//!
//! An event that needs a missing ability does not happen, and a setting that needs it takes its neutral value (the rows
//! of [`EVENTS`](super::events::EVENTS), [`KNOBS`](super::knobs::KNOBS) and [`SETTINGS`] say so): a schedule means less
//! then, and raises no false alarm. State that an implementation does not show is not compared.

use super::settings::SETTINGS;
use super::{Event, Setup};

macro_rules! abilities {
    ($($variant:ident $name:literal $sentence:literal;)*) => {
        /// An optional feature of an implementation.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Ability { $(#[doc = $sentence] $variant,)* }

        /// Every ability, with its meaning.
        pub const ABILITIES: &[AbilityRow] = &[$(AbilityRow {
            ability: Ability::$variant, name: $name, sentence: $sentence,
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
}

abilities! {
    Campaign "campaign" "Starts an election on request. Without: its clock runs until it starts one.";
    DirectElections "direct-elections" "Starts elections without a pre-vote where the setup says so. Without: if it has pre-votes, it always uses them.";
    PreVote "pre-vote" "Starts elections with a pre-vote where the setup says so. Without: never.";
    Durability "durability" "Distinguishes written from durable data, and learns of syncs. Without: all its writes are durable when a call returns.";
    DurableApply "durable-apply" "Starts from the applied index of its application. Without: from its snapshot, and all entries are applied again.";
    CheckQuorum "check-quorum" "Can check its quorum, and the application can switch that on and off.";
    Priority "priority" "Has an election priority.";
    Transfer "transfer" "Transfers leadership on request.";
    Reads "reads" "Answers reads without an entry in the log.";
    Changes "changes" "Changes its configuration, and has learners. Without: every node is a voter for ever.";
    Snapshots "snapshots" "Compacts its log, and sends snapshots in place of the dropped entries.";
    Flow "flow" "Limits the appends in flight, and has the calls of flow control: limits in flight, batched appends, commits not broadcast, heartbeats on request, reports of lost messages, freed buffers.";
    Limits "limits" "Limits the uncommitted bytes, and the committed bytes of a Ready.";
    AsyncFetch "async-fetch" "Its storage may fetch entries asynchronously.";
    Groups "groups" "Can require two groups for commitment.";
    Answers "answers" "Answers questions of its application: may it be elected, does it hold a lease, its timeouts, the entries to apply, its groups.";
    ForgedMessages "forged-messages" "Tells whether it refuses a message that no correct peer sends. Without: none arrives.";
    ManyProposals "many-proposals" "Takes several values in one proposal.";
    StorageAnswers "storage-answers" "Reads its log by the answers of a storage, which may be compacted meanwhile, and may have a snapshot for one peer and not for another.";
    ShowsVotes "shows-votes" "Shows the votes that a candidate has received.";
    ShowsPeers "shows-peers" "Shows a leader's progress for each peer.";
    ShowsTimer "shows-timer" "Shows its election timer.";
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
        for row in SETTINGS {
            for (_, without) in row.needs.iter().filter(|(ability, _)| !self.has(*ability)) {
                row.set(&mut setup, *without);
            }
        }
        if !self.has(Ability::Changes) {
            // Every node is a voter.
            (setup.voters, setup.learners, setup.spares) = (setup.count(), 0, 0);
        }
        setup
    }

    /// True if `event` can happen to a node that has these abilities.
    pub fn allow(self, event: &Event) -> bool {
        event.needs().is_none_or(|ability| self.has(ability))
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
