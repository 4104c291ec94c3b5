//! The specification in the `ongaro` dialect has exactly the reachable states that TLC finds for
//! raft.tla in the same bounds, with every invariant of the dialect true in all of them.

use raft_lockstep::spec::ghost::Ghost;
use raft_lockstep::spec::invariants::{check_whole, Whole};
use raft_lockstep::spec::network::Bag;
use raft_lockstep::spec::{next_actions, step_in_bag, Action, Settings, State};
use std::collections::HashSet;

struct Bounds {
    servers: usize,
    max_term: u32,
    max_log: u32,
    max_copies: u32,
    max_messages: u32,
    restart: bool,
    duplicate: bool,
    drop: bool,
}

impl Bounds {
    fn allow(&self, state: &State, bag: &Bag) -> bool {
        state.servers.iter().all(|s| s.current_term <= self.max_term && s.log.last_index() <= self.max_log)
            && bag.iter().all(|(_, copies)| copies <= self.max_copies)
            && bag.total() <= self.max_messages
    }

    fn wants(&self, action: &Action) -> bool {
        match action {
            Action::Restart(_) => self.restart,
            Action::DuplicateMessage(_) => self.duplicate,
            Action::DropMessage(_) => self.drop,
            _ => true,
        }
    }
}

/// Distinct states, generated states and depth, breadth first.
fn explore(bounds: &Bounds) -> (usize, usize, usize) {
    let start = (State::init(Settings::ongaro(bounds.servers)), Bag::default());
    let mut seen = HashSet::from([start.clone()]);
    let (mut level, mut generated, mut depth) = (vec![start], 1, 0);
    while !level.is_empty() {
        depth += 1;
        let mut next_level = Vec::new();
        for (state, bag) in &level {
            for action in next_actions(state, bag, &[1]) {
                if !bounds.wants(&action) {
                    continue;
                }
                let (mut state_after, mut bag_after) = (state.clone(), bag.clone());
                if step_in_bag(&mut state_after, action.clone(), &mut bag_after).is_err() {
                    continue;
                }
                generated += 1;
                let whole = Whole {
                    before: Some(state),
                    after: &state_after,
                    ghost: &Ghost::default(),
                    restarted: match action {
                        Action::Restart(node) => Some(node),
                        _ => None,
                    },
                };
                if let Err((invariant, why)) = check_whole(&whole) {
                    panic!("{action:?} breaks {}: {why}", invariant.name);
                }
                if !bounds.allow(&state_after, &bag_after) || seen.contains(&(state_after.clone(), bag_after.clone())) {
                    continue;
                }
                seen.insert((state_after.clone(), bag_after.clone()));
                next_level.push((state_after, bag_after));
            }
        }
        level = next_level;
    }
    (seen.len(), generated, depth)
}

fn assert_counts(bounds: Bounds, distinct: usize, generated: usize, depth: usize) {
    assert_eq!(explore(&bounds), (distinct, generated, depth));
}

const PLAIN: Bounds = Bounds {
    servers: 2,
    max_term: 2,
    max_log: 0,
    max_copies: 1,
    max_messages: 0,
    restart: false,
    duplicate: false,
    drop: false,
};

#[test]
fn a0_two_servers_without_messages() {
    assert_counts(PLAIN, 4, 17, 3);
}

#[test]
fn a4_one_server() {
    assert_counts(Bounds { servers: 1, max_term: 3, max_log: 1, max_messages: 1, ..PLAIN }, 19, 44, 9);
}

#[test]
fn a5_one_server_that_restarts() {
    let bounds = Bounds { servers: 1, max_term: 3, max_log: 2, max_messages: 1, restart: true, drop: true, ..PLAIN };
    assert_counts(bounds, 78, 260, 15);
}

#[test]
fn c01_two_servers_one_message() {
    assert_counts(Bounds { max_messages: 1, ..PLAIN }, 190, 961, 20);
}

#[test]
fn c03_two_servers_two_messages() {
    assert_counts(Bounds { max_log: 1, max_messages: 2, ..PLAIN }, 3576, 20957, 32);
}

#[test]
fn c05_duplicates() {
    assert_counts(Bounds { max_log: 1, max_copies: 2, max_messages: 2, duplicate: true, ..PLAIN }, 5116, 36983, 32);
}

#[test]
fn c04_restarts_and_drops() {
    assert_counts(Bounds { max_log: 1, max_messages: 2, restart: true, drop: true, ..PLAIN }, 13479, 113565, 32);
}
