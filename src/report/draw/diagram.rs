//! The layout of the space-time diagram.
//!
//! Each node is a lane, and time runs downwards. Each step that shows something has a row of its own, so that a schedule
//! of any length can be read by scrolling, and the texts of two steps never overlap.

mod arrow;
mod place;
mod words;

pub use arrow::{Arrow, End};
pub use place::Box;
pub use words::{label, wrap};

use crate::lockstep::JudgeName;
use crate::report::story::{Look, Step, Story, When};
use crate::schedule::text;
use crate::spec::{NodeId, Role, Term};
use arrow::{arrow, is_stub, STUB};
use words::{said, shown_log};

/// The width of a lane, in pixels.
pub const LANE: f32 = 152.0;
/// The place of the first lane, right of the numbers of events.
pub const MARGIN: f32 = 40.0;
/// The beginning of texts over the whole width.
pub const TEXT: f32 = MARGIN + 14.0;
const CAPTION: f32 = 20.0;
const LINE: f32 = 15.0;
const GAP: f32 = 8.0;
const FOLD: f32 = 18.0;
/// The distance of a text from its lane.
const BESIDE: f32 = 12.0;

/// A diagram.
#[derive(Default)]
pub struct Diagram {
    pub width: f32,
    pub height: f32,
    pub rows: Vec<Row>,
    pub stripes: Vec<Stripe>,
    pub arrows: Vec<Arrow>,
    /// Grounds between arrows and the texts that they would cross, each with its step.
    pub grounds: Vec<(usize, Box)>,
    /// The height of the line of the last agreement.
    pub agreed: Option<f32>,
}

/// A row: a step, or a run of quiet steps.
#[derive(Default)]
pub struct Row {
    /// The step; the last of several.
    pub step: usize,
    pub top: f32,
    pub bottom: f32,
    /// The number of the event and its text, on its first step.
    pub caption: Option<(String, String)>,
    /// The place of the dot.
    pub dot: Option<(f32, f32)>,
    /// The height at which messages leave, below all texts.
    pub leaves: f32,
    pub mark: Mark,
    /// The beginning of the texts beside the lane.
    pub beside: f32,
    /// The texts about the node, each with its height.
    pub notes: Vec<(f32, String)>,
    pub log: Option<(f32, Look)>,
    /// The number of events, in a row of quiet steps.
    pub folded: usize,
    pub matters: bool,
    pub parts: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Mark {
    Dot,
    /// The node stops.
    Stop,
    /// The network changes: a line through all lanes.
    Network,
    /// No mark.
    #[default]
    None,
}

/// Part of a lane between two changes of term or role, or between a crash and a restart.
pub struct Stripe {
    pub x: f32,
    pub top: f32,
    pub bottom: f32,
    /// None while the node is down.
    pub state: Option<(Term, Role)>,
}

/// The text at the line of the last agreement.
pub const AGREED: &str = "last agreement";

/// The text for events that are not shown.
pub fn folded(count: usize) -> String {
    match count {
        1 => "… one event not shown".into(),
        count => format!("… {count} events not shown"),
    }
}

/// The place of a lane.
pub fn lane(node: NodeId) -> f32 {
    MARGIN + LANE * node.slot() as f32
}

impl Diagram {
    /// Lays out a story, from `top` downwards.
    pub fn of(story: &Story, top: f32) -> Self {
        let width = (MARGIN + LANE * story.nodes().count() as f32 - 6.0).max(340.0);
        let mut diagram = Diagram { width, height: top, ..Diagram::default() };
        for step in 0..story.steps.len() {
            diagram.row(story, step);
        }
        for sent in &story.messages {
            let row = |step: usize| diagram.rows.get(diagram.rows.partition_point(|row| row.step < step));
            let arrow = sent.left.and_then(|left| arrow(story, sent, row(left)?, row));
            diagram.arrows.extend(arrow);
        }
        for node in story.nodes() {
            diagram.lane(story, node, top);
        }
        diagram.place();
        diagram
    }

    fn row(&mut self, story: &Story, place: usize) {
        let step = &story.steps[place];
        if step.quiet {
            return self.fold(place, step);
        }
        let parts = story.parting() == Some(place);
        if parts {
            // Clients compare nothing, so there is no last agreement.
            if story.run.judge == JudgeName::Specification {
                self.agreed = Some(self.height + 7.0);
            }
            self.height += 16.0;
        }
        let top = self.height;
        let caption = self.caption(step, place);
        let mut y = top + if caption.is_some() { CAPTION } else { 0.0 };
        let mark = mark(step);
        let dot =
            step.node.filter(|_| mark != Mark::Network && step.when != When::End).map(|node| (lane(node), y + 9.0));
        let mut notes = Vec::new();
        let content = y;
        if step.received.is_some() || step.lost.iter().any(|sent| !is_stub(&story.messages[*sent])) {
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
        // A step without texts sends from its dot.
        let leaves = if y > content { y + 3.0 } else { dot.map_or(top + 9.0, |(_, dot)| dot) };
        let mut leaving = step.sent.iter().chain(&step.left).map(|sent| &story.messages[*sent]);
        if leaving.any(|sent| sent.left == Some(place) && is_stub(sent)) {
            self.height = self.height.max(leaves + STUB + 6.0);
        }
        let (bottom, beside) = (self.height, step.node.map_or(TEXT, lane) + BESIDE);
        let texts = Row { caption, beside, notes, log, ..Row::default() };
        self.rows.push(Row { step: place, top, bottom, dot, leaves, mark, matters: step.matters, parts, ..texts });
    }

    fn fold(&mut self, place: usize, step: &Step) {
        if let Some(last) = self.rows.last_mut().filter(|row| row.folded > 0) {
            last.folded += usize::from(step.part == 0);
            last.step = place;
            return;
        }
        // The quiet rest of an event whose first steps are shown needs no row.
        let folded = usize::from(step.part == 0);
        let (top, bottom) = (self.height, self.height + if folded > 0 { FOLD } else { 0.0 });
        self.height = bottom;
        let leaves = top + 9.0;
        self.rows.push(Row { step: place, top, bottom, leaves, beside: TEXT, folded, matters: true, ..Row::default() });
    }

    /// The event, unless the row above shows it.
    fn caption(&self, step: &Step, place: usize) -> Option<(String, String)> {
        let event = step.event.map_or("end of the run".to_string(), |event| text::line(&event));
        // The first step of an event may be quiet.
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
        // A message that is lost in flight ends beside the lane.
        Step { lost, received: None, sent, .. } if !lost.is_empty() && sent.is_empty() => Mark::None,
        _ => Mark::Dot,
    }
}
