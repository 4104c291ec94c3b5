//! Election timeouts: the only entropy of a Raft node, drawn from the schedule instead.
//!
//! The timeout is a function of the seed, the node and its term. It is drawn anew with every term,
//! never pinned for a run: nodes with fixed timeouts can keep deposing each other for ever.

use crate::schedule::Setup;

/// The timeout of node `id` in `term`, in ticks: at least `election_tick`, less than twice that.
pub fn election_timeout(setup: &Setup, id: u64, term: u64) -> u64 {
    let span = u64::from(setup.election_tick);
    let mixed = splitmix(u64::from(setup.seed) ^ (id << 20) ^ (term << 32));
    span + mixed % span
}

/// One step of splitmix64 (Steele, Lea and Flood 2014): every bit of the input reaches every bit out.
fn splitmix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_stay_in_range_and_differ_between_terms() {
        let setup = Setup::default();
        let drawn: std::collections::BTreeSet<u64> = (1..200).map(|term| election_timeout(&setup, 1, term)).collect();
        assert_eq!(drawn, (10..20).collect());
    }
}
