//! The placement of texts: a text goes to the side that fewer arrows cross, and one that is still crossed gets an opaque
//! ground above the arrows.

use super::{Arrow, Diagram, Row, BESIDE, LANE, TEXT};
use crate::report::draw::svg::log_width;

/// The width of a character in pixels, in a wide font; a browser may use a narrower one.
const NOTE: f32 = 6.2;
const LABEL: f32 = 6.0;
const EVENT: f32 = 6.7;

/// A rectangle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Box {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Box {
    /// The box of a line of text that begins at `x`.
    fn of_text(x: f32, baseline: f32, characters: usize, each: f32) -> Self {
        let width = (characters as f32 * each).ceil() + 2.0;
        Box { x: (x - 1.0).floor(), y: baseline - 10.0, width, height: 13.0 }
    }

    /// True if the line of an arrow passes through the box.
    fn is_crossed(&self, arrow: &Arrow) -> bool {
        let ((x1, y1), (x2, y2)) = (arrow.from, arrow.to);
        // The part of the line, from 0 to 1, that lies within each pair of sides (Liang and Barsky).
        let (mut first, mut last) = (0.0_f32, 1.0_f32);
        for (start, way, low, high) in
            [(x1, x2 - x1, self.x, self.x + self.width), (y1, y2 - y1, self.y, self.y + self.height)]
        {
            if way == 0.0 {
                if start < low || start > high {
                    return false;
                }
                continue;
            }
            let (one, other) = ((low - start) / way, (high - start) / way);
            (first, last) = (first.max(one.min(other)), last.min(one.max(other)));
        }
        first < last
    }

    fn crossings(&self, arrows: &[Arrow]) -> usize {
        arrows.iter().filter(|arrow| self.is_crossed(arrow)).count()
    }
}

/// The number of places tried for an arrow's label, and the distance between them.
const TRIED: usize = 5;
const APART: f32 = 14.0;

impl Diagram {
    /// Moves texts away from arrows, and lays grounds under those that are still crossed.
    pub(super) fn place(&mut self) {
        for place in 0..self.arrows.len() {
            let best = (0..TRIED).map(|tried| tried as f32 * APART).min_by_key(|aside| {
                label_box(&self.arrows[place], *aside).map_or(0, |label| label.crossings(&self.arrows))
            });
            let aside = best.unwrap_or(0.0);
            let arrow = &mut self.arrows[place];
            arrow.anchor.0 += if arrow.is_rightwards() { -aside } else { aside };
        }
        for row in &mut self.rows {
            let left = row.dot.map_or(0.0, |(x, _)| x) - BESIDE - width(row);
            let crossed = |beside: f32| -> usize {
                boxes_beside(row, beside).iter().map(|text| text.crossings(&self.arrows)).sum()
            };
            // The first lane has no room on its left.
            if left > TEXT && width(row) < LANE - 2.0 * BESIDE && crossed(left) < crossed(row.beside) {
                row.beside = left;
            }
        }
        self.grounds = self.crossed();
    }

    /// The boxes of all texts that an arrow crosses.
    fn crossed(&self) -> Vec<(usize, Box)> {
        let labels = self.arrows.iter().filter_map(|arrow| Some((arrow.step, label_box(arrow, 0.0)?)));
        let rows = self.rows.iter().flat_map(|row| {
            let all = caption_box(row).into_iter().chain(boxes_beside(row, row.beside));
            all.map(|text| (row.step, text))
        });
        let agreed = self.agreed.zip(self.rows.last()).map(|(y, row)| {
            let characters = super::AGREED.len();
            (row.step, Box::of_text(self.width - 6.0 - characters as f32 * LABEL, y - 3.0, characters, LABEL))
        });
        let all = labels.chain(rows).chain(agreed);
        let mut crossed: Vec<_> = all.filter(|(_, text)| text.crossings(&self.arrows) > 0).collect();
        crossed.sort_by_key(|(step, _)| *step);
        crossed
    }
}

fn label_box(arrow: &Arrow, aside: f32) -> Option<Box> {
    let characters = arrow.label.chars().count();
    let width = characters as f32 * LABEL;
    let (x, y) = arrow.anchor;
    let x = if arrow.is_rightwards() { x - aside - width } else { x + aside };
    (characters > 0).then(|| Box::of_text(x, y, characters, LABEL))
}

fn caption_box(row: &Row) -> Option<Box> {
    let baseline = row.top + 14.0;
    match &row.caption {
        Some((number, event)) => {
            let named = number.parse::<usize>().is_err();
            let characters = event.chars().count() + if named { number.chars().count() + 2 } else { 0 };
            Some(Box::of_text(TEXT, baseline, characters, EVENT))
        }
        None if row.folded > 0 => Some(Box::of_text(TEXT, row.top + 13.0, super::folded(row.folded).len(), NOTE)),
        None => None,
    }
}

/// The boxes of a step's notes and log, when they begin at `beside`.
fn boxes_beside(row: &Row, beside: f32) -> Vec<Box> {
    let notes = row.notes.iter().map(|(y, note)| Box::of_text(beside, *y, note.chars().count(), NOTE));
    let log =
        row.log.iter().map(|(y, look)| Box { x: beside - 1.0, y: *y - 1.0, width: log_width(look), height: 17.0 });
    notes.chain(log).collect()
}

fn width(row: &Row) -> f32 {
    boxes_beside(row, 0.0).iter().map(|text| text.width).fold(0.0, f32::max)
}
