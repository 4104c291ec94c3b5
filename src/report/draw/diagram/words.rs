//! The texts of a diagram, short enough for the space between two lanes.

use crate::report::draw::text::changes;
use crate::report::story::{Look, Story, When};
use crate::spec::{Body, Message, Role};

/// The number of characters between two lanes.
const ROOM: usize = 22;

/// The texts about a node beside its dot.
pub fn said(story: &Story, place: usize) -> Vec<String> {
    let step = &story.steps[place];
    let changes = changes(story.before(place), step.both.as_ref());
    let is = |wanted: &str| changes.iter().find(|(name, ..)| name == wanted).map(|(_, _, is)| is.as_str());
    let mut said = Vec::new();
    if let Some(both) = &step.both {
        let look = &both.implementation;
        if is("role").is_some() || is("term").is_some() {
            said.push(format!("{}, term {}", look.role.name(), look.term));
        }
        if story.before(place).is_none() {
            said.push("restarts".into());
        }
        if let Some(vote) = is("vote").filter(|vote| *vote != "-" && look.role == Role::Follower) {
            said.push(format!("votes for {vote}"));
        }
        if let Some(granted) = is("votes granted").filter(|_| is("role").is_none()) {
            said.push(format!("granted by {granted}"));
        }
    }
    step.notes.iter().for_each(|note| said.extend(wrap(note, ROOM)));
    is("configuration").iter().for_each(|members| said.extend(wrap(&format!("members {members}"), ROOM)));
    if step.stopped {
        said.push("stops".into());
    }
    for (peer, was, is) in changes.iter().filter(|(name, _, is)| name.starts_with("peer") && is != "-") {
        let (was, is) = (Peer::of(was), Peer::of(is));
        if (was.matched, was.next) != (is.matched, is.next) {
            said.push([peer.as_str(), is.matched, is.next].join(", ").replacen(',', ":", 1));
        }
        if was.state != is.state && !is.state.is_empty() && !was.matched.is_empty() {
            said.push(format!("{peer}: {}", is.state));
        }
    }
    said
}

/// The first parts of a peer's row at a leader.
struct Peer<'a> {
    matched: &'a str,
    next: &'a str,
    state: &'a str,
}

impl<'a> Peer<'a> {
    fn of(row: &'a str) -> Self {
        let mut words = row.split(", ").map(|word| if word == "-" { "" } else { word });
        let mut next = || words.next().unwrap_or("");
        Peer { matched: next(), next: next(), state: next() }
    }
}

/// Words wrapped into lines of `room` characters.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].chars().count() + 1 + word.chars().count() > room {
            lines.push(word.to_string());
        } else {
            let space = if lines[last].is_empty() { "" } else { " " };
            lines[last] += space;
            lines[last] += word;
        }
    }
    lines
}

/// The log, if it or the commit index changed.
pub fn shown_log(story: &Story, place: usize) -> Option<Look> {
    let look = &story.steps[place].both.as_ref()?.implementation;
    let before = story.before(place).map(|both| &both.implementation);
    let same = |before: &Look| {
        (before.base, &before.log, before.commit) == (look.base, &look.log, look.commit)
            && story.parting() != Some(place)
    };
    (!before.is_some_and(same) && story.steps[place].when != When::End).then(|| look.clone())
}

/// A message in a few characters: its type, term and indexes.
pub fn label(message: &Message) -> String {
    let t = message.term;
    match &message.body {
        Body::RequestVoteRequest { pre, last_log, .. } => {
            format!("{} t{t} last {last_log}", if *pre { "Pre-vote?" } else { "Vote?" })
        }
        Body::RequestVoteResponse { pre, granted, .. } => {
            format!("{} {} t{t}", if *pre { "Pre-vote" } else { "Vote" }, if *granted { "yes" } else { "no" })
        }
        Body::AppendEntriesRequest { prev_log, entries, commit_index } => {
            let (first, last) = (prev_log.index + 1, prev_log.index + entries.len() as u32);
            match entries.len() {
                0 => format!("Append t{t} after {prev_log} c{commit_index}"),
                1 => format!("Append t{t} #{first} c{commit_index}"),
                _ => format!("Append t{t} #{first}-{last} c{commit_index}"),
            }
        }
        Body::AppendEntriesResponse { success: true, match_index, .. } => format!("Ack t{t} #{match_index}"),
        Body::AppendEntriesResponse { request, .. } if *request > 0 => format!("Request snapshot t{t} #{request}"),
        Body::AppendEntriesResponse { rejected, hint, .. } => format!("Reject t{t} after {rejected} hint {hint}"),
        Body::Snapshot { position, .. } => format!("Snapshot t{t} {position}"),
        Body::Heartbeat { commit_index, context } => format!("Beat t{t} c{commit_index}{}", read(*context)),
        Body::HeartbeatResponse { context, .. } => format!("Beat ack t{t}{}", read(*context)),
        Body::ReadIndex { context } => format!("Read {context}"),
        Body::ReadIndexResponse { context, index } => format!("Read {context} at #{index}"),
        Body::TransferLeader => format!("Transfer t{t}"),
        Body::TimeoutNow => format!("Timeout now t{t}"),
        Body::Proposal { .. } => "Proposal".into(),
    }
}

fn read(context: u32) -> String {
    if context == 0 {
        String::new()
    } else {
        format!(" read {context}")
    }
}
