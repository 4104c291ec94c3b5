//! The space-time diagram, before it is drawn: where everything is.
//!
//! Time goes down, a lane is a node, and each step that shows something has a row of its own, so that
//! a schedule of any length is readable by scrolling, and what is said of a step never meets what is
//! said of another.

use super::text::changes;
use crate::report::story::{Fate, Flight, Look, Step, Story, When};
use crate::schedule::text;
use crate::spec::{Body, Message, NodeId, Role, Term};

/// The picture's measures, in pixels.
pub const LANE: f32 = 152.0;
/// Where the first lane is; left of it are the numbers of events.
pub const MARGIN: f32 = 40.0;
/// Where texts over the whole width begin.
pub const TEXT: f32 = MARGIN + 14.0;
const CAPTION: f32 = 20.0;
const LINE: f32 = 15.0;
const GAP: f32 = 8.0;
const FOLD: f32 = 18.0;

/// The whole picture.
pub struct Diagram {
    pub width: f32,
    pub height: f32,
    pub rows: Vec<Row>,
    pub stripes: Vec<Stripe>,
    pub arrows: Vec<Arrow>,
    /// Where the line of the last agreement is.
    pub agreed: Option<f32>,
}

/// A step, or a few that show nothing.
pub struct Row {
    /// The step; of several, the last.
    pub step: usize,
    pub top: f32,
    pub bottom: f32,
    /// The number of the event and its text, on its first step.
    pub caption: Option<(String, String)>,
    /// Where the dot is.
    pub dot: Option<(f32, f32)>,
    pub mark: Mark,
    /// What is said of the node, each with its line's height.
    pub notes: Vec<(f32, String)>,
    pub log: Option<(f32, Look)>,
    /// Of steps that show nothing: how many events.
    pub folded: usize,
    pub matters: bool,
    pub parts: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Dot,
    /// The node stops.
    Stop,
    /// The network changes: a line through all lanes.
    Network,
    /// Nothing.
    None,
}

/// A lane between two changes of term, role or life.
pub struct Stripe {
    pub x: f32,
    pub top: f32,
    pub bottom: f32,
    /// None while it is down.
    pub state: Option<(Term, Role)>,
}

/// A message.
pub struct Arrow {
    pub from: (f32, f32),
    pub to: (f32, f32),
    pub end: End,
    pub label: String,
    /// Whether something else leaves where it arrives, on the same side.
    pub crowded: bool,
    /// The whole message.
    pub title: String,
    pub copy: bool,
    pub matters: bool,
    pub parts: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    Head,
    Cross,
    /// On its way when the run ended.
    Open,
}

/// Where a lane is.
pub fn lane(node: NodeId) -> f32 {
    MARGIN + LANE * node.slot() as f32
}

impl Diagram {
    /// Lays a story out, from `top` down.
    pub fn of(story: &Story, top: f32) -> Self {
        let nodes = story.nodes().count();
        let mut diagram = Diagram {
            width: (MARGIN + LANE * nodes as f32 - 6.0).max(340.0),
            height: top,
            rows: Vec::new(),
            stripes: Vec::new(),
            arrows: Vec::new(),
            agreed: None,
        };
        for step in 0..story.steps.len() {
            diagram.row(story, step);
        }
        for flight in &story.flights {
            let row = |step: usize| diagram.rows.get(diagram.rows.partition_point(|row| row.step < step));
            let arrow = flight.left.and_then(|left| arrow(story, flight, row(left)?, row));
            diagram.arrows.extend(arrow);
        }
        for node in story.nodes() {
            diagram.lane(story, node, top);
        }
        diagram
    }

    fn row(&mut self, story: &Story, place: usize) {
        let step = &story.steps[place];
        if step.quiet {
            return self.fold(place, step);
        }
        let parts = story.parting() == Some(place);
        if parts {
            self.agreed = Some(self.height + 7.0);
            self.height += 16.0;
        }
        let top = self.height;
        let caption = self.caption(step, place);
        let mut y = top + if caption.is_some() { CAPTION } else { 0.0 };
        let mark = mark(step);
        let dot =
            step.node.filter(|_| mark != Mark::Network && step.when != When::End).map(|node| (lane(node), y + 9.0));
        let mut notes = Vec::new();
        if step.received.is_some() || !step.lost.is_empty() {
            y += LINE + 7.0;
        }
        for note in said(story, place) {
            notes.push((y + 13.0, note));
            y += LINE;
        }
        let log = shown_log(story, place).map(|look| (y + 2.0, look));
        y += if log.is_some() { 20.0 } else { 0.0 };
        let least = top + if caption.is_some() { CAPTION } else { 0.0 } + if dot.is_some() { 18.0 } else { 0.0 };
        self.height = y.max(least) + GAP;
        let (bottom, matters) = (self.height, step.matters);
        self.rows.push(Row { step: place, top, bottom, caption, dot, mark, notes, log, folded: 0, matters, parts });
    }

    fn fold(&mut self, place: usize, step: &Step) {
        if let Some(last) = self.rows.last_mut().filter(|row| row.folded > 0) {
            last.folded += usize::from(step.part == 0);
            last.step = place;
            return;
        }
        // Of an event whose first steps are shown, the rest needs no row.
        let folded = usize::from(step.part == 0);
        let (top, bottom) = (self.height, self.height + if folded > 0 { FOLD } else { 0.0 });
        self.height = bottom;
        self.rows.push(Row {
            step: place,
            top,
            bottom,
            caption: None,
            dot: None,
            mark: Mark::None,
            notes: Vec::new(),
            log: None,
            folded,
            matters: true,
            parts: false,
        });
    }

    /// The event, unless a row above has it.
    fn caption(&self, step: &Step, place: usize) -> Option<(String, String)> {
        let event = step.event.map_or("all is over".to_string(), |event| text::line(&event));
        // The first step of an event may be passed over.
        let above = self.rows.last().is_some_and(|row| row.folded == 0 && row.step + 1 == place);
        (step.part == 0 || !above).then(|| match step.when {
            When::Event(number) => (number.to_string(), event),
            When::Epilogue => ("healing epilogue".into(), event),
            When::End => ("end".into(), event),
        })
    }

    /// The stripes of a lane.
    fn lane(&mut self, story: &Story, node: NodeId, top: f32) {
        let state = |look: Option<&Look>| look.map(|look| (look.term, look.role));
        let first = story.first[node.slot()].as_ref();
        let mut stripe =
            Stripe { x: lane(node), top, bottom: top, state: state(first.map(|both| &both.implementation)) };
        for row in &self.rows {
            let now = state(story.both(row.step, node).map(|both| &both.implementation));
            if now != stripe.state {
                let y = row.dot.map_or(row.top, |(_, y)| y);
                let next = Stripe { x: stripe.x, top: y, bottom: y, state: now };
                let last = std::mem::replace(&mut stripe, next);
                self.stripes.push(Stripe { bottom: y, ..last });
            }
        }
        self.stripes.push(Stripe { bottom: self.height, ..stripe });
    }
}

fn mark(step: &Step) -> Mark {
    match step {
        Step { stopped: true, .. } => Mark::Stop,
        Step { node: None, .. } => Mark::Network,
        // What is lost on its way is lost beside the lane.
        Step { lost, received: None, sent, .. } if !lost.is_empty() && sent.is_empty() => Mark::None,
        _ => Mark::Dot,
    }
}

/// What is said of the node beside its dot.
fn said(story: &Story, place: usize) -> Vec<String> {
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
            said.push("runs again".into());
        }
        if let Some(vote) = is("vote").filter(|vote| *vote != "-" && look.role == Role::Follower) {
            said.push(format!("votes for {vote}"));
        }
        if let Some(granted) = is("votes granted").filter(|_| is("role").is_none()) {
            said.push(format!("has votes {granted}"));
        }
    }
    said.extend(step.notes.iter().map(|note| cut(note, 23)));
    said.extend(is("configuration").map(|members| cut(&format!("members {members}"), 23)));
    if step.stopped {
        said.push("stops".into());
    }
    for (peer, was, is) in changes.iter().filter(|(name, _, is)| name.starts_with("peer") && is != "-") {
        let (was, is) = (Peer::of(was), Peer::of(is));
        if (was.matched, was.next) != (is.matched, is.next) {
            said.push([peer.as_str(), is.matched, is.next].join(", ").replacen(',', ":", 1));
        }
        if was.pace != is.pace && !is.pace.is_empty() && !was.matched.is_empty() {
            said.push(format!("{peer}: {}", is.pace));
        }
    }
    said
}

/// The first words of what a leader knows of a peer.
struct Peer<'a> {
    matched: &'a str,
    next: &'a str,
    pace: &'a str,
}

impl<'a> Peer<'a> {
    fn of(row: &'a str) -> Self {
        let mut words = row.split(", ").map(|word| if word == "-" { "" } else { word });
        let mut next = || words.next().unwrap_or("");
        Peer { matched: next(), next: next(), pace: next() }
    }
}

fn cut(words: &str, most: usize) -> String {
    match words.chars().count() > most {
        true => words.chars().take(most - 1).collect::<String>() + "…",
        false => words.into(),
    }
}

/// The log, where it or the commit index changed.
fn shown_log(story: &Story, place: usize) -> Option<Look> {
    let look = &story.steps[place].both.as_ref()?.implementation;
    let before = story.before(place).map(|both| &both.implementation);
    let same = |before: &Look| {
        (before.base, &before.log, before.commit) == (look.base, &look.log, look.commit)
            && story.parting() != Some(place)
    };
    (!before.is_some_and(same) && story.steps[place].when != When::End).then(|| look.clone())
}

fn arrow<'r>(story: &Story, flight: &Flight, left: &Row, row: impl Fn(usize) -> Option<&'r Row>) -> Option<Arrow> {
    let Message { from, to, .. } = flight.message;
    // Of what is passed over nothing is drawn but what comes out of it, or goes in.
    let end = match flight.fate {
        Fate::Held | Fate::OnItsWay => left,
        Fate::Arrived(step) | Fate::Lost(step) => row(step)?,
    };
    if left.folded > 0 && end.folded > 0 {
        return None;
    }
    let start = (lane(from), left.dot.map_or(left.top + 9.0, |(_, y)| y));
    let rightwards = if to > from { 1.0 } else { -1.0 };
    // Far receivers have flatter stubs, so that no two lie on each other.
    let far = f32::from(from.number().abs_diff(to.number())) - 1.0;
    let stub = (start.0 + rightwards * (34.0 + 16.0 * far), start.1 + 15.0 - 4.0 * far);
    let is_folded = end.folded > 0;
    let (arrival, end, last) = match flight.fate {
        Fate::Held => return None,
        Fate::OnItsWay => (stub, End::Open, None),
        Fate::Lost(step) if Some(step) == flight.left => (stub, End::Cross, Some(step)),
        Fate::Lost(step) => {
            let y = end.dot.map_or(end.top + CAPTION + 9.0, |(_, y)| y);
            ((lane(to) - rightwards * 26.0, y), End::Cross, Some(step))
        }
        Fate::Arrived(step) => {
            let y = end.dot.map_or(end.top + 9.0, |(_, y)| y);
            ((lane(to) - rightwards * 8.0, y), End::Head, Some(step))
        }
    };
    let crowded = last.is_some_and(|place| {
        let step = &story.steps[place];
        let mut leaving = step.sent.iter().chain(&step.left).map(|flight| &story.flights[*flight]);
        leaving.any(|other| is_stub(other, place) && (other.message.to > to) == (rightwards < 0.0))
    });
    let arrives = last.map(|step| &story.steps[step]);
    let matters = arrives.map_or(end == End::Head, |step| step.matters) && story.steps[flight.made].matters;
    Some(Arrow {
        from: start,
        to: arrival,
        end,
        label: if is_folded { String::new() } else { label(&flight.message) },
        crowded,
        title: flight.message.to_string(),
        copy: flight.copy,
        matters: matters || story.parting().is_none(),
        parts: end == End::Head && last.is_some() && last == story.parting(),
    })
}

/// Whether it leaves in that step and comes to nothing that could be drawn to.
fn is_stub(flight: &Flight, step: usize) -> bool {
    let lost = flight.fate == Fate::OnItsWay || flight.fate == Fate::Lost(step);
    flight.left == Some(step) && lost
}

/// A message in a few characters: what it is, its term, its indexes.
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
        Body::AppendEntriesResponse { request, .. } if *request > 0 => format!("Wants snapshot t{t} #{request}"),
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
