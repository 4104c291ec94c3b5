//! The space-time diagram as SVG.

use super::diagram::{folded, lane, wrap, Arrow, Diagram, End, Mark, Row, Stripe, AGREED, TEXT};
use super::Caption;
use crate::lockstep::JudgeName;
use crate::report::story::{Look, Story};
use crate::spec::{Change, Index, Role, Term, NO_OP};
use maud::{html, Markup, PreEscaped};

/// The style of pictures, alone and in a page.
pub const STYLE: &str = include_str!("picture.css");

const HEADER: f32 = 28.0;
const TITLE: f32 = 30.0;
const LINE: f32 = 14.0;

/// A story as a picture of its own.
pub fn write(story: &Story, caption: &Caption) -> String {
    let diagram = Diagram::of(story, TITLE + HEADER);
    let parting = wrapped(story, diagram.width);
    let callout = diagram.height;
    let legend = callout + parting.len() as f32 * LINE + if parting.is_empty() { 8.0 } else { 28.0 };
    let notes: Vec<String> = LEGEND.iter().flat_map(|line| wrap(line, room(diagram.width))).collect();
    let height = legend + notes.len() as f32 * LINE + 10.0;
    let picture = html! {
        svg xmlns="http://www.w3.org/2000/svg" class="picture" viewBox=(format!("0 0 {} {height}", diagram.width))
            width=(diagram.width) height=(height) role="img" aria-label=(format!("Space-time diagram of {}", caption.title)) {
            style { (PreEscaped(STYLE)) }
            rect class="ground" width=(diagram.width) height=(height) {}
            text class="title" x="10" y="20" { (caption.title) }
            g transform=(format!("translate(0 {TITLE})")) { (names(story)) }
            (body(&diagram))
            (told(&parting, callout, diagram.width))
            @for (place, line) in notes.iter().enumerate() {
                text class="soft" x="10" y=(legend + 8.0 + place as f32 * LINE) { (line) }
            }
        }
    };
    in_lines(&picture.into_string()) + "\n"
}

const LEGEND: &[&str] = &[
    "Stripes and boxes: the colour is the term; a full stripe is a leader.",
    "Boxes: log entries with their values; dashed: uncommitted.",
    "Faded: not in the causal chain. t term, # index, c commit index.",
];

/// The names of the lanes.
pub fn names(story: &Story) -> Markup {
    html! {
        @for node in story.nodes() {
            @let learner = !story.schedule.setup.configuration().voters.contains(node);
            text class="note" x=(lane(node) - 8.0) y="18" font-weight="600" { "node " (node) @if learner { " (non-voter)" } }
        }
    }
}

/// The picture inside a page: the lanes alone.
pub fn inline(diagram: &Diagram) -> Markup {
    html! {
        svg class="picture" id="picture" viewBox=(format!("0 0 {} {}", diagram.width, diagram.height + 6.0)) role="img"
            aria-label="Space-time diagram: a lane for each node, time runs downwards" {
            g id="drawn" { (body(diagram)) }
        }
    }
}

fn body(diagram: &Diagram) -> Markup {
    html! {
        // The areas for clicks lie below everything.
        @for row in &diagram.rows { (ground(row, diagram.width)) }
        @for arrow in &diagram.arrows { (self::arrow(arrow)) }
        // Texts come after all arrows; one that an arrow crosses has an opaque ground.
        @for grounds in diagram.grounds.chunk_by(|one, other| one.0 == other.0) {
            g class="step" data-step=(grounds[0].0) {
                @for (_, ground) in grounds { rect class="under" x=(ground.x) y=(ground.y) width=(ground.width) height=(ground.height) {} }
            }
        }
        @for stripe in &diagram.stripes { (self::stripe(stripe)) }
        @for arrow in &diagram.arrows { (self::label(arrow)) }
        @for row in &diagram.rows { (self::row(row, diagram.width)) }
        @if let Some(y) = diagram.agreed {
            line class="agreed" x1="0" x2=(diagram.width) y1=(y) y2=(y) {}
            text class="agreed-text note left" x=(diagram.width - 6.0) y=(y - 3.0) { (AGREED) }
        }
    }
}

fn ground(row: &Row, width: f32) -> Markup {
    html! {
        g class="step" data-step=(row.step) {
            rect class="hit" x="0" y=(row.top) width=(width) height=(row.bottom - row.top) {}
        }
    }
}

fn term_class(term: Term) -> String {
    match term {
        0 => "t0".into(),
        term => format!("t{}", 1 + (term - 1) % 8),
    }
}

fn stripe(stripe: &Stripe) -> Markup {
    let height = stripe.bottom - stripe.top;
    html! {
        @match stripe.state {
            Some((term, role)) => {
                @let role = match role { Role::Leader => " leader", Role::Candidate | Role::PreCandidate => " candidate", Role::Follower => "" };
                rect class=(format!("stripe {}{role}", term_class(term))) x=(stripe.x - 4.0) y=(stripe.top) width="8" height=(height) {}
            }
            None => { line class="down" x1=(stripe.x) x2=(stripe.x) y1=(stripe.top) y2=(stripe.bottom) {} }
        }
    }
}

fn arrow(arrow: &Arrow) -> Markup {
    let ((x1, y1), (x2, y2)) = (arrow.from, arrow.to);
    let line = match (arrow.copy, arrow.end) {
        (true, _) => "arrow copy",
        (_, End::Open) => "arrow open",
        _ => "arrow",
    };
    html! {
        g class=(message_class(arrow)) {
            title { (arrow.title) }
            line class=(line) x1=(x1) y1=(y1) x2=(x2) y2=(y2) {}
            @match arrow.end {
                End::Head => path class="head" d=(head(arrow)) {},
                End::Cross => path class="cross" d=(format!("M{} {}l8 8m0 -8l-8 8", x2 - 4.0, y2 - 4.0)) {},
                End::Open => {}
            }
        }
    }
}

fn class(of: &str, matters: bool, parts: bool) -> String {
    format!("{of}{}{}", if matters { "" } else { " aside" }, if parts { " wrong" } else { "" })
}

fn message_class(arrow: &Arrow) -> String {
    class("message", arrow.matters, arrow.parts)
}

fn label(arrow: &Arrow) -> Markup {
    let (x, y) = arrow.anchor;
    html! {
        circle class=(if arrow.matters { "leaves" } else { "leaves aside" }) cx=(arrow.from.0) cy=(arrow.from.1) r="2" {}
        @if !arrow.label.is_empty() {
            g class=(message_class(arrow)) {
                title { (arrow.title) }
                text class=(if arrow.is_rightwards() { "label left" } else { "label" }) x=(x) y=(y) { (arrow.label) }
            }
        }
    }
}

fn head(arrow: &Arrow) -> String {
    let ((x1, y1), (x2, y2)) = (arrow.from, arrow.to);
    let length = ((x2 - x1).powi(2) + (y2 - y1).powi(2)).sqrt().max(1.0);
    let (dx, dy) = ((x2 - x1) / length, (y2 - y1) / length);
    let at =
        |along: f32, across: f32| format!("{:.1} {:.1}", x2 - along * dx - across * dy, y2 - along * dy + across * dx);
    format!("M{}L{}L{}Z", at(-2.0, 0.0), at(7.0, 3.5), at(7.0, -3.5))
}

fn row(row: &Row, width: f32) -> Markup {
    html! {
        g class=(class("step", row.matters, row.parts)) data-step=(row.step) {
            @if let Some((number, event)) = &row.caption {
                line class="rule" x1="0" x2=(width) y1=(row.top) y2=(row.top) {}
                @let named = number.parse::<usize>().is_err();
                text class="number" x=(TEXT - 24.0) y=(row.top + 14.0) { @if !named { (number) } }
                text class="event note" x=(TEXT) y=(row.top + 14.0) { @if named { (number) ": " } (event) }
            }
            @if row.folded > 0 {
                text class="fold note" x=(TEXT) y=(row.top + 13.0) {
                    (folded(row.folded))
                }
            }
            @if row.mark == Mark::Network && row.folded == 0 {
                line class="net" x1="0" x2=(width) y1=(row.bottom - 4.0) y2=(row.bottom - 4.0) {}
            }
            @if let Some((x, y)) = row.dot {
                @match row.mark {
                    Mark::Dot => circle class="dot" cx=(x) cy=(y) r="4.2" {},
                    Mark::Stop => path class="cross" d=(format!("M{} {}l12 12m0 -12l-12 12", x - 6.0, y - 6.0)) {},
                    Mark::Network | Mark::None => {}
                }
                @if row.parts { circle class="ring" cx=(x) cy=(y) r="8" {} }
                @for (y, note) in &row.notes { text class="note" x=(row.beside) y=(y) { (note) } }
                @if let Some((y, look)) = &row.log { (log(look, row.beside, *y)) }
            }
        }
    }
}

/// The number of entries shown at the end of a log.
const ENTRIES: usize = 7;
const BOX: f32 = 15.0;

/// The number of entries hidden at the beginning, and the label before the first one shown.
fn log_head(look: &Look) -> (usize, String) {
    let hidden = look.log.len().saturating_sub(ENTRIES);
    let first = look.base + hidden as Index + 1;
    (hidden, if hidden > 0 { format!("…{first}") } else { first.to_string() })
}

/// The text for a log without entries.
fn log_words(look: &Look) -> Option<String> {
    let words = || if look.base > 1 { format!("snapshot to {}", look.base) } else { "log empty".into() };
    look.log.is_empty().then(words)
}

/// The width of a log.
pub fn log_width(look: &Look) -> f32 {
    match log_words(look) {
        Some(words) => words.len() as f32 * 5.6 + 4.0,
        None => {
            let (hidden, before) = log_head(look);
            5.0 * before.chars().count() as f32 + 7.0 + (look.log.len() - hidden) as f32 * (BOX + 2.0)
        }
    }
}

fn log(look: &Look, x: f32, y: f32) -> Markup {
    let (hidden, before) = log_head(look);
    let first = look.base + hidden as Index + 1;
    let start = x + 5.0 * before.chars().count() as f32 + 5.0;
    html! {
        @if let Some(words) = log_words(look) {
            text class="index note" x=(x) y=(y + 11.0) { (words) }
        } @else {
            text class="index note" x=(x) y=(y + 11.0) { (before) }
            @for ((entry, index), place) in look.log[hidden..].iter().zip(first..).zip(0..) {
                @let left = start + place as f32 * (BOX + 2.0);
                @let loose = if index > look.commit { " loose" } else { "" };
                rect class="ground" x=(left) y=(y) width=(BOX) height=(BOX) {}
                rect class=(format!("entry {}{loose}", term_class(entry.term))) x=(left) y=(y) width=(BOX) height=(BOX) rx="2" {}
                text class="value" x=(left + BOX / 2.0) y=(y + 11.0) {
                    @if entry.value == NO_OP { "–" } @else if Change::is_value(entry.value) { "C" } @else { (entry.value) }
                }
            }
        }
    }
}

/// The number of characters in a line.
fn room(width: f32) -> usize {
    ((width - 34.0) / 5.9) as usize
}

/// The description of the divergence, below the picture.
fn wrapped(story: &Story, width: f32) -> Vec<(bool, String)> {
    let Some(reason) = &story.reason else { return Vec::new() };
    let (room, divergence) = (room(width), story.run.verdict.divergence());
    let what = match story.run.judge {
        JudgeName::Specification => "Divergence",
        JudgeName::Clients => "Consequence",
    };
    let title =
        format!("{what}{}: {}", divergence.map_or(String::new(), |it| format!(" {}", it.place())), reason.short);
    let did = format!("{}: {}", story.implementation, reason.did.replace('`', ""));
    let words = [(true, title), (false, did), (false, format!("Raft: {}", reason.requires.replace('`', "")))];
    words.iter().flat_map(|(title, text)| wrap(text, room).into_iter().map(|line| (*title, line))).collect()
}

fn told(lines: &[(bool, String)], top: f32, width: f32) -> Markup {
    html! {
        @if !lines.is_empty() {
            rect class="box" x="6" y=(top + 4.0) width=(width - 12.0) height=(lines.len() as f32 * LINE + 12.0) rx="4" {}
            @for (place, (title, line)) in lines.iter().enumerate() {
                text class=(if *title { "wrong-title" } else { "" }) x="14" y=(top + 18.0 + place as f32 * LINE) { (line) }
            }
        }
    }
}

/// One element a line, so that diffs of pictures can be read; empty elements are self-closing.
fn in_lines(svg: &str) -> String {
    let short = ["rect", "line", "circle", "path"];
    let svg = short.iter().fold(svg.to_string(), |svg, name| svg.replace(&format!("></{name}>"), "/>"));
    let begun = ["g", "rect", "line", "text"];
    begun.iter().fold(svg, |svg, name| svg.replace(&format!("><{name}"), &format!(">\n<{name}")))
}
