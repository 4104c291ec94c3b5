//! The table of events: everything that can happen to a cluster.
//!
//! A row of [`EVENTS`] declares an event: its operands, its word in text, a sentence, the ability that it needs, its
//! words in a story, the operands with which it is in the alphabet, and its draws in the generator. Codec, text, generator,
//! mutation, shrinking, alphabet, stories and the schedule reference of the docs follow from the rows. Rows are only
//! ever appended, since an event's place is its code in bytes ([`VERSIONS`](super::codec::VERSIONS)).

use super::ability::Ability;
use super::forged::Forged;
use super::generate::{calm, faulty, Draw, Drawn};
use super::knobs::Knob;
use super::operands::{self, Kind, Operand, Operands};
use super::options::NodeOption;
use super::Setup;
use crate::spec::{Change, NodeId, NodeSet, Step};

/// The way from one node to another. A message is addressed by its link and its position there, so that the removal
/// of an event seldom changes which message another event means.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Link {
    /// The sender.
    pub from: NodeId,
    /// The receiver.
    pub to: NodeId,
}

/// The place of an event in the cluster.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Site {
    /// All nodes, or all links.
    Everywhere,
    /// A node.
    Node(NodeId),
    /// A link, or its first node, which is told something about the second.
    Link(Link),
    /// The links between these nodes and the others.
    Border(NodeSet),
}

/// A row of [`EVENTS`].
#[derive(Clone, Copy, Debug)]
pub struct EventRow {
    /// The first word of its line in text.
    pub word: &'static str,
    /// The kinds of the operands, with their names.
    pub operands: &'static [(&'static str, Kind)],
    /// A sentence about it.
    pub about: &'static str,
    /// The ability that it needs; that of `set` is its knob's.
    pub needs: Option<Ability>,
    /// True if it has an effect although no node is called.
    lasts: bool,
    /// True if the alphabet has the event with these operands.
    in_alphabet: fn(Operands) -> bool,
    /// Its draws in the generator.
    pub(super) drawn: &'static [Drawn],
    pub(super) of: fn(Operands) -> Event,
}

macro_rules! events {
    ($($variant:ident $(($($operand:ident: $type:ty = $kind:expr),*))?, $word:literal,
        needs $needs:expr, lasts $lasts:literal,
        $about:literal, $words:expr,
        alphabet $in_alphabet:expr, drawn [$($drawn:expr),*];)*) => {
        /// One event. An event that cannot happen (a message that is not there, a tick of a node that is down) is a
        /// no-op.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Event { $(#[doc = $about] $variant $(($($type),*))?,)* }

        /// The events without operands: their places in the table.
        #[derive(Clone, Copy)]
        enum Code { $($variant,)* }

        /// Every event.
        pub const EVENTS: &[EventRow] = &[$(EventRow {
            word: $word,
            operands: &[$($((stringify!($operand), $kind)),*)?],
            about: $about,
            needs: $needs,
            lasts: $lasts,
            in_alphabet: |_operands| {
                $(let [$($operand,)* ..] = _operands;
                $(let $operand = <$type>::of($operand);)*
                let _ = ($($operand),*);)?
                $in_alphabet
            },
            drawn: &[$($drawn),*],
            of: |_operands| {
                $(let [$($operand,)* ..] = _operands;)?
                Event::$variant $(($(<$type>::of($operand)),*))?
            },
        },)*];

        impl Event {
            /// The place of its row in [`EVENTS`], and its operands.
            pub(super) fn parts(&self) -> (usize, Operands) {
                match *self {
                    $(Event::$variant $(($($operand),*))? => {
                        (Code::$variant as usize, operands::of([$($($operand.value()),*)?]))
                    })*
                }
            }

            /// A sentence of a story about the event, without its full stop.
            pub fn in_words(&self) -> String {
                match *self {
                    $(Event::$variant $(($($operand),*))? => $words.into(),)*
                }
            }
        }
    };
}

const BUSY: fn(&mut Draw) -> bool = |draw| draw.setup.batch_append && draw.random.chance(40);

events! {
    TickAll, "tick-all", needs None, lasts false,
        "All clocks tick, in the order of the nodes.",
        "all clocks tick",
        alphabet true, drawn [calm(&[0], |_| Event::TickAll)];
    Round, "round", needs None, lasts false,
        "All messages in flight arrive, link by link.",
        "every message that is on its way arrives, link by link",
        alphabet true, drawn [calm(&[7, 8, 9], |_| Event::Round)];
    Heal, "heal", needs None, lasts true,
        "The partition and all cuts end.",
        "the partition and all cuts end",
        alphabet true, drawn [faulty(&[5, 6], |_| Event::Heal)];
    Tick(node: NodeId = Kind::Node), "tick", needs None, lasts false,
        "The clock of one node ticks.",
        format!("the clock of {node} ticks"),
        alphabet true, drawn [calm(&[1], |draw| Event::Tick(draw.node))];
    Campaign(node: NodeId = Kind::Node), "campaign", needs None, lasts false,
        "The application asks the node to start an election.",
        format!("the application asks {node} to start an election"),
        alphabet true, drawn [calm(&[2, 3, 29], |draw| Event::Campaign(draw.node))];
    Read(node: NodeId = Kind::Node), "read", needs Some(Ability::Reads), lasts false,
        "A client reads at the node.",
        format!("a client reads at {node}"),
        alphabet true, drawn [calm(&[21], |draw| Event::Read(draw.node))];
    Ping(node: NodeId = Kind::Node), "ping", needs Some(Ability::Flow), lasts false,
        "The application asks the node for heartbeats (raft-rs `RawNode::ping`).",
        format!("the application asks {node} for heartbeats"),
        alphabet true,
        drawn [calm(&[22], |draw| Event::Ping(draw.node)).when(|draw| draw.random.chance(50))];
    Propose(node: NodeId = Kind::Node, size: u8 = Kind::BYTES), "propose", needs None, lasts false,
        "A client proposes a value of `size` bytes to the node.",
        format!("a client proposes a value of {size} bytes to {node}"),
        alphabet true, drawn [calm(&[4, 5, 6], |draw| Event::Propose(draw.node, draw.few * 10))];
    Crash(node: NodeId = Kind::Node), "crash", needs None, lasts false,
        "The node loses its state that is not durable, and is down.",
        format!("{node} crashes: what is not durable is lost"),
        alphabet true, drawn [faulty(&[7, 35], |draw| Event::Crash(draw.node))];
    Restart(node: NodeId = Kind::Node), "restart", needs None, lasts false,
        "The node starts again from its disk.",
        format!("{node} comes up from its disk"),
        alphabet true, drawn [faulty(&[8, 9], |draw| Event::Restart(draw.node))];
    Stall(node: NodeId = Kind::Node), "stall", needs Some(Ability::Durability), lasts true,
        "The node's disk no longer syncs.",
        format!("the disk of {node} stalls: from now on nothing becomes durable"),
        alphabet true, drawn [faulty(&[10, 11, 36], |draw| Event::Stall(draw.node))];
    Sync(node: NodeId = Kind::Node, count: u8 = Kind::COUNT), "sync", needs Some(Ability::Durability), lasts false,
        "The oldest `count` writes of the node become durable.",
        format!("{} of {node} becomes durable", oldest(count, "write")),
        alphabet true, drawn [faulty(&[12, 13], |draw| Event::Sync(draw.node, 1 + draw.few))];
    Notice(node: NodeId = Kind::Node, count: u8 = Kind::COUNT), "notice", needs Some(Ability::Durability), lasts false,
        "The node is told of the oldest `count` syncs that it does not know of.",
        format!("{node} is told that {} is durable", oldest(count, "write")),
        alphabet true, drawn [faulty(&[20, 21], |draw| Event::Notice(draw.node, 1 + draw.few))];
    Resume(node: NodeId = Kind::Node), "resume", needs Some(Ability::Durability), lasts true,
        "All writes of the node become durable, and its disk syncs again.",
        format!("the disk of {node} syncs again, and all writes become durable"),
        alphabet true, drawn [faulty(&[14], |draw| Event::Resume(draw.node))];
    Busy(node: NodeId = Kind::Node), "busy", needs None, lasts true,
        "The node's application takes no Ready from now on: inputs pile up.",
        format!("the application of {node} is busy: from now on it takes no Ready"),
        // batch_append joins appends that wait for a Ready, so a cluster that batches needs busy nodes.
        alphabet true,
        drawn [calm(&[27], |draw| Event::Busy(draw.node)).when(BUSY), faulty(&[15], |draw| Event::Busy(draw.node))];
    Process(node: NodeId = Kind::Node), "process", needs None, lasts true,
        "The node's application takes Readys again.",
        format!("the application of {node} takes its Readys again"),
        alphabet true,
        drawn [
            calm(&[27], |draw| Event::Process(draw.node)).when(|draw| draw.setup.batch_append),
            faulty(&[16], |draw| Event::Process(draw.node))
        ];
    Hold(node: NodeId = Kind::Node), "hold", needs None, lasts true,
        "The node's application applies no entries from now on.",
        format!("the application of {node} applies nothing from now on"),
        alphabet true, drawn [faulty(&[17], |draw| Event::Hold(draw.node))];
    Apply(node: NodeId = Kind::Node, count: u8 = Kind::COUNT), "apply", needs None, lasts false,
        "The node's application applies up to `count` committed entries.",
        format!("the application of {node} applies up to {count} entries"),
        alphabet true, drawn [faulty(&[18], |draw| Event::Apply(draw.node, 1 + draw.few))];
    ApplyAll(node: NodeId = Kind::Node), "apply-all", needs None, lasts true,
        "The node's application applies all committed entries, and those to come.",
        format!("the application of {node} applies all that it was handed, and goes on so"),
        alphabet true, drawn [faulty(&[19], |draw| Event::ApplyAll(draw.node))];
    Compact(node: NodeId = Kind::Node, kept: u8 = Kind::KEPT), "compact", needs Some(Ability::Snapshots), lasts false,
        "The application compacts the node's log, but for `kept` of the applied entries.",
        format!("the application of {node} drops its log, but for {kept} of the applied entries"),
        alphabet true,
        drawn [
            calm(&[25], |draw| Event::Compact(draw.node, draw.few)),
            faulty(&[34], |draw| Event::Compact(draw.node, 0))
        ];
    RequestSnapshot(node: NodeId = Kind::Node), "request-snapshot", needs Some(Ability::Snapshots), lasts false,
        "The node's application asks for a snapshot (raft-rs `RawNode::request_snapshot`).",
        format!("the application of {node} asks for a snapshot"),
        alphabet true, drawn [faulty(&[33], |draw| Event::RequestSnapshot(draw.node))];
    EntriesFetched(node: NodeId = Kind::Node, count: u8 = Kind::COUNT), "entries-fetched",
        needs Some(Ability::AsyncFetch), lasts false,
        "The oldest `count` fetches of the node's storage end (raft-rs `RawNode::on_entries_fetched`).",
        format!("{} that the storage of {node} was asked for are there", oldest(count, "batch")),
        alphabet true,
        drawn [calm(&[28], |draw| Event::EntriesFetched(draw.node, 1 + draw.few)).when(|draw| draw.setup.async_fetch)];
    FreeBuffers(node: NodeId = Kind::Node), "free-buffers", needs Some(Ability::Flow), lasts false,
        "The application has the node free buffers (raft-rs `Raft::maybe_free_inflight_buffers`).",
        format!("{node} frees buffers"),
        alphabet true, drawn [faulty(&[28], |draw| Event::FreeBuffers(draw.node))];
    Ask(node: NodeId = Kind::Node), "ask", needs Some(Ability::Answers), lasts false,
        "The application asks the node about itself: whether it may be elected, its timeouts, its groups.",
        format!("{node} is asked what its application may want to know"),
        alphabet true, drawn [faulty(&[31], |draw| Event::Ask(draw.node)).when(|draw| draw.few != 0)];
    SnapshotAvailable(node: NodeId = Kind::Node, available: bool = Kind::Flag), "snapshot-available",
        needs Some(Ability::Snapshots), lasts false,
        "The node's application has a snapshot to send from now on, or has none.",
        match available {
            true => format!("the application of {node} has snapshots to give again"),
            false => format!("the application of {node} has no snapshot to give from now on"),
        },
        alphabet true, drawn [faulty(&[32], |draw| Event::SnapshotAvailable(draw.node, draw.random.chance(60)))];
    Set(node: NodeId = Kind::Node, knob: Knob = Kind::Knob), "set", needs None, lasts false,
        "The application changes a setting of the node at run time.",
        knob.words(node),
        alphabet knob.peer() != Some(node),
        drawn [faulty(&[22, 23, 24, 25, 26, 27, 29, 30, 31], |draw| Event::Set(draw.node, draw.knob()))];
    Change(node: NodeId = Kind::Node, change: Change = Kind::Change), "change", needs Some(Ability::Changes), lasts false,
        "A client proposes a change of the configuration to the node. `v4` makes node 4 a voter, `l4` a learner, and \
         `r4` removes it; `leave` leaves a joint configuration. `first` is raft-rs's `ConfChange`, with one step.",
        format!("a client proposes the change of the configuration `{change}` to {node}"),
        alphabet true, drawn [calm(&[23, 24], |draw| Event::Change(draw.node, draw.change()))];
    Transfer(link: Link = Kind::Link), "transfer", needs Some(Ability::Transfer), lasts false,
        "The application asks the first node to transfer leadership to the second.",
        format!("the application asks {} to make {} the leader", link.from, link.to),
        alphabet true, drawn [calm(&[20], |draw| Event::Transfer(draw.link))];
    Deliver(link: Link = Kind::Link, place: u8 = Kind::PLACE), "deliver", needs None, lasts false,
        "The message at a position of a link arrives.",
        format!("{} arrives", message(link, place)),
        alphabet link.from != link.to,
        drawn [calm(&[10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 27, 28], |draw| Event::Deliver(draw.link, draw.place))];
    Drop(link: Link = Kind::Link, place: u8 = Kind::PLACE), "drop", needs None, lasts false,
        "The message at a position of a link is lost.",
        format!("{} is lost", message(link, place)),
        alphabet link.from != link.to, drawn [faulty(&[0, 1], |draw| Event::Drop(draw.link, draw.place))];
    Duplicate(link: Link = Kind::Link, place: u8 = Kind::PLACE), "duplicate", needs None, lasts false,
        "The message at a position of a link is duplicated; the copy goes to the end of the link.",
        format!("{} is duplicated; the copy comes last", message(link, place)),
        alphabet link.from != link.to && place == 0,
        drawn [faulty(&[2, 3], |draw| Event::Duplicate(draw.link, draw.place))];
    Unreachable(link: Link = Kind::Link), "unreachable", needs Some(Ability::Flow), lasts false,
        "The application tells the first node that a message to the second was lost (raft-rs \
         `RawNode::report_unreachable`).",
        format!("{} is told that a message to {} was lost", link.from, link.to),
        alphabet link.from != link.to, drawn [calm(&[22], |draw| Event::Unreachable(draw.link))];
    ReportSnapshot(link: Link = Kind::Link, arrived: bool = Kind::Flag), "report-snapshot",
        needs Some(Ability::Snapshots), lasts false,
        "The application tells the first node whether its snapshot arrived at the second (raft-rs \
         `RawNode::report_snapshot`).",
        match arrived {
            true => format!("{} is told that its snapshot arrived at {}", link.from, link.to),
            false => format!("{} is told that its snapshot to {} was lost", link.from, link.to),
        },
        alphabet link.from != link.to,
        drawn [calm(&[26], |draw| Event::ReportSnapshot(draw.link, draw.random.chance(50)))];
    Partition(side: NodeSet = Kind::Nodes), "partition", needs None, lasts true,
        "No message passes between these nodes and the others from now on.",
        format!("from now on nothing that is sent between {side} and the others arrives"),
        alphabet true, drawn [faulty(&[4], |draw| Event::Partition(draw.side()))];
    Cut(link: Link = Kind::Link), "cut", needs None, lasts true,
        "No message passes from the first node to the second from now on; the other direction stays as it is.",
        format!("from now on nothing that {} sends to {} arrives", link.from, link.to),
        alphabet link.from != link.to,
        drawn [faulty(&[4], |draw| Event::Cut(draw.link)).when(|draw| draw.place == 3)];
    Mend(link: Link = Kind::Link), "mend", needs None, lasts true,
        "The cut from the first node to the second ends.",
        format!("messages from {} to {} arrive again", link.from, link.to),
        alphabet link.from != link.to,
        drawn [faulty(&[5], |draw| Event::Mend(draw.link)).when(|draw| draw.place == 3)];
    Wipe(node: NodeId = Kind::Node), "wipe", needs Some(Ability::Snapshots), lasts false,
        "A node stops, and its disk is replaced by an empty one, as a new node has it. Needs `wiped-disks`.",
        format!("{node} stops and loses its disk; it has an empty one"),
        alphabet true,
        drawn [faulty(&[7, 8, 9, 35], |draw| Event::Wipe(draw.node)).when(|draw| draw.setup.wiped_disks && draw.few == 0)];
    Configure(node: NodeId = Kind::Node, option: NodeOption = Kind::Option), "configure", needs None, lasts true,
        "The node has an option of its own from its next start on; before the first call of the node, from its first: \
         `pre-vote`, `check-quorum`, `priority`, `election-tick` or `heartbeat-tick`. The other nodes keep theirs. A \
         node's `heartbeat-tick` is at most one less than its `election-tick`.",
        format!("{node} will start with the option `{option}`"),
        alphabet true,
        // Options differ in one of eight seeds, and there often: the schedules of the others stay as they were.
        drawn [
            faulty(&[7, 8, 22, 26], |draw| Event::Configure(draw.node, NodeOption::drawn(draw.random)))
                .when(|draw| draw.setup.seed % 8 == 7 && draw.few == 0)
        ];
    Forge(link: Link = Kind::Link, forged: Forged = Kind::Forged), "forge", needs Some(Ability::ForgedMessages), lasts false,
        "A message that no correct peer sends arrives at the second node, in the name of the first. Messages whose answer no \
         document promises need `hostile-messages`.",
        format!("{} arrives at {}, in the name of {}", forged.row().about, link.to, link.from),
        alphabet link.from.number() == 1 + u8::from(link.to.number() == 1),
        drawn [faulty(&[0, 2], |draw| Event::Forge(draw.link, draw.forged())).when(|draw| draw.random.rarely(38))];
    ProposeMany(node: NodeId = Kind::Node, count: u8 = Kind::ENTRIES), "propose-many",
        needs Some(Ability::ManyProposals), lasts false,
        "A client proposes `count` values to the node in one message (raft-rs `MsgPropose` with several entries).",
        format!("a client proposes {count} values to {node} at once"),
        alphabet true,
        drawn [
            calm(&[4, 5, 6], |draw| Event::ProposeMany(draw.node, 2 + draw.few)).when(|draw| draw.random.rarely(39))
        ];
    ChangeNobody(node: NodeId = Kind::Node, change: Change = Kind::Change), "change-nobody",
        needs Some(Ability::Changes), lasts false,
        "As `change`, but the first step names no node (raft-rs: node id 0). `leave` has no step, and stays as it is.",
        format!("a client proposes the change of the configuration `{}` to {node}", change.of_nobody()),
        alphabet change.steps().all(|(step, of)| step == Step::Voter && of == NodeId::new(1)),
        drawn [
            calm(&[23, 24], |draw| Event::ChangeNobody(draw.node, draw.change())).when(|draw| draw.random.rarely(40))
        ];
    CompactMeanwhile(node: NodeId = Kind::Node, kept: u8 = Kind::KEPT), "compact-meanwhile",
        needs Some(Ability::StorageAnswers), lasts false,
        "As `compact`, while the node reads its log in its next call: storage still allows reads from the old first index, \
         and then answers that they are compacted (raft-rs `StorageError::Compacted`).",
        format!("the application of {node} drops its log, but for {kept} of the applied entries, while {node} reads it"),
        alphabet true,
        drawn [
            calm(&[25], |draw| Event::CompactMeanwhile(draw.node, draw.few)).when(|draw| draw.random.rarely(41)),
            faulty(&[34], |draw| Event::CompactMeanwhile(draw.node, 0)).when(|draw| draw.random.rarely(41))
        ];
    SnapshotFor(link: Link = Kind::Link, available: bool = Kind::Flag), "snapshot-for",
        needs Some(Ability::StorageAnswers), lasts false,
        "The first node's application has a snapshot for the second from now on, or has none for it (raft-rs \
         `Storage::snapshot`, with the peer that it is for). A restart ends that, and so does `snapshot-available`.",
        match available {
            true => format!("the application of {} has snapshots for {} again", link.from, link.to),
            false => format!("the application of {} has no snapshot for {} from now on", link.from, link.to),
        },
        alphabet link.from != link.to,
        drawn [
            faulty(&[32], |draw| Event::SnapshotFor(draw.link, draw.few == 0)).when(|draw| draw.random.rarely(42))
        ];
    EntriesMissed(node: NodeId = Kind::Node), "entries-missed", needs Some(Ability::AsyncFetch), lasts false,
        "The oldest fetch of the node's storage ends, and the entries are gone again: it has to fetch them once more.",
        format!("the oldest batch that the storage of {node} was asked for was there, and is gone again"),
        alphabet true,
        drawn [
            calm(&[19], |draw| Event::EntriesMissed(draw.node))
                .when(|draw| draw.setup.async_fetch && draw.random.rarely(43))
        ];
}

fn message(Link { from, to }: Link, place: u8) -> String {
    match place {
        0 => format!("the first message on the way from {from} to {to}"),
        place => format!("message {} on the way from {from} to {to}", u32::from(place) + 1),
    }
}

fn oldest(count: u8, name: &str) -> String {
    match count {
        1 => format!("the oldest {name}"),
        count => format!("the oldest {count} {name}s"),
    }
}

impl Event {
    /// The event's row.
    pub fn row(&self) -> &'static EventRow {
        &EVENTS[self.parts().0]
    }

    /// The ability that the event needs.
    pub fn needs(&self) -> Option<Ability> {
        match self {
            Event::Set(_, knob) => Some(knob.row().needs),
            event => event.row().needs,
        }
    }

    /// The events that end what a schedule may leave undone at a node which runs, for a healing epilogue.
    pub fn mending(node: NodeId) -> [Event; 6] {
        [
            // A group may be down with its nodes.
            Event::Set(node, Knob::GroupCommit(false)),
            Event::SnapshotAvailable(node, true),
            Event::Resume(node),
            Event::Notice(node, u8::MAX),
            Event::Process(node),
            Event::ApplyAll(node),
        ]
    }

    /// True if the event has an effect although no node is called.
    pub fn lasts(&self) -> bool {
        self.row().lasts
    }

    /// The place of the event in the cluster.
    pub fn site(&self) -> Site {
        self.parts().1.into_iter().fold(Site::Everywhere, |site, value| value.site(site))
    }

    /// True if `has` holds for every node that the event names.
    pub fn fits(&self, has: impl Fn(NodeId) -> bool) -> bool {
        self.parts().1.into_iter().all(|value| value.fits(&has))
    }

    /// The event with other names of its nodes; `None` if a node has none.
    pub fn renamed(&self, name: impl Fn(NodeId) -> Option<NodeId>) -> Option<Event> {
        let (place, values) = self.parts();
        operands::renamed(values, &name).map(EVENTS[place].of)
    }

    /// The event with a smaller operand, the smallest first; of one at all of `nodes`, the same at one of them.
    pub fn smaller(&self, nodes: &[NodeId]) -> Vec<Event> {
        match *self {
            Event::TickAll => nodes.iter().map(|node| Event::Tick(*node)).collect(),
            Event::Round => {
                let links = nodes.iter().flat_map(|from| nodes.iter().map(|to| Link { from: *from, to: *to }));
                links.map(|link| Event::Deliver(link, 0)).collect()
            }
            Event::ApplyAll(node) => vec![Event::Apply(node, 1)],
            _ => {
                let (place, values) = self.parts();
                operands::smaller(EVENTS[place].operands, values).map(EVENTS[place].of).collect()
            }
        }
    }
}

/// The alphabet of a cluster of that shape: each event, with the few operands that make a difference.
pub fn alphabet(setup: &Setup) -> Vec<Event> {
    let mut events = Vec::new();
    for row in EVENTS {
        let operands = operands::combinations(row.operands, setup).into_iter();
        events.extend(operands.filter(|operands| (row.in_alphabet)(*operands)).map(row.of));
    }
    events.sort_by_key(Event::site);
    events
}

#[cfg(test)]
mod tests {
    use super::super::{generate, knobs::KNOBS};
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn rows_fit_in_their_bytes_and_have_words_of_their_own() {
        let words: BTreeSet<_> = EVENTS.iter().map(|row| row.word).collect();
        assert_eq!(words.len(), EVENTS.len());
        for row in EVENTS {
            assert!(row.operands.iter().map(|(_, kind)| kind.bytes()).sum::<usize>() < super::super::codec::EVENT);
        }
    }

    #[test]
    fn alphabet_and_generator_have_every_event_and_knob() {
        let alphabet = alphabet(&Setup::default());
        assert_eq!(alphabet.iter().collect::<BTreeSet<_>>().len(), alphabet.len());
        let generated: Vec<Event> = (0..200).flat_map(|seed| generate::schedule(seed, 80).events).collect();
        for events in [alphabet, generated] {
            let words: BTreeSet<_> = events.iter().map(|event| event.row().word).collect();
            assert_eq!(words.len(), EVENTS.len());
            let knobs = events.iter().filter_map(|event| match event {
                Event::Set(_, knob) => Some(knob.row().name),
                _ => None,
            });
            assert_eq!(knobs.collect::<BTreeSet<_>>().len(), KNOBS.len());
        }
    }
}
