//! A call: one input or output of a replica, as a judge sees it.

use super::{Answers, Ready};
use crate::schedule::{Forged, Knob};
use crate::spec::{Change, Configuration, NodeId};

/// A call that a replica has just taken. `M` is the implementation's message, `I` the judge's handle of one.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum Call<'a, M, I> {
    Tick,
    Campaign,
    /// A client reads, under this context.
    Read(u32),
    /// The application asks for heartbeats.
    Ping,
    /// The application sets a knob.
    Set(Knob),
    /// The storage has fetched entries.
    Fetched,
    FreeBuffers,
    /// The application asks, and the node answers.
    Asked(Answers),
    /// The application reports that a message to a peer was lost.
    Unreachable(NodeId),
    /// The application compacted the log up to an index.
    Compacted(u64),
    /// The application has a snapshot to give from now on, or has none.
    Snapshots(bool),
    /// The application reports whether a snapshot arrived at a peer.
    ReportSnapshot(NodeId, bool),
    /// The application asks for a snapshot; `taken` if the node requested one.
    RequestSnapshot {
        taken: bool,
    },
    /// The application applied the change at an index; the configuration then, unless the change may not be applied.
    Changed {
        index: u64,
        change: Change,
        configuration: Option<Configuration>,
    },
    /// The application asks for a leadership transfer to a node.
    Transfer(NodeId),
    /// The message with this handle arrives.
    Deliver(I),
    /// A client proposes `size` bytes, the value included.
    Propose {
        value: u32,
        size: u32,
        taken: bool,
    },
    /// A client proposes these values, the first to the last, of `size` bytes each, in one message.
    ProposeMany {
        first: u32,
        last: u32,
        size: u32,
        taken: bool,
    },
    /// A message arrives that no correct peer sends, in the name of a node; `refused` if the node refuses it by an error.
    Forged {
        from: NodeId,
        forged: Forged,
        refused: bool,
    },
    /// The application has a snapshot for a peer from now on, or has none for it.
    SnapshotsFor(NodeId, bool),
    /// The node handed over a Ready, which is written.
    Ready(&'a Ready<M>),
    /// This many of the oldest writes were synced; the node does not know yet.
    Synced(usize),
    /// The last Ready is durable, and the node handed over what that makes possible; `applied` if it was told as well up
    /// to where the application has applied.
    Advanced {
        ready: &'a Ready<M>,
        applied: Option<u64>,
    },
    /// The node learned that writes are durable: of `all` that are, or of some.
    Persisted {
        all: bool,
    },
    /// The application has applied the entries up to an index.
    Applied(u64),
    /// The node started from its disk.
    Restarted,
}

/// The kinds of calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallKind {
    /// A clock tick, a message, or a request of a client or an application.
    Input,
    /// A step of the Ready protocol or of the application that changes the node's state.
    Step,
    /// A Ready that is handed over, or a change of the disk or of the applied index alone.
    Disk,
}

impl<M, I> Call<'_, M, I> {
    /// The kind of the call.
    pub fn kind(&self) -> CallKind {
        match self {
            Call::Tick
            | Call::Campaign
            | Call::Read(_)
            | Call::Ping
            | Call::Set(_)
            | Call::Fetched
            | Call::FreeBuffers
            | Call::Asked(_)
            | Call::Unreachable(_)
            | Call::Snapshots(_)
            | Call::ReportSnapshot(..)
            | Call::RequestSnapshot { .. }
            | Call::Transfer(_)
            | Call::Deliver(_)
            | Call::Propose { .. }
            | Call::ProposeMany { .. }
            | Call::Forged { .. }
            | Call::SnapshotsFor(..) => CallKind::Input,
            Call::Changed { .. } | Call::Advanced { .. } | Call::Persisted { .. } | Call::Restarted => CallKind::Step,
            Call::Compacted(_) | Call::Ready(_) | Call::Synced(_) | Call::Applied(_) => CallKind::Disk,
        }
    }

    /// Gives the call to an observer, which sees how many messages a Ready has and not the messages.
    pub fn seen(&self, see: impl FnOnce(&Call<(), ()>)) {
        let handed;
        let call = match *self {
            Call::Ready(ready) => {
                handed = ready.without_messages();
                Call::Ready(&handed)
            }
            Call::Advanced { ready, applied } => {
                handed = ready.without_messages();
                Call::Advanced { ready: &handed, applied }
            }
            Call::Deliver(_) => Call::Deliver(()),
            Call::Tick => Call::Tick,
            Call::Campaign => Call::Campaign,
            Call::Read(context) => Call::Read(context),
            Call::Ping => Call::Ping,
            Call::Set(knob) => Call::Set(knob),
            Call::Fetched => Call::Fetched,
            Call::FreeBuffers => Call::FreeBuffers,
            Call::Asked(answers) => Call::Asked(answers),
            Call::Unreachable(peer) => Call::Unreachable(peer),
            Call::Compacted(index) => Call::Compacted(index),
            Call::Snapshots(given) => Call::Snapshots(given),
            Call::ReportSnapshot(peer, arrived) => Call::ReportSnapshot(peer, arrived),
            Call::RequestSnapshot { taken } => Call::RequestSnapshot { taken },
            Call::Changed { index, change, configuration } => Call::Changed { index, change, configuration },
            Call::Transfer(target) => Call::Transfer(target),
            Call::Propose { value, size, taken } => Call::Propose { value, size, taken },
            Call::ProposeMany { first, last, size, taken } => Call::ProposeMany { first, last, size, taken },
            Call::Forged { from, forged, refused } => Call::Forged { from, forged, refused },
            Call::SnapshotsFor(peer, given) => Call::SnapshotsFor(peer, given),
            Call::Synced(count) => Call::Synced(count),
            Call::Persisted { all } => Call::Persisted { all },
            Call::Applied(index) => Call::Applied(index),
            Call::Restarted => Call::Restarted,
        };
        see(&call);
    }

    /// True for an input.
    pub fn is_input(&self) -> bool {
        self.kind() == CallKind::Input
    }
}
