//! Bytes to schedules and back.
//!
//! Decoding is total: any byte string is a schedule. Eight bytes of setup come first (missing
//! ones are 0), then three bytes an event: kind, node or link, argument; what is left over at the
//! end is ignored. `decode(encode(s)) == s`, and `encode(decode(b))` is the canonical form of `b`.

use super::{Event, Link, Schedule, Setup};
use crate::spec::{Change, NodeId, NodeSet, Step, Transition, MAX_NODES};
use arbitrary::{Arbitrary, Unstructured};

/// Bytes of a setup.
pub(super) const HEADER: usize = 8;
/// Bytes of an event.
pub(super) const EVENT: usize = 3;

/// The longest schedule that is decoded; the rest is ignored. Bounds the memory of a run.
pub const MAX_EVENTS: usize = 16_384;

/// The kinds of events by their byte. Common ones have several, so that random bytes make
/// clusters that get somewhere; the first of each is the canonical one.
/// The later parts have the kinds that came later, among common ones.
const KINDS: [u8; 192] = *b"TAPDRAPDRTDDRcCxuqhnskKSYjbBoagRplirvwzfDRTDDRDDixuqhnsKSjiDRRRT\
    eAPDRTbBDDRAPDRcsSDRTQPiRGHHDRyDRAmFRUVBDRPTFRxuRDAkKRFhRTbHPDRR\
    IEJLMWXZIIIEJJLLMMWWXXZZDDDDDDDDDDDDRRRRRRRRTTTTTTAAPPPPPccKKSSg";

/// The schedule that `bytes` mean.
pub fn decode(bytes: &[u8]) -> Schedule {
    let header = |place: usize| bytes.get(place).copied().unwrap_or(0);
    let setup = decode_setup(std::array::from_fn(header));
    let rest = bytes.get(HEADER..).unwrap_or(&[]);
    let events = rest.chunks_exact(EVENT).take(MAX_EVENTS).map(|event| decode_event(&setup, event));
    Schedule { setup, events: events.collect() }
}

/// The canonical bytes of `schedule`.
pub fn encode(schedule: &Schedule) -> Vec<u8> {
    let mut bytes = encode_setup(&schedule.setup).to_vec();
    for event in &schedule.events {
        bytes.extend(encode_event(event));
    }
    bytes
}

pub(super) fn decode_setup(h: [u8; HEADER]) -> Setup {
    let election_tick = 2 + h[1] % 16;
    // Three voters are what a zero means; then 1, 2, 4, 5, 6, 7.
    let (voters, learners) = ([3, 1, 2, 4, 5, 6, 7][h[0] as usize % 7], h[0] / 7 % 3);
    Setup {
        voters,
        learners,
        spares: (h[0] / 21 % 3).min(MAX_NODES as u8 - voters - learners),
        keep_removed: h[0] / 63 % 2 != 0,
        stray_campaigns: h[0] / 126 % 2 != 0,
        election_tick,
        heartbeat_tick: 1 + (h[1] >> 4) % (election_tick - 1),
        seed: u16::from_le_bytes([h[2], h[3]]),
        max_inflight: Setup::INFLIGHT[h[4] as usize % 4],
        max_message_size: Setup::MESSAGE_SIZES[h[5] as usize % 4],
        first_index: 1 + h[6] % 16,
        first_term: 1 + (h[6] >> 4),
        lazy_sync: h[7] & 1 != 0,
        durable_apply: h[7] & 2 == 0,
        lossy_changes: h[7] & 128 != 0,
        late_notice: h[7] & 4 != 0,
        pre_vote: h[7] & 8 != 0,
        check_quorum: h[7] & 16 != 0,
        heal: h[7] & 64 != 0,
        quiet_commit: h[7] & 32 != 0,
        max_committed_size: Setup::MESSAGE_SIZES[(h[5] >> 2) as usize % 4],
        max_uncommitted_size: Setup::MESSAGE_SIZES[(h[4] >> 2) as usize % 4],
        batch_append: h[4] & 16 != 0,
        lease_reads: h[4] & 32 != 0,
        reuse_contexts: h[4] & 128 != 0,
        late_entries: h[4] & 64 != 0,
        first_priority: h[5] >> 6,
    }
    .clamped()
}

pub(super) fn encode_setup(setup: &Setup) -> [u8; HEADER] {
    let place = |known: &[u32], value: u32| known.iter().position(|k| *k == value).unwrap_or(0) as u8;
    let flags = u8::from(setup.late_notice) << 2
        | u8::from(setup.lossy_changes) << 7
        | u8::from(setup.pre_vote) << 3
        | u8::from(setup.check_quorum) << 4
        | u8::from(setup.quiet_commit) << 5
        | u8::from(setup.heal) << 6;
    let [low, high] = setup.seed.to_le_bytes();
    [
        place(&[3, 1, 2, 4, 5, 6, 7], setup.voters.into())
            + 7 * setup.learners
            + 21 * setup.spares
            + 63 * u8::from(setup.keep_removed)
            + 126 * u8::from(setup.stray_campaigns),
        (setup.election_tick - 2) | (setup.heartbeat_tick - 1) << 4,
        low,
        high,
        place(&Setup::INFLIGHT.map(u32::from), setup.max_inflight.into())
            | place(&Setup::MESSAGE_SIZES, setup.max_uncommitted_size) << 2
            | u8::from(setup.batch_append) << 4
            | u8::from(setup.lease_reads) << 5
            | u8::from(setup.late_entries) << 6
            | u8::from(setup.reuse_contexts) << 7,
        place(&Setup::MESSAGE_SIZES, setup.max_message_size)
            | place(&Setup::MESSAGE_SIZES, setup.max_committed_size) << 2
            | setup.first_priority << 6,
        (setup.first_index - 1) | (setup.first_term - 1) << 4,
        u8::from(setup.lazy_sync) | u8::from(!setup.durable_apply) << 1 | flags,
    ]
}

pub(super) fn decode_event(setup: &Setup, bytes: &[u8]) -> Event {
    let node_of = |number: u8| NodeId::new(1 + number % setup.count());
    // The low half names the sender, the high half the receiver.
    let (node, from, to) = (node_of(bytes[1]), node_of(bytes[1] & 15), node_of(bytes[1] >> 4));
    let link = Link { from, to };
    let argument = bytes[2];
    let few = argument % 8;
    match KINDS[bytes[0] as usize % KINDS.len()] {
        b'T' => Event::Tick(node),
        b'A' => Event::TickAll,
        b'C' | b'c' => Event::Campaign(node),
        b'D' => Event::Deliver(link, few),
        b'x' => Event::Drop(link, few),
        b'u' => Event::Duplicate(link, few),
        b'R' => Event::Round,
        b'q' => {
            let side = NodeSet::from_bits(u16::from_le_bytes([bytes[1], bytes[2]]));
            Event::Partition(side.and(NodeSet::first(setup.count().into())))
        }
        b'h' => Event::Heal,
        b'P' => Event::Propose(node, argument % 64),
        b'k' => Event::Crash(node),
        b'K' => Event::Restart(node),
        b's' => Event::Stall(node),
        b'S' | b'Y' => Event::Sync(node, few),
        b'j' => Event::Resume(node),
        b'b' => Event::Busy(node),
        b'B' => Event::Process(node),
        b'o' => Event::Hold(node),
        b'a' => Event::Apply(node, few),
        b'g' => Event::ApplyAll(node),
        b'n' => Event::Notice(node, few),
        b'i' | b'r' => Event::Read(node),
        b'v' => Event::Ping(node),
        b'w' => Event::Unreachable(link),
        b'z' => Event::QuietCommit(node, argument % 2 != 0),
        b'f' => Event::Window(link, argument % 4),
        b'Q' => Event::CheckQuorum(node, argument % 2 != 0),
        b'F' => Event::Fetched(node, few),
        b'y' => Event::CommittedSize(node, argument % 4),
        b'm' => Event::FreeBuffers(node),
        b'G' => Event::GroupCommit(node, argument % 2 != 0),
        b'H' => Event::Group(link, 1 + argument % 3),
        b'U' => Event::ClearGroups(node),
        b'V' => Event::Ask(node),
        b'e' => Event::BatchAppend(node, argument % 2 != 0),
        b'l' => Event::Transfer(link),
        b'I' => Event::Compact(node, few),
        b'E' => Event::Snapshots(node, argument % 2 != 0),
        b'J' => Event::ReportSnapshot(link, argument % 2 != 0),
        b'L' => Event::RequestSnapshot(node),
        b'M' => Event::Change(from, decode_change(Transition::First, to, argument, node_of)),
        b'W' => Event::Change(from, decode_change(Transition::Auto, to, argument, node_of)),
        b'X' => Event::Change(from, decode_change(Transition::Implicit, to, argument, node_of)),
        b'Z' => Event::Change(from, decode_change(Transition::Explicit, to, argument, node_of)),
        b'p' => Event::Priority(node, argument % 4),
        kind => unreachable!("no event has the kind {kind}"),
    }
}

/// Two bits for each step, and the second step's node; a change in the old form has one step.
fn decode_change(transition: Transition, first: NodeId, argument: u8, node: impl Fn(u8) -> NodeId) -> Change {
    let step = |bits: u8| [Step::Voter, Step::Learner, Step::Remove].get((bits as usize & 3).checked_sub(1)?).copied();
    let one = step(argument).map(|step| (step, first));
    let two = step(argument >> 2).map(|step| (step, node(argument >> 4)));
    let steps = [one.or(two), one.and(two)];
    match transition {
        Transition::First if steps[0].is_none() => Change::LEAVE,
        Transition::First => Change { transition, steps: [steps[0], None] },
        Transition::Auto | Transition::Implicit | Transition::Explicit => Change { transition, steps },
    }
}

pub(super) fn encode_event(event: &Event) -> [u8; EVENT] {
    let of = |letter: u8| KINDS.iter().position(|kind| *kind == letter).expect("every kind is in the table") as u8;
    let node = |letter, node: NodeId, argument| [of(letter), node.number() - 1, argument];
    let link = |letter, link: Link, place| [of(letter), (link.from.number() - 1) | (link.to.number() - 1) << 4, place];
    match *event {
        Event::Tick(n) => node(b'T', n, 0),
        Event::TickAll => [of(b'A'), 0, 0],
        Event::Campaign(n) => node(b'c', n, 0),
        Event::QuietCommit(n, quiet) => node(b'z', n, quiet.into()),
        Event::Window(l, window) => link(b'f', l, window),
        Event::CheckQuorum(n, check) => node(b'Q', n, check.into()),
        Event::Fetched(n, count) => node(b'F', n, count),
        Event::CommittedSize(n, place) => node(b'y', n, place),
        Event::FreeBuffers(n) => node(b'm', n, 0),
        Event::GroupCommit(n, group) => node(b'G', n, group.into()),
        Event::Group(l, group) => link(b'H', l, group - 1),
        Event::ClearGroups(n) => node(b'U', n, 0),
        Event::Ask(n) => node(b'V', n, 0),
        Event::BatchAppend(n, batch) => node(b'e', n, batch.into()),
        Event::Read(n) => node(b'i', n, 0),
        Event::Ping(n) => node(b'v', n, 0),
        Event::Unreachable(l) => link(b'w', l, 0),
        Event::Transfer(l) => link(b'l', l, 0),
        Event::Compact(n, kept) => node(b'I', n, kept),
        Event::Snapshots(n, given) => node(b'E', n, given.into()),
        Event::ReportSnapshot(l, arrived) => link(b'J', l, arrived.into()),
        Event::RequestSnapshot(n) => node(b'L', n, 0),
        Event::Change(n, change) => {
            let kind = match change.transition {
                Transition::First => b'M',
                Transition::Auto => b'W',
                Transition::Implicit => b'X',
                Transition::Explicit => b'Z',
            };
            let [first, second] =
                change.steps.map(|step| step.map_or((0, 0), |(step, n)| (step as u8 + 1, n.number() - 1)));
            [of(kind), (n.number() - 1) | first.1 << 4, first.0 | second.0 << 2 | second.1 << 4]
        }
        Event::Priority(n, priority) => node(b'p', n, priority),
        Event::Deliver(l, place) => link(b'D', l, place),
        Event::Drop(l, place) => link(b'x', l, place),
        Event::Duplicate(l, place) => link(b'u', l, place),
        Event::Round => [of(b'R'), 0, 0],
        Event::Partition(side) => {
            let [low, high] = side.bits().to_le_bytes();
            [of(b'q'), low, high]
        }
        Event::Heal => [of(b'h'), 0, 0],
        Event::Propose(n, size) => node(b'P', n, size),
        Event::Crash(n) => node(b'k', n, 0),
        Event::Restart(n) => node(b'K', n, 0),
        Event::Stall(n) => node(b's', n, 0),
        Event::Sync(n, count) => node(b'S', n, count),
        Event::Notice(n, count) => node(b'n', n, count),
        Event::Resume(n) => node(b'j', n, 0),
        Event::Busy(n) => node(b'b', n, 0),
        Event::Process(n) => node(b'B', n, 0),
        Event::Hold(n) => node(b'o', n, 0),
        Event::Apply(n, count) => node(b'a', n, count),
        Event::ApplyAll(n) => node(b'g', n, 0),
    }
}

impl<'a> Arbitrary<'a> for Schedule {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let length = u.len();
        Ok(decode(u.bytes(length)?))
    }

    fn arbitrary_take_rest(u: Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(decode(u.take_rest()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_a_schedule_that_encodes_to_its_canonical_form(bytes: Vec<u8>) {
            let schedule = decode(&bytes);
            let canonical = encode(&schedule);
            prop_assert_eq!(decode(&canonical), schedule);
            prop_assert_eq!(encode(&decode(&canonical)), canonical);
        }

        #[test]
        fn text_reads_back_what_it_wrote(bytes: Vec<u8>) {
            let schedule = decode(&bytes);
            let text = super::super::text::write(&schedule);
            prop_assert_eq!(super::super::text::read(&text).unwrap(), schedule);
        }
    }

    #[test]
    fn every_kind_of_event_can_be_decoded() {
        let reached: std::collections::BTreeSet<_> = (0..KINDS.len() as u8)
            .map(|kind| std::mem::discriminant(&decode(&[0, 0, 0, 0, 0, 0, 0, 0, kind, 0, 0]).events[0]))
            .map(|d| format!("{d:?}"))
            .collect();
        assert_eq!(reached.len(), 42);
    }

    #[test]
    fn a_schedule_is_what_arbitrary_makes_of_the_bytes() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
        assert_eq!(Schedule::arbitrary(&mut Unstructured::new(&bytes)).unwrap(), decode(&bytes));
    }
}
