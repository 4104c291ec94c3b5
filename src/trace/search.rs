//! The search for the action that leads from one state to the next.
//!
//! Plain raft.tla names every step `Next`, so that a trace does not say the action. A trace with a step that no action
//! explains is no behaviour of raft.tla.

use super::behaviour::{name_of, Step};
use super::Act;
use crate::spec::network::Bag;
use crate::spec::{step_in_bag, Action, Message, NodeId, Position, State};

/// Copies the server `i` and the messages, in which alone the states differ.
pub fn copy(from: &(State, Bag), to: &mut (State, Bag), i: NodeId) {
    to.0.server_mut(i).take_variables(from.0.server(i));
    to.1.copy_from(&from.1);
}

/// The server that acts, and the action that leads from `now` to `next`: preferably one called `name`. A message that
/// disappears without effect counts as received rather than lost.
///
/// `moved` is the server that differs, `gone` the message that has fewer copies in `next`, and `come` the message that has
/// more. Actions are tried in `tried`, which equals `now` at first, and `next` once an action is found.
pub fn step_between(
    now: &(State, Bag),
    next: &(State, Bag),
    tried: &mut (State, Bag),
    name: Option<&str>,
    moved: Option<NodeId>,
    (gone, come): (Option<&Message>, Option<&Message>),
) -> Option<(NodeId, Step)> {
    let acts = |i: &NodeId| moved.is_none_or(|moved| moved == *i);
    let sends = |i: &NodeId| gone.is_none() && come.is_none_or(|come| come.from == *i);
    let mut found = None;
    for wanted in [true, false] {
        let is_wanted = |kind: &str| name.is_none_or(|name| name == kind) == wanted;
        let mut attempt = |action: Action| {
            // A disabled action changes nothing.
            if found.is_none() && step_in_bag(&mut tried.0, action.clone(), &mut tried.1).is_ok() {
                match *tried == *next {
                    true => found = Some(action),
                    false => copy(now, tried, action.node()),
                }
            }
        };
        let mut by_itself = |action: Action| {
            if is_wanted(name_of(&action)) {
                attempt(action);
            }
        };
        for i in now.0.nodes().filter(acts).filter(sends) {
            if let Some(come) = come {
                by_itself(Action::RequestVote(i, come.to));
                by_itself(Action::AppendEntries(i, come.to, 1));
                continue;
            }
            by_itself(Action::Restart(i));
            by_itself(Action::Timeout(i));
            by_itself(Action::BecomeLeader(i));
            // The value of a client's request is that of the last entry in the log.
            if let Some(last) = next.0.server(i).log.entries().last() {
                by_itself(Action::ClientRequest(i, last.value));
            }
            by_itself(Action::AdvanceCommitIndex(i));
        }
        let mut receive = |m: &Message| {
            if is_wanted("Receive") {
                attempt(Action::Receive(m.clone()));
            }
            if is_wanted("DuplicateMessage") && gone.is_none() && come == Some(m) {
                attempt(Action::DuplicateMessage(m.clone()));
            }
            if is_wanted("DropMessage") && gone == Some(m) {
                attempt(Action::DropMessage(m.clone()));
            }
        };
        match gone {
            Some(gone) => [gone].into_iter().filter(|m| acts(&m.to)).for_each(receive),
            None => now.1.iter().filter(|(m, _)| acts(&m.to)).for_each(|(m, _)| receive(m)),
        }
        if found.is_some() {
            break;
        }
    }
    found.map(|action| (action.node(), step_of(action, &next.0, gone, come)))
}

/// An action with its effect on the messages.
fn step_of(action: Action, state: &State, gone: Option<&Message>, come: Option<&Message>) -> Step {
    let consumes = matches!(&action, Action::Receive(m) if gone == Some(m));
    let appends = match &action {
        Action::ClientRequest(i, _) => state.server(*i).log.last(),
        _ => Position::default(),
    };
    let term = state.server(action.node()).current_term;
    Step { act: Act::Take(action), sends: come.cloned(), consumes, term, appends, line: None }
}

#[cfg(test)]
mod tests {
    use super::super::behaviour::line_of;
    use super::*;
    use crate::spec::{next_actions, Settings};

    /// The successors of a state by raft.tla's `Next`, each with its action.
    fn nexts(now: &(State, Bag)) -> Vec<(Action, (State, Bag))> {
        let mut nexts = Vec::new();
        for action in next_actions(&now.0, &now.1, &[1]) {
            let mut next = now.clone();
            if step_in_bag(&mut next.0, action.clone(), &mut next.1).is_ok() {
                nexts.push((action, next));
            }
        }
        nexts
    }

    /// The steps found without and with the name of the action.
    fn found(now: &(State, Bag), next: &(State, Bag), name: &str) -> [Option<Act>; 2] {
        let moved = now.0.nodes().find(|i| now.0.server(*i) != next.0.server(*i));
        let exchanged = (now.1.more_than(&next.1), next.1.more_than(&now.1));
        [None, Some(name)].map(|name| {
            let mut tried = now.clone();
            let (_, step) = step_between(now, next, &mut tried, name, moved, exchanged)?;
            assert_eq!(&tried, next);
            Some(step.act)
        })
    }

    /// The search returns the first action that leads to the state, and with a name the first of that name.
    #[test]
    fn each_step_of_raft_tla_is_found() {
        let init = (State::init(Settings::ongaro(2)), Bag::default());
        let (mut level, mut steps) = (vec![init], 0);
        for depth in 0..14 {
            let mut after = Vec::new();
            for now in &level {
                let nexts = nexts(now);
                for (action, next) in &nexts {
                    let like = |name: Option<&str>| {
                        let mut same = nexts
                            .iter()
                            .filter(|(other, state)| state == next && name.is_none_or(|name| name == name_of(other)));
                        same.next().map(|(other, _)| Act::Take(other.clone()))
                    };
                    let name = name_of(action);
                    assert_eq!(found(now, next, name), [like(None), like(Some(name))], "{}", line_of(action));
                    steps += 1;
                }
                // A sample of the successors, which differs from level to level.
                after.extend(nexts.into_iter().map(|(_, next)| next).skip(depth % 3).step_by(3));
            }
            after.truncate(300);
            level = after;
        }
        assert!(steps > 10_000, "{steps}");
    }
}
