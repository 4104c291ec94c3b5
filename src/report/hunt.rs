//! The progress of a hunt: its status each second, as a line, as JSON and as a plot over time.

use maud::{html, Markup, PreEscaped};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The status of a hunt.
#[derive(Clone, Default, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Seconds since its start.
    pub seconds: f64,
    /// The number of schedules run.
    pub executions: u64,
    /// The number of their events.
    pub events: u64,
    /// The number of runs whose healed cluster was slow ([`crate::lockstep::Slow`]).
    #[serde(default)]
    pub slow: u64,
    /// The number of edges covered, by the worker that covers most.
    pub coverage: u64,
    /// The number of abstract final states.
    pub abstract_states: u64,
    /// The number of inputs.
    pub corpus: usize,
    /// The number of causes of divergences.
    pub findings: usize,
}

impl Status {
    /// The mean of `count` per second.
    pub fn rate(&self, count: u64) -> u64 {
        (count as f64 / self.seconds.max(f64::MIN_POSITIVE)) as u64
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Status { seconds, executions, events, slow, coverage, abstract_states, corpus, findings } = self;
        write!(
            f,
            "{executions} executions ({}/s), {events} events ({}/s), coverage {coverage}, abstract states \
             {abstract_states}, corpus {corpus}, slow {slow}, findings {findings}, {seconds:.0}s",
            self.rate(*executions),
            self.rate(*events)
        )
    }
}

/// A name, and its value in a status.
type Figure = (&'static str, fn(&Status) -> f64);

/// The values plotted, each in a band of its own.
const BANDS: [Figure; 4] = [
    ("executions", |status| status.executions as f64),
    ("coverage (edges)", |status| status.coverage as f64),
    ("abstract states", |status| status.abstract_states as f64),
    ("corpus (inputs)", |status| status.corpus as f64),
];

const LEFT: f64 = 16.0;
const RIGHT: f64 = 84.0;
const WIDTH: f64 = 720.0;
const TOP: f64 = 48.0;
const HEIGHT: f64 = 84.0;
const BAND: f64 = 128.0;
/// The number of points of a line; more would overlap.
const POINTS: usize = 700;

/// The statuses of a file over time, as SVG. Consecutive hunts are drawn one after the other, with a rule at each start;
/// executions are cumulative.
pub fn plot(lines: &[Status]) -> String {
    let (spans, lines) = joined(lines);
    let length = lines.last().map_or(1.0, |last| last.seconds).max(1.0);
    let x = |seconds: f64| LEFT + (WIDTH - LEFT - RIGHT) * seconds / length;
    let bottom = TOP + BAND * BANDS.len() as f64;
    let (width, height) = (WIDTH, bottom + 12.0);
    let drawn = html! {
        svg xmlns="http://www.w3.org/2000/svg" class="picture" viewBox=(format!("0 0 {width} {height}")) width=(width)
            height=(height) role="img" aria-label="A hunt over time" {
            style { (PreEscaped(super::draw::STYLE)) (PreEscaped(LINES)) }
            rect class="ground" width=(width) height=(height) {}
            text class="title" x=(LEFT) y="22" { "A hunt over time" }
            @if let Some(last) = lines.last() {
                text class="soft" x=(LEFT) y="38" { (last) }
            }
            @for start in spans.iter().skip(1) {
                line class="began" x1=(tenths(x(*start))) x2=(tenths(x(*start))) y1=(TOP) y2=(bottom - 20.0) {}
            }
            @for (place, (name, of)) in BANDS.iter().enumerate() {
                (band(name, *of, &lines, TOP + BAND * place as f64, &x))
            }
            @for found in findings(&lines) {
                circle class="found" cx=(tenths(x(found.seconds))) cy=(bottom - 20.0) r="3.5" {
                    title { (found.findings) " found after " (clock(found.seconds)) }
                }
            }
            @for tick in ticks(length) {
                text class="soft middle" x=(tenths(x(tick))) y=(bottom - 2.0) { (clock(tick)) }
            }
        }
    };
    drawn.into_string() + "\n"
}

const LINES: &str = "
.picture .line { fill: none; stroke: var(--t2); stroke-width: 1.6; stroke-linejoin: round; }
.picture .under { fill: var(--t2); fill-opacity: .1; }
.picture .began { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 3; }
.picture .found { fill: var(--wrong); }
.picture .middle { text-anchor: middle; }
";

/// One value over time.
fn band(name: &str, of: fn(&Status) -> f64, lines: &[Status], top: f64, x: &impl Fn(f64) -> f64) -> Markup {
    let most = lines.iter().map(of).fold(0.0, f64::max);
    let (head, foot) = (top + 22.0, top + 22.0 + HEIGHT);
    let y = |value: f64| foot - HEIGHT * value / most.max(1.0);
    let step = lines.len().div_ceil(POINTS).max(1);
    let kept = lines.iter().step_by(step).chain(lines.last());
    let points: Vec<String> = kept.map(|line| format!("{},{}", tenths(x(line.seconds)), tenths(y(of(line))))).collect();
    let (first, last) = (lines.first().map_or(0.0, |it| it.seconds), lines.last().map_or(0.0, |it| it.seconds));
    let under = format!("{},{foot} {} {},{foot}", tenths(x(first)), points.join(" "), tenths(x(last)));
    html! {
        text class="note" x=(LEFT) y=(top + 14.0) font-weight="600" { (name) }
        line class="rule" x1=(LEFT) x2=(WIDTH - RIGHT) y1=(head) y2=(head) {}
        line class="rule" x1=(LEFT) x2=(WIDTH - RIGHT) y1=(foot) y2=(foot) {}
        polygon class="under" points=(under) {}
        polyline class="line" points=(points.join(" ")) {}
        text class="note" x=(WIDTH - RIGHT + 8.0) y=(tenths(lines.last().map_or(foot, |it| y(of(it))) + 4.0)) {
            (lines.last().map_or(0.0, of))
        }
    }
}

/// The starts of consecutive hunts, and their statuses with cumulative times and counts.
fn joined(lines: &[Status]) -> (Vec<f64>, Vec<Status>) {
    let (mut starts, mut joined) = (vec![0.0], Vec::<Status>::with_capacity(lines.len()));
    let mut base = Status::default();
    let mut before = 0.0;
    for line in lines {
        if line.seconds < before {
            base = joined.last().cloned().unwrap_or_default();
            starts.push(base.seconds);
        }
        before = line.seconds;
        joined.push(Status {
            seconds: base.seconds + line.seconds,
            executions: base.executions + line.executions,
            events: base.events + line.events,
            slow: base.slow + line.slow,
            ..line.clone()
        });
    }
    (starts, joined)
}

/// The statuses that have more findings than the one before.
fn findings(lines: &[Status]) -> impl Iterator<Item = &Status> {
    let before = std::iter::once(0).chain(lines.iter().map(|line| line.findings));
    lines.iter().zip(before).filter(|(line, before)| line.findings > *before).map(|(line, _)| line)
}

/// Round times for the axis, at most nine.
fn ticks(length: f64) -> Vec<f64> {
    let steps = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0];
    let hours = (1..).map(|hours| 3600.0 * f64::from(hours));
    let step = steps.into_iter().chain(hours).find(|step| length / step <= 8.0).unwrap_or(length);
    (0..=(length / step) as u32).map(|number| step * f64::from(number)).collect()
}

/// Seconds in hours, minutes and seconds.
pub fn clock(seconds: f64) -> String {
    let whole = seconds as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 if whole % 60 == 0 => format!("{} min", whole / 60),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
    }
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64, executions: u64, findings: usize) -> Status {
        Status { seconds, executions, findings, ..Status::default() }
    }

    #[test]
    fn hunts_that_follow_one_another_go_on() {
        let lines = [at(1.0, 10, 0), at(2.0, 30, 1), at(1.0, 5, 0), at(3.0, 20, 1)];
        let (starts, joined) = joined(&lines);
        assert_eq!(starts, [0.0, 2.0]);
        assert_eq!(joined.iter().map(|line| line.seconds).collect::<Vec<_>>(), [1.0, 2.0, 3.0, 5.0]);
        assert_eq!(joined.iter().map(|line| line.executions).collect::<Vec<_>>(), [10, 30, 35, 50]);
        assert_eq!(findings(&joined).map(|line| line.seconds).collect::<Vec<_>>(), [2.0, 5.0]);
    }

    #[test]
    fn a_picture_has_each_figure_and_stays_small() {
        let lines: Vec<Status> = (1..=20_000).map(|second| at(f64::from(second), 100, 0)).collect();
        let drawn = plot(&lines);
        assert!(BANDS.iter().all(|(name, _)| drawn.contains(name)), "{drawn}");
        assert!(drawn.len() < 100_000, "{} bytes", drawn.len());
        assert!(plot(&[]).contains("</svg>"));
    }

    #[test]
    fn times_are_round() {
        assert_eq!(ticks(60.0), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]);
        assert_eq!(clock(5400.0), "1 h 30 min");
        assert_eq!(clock(90.0), "1 min 30 s");
    }
}
