//! Events in words, for a reader who does not know how schedules are written.

use crate::schedule::{Event, Link, Setup};

/// What happens, in a sentence without its full stop.
pub fn in_words(event: &Event) -> String {
    let message = |Link { from, to }: Link, place: u8| match place {
        0 => format!("the first message on the way from {from} to {to}"),
        place => format!("message {} on the way from {from} to {to}", u32::from(place) + 1),
    };
    let up_to = |count: u8, what: &str| match count {
        1 => format!("the oldest {what}"),
        count => format!("the oldest {count} {what}s"),
    };
    match *event {
        Event::Tick(n) => format!("the clock of {n} ticks"),
        Event::TickAll => "all clocks tick".into(),
        Event::Campaign(n) => format!("the application asks {n} to start an election"),
        Event::Read(n) => format!("a client reads at {n}"),
        Event::Ping(n) => format!("the application asks {n} for heartbeats"),
        Event::QuietCommit(n, true) => format!("{n} is told not to tell of commits by themselves"),
        Event::QuietCommit(n, false) => format!("{n} is told to tell of commits by themselves"),
        Event::Window(Link { from, to }, window) => format!("{from} may have {window} appends in flight to {to}"),
        Event::BatchAppend(n, true) => format!("{n} is told to join appends that wait"),
        Event::BatchAppend(n, false) => format!("{n} is told not to join appends"),
        Event::CheckQuorum(n, true) => format!("{n} is told to check its quorum"),
        Event::CheckQuorum(n, false) => format!("{n} is told not to check its quorum"),
        Event::Fetched(n, count) => {
            format!("{} that the storage of {n} was asked for are there", up_to(count, "batch"))
        }
        Event::CommittedSize(n, place) => match Setup::MESSAGE_SIZES[usize::from(place)] {
            u32::MAX => format!("a Ready of {n} may have any number of committed entries"),
            size => format!("a Ready of {n} has committed entries of {size} bytes, or one"),
        },
        Event::FreeBuffers(n) => format!("{n} frees buffers"),
        Event::GroupCommit(n, true) => format!("{n} is told to commit only what is in two groups"),
        Event::GroupCommit(n, false) => format!("{n} is told to commit whatever its groups"),
        Event::Group(Link { from, to }, group) => format!("{from} is told that {to} is in group {group}"),
        Event::ClearGroups(n) => format!("{n} is told to forget all groups"),
        Event::Ask(n) => format!("{n} is asked what its application may want to know"),
        Event::Unreachable(Link { from, to }) => format!("{from} is told that a message to {to} was lost"),
        Event::Compact(n, kept) => {
            format!("the application of {n} drops its log, but for {kept} of the applied entries")
        }
        Event::Snapshots(n, true) => format!("the application of {n} has snapshots to give again"),
        Event::Snapshots(n, false) => format!("the application of {n} has no snapshot to give from now on"),
        Event::ReportSnapshot(Link { from, to }, true) => format!("{from} is told that its snapshot arrived at {to}"),
        Event::ReportSnapshot(Link { from, to }, false) => format!("{from} is told that its snapshot to {to} was lost"),
        Event::RequestSnapshot(n) => format!("the application of {n} asks for a snapshot"),
        Event::Change(n, change) => format!("a client proposes the change of the configuration `{change}` to {n}"),
        Event::Transfer(Link { from, to }) => format!("the application asks {from} to make {to} the leader"),
        Event::Priority(n, priority) => format!("{n} gets the election priority {priority}"),
        Event::Deliver(link, place) => format!("{} arrives", message(link, place)),
        Event::Drop(link, place) => format!("{} is lost", message(link, place)),
        Event::Duplicate(link, place) => format!("{} is duplicated; the copy comes last", message(link, place)),
        Event::Round => "every message that is on its way arrives, link by link".into(),
        Event::Partition(side) => format!("from now on nothing that is sent between {side} and the others arrives"),
        Event::Heal => "the partition ends".into(),
        Event::Propose(n, size) => format!("a client proposes a value of {size} bytes to {n}"),
        Event::Crash(n) => format!("{n} crashes: what is not durable is lost"),
        Event::Restart(n) => format!("{n} comes up from its disk"),
        Event::Stall(n) => format!("the disk of {n} stalls: from now on nothing becomes durable"),
        Event::Sync(n, count) => format!("{} of {n} becomes durable", up_to(count, "write")),
        Event::Notice(n, count) => format!("{n} is told that {} is durable", up_to(count, "write")),
        Event::Resume(n) => format!("the disk of {n} syncs again, and all writes become durable"),
        Event::Busy(n) => format!("the application of {n} is busy: from now on it takes no Ready"),
        Event::Process(n) => format!("the application of {n} takes its Readys again"),
        Event::Hold(n) => format!("the application of {n} applies nothing from now on"),
        Event::Apply(n, count) => format!("the application of {n} applies up to {count} entries"),
        Event::ApplyAll(n) => format!("the application of {n} applies all that it was handed, and goes on so"),
    }
}
