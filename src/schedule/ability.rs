//! Abilities: the features that not every Raft has.
//!
//! An event that needs a missing ability does not happen, and a setting that needs it takes its neutral value (the rows
//! of [`EVENTS`](super::events::EVENTS), [`KNOBS`](super::knobs::KNOBS) and [`SETTINGS`] say so): a schedule means less
//! then, and raises no false alarm. State that an implementation does not show is not compared.

use super::settings::SETTINGS;
use super::{Event, Setup};

macro_rules! abilities {
    ($($variant:ident $name:literal $sentence:literal;)*) => {
        /// Something that an implementation may be able to do.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Ability { $(#[doc = $sentence] $variant,)* }

        /// Every ability, with what it means.
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
    /// What an implementation that has it does.
    pub sentence: &'static str,
}

abilities! {
    Campaign "campaign" "It starts an election when it is asked to. Without: its clock runs until it does.";
    DirectElections "direct-elections" "It starts elections without a pre-vote where the setup says so. Without: if it has pre-votes, always.";
    PreVote "pre-vote" "It asks for pre-votes where the setup says so. Without: never.";
    Durability "durability" "It hands over what is to be written, and knows apart what is durable. Without: all that it writes is durable when a call returns.";
    DurableApply "durable-apply" "It starts from what its application has applied. Without: from its snapshot, and all is applied again.";
    CheckQuorum "check-quorum" "It can count whom it hears of, and be told to.";
    Priority "priority" "It has an election priority.";
    Transfer "transfer" "It hands leadership over when it is asked to.";
    Reads "reads" "It answers reads without an entry in the log.";
    Changes "changes" "It changes its configuration, and knows members without a vote. Without: every node is a voter, for good.";
    Snapshots "snapshots" "It sends a snapshot where it has dropped its log.";
    Flow "flow" "It bounds what is in flight, and can be told: windows, joined appends, commits not told by themselves, heartbeats now, messages lost, buffers to free.";
    Limits "limits" "It bounds what is not committed, and what one Ready has to apply.";
    AsyncFetch "async-fetch" "Its storage may fetch entries asynchronously.";
    Groups "groups" "It commits what is in two groups.";
    Answers "answers" "It answers its application what the view does not show: whether it may be elected, its lease, its timeouts, what is to be applied, its groups.";
    ShowsVotes "shows-votes" "It shows who has answered a candidate, and how.";
    ShowsPeers "shows-peers" "It shows what a leader knows of its peers.";
    ShowsTimer "shows-timer" "It shows its election timer.";
}

/// A set of abilities.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Abilities(u32);

impl Abilities {
    /// What every Raft can.
    pub const NONE: Abilities = Abilities(0);
    /// All of them: what the schedules were made for.
    pub const ALL: Abilities = Abilities((1 << ABILITIES.len()) - 1);

    /// These and `ability`.
    #[must_use]
    pub const fn with(self, ability: Ability) -> Self {
        Abilities(self.0 | 1 << ability as u32)
    }

    /// Whether `ability` is among them.
    #[inline]
    pub const fn has(self, ability: Ability) -> bool {
        self.0 & (1 << ability as u32) != 0
    }

    /// The setup without what needs another ability.
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

    /// Whether `event` can happen to a node that has these.
    pub fn allow(self, event: &Event) -> bool {
        event.needs().is_none_or(|ability| self.has(ability))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::generate;

    #[test]
    fn a_node_that_can_everything_has_every_setup_and_event() {
        for seed in 0..200 {
            let schedule = generate::schedule(seed, 80);
            assert_eq!(Abilities::ALL.restrict(schedule.setup), schedule.setup);
            assert!(schedule.events.iter().all(|event| Abilities::ALL.allow(event)));
        }
    }

    #[test]
    fn a_restricted_setup_has_as_many_nodes_and_stays_as_it_is() {
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
