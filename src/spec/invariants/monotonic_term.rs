//! Monotonic term: a server's term never goes down while it lives (paper figure 2).

use super::property::{always, each_server, Invariant, Touched, Verdict, ROLE};

pub const INVARIANT: Invariant = Invariant {
    name: "monotonic-term",
    tla: "MonotonicTerm",
    sentence: "A server's term never goes down while it lives.",
    reference: "paper figure 2: currentTerm increases monotonically",
    holds_in: always,
    looks_at: ROLE,
    whole: |whole| each_server(whole, touched),
    touched,
};

fn touched(touched: &Touched) -> Verdict {
    let (old, new) = (touched.before.term, touched.after.server(touched.node).current_term);
    match new < old && !touched.restarted {
        true => Err(format!("the term of {} went from {old} down to {new}", touched.node)),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ghost::Ghost;
    use crate::spec::invariants::property::testing::*;

    #[test]
    fn fires_when_the_term_goes_down_and_stays_silent_when_it_goes_up() {
        let mut before = three();
        before.server_mut(node(1)).current_term = 4;
        let mut after = before.clone();
        after.server_mut(node(1)).current_term = 3;
        assert!(!both(&INVARIANT, &before, &after, &Ghost::default(), 1));
        after.server_mut(node(1)).current_term = 5;
        assert!(both(&INVARIANT, &before, &after, &Ghost::default(), 1));
    }
}
