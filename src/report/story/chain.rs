//! The causal chain of a divergence: the steps that *happened before* it, as Lamport defines it.
//!
//! The chain goes backwards from the step that diverges. Before a step come the earlier steps of its node, and the steps
//! in which a message that it receives was made and released. A lost message is a step of its receiver. Events of the
//! whole network (`partition`, `heal`) come before all later steps. An invariant also concerns other nodes, so that the
//! chain begins at the last change of role, term or commit index of each as well. When a cluster makes no progress, no
//! single step is at fault, and every step is in the chain.

use super::{Both, Step, Story};
use crate::lockstep::verdict::Check;
use crate::schedule::Site;
use crate::spec::NodeId;

/// Marks the steps of the chain.
pub(super) fn mark(story: &mut Story) {
    let Some(divergence) = story.run.verdict.divergence() else { return };
    if divergence.stands_still() {
        return;
    }
    let mut matters = vec![false; story.steps.len()];
    let mut open = vec![story.steps.len() - 1];
    if matches!(divergence.check(), Check::Invariant | Check::Consequence) {
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

/// The last step that changed a node's role, term or commit index.
fn last_change(story: &Story, node: NodeId) -> Option<usize> {
    let standing = |both: &Both| (both.implementation.role, both.implementation.term, both.implementation.commit);
    (0..story.steps.len()).rfind(|place| {
        let step = &story.steps[*place];
        let now = step.both.as_ref().filter(|_| step.node == Some(node)).map(standing);
        now.is_some_and(|now| story.before(*place).map(standing) != Some(now))
    })
}

/// The direct predecessors of a step.
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
    step.event.is_some_and(|event| event.lasts() && !matches!(event.site(), Site::Node(_)))
}
