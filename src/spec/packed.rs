//! A state and its bag as a few bytes: raft.tla's ten variables and nothing else.
//!
//! A [`State`] holds what the dialects add as well, and is made to be changed fast. Exploration
//! keeps millions of states and mostly compares them: it keeps them packed, and takes one apart
//! when its turn comes. One byte a number, eight a message: the states that can be explored
//! exhaustively are far below those limits.

use super::entries::{Entries, Entry};
use super::ids::{NodeId, NodeSet, Position};
use super::message::{Body, Message};
use super::network::Bag;
use super::server::{Role, Server};
use super::settings::Settings;
use super::state::State;
use std::fmt;

/// raft.tla's ten variables in the `ongaro` dialect. Equal when, and only when, those are.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Packed(Box<[u8]>);

/// The largest number that can be packed: terms, indexes, values and copies.
pub const LIMIT: u32 = u8::MAX as u32;

/// The most servers: sets of them take one byte.
pub const MAX_SERVERS: usize = 8;

impl Packed {
    /// Packs a state and its bag. `room` is only scratch memory.
    ///
    /// # Panics
    /// On numbers above [`LIMIT`], and on what raft.tla does not have: the caller keeps to the dialect.
    pub fn new(state: &State, bag: &Bag, room: &mut Vec<u8>) -> Self {
        room.clear();
        room.push(byte(state.servers.len() as u32));
        for server in &state.servers {
            pack_server(server, state.servers.len(), room);
        }
        for (message, copies) in bag.iter() {
            room.push(byte(copies));
            room.extend(pack_message(message));
        }
        Packed(Box::from(&room[..]))
    }

    /// The number of servers.
    pub fn servers(&self) -> usize {
        usize::from(self.0[0])
    }

    /// The state and its bag.
    pub fn unpacked(&self) -> (State, Bag) {
        let mut unpacked = (State::init(Settings::ongaro(self.servers())), Bag::default());
        self.unpack(&mut unpacked.0, &mut unpacked.1);
        unpacked
    }

    /// The same, in the memory of another state with as many servers.
    pub fn unpack(&self, state: &mut State, bag: &mut Bag) {
        let mut bytes = self.0[1..].iter().copied();
        let count = state.servers.len();
        for server in &mut state.servers {
            unpack_server(server, count, &mut bytes);
        }
        bag.clear();
        while let Some(copies) = bytes.next() {
            bag.push(unpack_message(&mut bytes), copies.into());
        }
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (state, bag) = self.unpacked();
        for node in state.nodes() {
            writeln!(f, "{}", Line(node, state.server(node)))?;
        }
        for (message, copies) in bag.iter() {
            writeln!(f, "{copies} x {message}")?;
        }
        Ok(())
    }
}

/// One server's variables on one line.
struct Line<'a>(NodeId, &'a Server);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Line(node, server) = self;
        write!(f, "{node} {} term {} vote ", server.role.name(), server.current_term)?;
        match server.voted_for {
            Some(candidate) => write!(f, "{candidate}")?,
            None => f.write_str("-")?,
        }
        f.write_str(" log [")?;
        for (place, entry) in server.log.entries().iter().enumerate() {
            write!(f, "{}{entry}", if place == 0 { "" } else { " " })?;
        }
        write!(f, "] commit {}", server.commit_index)?;
        write!(f, " answered {} granted {}", server.votes_responded, server.votes_granted)
    }
}

fn byte(number: u32) -> u8 {
    u8::try_from(number).expect("bounds keep numbers within LIMIT")
}

fn pack_server(server: &Server, count: usize, room: &mut Vec<u8>) {
    let role = server.role as u8;
    let vote = server.voted_for.map_or(0, NodeId::number);
    let sets = [server.votes_responded, server.votes_granted].map(|set| byte(set.bits().into()));
    room.extend([byte(server.current_term), role << 4 | vote, byte(server.commit_index), sets[0], sets[1]]);
    let indexes = server.next_index[..count].iter().chain(&server.match_index[..count]);
    room.extend(indexes.map(|index| byte(*index)));
    room.push(byte(server.log.last_index()));
    for entry in server.log.entries() {
        room.extend([byte(entry.term), byte(entry.value)]);
    }
}

fn unpack_server(server: &mut Server, count: usize, bytes: &mut impl Iterator<Item = u8>) {
    let mut next = || bytes.next().expect("packed whole");
    server.current_term = next().into();
    let role_and_vote = next();
    server.role = [Role::Follower, Role::Candidate, Role::PreCandidate, Role::Leader][usize::from(role_and_vote >> 4)];
    server.voted_for = node(role_and_vote & 0xf);
    server.commit_index = next().into();
    server.votes_responded = NodeSet::from_bits(next().into());
    server.votes_granted = NodeSet::from_bits(next().into());
    for indexes in [&mut server.next_index, &mut server.match_index] {
        indexes[..count].iter_mut().for_each(|index| *index = next().into());
    }
    let entries = next();
    server.log.refill((0..entries).map(|_| Entry { term: next().into(), value: next().into() }));
}

fn node(number: u8) -> Option<NodeId> {
    (number > 0).then(|| NodeId::new(number))
}

/// The kind, sender and receiver, the term, and up to five numbers.
fn pack_message(message: &Message) -> [u8; 8] {
    let (kind, numbers) = match &message.body {
        Body::RequestVoteRequest { last_log, .. } => (0, [last_log.term, last_log.index, 0, 0, 0]),
        Body::RequestVoteResponse { granted, .. } => (1, [u32::from(*granted), 0, 0, 0, 0]),
        Body::AppendEntriesRequest { prev_log, entries, commit_index } => {
            assert!(entries.len() <= 1, "raft.tla sends one entry at a time");
            // No entry has term 0.
            let entry = entries.first().copied().unwrap_or(Entry { term: 0, value: 0 });
            (2, [prev_log.term, prev_log.index, entry.term, entry.value, *commit_index])
        }
        Body::AppendEntriesResponse { success, match_index, .. } => (3, [u32::from(*success), *match_index, 0, 0, 0]),
        Body::Snapshot { .. }
        | Body::Heartbeat { .. }
        | Body::HeartbeatResponse { .. }
        | Body::ReadIndex { .. }
        | Body::ReadIndexResponse { .. }
        | Body::TransferLeader
        | Body::TimeoutNow
        | Body::Proposal { .. } => unreachable!("raft.tla has four kinds of messages"),
    };
    let [a, b, c, d, e] = numbers.map(byte);
    [kind, message.from.number() << 4 | message.to.number(), byte(message.term), a, b, c, d, e]
}

fn unpack_message(bytes: &mut impl Iterator<Item = u8>) -> Message {
    let [kind, ends, term, a, b, c, d, e] = std::array::from_fn(|_| bytes.next().expect("packed whole"));
    let position = Position { term: a.into(), index: b.into() };
    let body = match kind {
        0 => Body::RequestVoteRequest {
            last_log: position,
            commit: Position::default(),
            pre: false,
            priority: 0,
            transfer: false,
        },
        1 => Body::RequestVoteResponse { pre: false, granted: a == 1, commit: Position::default() },
        2 => {
            let entries = (c > 0).then_some(Entry { term: c.into(), value: d.into() });
            let entries = Entries::from(entries.as_slice());
            Body::AppendEntriesRequest { prev_log: position, entries, commit_index: e.into() }
        }
        _ => Body::AppendEntriesResponse {
            success: a == 1,
            match_index: b.into(),
            rejected: 0,
            hint: Position::default(),
            commit_index: 0,
            request: 0,
        },
    };
    Message { from: NodeId::new(ends >> 4), to: NodeId::new(ends & 0xf), term: term.into(), body }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::action::Action;
    use crate::spec::step::{next_actions, step_in_bag};

    /// Walks about, without bounds, as one number after the other says. Restarts and elections are rare, or
    /// nobody would ever lead.
    fn walk(mut random: u64, steps: usize, mut each: impl FnMut(&State, &Bag)) {
        let (mut state, mut bag) = (State::init(Settings::ongaro(3)), Bag::default());
        for _ in 0..steps {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut actions = next_actions(&state, &bag, &[1, 2]);
            let action = actions.swap_remove((random >> 33) as usize % actions.len());
            let rare = matches!(action, Action::Restart(_) | Action::Timeout(_) | Action::DropMessage(_));
            if rare && random >> 60 > 0 {
                continue;
            }
            if step_in_bag(&mut state, action, &mut bag).is_ok() {
                each(&state, &bag);
            }
        }
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let mut kinds = std::collections::BTreeSet::new();
        for seed in 0..200 {
            walk(seed, 400, |state, bag| {
                let (again, bag_again) = Packed::new(state, bag, &mut Vec::new()).unpacked();
                assert_eq!(&bag_again, bag);
                for (ours, theirs) in again.servers.iter().zip(&state.servers) {
                    let mut ours = ours.clone();
                    // Of servers that do not exist nothing is packed.
                    ours.next_index[3..].copy_from_slice(&theirs.next_index[3..]);
                    assert_eq!(&ours, theirs);
                }
                kinds.extend(bag.iter().map(|(message, _)| message.body.name()));
            });
        }
        assert_eq!(kinds.len(), 4, "{kinds:?}");
    }
}
