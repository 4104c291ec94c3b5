//! Version 1 of the byte format (release 0.1.0): bytes without a header, frozen.
//!
//! Eight bytes of settings come first, then three bytes an event: kind, node or link, argument. Old corpora, and
//! OSS-Fuzz's, keep their meaning by it. Nothing writes it any more.

use super::MAX_EVENTS;
use crate::schedule::operands::{change, step};
use crate::schedule::{Event, Knob, Link, Schedule, Setup};
use crate::spec::{Change, NodeId, NodeSet, Transition, MAX_NODES};

/// Bytes of the settings.
const HEADER: usize = 8;
/// Bytes of an event.
const EVENT: usize = 3;

/// The kinds of events by their byte. Common kinds have several bytes, so that random bytes make clusters that make
/// progress.
const KINDS: [u8; 192] = *b"TAPDRAPDRTDDRcCxuqhnskKSYjbBoagRplirvwzfDRTDDRDDixuqhnsKSjiDRRRT\
    eAPDRTbBDDRAPDRcsSDRTQPiRGHHDRyDRAmFRUVBDRPTFRxuRDAkKRFhRTbHPDRR\
    IEJLMWXZIIIEJJLLMMWWXXZZDDDDDDDDDDDDRRRRRRRRTTTTTTAAPPPPPccKKSSg";

/// The schedule that `bytes` mean.
pub(super) fn decode(bytes: &[u8]) -> Schedule {
    let header = |place: usize| bytes.get(place).copied().unwrap_or(0);
    let setup = decode_setup(std::array::from_fn(header));
    let rest = bytes.get(HEADER..).unwrap_or(&[]);
    let events = rest.chunks_exact(EVENT).take(MAX_EVENTS).map(|event| decode_event(&setup, event));
    Schedule { setup, events: events.collect() }
}

fn decode_setup(h: [u8; HEADER]) -> Setup {
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
        max_inflight_msgs: Setup::MAX_INFLIGHT_MSGS[h[4] as usize % 4] as u16,
        max_size_per_msg: Setup::SIZES[h[5] as usize % 4],
        first_index: 1 + h[6] % 16,
        first_term: 1 + (h[6] >> 4),
        lazy_sync: h[7] & 1 != 0,
        durable_apply: h[7] & 2 == 0,
        lossy_changes: h[7] & 128 != 0,
        late_notice: h[7] & 4 != 0,
        pre_vote: h[7] & 8 != 0,
        check_quorum: h[7] & 16 != 0,
        heal: h[7] & 64 != 0,
        skip_bcast_commit: h[7] & 32 != 0,
        max_committed_size_per_ready: Setup::SIZES[(h[5] >> 2) as usize % 4],
        max_uncommitted_size: Setup::SIZES[(h[4] >> 2) as usize % 4],
        batch_append: h[4] & 16 != 0,
        lease_reads: h[4] & 32 != 0,
        reuse_contexts: h[4] & 128 != 0,
        async_fetch: h[4] & 64 != 0,
        first_priority: h[5] >> 6,
        ..Setup::default()
    }
    .clamped()
}

fn decode_event(setup: &Setup, bytes: &[u8]) -> Event {
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
        b'z' => Event::Set(node, Knob::SkipBcastCommit(argument % 2 != 0)),
        b'f' => Event::Set(from, Knob::MaxInflightMsgs(to, argument % 4)),
        b'Q' => Event::Set(node, Knob::CheckQuorum(argument % 2 != 0)),
        b'F' => Event::EntriesFetched(node, few),
        b'y' => Event::Set(node, Knob::MaxCommittedSizePerReady(argument % 4)),
        b'm' => Event::FreeBuffers(node),
        b'G' => Event::Set(node, Knob::GroupCommit(argument % 2 != 0)),
        b'H' => Event::Set(from, Knob::CommitGroup(to, 1 + argument % 3)),
        b'U' => Event::Set(node, Knob::ClearCommitGroups),
        b'V' => Event::Ask(node),
        b'e' => Event::Set(node, Knob::BatchAppend(argument % 2 != 0)),
        b'l' => Event::Transfer(link),
        b'I' => Event::Compact(node, few),
        b'E' => Event::SnapshotAvailable(node, argument % 2 != 0),
        b'J' => Event::ReportSnapshot(link, argument % 2 != 0),
        b'L' => Event::RequestSnapshot(node),
        b'M' => Event::Change(from, decode_change(Transition::First, to, argument, node_of)),
        b'W' => Event::Change(from, decode_change(Transition::Auto, to, argument, node_of)),
        b'X' => Event::Change(from, decode_change(Transition::Implicit, to, argument, node_of)),
        b'Z' => Event::Change(from, decode_change(Transition::Explicit, to, argument, node_of)),
        b'p' => Event::Set(node, Knob::Priority(argument % 4)),
        kind => unreachable!("no event has the kind {kind}"),
    }
}

/// Two bits for each step, and the node of the second.
fn decode_change(transition: Transition, first: NodeId, argument: u8, node: impl Fn(u8) -> NodeId) -> Change {
    change(transition, [step(argument, first), step(argument >> 2, node(argument >> 4))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_and_knob_can_be_decoded() {
        let kinds = (0..KINDS.len() as u8).map(|kind| decode(&[0, 0, 0, 0, 0, 0, 0, 0, kind, 0, 0]).events[0]);
        let names = kinds.map(|event| match event {
            Event::Set(_, knob) => format!("{:?}", std::mem::discriminant(&knob)),
            event => event.row().word.into(),
        });
        assert_eq!(names.collect::<std::collections::BTreeSet<_>>().len(), 42);
    }
}
