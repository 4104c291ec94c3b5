//! A change of the configuration, as a client proposes it and an entry carries it.

use super::ids::{NodeId, Value, MAX_NODES};
use std::fmt;

/// The step of a change that moves one node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// The node becomes a voter.
    Voter,
    /// The node becomes a learner.
    Learner,
    /// The node leaves the configuration.
    Remove,
    /// The step names no node, and does nothing (raft-rs `INVALID_ID`: a node id of 0).
    Nobody,
}

/// The way in which a change is carried out (raft-rs `ConfChangeTransition`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Transition {
    /// The old form of a change: one step.
    First,
    /// One step is simple; more go through a joint configuration that is left by itself; none leaves one.
    Auto,
    /// Through a joint configuration that is left by itself.
    Implicit,
    /// Through a joint configuration that is left when the client asks.
    Explicit,
}

/// A change of the configuration, as a client proposes it: at most two steps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Change {
    /// The way through simple or joint configurations.
    pub transition: Transition,
    /// The steps, at most two.
    pub steps: [Option<(Step, NodeId)>; 2],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Leave,
    Simple,
    Joint { auto_leave: bool },
}

/// Marks the value of an entry as a change.
const CHANGE: Value = 1 << 31;

impl Change {
    /// The change that leaves a joint configuration: it asks for nothing.
    pub const LEAVE: Change = Change { transition: Transition::Auto, steps: [None, None] };

    /// The step that names no node; the node in it has no meaning.
    pub const NOBODY: (Step, NodeId) = (Step::Nobody, NodeId::new(1));

    /// The steps, in order.
    pub fn steps(&self) -> impl Iterator<Item = (Step, NodeId)> {
        self.steps.into_iter().flatten()
    }

    /// True if there is no step: a change that leaves a joint configuration.
    pub fn is_empty(&self) -> bool {
        self.steps().next().is_none()
    }

    /// The same change, whose first step names no node.
    #[must_use]
    pub fn of_nobody(&self) -> Change {
        let [first, second] = self.steps;
        Change { steps: [first.map(|_| Change::NOBODY), second], ..*self }
    }

    pub(super) fn kind(&self) -> Kind {
        match (self.transition, self.steps().count()) {
            (Transition::Auto, 0) => Kind::Leave,
            (Transition::First | Transition::Auto, 0..=1) => Kind::Simple,
            (Transition::First | Transition::Auto | Transition::Implicit, _) => Kind::Joint { auto_leave: true },
            (Transition::Explicit, _) => Kind::Joint { auto_leave: false },
        }
    }

    /// True if `value` is that of a change.
    #[inline]
    pub const fn is_value(value: Value) -> bool {
        value & CHANGE != 0
    }

    /// The change as the value of an entry.
    pub fn value(&self) -> Value {
        let step = |step: Option<(Step, NodeId)>| match step {
            None => 0,
            Some((Step::Nobody, _)) => 1,
            Some((step, node)) => (step as u32 + 1) | u32::from(node.number()) << 2,
        };
        CHANGE | self.transition as u32 | step(self.steps[0]) << 2 | step(self.steps[1]) << 8
    }

    /// The change that `value` stands for; `None` for any other value.
    pub fn from_value(value: Value) -> Option<Change> {
        let step = |bits: u32| {
            let step = [Step::Voter, Step::Learner, Step::Remove].get((bits as usize & 3).checked_sub(1)?)?;
            let node = bits >> 2 & 15;
            if node == 0 {
                return Some(Change::NOBODY);
            }
            (1..=MAX_NODES as u32).contains(&node).then(|| (*step, NodeId::new(node as u8)))
        };
        let transitions = [Transition::First, Transition::Auto, Transition::Implicit, Transition::Explicit];
        let transition = transitions[value as usize & 3];
        Change::is_value(value).then(|| Change { transition, steps: [step(value >> 2), step(value >> 8)] })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.is_empty() {
            f.write_str("leave")?;
        }
        for (place, (step, node)) in self.steps().enumerate() {
            f.write_str(if place == 0 { "" } else { " " })?;
            match step {
                Step::Voter => write!(f, "v{node}")?,
                Step::Learner => write!(f, "l{node}")?,
                Step::Remove => write!(f, "r{node}")?,
                Step::Nobody => f.write_str("v0")?,
            }
        }
        f.write_str(match self.transition {
            Transition::First => " first",
            Transition::Auto => "",
            Transition::Implicit => " implicit",
            Transition::Explicit => " explicit",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_a_value_and_comes_back_from_it() {
        let transitions = [Transition::First, Transition::Auto, Transition::Implicit, Transition::Explicit];
        for transition in transitions {
            let nobody = [(Step::Nobody, 1), (Step::Voter, 5)];
            for steps in [&[][..], &[(Step::Remove, 9)], &[(Step::Learner, 1), (Step::Voter, 5)], &nobody] {
                let step = |place: usize| steps.get(place).map(|(step, node)| (*step, NodeId::new(*node)));
                let change = Change { transition, steps: [step(0), step(1)] };
                assert_eq!(Change::from_value(change.value()), Some(change));
            }
        }
        assert_eq!(Change::from_value(7), None);
    }
}
