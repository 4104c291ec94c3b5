//! The supported releases of raft-rs, and the parts of the newest interface that each lacks.
//!
//! A feature of this crate, which `--raft` selects, leaves out of every schedule what a release lacks.

use crate::schedule::{Event, Knob, Setup};
use crate::spec::NodeId;

/// A release of raft-rs, and those after it up to the next row.
#[derive(Clone, Copy, Debug)]
pub struct Version {
    /// Major and minor number.
    pub number: (u64, u64),
    /// The feature of this crate that selects it.
    pub feature: Option<&'static str>,
    /// The parts of the newest interface that it lacks.
    pub lacks: &'static [Lack],
}

impl Version {
    /// True if the release has a call for the event.
    pub fn has_call(&self, event: &Event) -> bool {
        !self.lacks.iter().any(|lack| (lack.has_no_call)(event))
    }

    /// The settings with neutral values where the release does not know them.
    pub fn settings(&self, setup: Setup) -> Setup {
        let fetches = self.has_call(&Event::EntriesFetched(NodeId::new(1), 1));
        Setup { async_fetch: setup.async_fetch && fetches, ..setup }
    }
}

/// A part of the interface that a release lacks.
#[derive(Clone, Copy, Debug)]
pub struct Lack {
    /// Its name in raft-rs.
    pub what: &'static str,
    /// The consequence for schedules.
    pub done: &'static str,
    /// True for an event that the release has no call for.
    pub has_no_call: fn(&Event) -> bool,
}

/// The releases, oldest first.
pub const VERSIONS: &[Version] = &[
    Version { number: (0, 6), feature: Some("raft-0-6"), lacks: LACKS_0_6 },
    Version { number: (0, 7), feature: None, lacks: &[] },
];

const LACKS_0_6: &[Lack] = &[
    Lack {
        what: "`GetEntriesContext`, `RawNode::on_entries_fetched`: entries are there, or there is an error",
        done: "`async-fetch` is off, and `entries-fetched` and `entries-missed` are no-ops",
        has_no_call: |event| matches!(event, Event::EntriesFetched(..) | Event::EntriesMissed(_)),
    },
    Lack {
        what: "`Raft::adjust_max_inflight_msgs`",
        done: "`set N max-inflight-msgs` is a no-op",
        has_no_call: |event| matches!(event, Event::Set(_, Knob::MaxInflightMsgs(..))),
    },
    Lack {
        what: "`Raft::set_check_quorum`",
        done: "`set N check-quorum` is a no-op; the setting of that name is there",
        has_no_call: |event| matches!(event, Event::Set(_, Knob::CheckQuorum(_))),
    },
    Lack {
        what: "`Raft::maybe_free_inflight_buffers`",
        done: "`free-buffers` is a no-op",
        has_no_call: |event| matches!(event, Event::FreeBuffers(_)),
    },
    Lack {
        what:
            "`RawNode::request_snapshot` takes an index, which 0.7 chooses itself, and the request names no term of it \
               (pull request 499)",
        done: "`request-snapshot` is a no-op",
        has_no_call: |event| matches!(event, Event::RequestSnapshot(_)),
    },
    Lack {
        what: "the peer in `Storage::snapshot`",
        done: "`snapshot-for` is a no-op",
        has_no_call: |event| matches!(event, Event::SnapshotFor(..)),
    },
    Lack { what: "`Inflights::count`", done: "it is read in the debug form of `Inflights`", has_no_call: |_| false },
    Lack { what: "a priority below 0", done: "nothing: no schedule has one", has_no_call: |_| false },
];

/// The row of a release: the last for a newer one; `None` for one that is older than all.
pub fn version(number: (u64, u64)) -> Option<&'static Version> {
    VERSIONS.iter().rev().find(|row| row.number <= number)
}
