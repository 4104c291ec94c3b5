//! The fuzz target of the specification itself.

use super::fail;
use crate::spec::ghost::Ghost;
use crate::spec::invariants::{holding_in, Invariant, Snapshot, Touched, Whole};
use crate::spec::network::Bag;
use crate::spec::{next_actions, step_in_bag, Action, Settings, State};

/// Takes the actions that `bytes` choose, in the `ongaro` dialect over a bag of messages.
///
/// # Panics
/// If an invariant is broken, or its two forms disagree.
pub fn spec(bytes: &[u8]) {
    let servers = 1 + bytes.first().map_or(2, |byte| usize::from(byte % 3));
    let (mut state, mut bag, mut ghost) = (State::init(Settings::ongaro(servers)), Bag::default(), Ghost::default());
    for choice in bytes.iter().skip(1).take(256) {
        let actions = next_actions(&state, &bag, &[1, 2]);
        let action = actions[usize::from(*choice) * 7 % actions.len()].clone();
        let before = state.clone();
        let node = action.node();
        let restarted = matches!(action, Action::Restart(_));
        state.servers.iter_mut().for_each(|server| server.changed_from = u32::MAX);
        if step_in_bag(&mut state, action, &mut bag).is_err() {
            continue;
        }
        if bag.total() > 64 {
            bag = Bag::default();
        }
        let snapshot = Snapshot::of(before.server(node));
        let touched = Touched { before: snapshot, after: &state, ghost: &ghost, node, restarted };
        let whole = Whole { before: Some(&before), after: &state, ghost: &ghost, restarted: restarted.then_some(node) };
        holding_in(state.settings.dialect).for_each(|invariant| check(invariant, &whole, &touched));
        ghost.observe(&snapshot, &state, node);
    }
}

/// Checks both forms of an invariant.
fn check(invariant: &Invariant, whole: &Whole, touched: &Touched) {
    for (form, found) in [("whole", (invariant.whole)(whole)), ("touched", (invariant.touched)(touched))] {
        if let Err(broken) = found {
            fail(&format!("spec/{}/{form}", invariant.name), &broken);
        }
    }
}
