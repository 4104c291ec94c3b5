//! The geometry of diagrams: a text that an arrow crosses has an opaque ground over the arrow.
#![cfg(feature = "cli")]

use crate::common::{quiet, root, schedules};
use raft_lockstep::findings::{FindingSet, IN_RAFT_RS};
use raft_lockstep::lockstep::Options;
use raft_lockstep::report::draw::{Caption, FORMATS};
use raft_lockstep::report::story::{story, Story};
use raft_lockstep::schedule::text;
use raft_lockstep::sut::nodes::raft_rs::RaftRs;

/// A lower bound for the width of a character in the fonts of the picture.
const NARROW: f32 = 5.3;

#[derive(Clone, Copy, Debug)]
struct Area {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

impl Area {
    /// True if a segment passes through, tested at samples less than a pixel apart.
    fn meets(&self, [x1, y1, x2, y2]: [f32; 4]) -> bool {
        let samples = 2 + ((x2 - x1).abs() + (y2 - y1).abs()) as usize * 2;
        (0..=samples).map(|at| at as f32 / samples as f32).any(|at| {
            let (x, y) = (x1 + at * (x2 - x1), y1 + at * (y2 - y1));
            x > self.left && x < self.right && y > self.top && y < self.bottom
        })
    }

    fn covers(&self, other: &Area) -> bool {
        self.left <= other.left && self.right >= other.right && self.top <= other.top && self.bottom >= other.bottom
    }
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    element.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

fn number(element: &str, name: &str) -> f32 {
    attribute(element, name).and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{name} of {element}"))
}

/// The box of a text that arrows may cross.
fn text_area(element: &str) -> Option<Area> {
    let class = attribute(element, "class")?;
    let words = element.split_once('>')?.1.split_once('<')?.0;
    let met = ["note", "label", "event"].iter().any(|name| class.split(' ').any(|word| word == *name));
    let plain = words.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&");
    let width = plain.chars().count() as f32 * NARROW;
    let (x, y) = (number(element, "x"), number(element, "y"));
    let left = if class.split(' ').any(|word| word == "left") { x - width } else { x };
    // The names of the lanes are above the picture.
    (met && !plain.is_empty() && !plain.starts_with("node ")).then_some(Area {
        left,
        top: y - 7.0,
        right: left + width,
        bottom: y,
    })
}

/// The errors of a picture, and the number of crossed texts.
fn crossed(svg: &str) -> (Vec<String>, usize) {
    let elements: Vec<&str> = svg.lines().collect();
    let is = |element: &str, name: &str, class: &str| {
        element.starts_with(name) && attribute(element, "class").is_some_and(|all| all.starts_with(class))
    };
    let arrows: Vec<(usize, [f32; 4])> = elements
        .iter()
        .enumerate()
        .filter(|(_, element)| is(element, "<line", "arrow"))
        .map(|(place, element)| (place, ["x1", "y1", "x2", "y2"].map(|name| number(element, name))))
        .collect();
    let last_arrow = arrows.last().map_or(0, |(place, _)| *place);
    let area = |element: &str| {
        let (left, top) = (number(element, "x"), number(element, "y"));
        Area { left, top, right: left + number(element, "width"), bottom: top + number(element, "height") }
    };
    let grounds: Vec<(usize, Area)> = elements
        .iter()
        .enumerate()
        .filter(|(place, element)| *place > last_arrow && is(element, "<rect", "under"))
        .map(|(place, element)| (place, area(element)))
        .collect();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (place, element) in elements.iter().enumerate().filter(|(_, element)| element.starts_with("<text")) {
        let Some(text) = text_area(element) else { continue };
        if arrows.iter().any(|(_, arrow)| text.meets(*arrow)) {
            count += 1;
            let grounded = grounds.iter().any(|(ground, area)| *ground < place && area.covers(&text));
            wrong.extend((!grounded).then(|| element.to_string()));
        }
    }
    (wrong, count)
}

fn picture(story: &Story) -> String {
    let svg = FORMATS.iter().find(|format| format.name == "svg").unwrap();
    (svg.write)(story, &Caption { title: "it", command: "" })
}

fn stories() -> Vec<(String, Story)> {
    quiet();
    let finding = |row: &raft_lockstep::findings::FindingRow| {
        let path = root().join("artifacts").join(row.name).join("schedule.txt");
        let schedule = text::read(&std::fs::read_to_string(path).unwrap()).unwrap();
        let options = Options { known: FindingSet::RAFT_RS.without(row.finding), ..Options::default() };
        (row.name.to_string(), story::<RaftRs>(&schedule, options))
    };
    let scenarios = schedules("corpus/scenarios").into_iter();
    let scenarios = scenarios.map(|(name, schedule)| (name, story::<RaftRs>(&schedule, Options::default())));
    IN_RAFT_RS.iter().map(finding).chain(scenarios).collect()
}

#[test]
fn no_arrow_crosses_a_text_that_has_no_ground() {
    let mut crossings = 0;
    for (name, story) in stories() {
        let (wrong, count) = crossed(&picture(&story));
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
        crossings += count;
    }
    // Only messages cross texts.
    assert!(crossings > 100, "the test sees no arrow cross: {crossings}");
}

/// The same picture without grounds must fail.
#[test]
fn a_text_without_a_ground_is_noticed() {
    let (_, story) = stories().into_iter().find(|(name, _)| name == "lease-outlived").unwrap();
    let bare = picture(&story).replace("class=\"under\"", "class=\"gone\"");
    assert!(!crossed(&bare).0.is_empty());
}
