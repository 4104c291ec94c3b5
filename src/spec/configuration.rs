//! Cluster configurations (thesis 4): who votes, who only listens, and how one becomes another.
//!
//! A *simple* change moves at most one voter (thesis 4.1). Any other goes through a *joint*
//! configuration, in which majorities of the outgoing and of the incoming voters are both needed
//! (thesis 4.3). A *learner* is sent everything and counts for nothing (thesis 4.2.1).

use super::change::{Change, Kind, Step};
use super::entries::Entry;
use super::ids::{NodeId, NodeSet};
use std::fmt;

/// A configuration, joint while there are outgoing voters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Configuration {
    /// The voters; in a joint configuration, the incoming ones.
    pub voters: NodeSet,
    /// The outgoing voters of a joint configuration.
    pub outgoing: NodeSet,
    /// Members that are sent the log and do not vote.
    pub learners: NodeSet,
    /// Outgoing voters that become learners when the joint configuration is left.
    pub learners_next: NodeSet,
    /// True if the leader leaves the joint configuration by itself.
    pub auto_leave: bool,
}

impl Configuration {
    /// The configurations that the changes among `entries` make of this one, one after the other. A change that may not be
    /// applied leaves the configuration as it is.
    pub fn after(self, entries: &[Entry]) -> impl Iterator<Item = Configuration> + use<'_> {
        let changes = entries.iter().filter_map(|entry| Change::from_value(entry.value));
        changes.scan(self, |now, change| {
            *now = now.changed(&change).map_or(*now, |changed| changed.configuration);
            Some(*now)
        })
    }

    /// The simple configuration of these voters, and no learners.
    pub const fn of(voters: NodeSet) -> Self {
        let none = NodeSet::EMPTY;
        Configuration { voters, outgoing: none, learners: none, learners_next: none, auto_leave: false }
    }

    /// True if decisions need two majorities.
    #[inline]
    pub const fn is_joint(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// The members: all servers that are sent the log.
    #[inline]
    pub const fn members(&self) -> NodeSet {
        self.voters.or(self.outgoing).or(self.learners)
    }

    /// The servers whose votes count.
    #[inline]
    pub const fn electors(&self) -> NodeSet {
        self.voters.or(self.outgoing)
    }

    /// True if `nodes` decide: a majority of the voters, and of the outgoing ones if there are any
    /// (raft.tla `Quorum`; thesis 4.3). Nobody decides for an empty configuration.
    #[inline]
    pub const fn is_quorum(&self, nodes: NodeSet) -> bool {
        nodes.is_quorum_of(self.voters) && (!self.is_joint() || nodes.is_quorum_of(self.outgoing))
    }

    /// The configuration that `change` leads to.
    ///
    /// # Errors
    /// The reason why the change may not be applied. The application then keeps the configuration.
    pub fn changed(&self, change: &Change) -> Result<Changed, &'static str> {
        match change.kind() {
            Kind::Leave => self.left(),
            Kind::Simple => self.stepped(change),
            Kind::Joint { auto_leave } => {
                let entered = Configuration { outgoing: self.voters, ..*self };
                match self.is_joint() {
                    true => Err("a joint configuration is left before another is entered"),
                    false => entered.stepped(change).map(|mut changed| {
                        changed.configuration.auto_leave = auto_leave;
                        changed
                    }),
                }
            }
        }
    }

    fn left(&self) -> Result<Changed, &'static str> {
        if !self.is_joint() {
            return Err("only a joint configuration is left");
        }
        let learners = self.learners.or(self.learners_next);
        let configuration = Configuration { voters: self.voters, learners, ..Configuration::default() };
        Ok(Changed { configuration, fresh: NodeSet::EMPTY })
    }

    fn stepped(&self, change: &Change) -> Result<Changed, &'static str> {
        if change.kind() == Kind::Simple && self.is_joint() {
            return Err("a joint configuration is left before it is changed");
        }
        let (mut next, mut fresh) = (*self, NodeSet::EMPTY);
        for (step, node) in change.steps() {
            let known = next.members().contains(node);
            next.take(step, node);
            match known {
                false if next.members().contains(node) => fresh.insert(node),
                false => {}
                true if !next.members().contains(node) => fresh.remove(node),
                true => {}
            }
        }
        match next.voters.is_empty() {
            true => Err("a configuration keeps a voter"),
            false => Ok(Changed { configuration: next, fresh }),
        }
    }

    fn take(&mut self, step: Step, node: NodeId) {
        let leaves_vote = self.outgoing.contains(node);
        match step {
            Step::Nobody => return,
            Step::Learner if self.learners.contains(node) => return,
            Step::Voter | Step::Learner | Step::Remove => {
                self.voters.remove(node);
                self.learners.remove(node);
                self.learners_next.remove(node);
            }
        }
        match step {
            Step::Voter => self.voters.insert(node),
            // Nobody is a voter and a learner at once.
            Step::Learner if leaves_vote => self.learners_next.insert(node),
            Step::Learner => self.learners.insert(node),
            Step::Remove | Step::Nobody => {}
        }
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.voters)?;
        let named = |f: &mut fmt::Formatter, name, set: NodeSet| match set.is_empty() {
            true => Ok(()),
            false => write!(f, " {name} {set}"),
        };
        named(f, "outgoing", self.outgoing)?;
        named(f, "learners", self.learners)?;
        named(f, "learners next", self.learners_next)?;
        f.write_str(if self.auto_leave { " auto-leave" } else { "" })
    }
}

/// The same: it stands in divergences and in printed states.
impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The outcome of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Changed {
    /// The new configuration.
    pub configuration: Configuration,
    /// Members of it of which the leader knows nothing yet.
    pub fresh: NodeSet,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::change::Transition;

    fn set(nodes: &[u8]) -> NodeSet {
        nodes.iter().fold(NodeSet::EMPTY, |mut set, node| {
            set.insert(NodeId::new(*node));
            set
        })
    }

    fn change(transition: Transition, steps: &[(Step, u8)]) -> Change {
        let step = |place: usize| steps.get(place).map(|(step, node)| (*step, NodeId::new(*node)));
        Change { transition, steps: [step(0), step(1)] }
    }

    #[test]
    fn a_joint_configuration_needs_both_majorities() {
        let joint = Configuration { outgoing: set(&[1, 2, 3]), ..Configuration::of(set(&[3, 4, 5])) };
        assert!(!joint.is_quorum(set(&[3, 4, 5])));
        assert!(!joint.is_quorum(set(&[1, 2, 3])));
        assert!(joint.is_quorum(set(&[2, 3, 4])));
        assert!(!Configuration::default().is_quorum(set(&[1])));
    }

    #[test]
    fn a_replaced_voter_leaves_with_the_joint_configuration() {
        let before = Configuration::of(set(&[1, 2, 3]));
        let swap = change(Transition::Auto, &[(Step::Voter, 4), (Step::Remove, 2)]);
        let joint = before.changed(&swap).unwrap();
        assert_eq!(joint.configuration.to_string(), "{1,3,4} outgoing {1,2,3} auto-leave");
        assert_eq!(joint.fresh, set(&[4]));
        assert!(joint.configuration.changed(&swap).is_err());
        let after = joint.configuration.changed(&Change::LEAVE).unwrap();
        assert_eq!(after.configuration, Configuration::of(set(&[1, 3, 4])));
        assert!(after.configuration.changed(&Change::LEAVE).is_err());
    }

    #[test]
    fn a_demoted_voter_waits_in_learners_next() {
        let before = Configuration::of(set(&[1, 2, 3]));
        let demotion = change(Transition::Explicit, &[(Step::Learner, 3)]);
        let joint = before.changed(&demotion).unwrap().configuration;
        assert_eq!(joint.to_string(), "{1,2} outgoing {1,2,3} learners next {3}");
        assert_eq!(joint.members(), set(&[1, 2, 3]));
        let after = joint.changed(&Change::LEAVE).unwrap().configuration;
        assert_eq!(after.to_string(), "{1,2} learners {3}");
    }

    #[test]
    fn the_last_voter_stays() {
        let alone = Configuration::of(set(&[1]));
        assert!(alone.changed(&change(Transition::First, &[(Step::Remove, 1)])).is_err());
        assert!(alone.changed(&change(Transition::Auto, &[(Step::Learner, 1)])).is_err());
    }
}
