//! Election timeouts: the only entropy of a Raft node. Here the schedule's seed determines them.
//!
//! A timeout is a function of the seed, the node and its term. It changes with every term, because nodes with fixed
//! timeouts can depose each other for ever.

use crate::spec::NodeId;

/// The way in which a node draws its election timeouts. Raft allows each of them (thesis 3.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Draw {
    /// From the seed of the schedule.
    #[default]
    Chance,
    /// The shortest timeout, each time.
    Shortest,
    /// The longest timeout, each time.
    Longest,
}

impl Draw {
    /// The draw of `id` while the election timer of `first` is to expire first.
    pub fn of(id: NodeId, first: NodeId) -> Self {
        match id == first {
            true => Draw::Shortest,
            false => Draw::Longest,
        }
    }

    /// The timeout of node `id` in `term`, in ticks: at least `span`, its `election_tick`, and less than twice that.
    pub fn timeout(self, span: u64, seed: u16, id: NodeId, term: u64) -> u64 {
        match self {
            Draw::Chance => {
                let mixed = splitmix(u64::from(seed) ^ (u64::from(id.number()) << 20) ^ (term << 32));
                span + mixed % span
            }
            Draw::Shortest => span,
            Draw::Longest => 2 * span - 1,
        }
    }
}

/// One step of splitmix64 (Steele, Lea and Flood 2014): every input bit affects every output bit.
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
        let id = NodeId::new(1);
        let drawn: std::collections::BTreeSet<u64> =
            (1..200).map(|term| Draw::Chance.timeout(10, 0, id, term)).collect();
        assert_eq!(drawn, (10..20).collect());
        assert_eq!([Draw::Shortest, Draw::Longest].map(|draw| draw.timeout(10, 0, id, 7)), [10, 19]);
    }
}
