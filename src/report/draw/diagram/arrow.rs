//! Arrows: a message leaves below the texts of its step, and arrives at the dot of its receiver's step.

use super::words::label;
use super::{lane, Row, CAPTION};
use crate::report::story::{Fate, Sent, Story};
use crate::spec::Message;

/// The arrow of a message.
pub struct Arrow {
    pub from: (f32, f32),
    pub to: (f32, f32),
    pub end: End,
    /// The label, and its place below the end of the line, on the sender's side.
    pub label: String,
    pub anchor: (f32, f32),
    /// The step that the label belongs to.
    pub step: usize,
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
    /// In flight when the run ended.
    Open,
}

impl Arrow {
    pub fn is_rightwards(&self) -> bool {
        self.to.0 > self.from.0
    }
}

/// True if the arrow has no step to end at: the message is in flight at the end, or lost at once.
pub fn is_stub(sent: &Sent) -> bool {
    match sent.fate {
        Fate::InFlight => true,
        Fate::Lost(step) => Some(step) == sent.left,
        Fate::Held | Fate::Arrived(_) => false,
    }
}

pub fn arrow<'r>(story: &Story, sent: &Sent, left: &Row, row: impl Fn(usize) -> Option<&'r Row>) -> Option<Arrow> {
    let Message { from, to, .. } = sent.message;
    // A message between two quiet steps is not drawn.
    let end = match sent.fate {
        Fate::Held | Fate::InFlight => left,
        Fate::Arrived(step) | Fate::Lost(step) => row(step)?,
    };
    if left.folded > 0 && end.folded > 0 {
        return None;
    }
    let start = (lane(from), left.leaves);
    let rightwards = if to > from { 1.0 } else { -1.0 };
    // Stubs to farther receivers are flatter, so that no two overlap.
    let far = f32::from(from.number().abs_diff(to.number())) - 1.0;
    let stub = (start.0 + rightwards * (34.0 + 16.0 * far), start.1 + STUB - 4.0 * far);
    let is_folded = end.folded > 0;
    let (arrival, kind, last) = match sent.fate {
        Fate::Held => return None,
        Fate::InFlight => (stub, End::Open, None),
        Fate::Lost(step) if is_stub(sent) => (stub, End::Cross, Some(step)),
        Fate::Lost(step) => {
            let y = end.dot.map_or(end.top + CAPTION + 9.0, |(_, y)| y);
            ((lane(to) - rightwards * 26.0, y), End::Cross, Some(step))
        }
        Fate::Arrived(step) => {
            let y = end.dot.map_or(end.top + 9.0, |(_, y)| y);
            ((lane(to) - rightwards * 8.0, y), End::Head, Some(step))
        }
    };
    let labelled = !is_folded && kind != End::Open && !is_stub(sent);
    let matters = last.is_some_and(|step| story.steps[step].matters) && story.steps[sent.made].matters;
    Some(Arrow {
        from: start,
        to: arrival,
        end: kind,
        label: if labelled { label(&sent.message) } else { String::new() },
        anchor: (arrival.0 - rightwards * 6.0, arrival.1 + 12.0),
        step: end.step,
        title: sent.message.to_string(),
        copy: sent.copy,
        matters: matters || story.parting().is_none(),
        parts: kind == End::Head && last.is_some() && last == story.parting(),
    })
}

/// The height of a stub.
pub const STUB: f32 = 15.0;
