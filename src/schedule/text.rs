//! Schedules as text: a version line, the setup, and one event a line.
//!
//! `#` starts a comment. Nodes are numbered from 1. A setting that is not named has its default.

use super::{codec, Event, Link, Schedule, Setup};
use crate::spec::{Change, NodeId, NodeSet, Step, Transition, MAX_NODES};
use std::fmt::Write;

/// The first line of every schedule.
pub const VERSION: &str = "raft-lockstep schedule 1";

/// What is wrong with a text, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct TextError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it, and what would be right.
    pub problem: String,
}

/// The text of `schedule`.
pub fn write(schedule: &Schedule) -> String {
    write_with(schedule, &[])
}

/// The text of `schedule` with comments: each stands before the event of its place.
pub fn write_with(schedule: &Schedule, comments: &[(usize, String)]) -> String {
    let s = &schedule.setup;
    let mut comments = comments.iter().peekable();
    let mut text = format!(
        "{VERSION}\nvoters {}\nlearners {}\nspares {}\nkeep-removed {}\nstray-campaigns {}\nelection-tick {}\nheartbeat-tick {}\nseed {}\nmax-inflight {}\n\
         max-message-size {}\nfirst-index {}\nfirst-term {}\nlazy-sync {}\ndurable-apply {}\nlate-notice {}\nlossy-changes {}\n\
         pre-vote {}\ncheck-quorum {}\nquiet-commit {}\nheal {}\n\
         max-committed-size {}\nmax-uncommitted-size {}\nbatch-append {}\n\
         lease-reads {}\nreuse-contexts {}\nlate-entries {}\n\
         first-priority {}\nevents\n",
        s.voters,
        s.learners,
        s.spares,
        s.keep_removed,
        s.stray_campaigns,
        s.election_tick,
        s.heartbeat_tick,
        s.seed,
        s.max_inflight,
        s.max_message_size,
        s.first_index,
        s.first_term,
        s.lazy_sync,
        s.durable_apply,
        s.late_notice,
        s.lossy_changes,
        s.pre_vote,
        s.check_quorum,
        s.quiet_commit,
        s.heal,
        s.max_committed_size,
        s.max_uncommitted_size,
        s.batch_append,
        s.lease_reads,
        s.reuse_contexts,
        s.late_entries,
        s.first_priority
    );
    for (place, event) in schedule.events.iter().map(Some).chain([None]).enumerate() {
        while let Some((_, comment)) = comments.next_if(|(before, _)| *before <= place) {
            writeln!(text, "# {comment}").expect("a string takes any text");
        }
        writeln!(text, "{}", event.map_or("end".into(), line)).expect("a string takes any text");
    }
    text
}

/// One event as text.
pub fn line(event: &Event) -> String {
    let link = |word: &str, link: Link, place: u8| match place {
        0 => format!("{word} {}->{}", link.from, link.to),
        place => format!("{word} {}->{} {place}", link.from, link.to),
    };
    match *event {
        Event::Tick(n) => format!("tick {n}"),
        Event::TickAll => "tick-all".into(),
        Event::Campaign(n) => format!("campaign {n}"),
        Event::QuietCommit(n, quiet) => format!("quiet-commit {n} {}", u8::from(quiet)),
        Event::Window(l, window) => format!("window {}->{} {window}", l.from, l.to),
        Event::Compact(n, kept) => format!("compact {n} {kept}"),
        Event::Snapshots(n, given) => format!("snapshots {n} {}", u8::from(given)),
        Event::ReportSnapshot(l, arrived) => format!("report-snapshot {}->{} {}", l.from, l.to, u8::from(arrived)),
        Event::RequestSnapshot(n) => format!("request-snapshot {n}"),
        Event::Change(n, change) => format!("change {n} {change}"),
        Event::BatchAppend(n, batch) => format!("batch-append {n} {}", u8::from(batch)),
        Event::CheckQuorum(n, check) => format!("check-quorum {n} {}", u8::from(check)),
        Event::Fetched(n, count) => format!("fetched {n} {count}"),
        Event::CommittedSize(n, place) => format!("committed-size {n} {}", Setup::MESSAGE_SIZES[usize::from(place)]),
        Event::FreeBuffers(n) => format!("free-buffers {n}"),
        Event::GroupCommit(n, group) => format!("group-commit {n} {}", u8::from(group)),
        Event::Group(l, group) => format!("group {}->{} {group}", l.from, l.to),
        Event::ClearGroups(n) => format!("clear-groups {n}"),
        Event::Ask(n) => format!("ask {n}"),
        Event::Read(n) => format!("read {n}"),
        Event::Ping(n) => format!("ping {n}"),
        Event::Unreachable(l) => link("unreachable", l, 0),
        Event::Transfer(l) => link("transfer", l, 0),
        Event::Priority(n, priority) => format!("priority {n} {priority}"),
        Event::Deliver(l, place) => link("deliver", l, place),
        Event::Drop(l, place) => link("drop", l, place),
        Event::Duplicate(l, place) => link("duplicate", l, place),
        Event::Round => "round".into(),
        Event::Partition(side) => side.iter().fold("partition".to_string(), |text, node| format!("{text} {node}")),
        Event::Heal => "heal".into(),
        Event::Propose(n, size) => format!("propose {n} {size}"),
        Event::Crash(n) => format!("crash {n}"),
        Event::Restart(n) => format!("restart {n}"),
        Event::Stall(n) => format!("stall {n}"),
        Event::Sync(n, count) => format!("sync {n} {count}"),
        Event::Notice(n, count) => format!("notice {n} {count}"),
        Event::Resume(n) => format!("resume {n}"),
        Event::Busy(n) => format!("busy {n}"),
        Event::Process(n) => format!("process {n}"),
        Event::Hold(n) => format!("hold {n}"),
        Event::Apply(n, count) => format!("apply {n} {count}"),
        Event::ApplyAll(n) => format!("apply-all {n}"),
    }
}

/// Whether `bytes` look like a schedule in text: the first line that is no comment begins as [`VERSION`] does.
pub fn is_text(bytes: &[u8]) -> bool {
    let version = VERSION.as_bytes();
    let mut rest = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes).trim_ascii_start();
    // A trace may be one long line, so that lines are ended only where they are comments.
    while rest.starts_with(b"#") {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        rest = rest[end..].trim_ascii_start();
    }
    rest.starts_with(&version[..version.len() - 1])
}

/// Editors on Windows write it before a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads a schedule.
///
/// # Errors
/// The first line that is not understood.
pub fn read(text: &str) -> Result<Schedule, TextError> {
    let mut setup = Setup::default();
    let mut events = Vec::new();
    let (mut versioned, mut in_events, mut ended) = (false, false, false);
    let mut last_line = 0;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (position, whole) in text.lines().enumerate() {
        last_line = position + 1;
        let fail = |problem: String| TextError { line: position + 1, problem };
        let line = whole.split('#').next().unwrap_or("").trim();
        if line.is_empty() {
            continue;
        }
        if ended {
            return Err(fail(format!("`{line}` comes after `end`")));
        } else if !versioned {
            if line != VERSION {
                return Err(fail(format!("expected `{VERSION}`, found `{line}`")));
            }
            versioned = true;
        } else if line == "events" && !in_events {
            check(&setup).map_err(fail)?;
            in_events = true;
        } else if line == "end" && in_events {
            ended = true;
        } else if in_events {
            if events.len() == codec::MAX_EVENTS {
                return Err(fail(format!("a schedule has at most {} events", codec::MAX_EVENTS)));
            }
            events.push(read_event(line, &setup).map_err(fail)?);
        } else {
            read_setting(line, &mut setup).map_err(fail)?;
        }
    }
    match (versioned, ended) {
        (true, true) => Ok(Schedule { setup, events }),
        (false, _) => Err(TextError { line: 1, problem: format!("expected `{VERSION}`, found nothing") }),
        (true, false) => Err(TextError { line: last_line, problem: "the schedule is cut off: expected `end`".into() }),
    }
}

fn read_setting(line: &str, setup: &mut Setup) -> Result<(), String> {
    let (name, value) =
        line.split_once(' ').ok_or(format!("expected a setting and its value, or `events`, found `{line}`"))?;
    let value = value.trim();
    match name {
        "voters" => setup.voters = number(value, 1, 7)?,
        "learners" => setup.learners = number(value, 0, 2)?,
        "spares" => setup.spares = number(value, 0, 2)?,
        "stray-campaigns" => setup.stray_campaigns = boolean(value)?,
        "keep-removed" => setup.keep_removed = boolean(value)?,
        "election-tick" => setup.election_tick = number(value, 2, 17)?,
        "heartbeat-tick" => setup.heartbeat_tick = number(value, 1, 16)?,
        "seed" => setup.seed = number(value, 0, u16::MAX.into())?,
        "max-inflight" => setup.max_inflight = one_of(value, &Setup::INFLIGHT)?,
        "max-message-size" => setup.max_message_size = one_of(value, &Setup::MESSAGE_SIZES)?,
        "first-index" => setup.first_index = number(value, 1, 16)?,
        "first-term" => setup.first_term = number(value, 1, 16)?,
        "lazy-sync" => setup.lazy_sync = boolean(value)?,
        "durable-apply" => setup.durable_apply = boolean(value)?,
        "lossy-changes" => setup.lossy_changes = boolean(value)?,
        "late-notice" => setup.late_notice = boolean(value)?,
        "pre-vote" => setup.pre_vote = boolean(value)?,
        "heal" => setup.heal = boolean(value)?,
        "quiet-commit" => setup.quiet_commit = boolean(value)?,
        "max-committed-size" => setup.max_committed_size = one_of(value, &Setup::MESSAGE_SIZES)?,
        "max-uncommitted-size" => setup.max_uncommitted_size = one_of(value, &Setup::MESSAGE_SIZES)?,
        "batch-append" => setup.batch_append = boolean(value)?,
        "lease-reads" => setup.lease_reads = boolean(value)?,
        "reuse-contexts" => setup.reuse_contexts = boolean(value)?,
        "late-entries" => setup.late_entries = boolean(value)?,
        "first-priority" => setup.first_priority = number(value, 0, 3)?,
        "check-quorum" => setup.check_quorum = boolean(value)?,
        _ => return Err(format!("there is no setting `{name}`")),
    }
    Ok(())
}

/// What the settings must be together (raft-rs `Config::validate`).
fn check(setup: &Setup) -> Result<(), String> {
    if setup.heartbeat_tick >= setup.election_tick {
        return Err("heartbeat-tick must be below election-tick".into());
    }
    if usize::from(setup.count()) > MAX_NODES {
        return Err(format!("{} nodes are too many: at most {MAX_NODES}", setup.count()));
    }
    if setup.lease_reads && !setup.check_quorum {
        return Err("lease-reads needs check-quorum: set it too".into());
    }
    if setup.max_uncommitted_size < setup.max_message_size {
        return Err("max-message-size must not be above max-uncommitted-size: set it too".into());
    }
    Ok(())
}

fn read_event(line: &str, setup: &Setup) -> Result<Event, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let numbered = |word: &str| {
        let number: u8 = word.parse().map_err(|_| format!("`{word}` is no node: expected a number"))?;
        match (1..=setup.count()).contains(&number) {
            true => Ok(NodeId::new(number)),
            false => Err(format!("node {number} does not exist: there are {} nodes", setup.count())),
        }
    };
    let node = |place: usize| numbered(words.get(place).ok_or(format!("`{line}` needs a node"))?);
    let small = |place: usize, most: u64| words.get(place).map_or(Ok(0), |word| number(word, 0, most));
    let link = || -> Result<Link, String> {
        let word = words.get(1).copied().unwrap_or("");
        let (from, to) = word.split_once("->").ok_or(format!("`{word}` is no link: expected `1->2`"))?;
        Ok(Link { from: numbered(from)?, to: numbered(to)? })
    };
    let (event, longest) = match words[0] {
        "tick" => (Event::Tick(node(1)?), 2),
        "tick-all" => (Event::TickAll, 1),
        "campaign" => (Event::Campaign(node(1)?), 2),
        "quiet-commit" => (Event::QuietCommit(node(1)?, small(2, 1)? == 1), 3),
        "window" => (Event::Window(link()?, small(2, 3)?), 3),
        "compact" => (Event::Compact(node(1)?, small(2, 7)?), 3),
        "snapshots" => (Event::Snapshots(node(1)?, small(2, 1)? == 1), 3),
        "report-snapshot" => (Event::ReportSnapshot(link()?, small(2, 1)? == 1), 3),
        "request-snapshot" => (Event::RequestSnapshot(node(1)?), 2),
        "change" => (Event::Change(node(1)?, read_change(words.get(2..).unwrap_or(&[]), numbered)?), usize::MAX),
        "batch-append" => (Event::BatchAppend(node(1)?, small(2, 1)? == 1), 3),
        "check-quorum" => (Event::CheckQuorum(node(1)?, small(2, 1)? == 1), 3),
        "fetched" => (Event::Fetched(node(1)?, small(2, 7)?), 3),
        "committed-size" => (Event::CommittedSize(node(1)?, size(words.get(2).unwrap_or(&""))?), 3),
        "free-buffers" => (Event::FreeBuffers(node(1)?), 2),
        "group-commit" => (Event::GroupCommit(node(1)?, small(2, 1)? == 1), 3),
        "group" => (Event::Group(link()?, number(words.get(2).unwrap_or(&""), 1, 3)?), 3),
        "clear-groups" => (Event::ClearGroups(node(1)?), 2),
        "ask" => (Event::Ask(node(1)?), 2),
        "read" => (Event::Read(node(1)?), 2),
        "ping" => (Event::Ping(node(1)?), 2),
        "unreachable" => (Event::Unreachable(link()?), 2),
        "transfer" => (Event::Transfer(link()?), 2),
        "priority" => (Event::Priority(node(1)?, small(2, 3)?), 3),
        "deliver" => (Event::Deliver(link()?, small(2, 7)?), 3),
        "drop" => (Event::Drop(link()?, small(2, 7)?), 3),
        "duplicate" => (Event::Duplicate(link()?, small(2, 7)?), 3),
        "round" => (Event::Round, 1),
        "partition" => {
            let mut side = NodeSet::EMPTY;
            for place in 1..words.len() {
                side.insert(node(place)?);
            }
            (Event::Partition(side), usize::MAX)
        }
        "heal" => (Event::Heal, 1),
        "propose" => (Event::Propose(node(1)?, small(2, 63)?), 3),
        "crash" => (Event::Crash(node(1)?), 2),
        "restart" => (Event::Restart(node(1)?), 2),
        "stall" => (Event::Stall(node(1)?), 2),
        "sync" => (Event::Sync(node(1)?, small(2, 7)?), 3),
        "notice" => (Event::Notice(node(1)?, small(2, 7)?), 3),
        "resume" => (Event::Resume(node(1)?), 2),
        "busy" => (Event::Busy(node(1)?), 2),
        "process" => (Event::Process(node(1)?), 2),
        "hold" => (Event::Hold(node(1)?), 2),
        "apply" => (Event::Apply(node(1)?, small(2, 7)?), 3),
        "apply-all" => (Event::ApplyAll(node(1)?), 2),
        word => return Err(format!("there is no event `{word}`")),
    };
    match words.len() > longest {
        true => Err(format!("`{}` is too much in `{line}`", words[longest])),
        false => Ok(event),
    }
}

/// Up to two steps (`v4` a voter, `l4` a learner, `r4` removed) or `leave`, and how.
fn read_change(words: &[&str], node: impl Fn(&str) -> Result<NodeId, String>) -> Result<Change, String> {
    let (steps, transition) = match words.split_last() {
        Some((&"first", steps)) => (steps, Transition::First),
        Some((&"implicit", steps)) => (steps, Transition::Implicit),
        Some((&"explicit", steps)) => (steps, Transition::Explicit),
        _ => (words, Transition::Auto),
    };
    let step = |word: &str| match (word.get(..1), word.get(1..)) {
        (Some("v"), Some(number)) => Ok((Step::Voter, node(number)?)),
        (Some("l"), Some(number)) => Ok((Step::Learner, node(number)?)),
        (Some("r"), Some(number)) => Ok((Step::Remove, node(number)?)),
        _ => Err(format!("`{word}` is no step of a change: expected `v4`, `l4`, `r4` or `leave`")),
    };
    let steps = match steps {
        ["leave"] => [None, None],
        [one] => [Some(step(one)?), None],
        [one, two] if transition != Transition::First => [Some(step(one)?), Some(step(two)?)],
        _ => return Err("a change has one or two steps, in the old form one, or is `leave`".into()),
    };
    match (transition, steps[0]) {
        (Transition::First, None) => Err("the old form of a change has one step".into()),
        _ => Ok(Change { transition, steps }),
    }
}

/// The place of a size among those that there are.
fn size(word: &str) -> Result<u8, String> {
    let size = one_of(word, &Setup::MESSAGE_SIZES)?;
    Ok(Setup::MESSAGE_SIZES.iter().position(|known| *known == size).unwrap_or(0) as u8)
}

fn number<T: TryFrom<u64>>(word: &str, least: u64, most: u64) -> Result<T, String> {
    let wrong = || format!("`{word}` should be a number from {least} to {most}");
    let number: u64 = word.parse().map_err(|_| wrong())?;
    if !(least..=most).contains(&number) {
        return Err(wrong());
    }
    T::try_from(number).map_err(|_| wrong())
}

fn one_of<T: Copy + ToString>(word: &str, known: &[T]) -> Result<T, String> {
    let names: Vec<String> = known.iter().map(T::to_string).collect();
    let place = names.iter().position(|name| name == word);
    place.map(|place| known[place]).ok_or(format!("`{word}` should be one of {}", names.join(", ")))
}

fn boolean(word: &str) -> Result<bool, String> {
    word.parse().map_err(|_| format!("`{word}` should be true or false"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> (usize, String) {
        let error = read(text).unwrap_err();
        (error.line, error.problem)
    }

    #[test]
    fn each_mistake_is_named_with_its_line() {
        assert_eq!(problem("raft-lockstep schedule 9\n").0, 1);
        assert_eq!(
            problem(&format!("{VERSION}\nvoters 3\nevents\ntick 1\n")),
            (4, "the schedule is cut off: expected `end`".into())
        );
        assert_eq!(
            problem(&format!("{VERSION}\nevents\ntick 4\nend\n")),
            (3, "node 4 does not exist: there are 3 nodes".into())
        );
        assert_eq!(problem(&format!("{VERSION}\nevents\nfly 1\nend\n")), (3, "there is no event `fly`".into()));
        assert_eq!(problem(&format!("{VERSION}\nvoters 12\nevents\nend\n")).0, 2);
        assert_eq!(
            problem(&format!("{VERSION}\nevents\ntick 1 2\nend\n")),
            (3, "`2` is too much in `tick 1 2`".into())
        );
    }
}
