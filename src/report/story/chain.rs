//! The causal chain: the steps without which the last one could not have been what it was.
//!
//! *Happened before*, as Lamport has it, backwards from the step at which the two part: the steps of
//! the same node before it; the step in which a message that arrives was made, and the one in which
//! it left; a message that is lost counts as a step of the node that does not get it; and what is
//! done to the network as a whole (`partition`, `heal`) comes before everything after it. An invariant is
//! about other nodes as well: the last change of role, term or commit index of each is then where to
//! begin, too. Where no single step is at fault, since a cluster makes no progress, everything is in
//! the chain.

use super::{Both, Step, Story};
use crate::lockstep::verdict::Check;
use crate::schedule::Event;
use crate::spec::NodeId;

/// Marks the steps that matter.
pub(super) fn mark(story: &mut Story) {
    let Some(divergence) = story.run.verdict.divergence() else { return };
    if divergence.check() == Check::Liveness {
        return;
    }
    let mut matters = vec![false; story.steps.len()];
    let mut open = vec![story.steps.len() - 1];
    if divergence.check() == Check::Invariant {
        open.extend(story.nodes().filter_map(|node| last_change(story, node)));
    }
    while let Some(place) = open.pop() {
        if !std::mem::replace(&mut matters[place], true) {
            open.extend(causes(story, place));
        }
    }
    for (step, matters) in story.steps.iter_mut().zip(matters) {
        step.matters = matters;
    }
}

/// The step at which a node's role, term or commit index changed last.
fn last_change(story: &Story, node: NodeId) -> Option<usize> {
    let standing = |both: &Both| (both.implementation.role, both.implementation.term, both.implementation.commit);
    (0..story.steps.len()).rfind(|place| {
        let step = &story.steps[*place];
        let now = step.both.as_ref().filter(|_| step.node == Some(node)).map(standing);
        now.is_some_and(|now| story.before(*place).map(standing) != Some(now))
    })
}

/// The steps that come right before one.
fn causes(story: &Story, place: usize) -> Vec<usize> {
    let (step, earlier) = (&story.steps[place], &story.steps[..place]);
    let own = earlier.iter().rposition(|other| step.node.is_some() && other.node == step.node);
    let network = earlier.iter().rposition(is_of_the_network);
    let made = |sent: &usize| {
        let sent = &story.messages[*sent];
        [Some(sent.made), sent.left].into_iter().flatten().filter(|cause| *cause < place)
    };
    let messages = step.received.iter().chain(&step.lost).chain(&step.sent).chain(&step.left).flat_map(made);
    own.into_iter().chain(network).chain(messages).collect()
}

fn is_of_the_network(step: &Step) -> bool {
    matches!(step.event, Some(Event::Partition(_) | Event::Heal))
}
