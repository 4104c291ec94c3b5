//! The table of knobs: the settings that an application changes at run time, by `set NODE KNOB VALUE`.
//!
//! A row of [`KNOBS`] declares a knob: its values, the ability that it needs, its draw in the generator, and its words.
//! Rows are only ever appended, since a knob's place is its code in bytes ([`VERSIONS`](super::codec::VERSIONS)).

use super::ability::Ability;
use super::generate::Draw;
use super::operands::{self, Kind, Operand, Operands, Value};
use super::text::Words;
use super::Setup;
use crate::spec::NodeId;

/// A row of [`KNOBS`].
#[derive(Clone, Copy, Debug)]
pub struct KnobRow {
    /// The name in text.
    pub name: &'static str,
    /// The kinds of the values, with their names.
    pub operands: &'static [(&'static str, Kind)],
    /// A sentence about it.
    pub about: &'static str,
    /// The ability that it needs.
    pub needs: Ability,
    /// The place in the generator's draw among faults, and what is drawn there.
    pub(super) drawn: (usize, fn(&Draw) -> Knob),
    of: fn(Operands) -> Knob,
}

macro_rules! knobs {
    ($($variant:ident $(($($operand:ident: $type:ty = $kind:expr),*))?, $name:literal, $needs:ident, $about:literal,
        $drawn:expr, |$node:ident| $words:expr;)*) => {
        /// A runtime setting of a node, and its new value.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Knob { $(#[doc = $about] $variant $(($($type),*))?,)* }

        /// The knobs without values: their places in the table.
        #[derive(Clone, Copy)]
        enum Code { $($variant,)* }

        /// Every knob.
        pub const KNOBS: &[KnobRow] = &[$(KnobRow {
            name: $name,
            operands: &[$($((stringify!($operand), $kind)),*)?],
            about: $about,
            needs: Ability::$needs,
            drawn: $drawn,
            of: |_operands| {
                $(let [$($operand,)* ..] = _operands;)?
                Knob::$variant $(($(<$type>::of($operand)),*))?
            },
        },)*];

        impl Knob {
            /// The place of its row, and the values.
            fn parts(self) -> (usize, Operands) {
                match self {
                    $(Knob::$variant $(($($operand),*))? => {
                        (Code::$variant as usize, operands::of([$($($operand.value()),*)?]))
                    })*
                }
            }

            /// A clause of a story: how `node` is told.
            pub(super) fn words(self, node: NodeId) -> String {
                match self {
                    $(Knob::$variant $(($($operand),*))? => {
                        let $node = node;
                        $words
                    })*
                }
            }
        }
    };
}

knobs! {
    Priority(priority: u8 = Kind::LEVEL), "priority", Priority,
        "The election priority (raft-rs `RawNode::set_priority`). A restart sets it to 0.",
        (22, |draw| Knob::Priority(draw.few)),
        |node| format!("{node} gets the election priority {priority}");
    CheckQuorum(check: bool = Kind::Flag), "check-quorum", CheckQuorum,
        "A leader that hears of no quorum steps down, or does not (raft-rs `Raft::set_check_quorum`).",
        (26, |draw| Knob::CheckQuorum(draw.few != 0)),
        |node| format!("{node} is told {}to check its quorum", not(check));
    SkipBcastCommit(skip: bool = Kind::Flag), "skip-bcast-commit", Flow,
        "A leader sends no append only to announce a commit, or does (raft-rs `RawNode::skip_bcast_commit`).",
        (23, |draw| Knob::SkipBcastCommit(draw.few == 1)),
        |node| format!("{node} is told {}to tell of commits by themselves", not(!skip));
    BatchAppend(batch: bool = Kind::Flag), "batch-append", Flow,
        "Appends to one peer that wait for the same Ready become one, or do not (raft-rs `RawNode::set_batch_append`).",
        (25, |draw| Knob::BatchAppend(draw.few == 1)),
        |node| match batch {
            true => format!("{node} is told to join appends that wait"),
            false => format!("{node} is told not to join appends"),
        };
    MaxCommittedSizePerReady(size: u8 = Kind::Size), "max-committed-size-per-ready", Limits,
        "Bytes of committed entries in a Ready, at most, though always one entry \
         (raft-rs `Raft::set_max_committed_size_per_ready`): one of [`Setup::SIZES`], by its place.",
        (27, |draw| Knob::MaxCommittedSizePerReady(draw.few)),
        |node| match Setup::SIZES[usize::from(size)] {
            u32::MAX => format!("a Ready of {node} may have any number of committed entries"),
            size => format!("a Ready of {node} has committed entries of {size} bytes, or one"),
        };
    MaxInflightMsgs(peer: NodeId = Kind::Node, most: u8 = Kind::LEVEL), "max-inflight-msgs", Flow,
        "Appends in flight to a peer, at most (raft-rs `Raft::adjust_max_inflight_msgs`).",
        (24, |draw| Knob::MaxInflightMsgs(draw.link.to, draw.few)),
        |node| format!("{node} may have {most} appends in flight to {peer}");
    GroupCommit(on: bool = Kind::Flag), "group-commit", Groups,
        "A leader commits only entries that are in two groups, or all (raft-rs `Raft::enable_group_commit`).",
        (29, |draw| Knob::GroupCommit(draw.few != 0)),
        |node| match on {
            true => format!("{node} is told to commit only what is in two groups"),
            false => format!("{node} is told to commit whatever its groups"),
        };
    CommitGroup(peer: NodeId = Kind::Node, group: u8 = Kind::GROUP), "commit-group", Groups,
        "The group of a peer (raft-rs `Raft::assign_commit_groups`).",
        (30, |draw| Knob::CommitGroup(draw.link.to, 1 + draw.few)),
        |node| format!("{node} is told that {peer} is in group {group}");
    ClearCommitGroups, "clear-commit-groups", Groups,
        "All groups are taken back (raft-rs `Raft::clear_commit_group`).",
        (31, |_| Knob::ClearCommitGroups),
        |node| format!("{node} is told to forget all groups");
}

fn not(told: bool) -> &'static str {
    if told {
        ""
    } else {
        "not "
    }
}

impl Knob {
    /// The knob's row.
    pub fn row(self) -> &'static KnobRow {
        &KNOBS[self.parts().0]
    }

    /// The node that the knob is about, besides the one that is told.
    pub fn peer(self) -> Option<NodeId> {
        match self.parts().1[0] {
            Value::Node(peer) => Some(peer),
            _ => None,
        }
    }

    /// A code, and a byte that the values share.
    pub(super) fn encode(self) -> [u8; 2] {
        let (place, values) = self.parts();
        let row = &KNOBS[place];
        let mut shared = 0;
        for (at, ((_, kind), value)) in row.operands.iter().zip(values).enumerate() {
            let mut byte = [0];
            kind.encode(value, &mut byte);
            shared |= byte[0] << (at * row.bits());
        }
        [place as u8, shared]
    }

    pub(super) fn decode(code: u8, shared: u8, setup: &Setup) -> Knob {
        let row = &KNOBS[usize::from(code) % KNOBS.len()];
        let mut values = [Value::None; 2];
        for (at, (_, kind)) in row.operands.iter().enumerate() {
            let byte = shared >> (at * row.bits()) & (u8::MAX >> (8 - row.bits()));
            values[at] = kind.decode(&[byte], setup);
        }
        (row.of)(values)
    }

    /// Appends name and values to a line.
    pub(super) fn write(self, line: &mut String) {
        let (place, values) = self.parts();
        line.push_str(KNOBS[place].name);
        operands::write(KNOBS[place].operands, values, line);
    }

    pub(super) fn read(words: &mut Words) -> Result<Knob, String> {
        let name = words.next().ok_or("`set` needs a node, a knob and its value")?;
        let row = KNOBS.iter().find(|row| row.name == name).ok_or_else(|| format!("there is no knob `{name}`"))?;
        Ok((row.of)(operands::read(row.operands, words)?))
    }

    /// Every knob with the values that the alphabet tries.
    pub(super) fn alphabet(setup: &Setup) -> Vec<Knob> {
        KNOBS.iter().flat_map(|row| operands::combinations(row.operands, setup).into_iter().map(row.of)).collect()
    }

    /// The knob with a smaller value.
    pub(super) fn smaller(self) -> Vec<Knob> {
        let (place, values) = self.parts();
        operands::smaller(KNOBS[place].operands, values).map(KNOBS[place].of).collect()
    }

    pub(super) fn renamed(self, name: &impl Fn(NodeId) -> Option<NodeId>) -> Option<Knob> {
        let (place, values) = self.parts();
        operands::renamed(values, name).map(KNOBS[place].of)
    }
}

impl KnobRow {
    /// Bits of the shared byte that each value has.
    fn bits(&self) -> usize {
        8 / self.operands.len().max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_knob_comes_back_from_its_bytes() {
        let setup = Setup { voters: 7, learners: 2, ..Setup::default() };
        for knob in Knob::alphabet(&setup) {
            let [code, shared] = knob.encode();
            assert_eq!(Knob::decode(code, shared, &setup), knob);
        }
    }
}
