//! Known panics: their places, and the state in which they are known.

use super::{every, moments, Context, Finding, FindingSet};

/// A place at which an implementation panics.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The name of the source file, without folders.
    pub file: &'static str,
    /// The beginning of the panic's message, with `#` for each number and one space for each run of white space.
    pub message: &'static str,
}

impl Place {
    /// True if a panic in `file` with the normalised message `message` comes from here. The file is empty where no
    /// panic hook noted it (see `fuzzing::initialize`): the message decides alone then.
    fn is(&self, file: &str, message: &str) -> bool {
        (file.is_empty() || file == self.file) && message.starts_with(self.message)
    }
}

/// Names the known finding that a panic in `file` with this message is. Both the place and the state must be its own.
///
/// # Errors
/// That finding.
pub fn panicked(known: FindingSet, context: &Context, file: &str, message: &str) -> Result<(), Finding> {
    moments::panics(known.and(at(file, message)), context)
}

/// The findings that panic there.
fn at(file: &str, message: &str) -> FindingSet {
    let message = normalised(message);
    let there = every().filter(|row| row.panics_at.iter().any(|place| place.is(file, &message)));
    there.fold(FindingSet::NONE, |set, row| set.with(row.finding))
}

fn normalised(message: &str) -> String {
    let mut normal = String::with_capacity(message.len());
    for c in message.chars() {
        let c = match c {
            _ if c.is_ascii_digit() => '#',
            _ if c.is_whitespace() => ' ',
            _ => c,
        };
        if !(matches!(c, '#' | ' ') && normal.ends_with(c)) {
            normal.push(c);
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Setup;
    use crate::spec::{Configuration, NodeId, NodeSet, Role, Settings, State};

    const UNWRAP: &str = "called `Option::unwrap()` on a `None` value";

    fn known(state: &State, file: &str, message: &str) -> Option<Finding> {
        let context = Context { setup: &Setup::default(), state, node: NodeId::new(1) };
        panicked(FindingSet::EVERY, &context, file, message).err()
    }

    /// Server 1 leads and is no member of its configuration.
    fn removed_leader() -> State {
        let mut state = State::init(Settings::ongaro(3));
        let server = state.server_mut(NodeId::new(1));
        server.role = Role::Leader;
        server.configuration = Configuration::of(NodeSet::first(3).without(NodeId::new(1)));
        state
    }

    #[test]
    fn a_panic_is_known_by_its_place_and_its_state() {
        let state = removed_leader();
        assert_eq!(known(&state, "raft.rs", UNWRAP), Some(Finding::RemovedLeaderPanics));
        assert_eq!(known(&state, "", UNWRAP), Some(Finding::RemovedLeaderPanics));
        let member = State::init(Settings::ongaro(3));
        assert_eq!(known(&member, "raft.rs", UNWRAP), None);
    }

    #[test]
    fn another_panic_in_the_same_state_is_reported() {
        let state = removed_leader();
        assert_eq!(known(&state, "raft_log.rs", UNWRAP), None);
        assert_eq!(known(&state, "raft.rs", "index out of bounds: the len is 3 but the index is 7"), None);
        let follower = {
            let mut state = state;
            state.server_mut(NodeId::new(1)).role = Role::Follower;
            state
        };
        assert_eq!(known(&follower, "raft.rs", UNWRAP), Some(Finding::UnpromotableCampaigns));
    }

    #[test]
    fn every_place_is_matched_by_its_own_message_alone() {
        for row in every() {
            for place in row.panics_at {
                let numbered = place.message.replace('#', "1204");
                assert!(at(place.file, &numbered).has(row.finding), "{}", row.name);
                assert_eq!(at("another.rs", &numbered), FindingSet::NONE, "{}", row.name);
                assert_eq!(at(place.file, "another message"), FindingSet::NONE, "{}", row.name);
            }
        }
    }
}
