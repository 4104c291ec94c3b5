//! The setup in words: who there is, and what is not as usual.

use super::Story;
use crate::schedule::settings::SETTINGS;
use crate::schedule::Setup;
use crate::spec::NodeSet;

/// The nodes, and a sentence for each setting other than its default.
pub fn setup_in_words(story: &Story) -> Vec<String> {
    let (setup, implementation) = (&story.schedule.setup, story.implementation);
    let usual = Setup::default();
    let Setup { voters, learners, spares, election_tick, heartbeat_tick, first_index, first_term, .. } = *setup;
    let members = usize::from(voters + learners);
    let named = |first: usize, last: usize| NodeSet::first(last).minus(NodeSet::first(first));
    let mut lines = vec![format!("Voters {}.", named(0, voters.into()))];
    let mut say = |unusual: bool, line: String| lines.extend(unusual.then_some(line));
    say(learners > 0, format!("Learners {}.", named(voters.into(), members)));
    say(
        spares > 0,
        format!("In no configuration, and without a log: {}.", named(members, members + usize::from(spares))),
    );
    say(setup.starts_empty(), "All start from an empty log in term 0, with the configuration in their storage.".into());
    say(
        (election_tick, heartbeat_tick) != (usual.election_tick, usual.heartbeat_tick),
        format!("Election timeouts are {election_tick} ticks or more, heartbeats every {heartbeat_tick} ticks."),
    );
    say(
        !setup.starts_empty() && (first_index, first_term) != (usual.first_index, usual.first_term),
        format!(
            "For {implementation} the first snapshot has index {first_index} and term {first_term}; both are 1 here."
        ),
    );
    for row in SETTINGS {
        if let Some(words) = row.words.filter(|_| row.get(setup) != row.default) {
            lines.push(words(row.get(setup)));
        }
    }
    lines
}
