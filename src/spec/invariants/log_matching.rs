//! Log matching: two logs with an entry of the same index and term agree up to it (thesis figure 3.2).

use super::property::{always, Invariant, Touched, Verdict, Whole, LOG};
use crate::spec::entries::Entry;
use crate::spec::ids::Index;
use crate::spec::log::Log;

pub const INVARIANT: Invariant = Invariant {
    name: "log-matching",
    tla: "LogMatching",
    sentence: "Two logs with an entry of the same index and term agree up to it.",
    reference: "paper figure 3; thesis 3.5",
    holds_in: always,
    looks_at: LOG,
    whole,
    touched,
};

fn whole(whole: &Whole) -> Verdict {
    let state = whole.after;
    for one in state.nodes() {
        for other in state.nodes().filter(|other| *other > one) {
            let (ours, theirs) = (&state.server(one).log, &state.server(other).log);
            let Some(different) = ours.first_difference(theirs) else { continue };
            let both = different..=ours.last_index().min(theirs.last_index());
            if let Some(same) = both.rev().find(|index| ours.term_at(*index) == theirs.term_at(*index)) {
                return Err(format!("{one} and {other} agree on the term at index {same} but differ at {different}"));
            }
        }
    }
    Ok(())
}

fn touched(touched: &Touched) -> Verdict {
    let ours = touched.after.server(touched.node);
    if ours.changed_from > ours.log.last_index() {
        return Ok(());
    }
    for other in touched.after.nodes().filter(|other| *other != touched.node) {
        let theirs = &touched.after.server(other).log;
        let first = ours.changed_from.max(ours.log.base().index + 1).max(theirs.base().index + 1);
        if let Some(index) = first_disagreement(&ours.log, theirs, first) {
            return Err(format!(
                "{} and {other} agree on the term at index {index} but differ at or before it",
                touched.node
            ));
        }
    }
    Ok(())
}

/// The first index, from `first` on, at which two logs have entries of one term that are not the same, or do not follow
/// entries of one term: by induction it is enough to look at those.
fn first_disagreement(ours: &Log, theirs: &Log, first: Index) -> Option<Index> {
    let (ours_from, theirs_from) = (ours.from(first), theirs.from(first));
    if ours_from.is_empty() || theirs_from.is_empty() {
        return None;
    }
    let mut follow = ours.term_at(first - 1) == theirs.term_at(first - 1);
    let pairs = ours_from.iter().zip(theirs_from);
    let disagree = |(ours, theirs): (&Entry, &Entry)| {
        let same_term = ours.term == theirs.term;
        let followed = std::mem::replace(&mut follow, same_term);
        same_term && !(ours == theirs && followed)
    };
    pairs.map(disagree).position(|disagrees| disagrees).map(|place| first + place as Index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ghost::Ghost;
    use crate::spec::invariants::property::testing::*;

    #[test]
    fn fires_when_logs_part_below_a_common_term_and_stays_silent_above_it() {
        let mut before = three();
        set_log(&mut before, 1, &[2, 2, 4]);
        let mut after = before.clone();
        set_log(&mut after, 2, &[2, 3, 4]);
        assert!(!both(&INVARIANT, &before, &after, &Ghost::default(), 2));
        set_log(&mut after, 2, &[2, 2, 3]);
        assert!(both(&INVARIANT, &before, &after, &Ghost::default(), 2));
    }
}
