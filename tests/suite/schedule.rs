//! The schedule reference of the docs is current, and files of every version are read.

use crate::common::{assert_golden, root};
use raft_lockstep::schedule::ability::{Ability, ABILITIES};
use raft_lockstep::schedule::events::EVENTS;
use raft_lockstep::schedule::knobs::KNOBS;
use raft_lockstep::schedule::operands::Kind;
use raft_lockstep::schedule::settings::{Values, SETTINGS};
use raft_lockstep::schedule::{alphabet, codec, generate, text, Event, Setup};
use std::fmt::Write;
use std::fs;

fn name(ability: Option<Ability>) -> String {
    let row = ability.and_then(|ability| ABILITIES.iter().find(|row| row.ability == ability));
    row.map_or("-".into(), |row| format!("`{}`", row.name))
}

/// The form of a line in text.
fn form(word: &str, operands: &[(&str, Kind)]) -> String {
    operands.iter().fold(word.to_string(), |form, (name, kind)| format!("{form} {}", kind.form(name)))
}

/// A sentence without the rustdoc links.
fn plain(about: &str) -> String {
    about.replace("[`", "`").replace("`]", "`")
}

fn values(values: Values) -> String {
    match values {
        Values::Range(least, most) => format!("{least} to {most}"),
        Values::OneOf(known) => known.iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
        Values::Named(names) => names.join(", "),
        Values::Flag => "true, false".into(),
    }
}

fn value(values: Values, value: u32) -> String {
    match values {
        Values::Flag => (value != 0).to_string(),
        Values::Named(names) => names[value as usize].into(),
        Values::Range(..) | Values::OneOf(_) => value.to_string(),
    }
}

/// The line of the last event in the alphabet that satisfies `is`.
fn example(is: impl Fn(&Event) -> bool) -> String {
    let setup = Setup { voters: 3, spares: 1, ..Setup::default() };
    let events = alphabet(&setup);
    text::line(events.iter().filter(|event| is(event)).last().expect("the alphabet has every event"))
}

#[test]
fn the_schedule_reference_is_current() {
    let mut page = format!(
        "A schedule as text begins with the line `{}`. Then come settings, one a line, the line `events`, one event a \
         line, and the line `end`. `#` starts a comment. Nodes are numbered from 1: first the voters, then the learners, \
         then the spares. A setting that is not named has its default. An event that cannot happen (a message that is \
         not there, a tick of a node that is down) is a no-op. An event or knob that needs an ability which the \
         implementation lacks is a no-op, too, and such a setting takes its neutral value.\n\n# Events\n\n\
         | event | needs | about | example |\n| --- | --- | --- | --- |\n",
        text::VERSION
    );
    for row in EVENTS {
        let example = example(|event| event.row().word == row.word);
        let needs = if row.word == "set" { "its knob's".into() } else { name(row.needs) };
        let form = form(row.word, row.operands);
        writeln!(page, "| `{form}` | {needs} | {} | `{example}` |", plain(row.about)).unwrap();
    }
    page += "\n# Knobs\n\nThe event `set NODE KNOB VALUE` changes one of these settings of a node at run time.\n\n\
             | knob | needs | about | example |\n| --- | --- | --- | --- |\n";
    for row in KNOBS {
        let example = example(|event| matches!(event, Event::Set(_, knob) if knob.row().name == row.name));
        let form = form(row.name, row.operands);
        writeln!(page, "| `{form}` | {} | {} | `{example}` |", name(Some(row.needs)), plain(row.about)).unwrap();
    }
    page += "\n# Settings\n\n| setting | values | default | needs, else | about | example |\n\
             | --- | --- | --- | --- | --- | --- |\n";
    for row in SETTINGS {
        let needs: Vec<String> = row
            .needs
            .iter()
            .map(|(ability, without)| format!("{}, else {}", name(Some(*ability)), value(row.values, *without)))
            .collect();
        let needs = if needs.is_empty() { "-".into() } else { needs.join("; ") };
        let other = row.values.at((row.values.place(row.default) + 1) % row.values.count());
        writeln!(
            page,
            "| `{}` | {} | {} | {needs} | {} | `{} {}` |",
            row.name,
            values(row.values),
            value(row.values, row.default),
            row.about,
            row.name,
            value(row.values, other)
        )
        .unwrap();
    }
    page += "\n# Versions\n\nBytes and texts carry a version. Older ones are read; \
             `raft-lockstep corpus --migrate DIR` rewrites a folder of them.\n\n\
             | version | settings | events | knobs |\n| --- | --- | --- | --- |\n| 1 (release 0.1.0) | 27 | 42 | - |\n";
    for version in codec::VERSIONS {
        writeln!(page, "| {} | {} | {} | {} |", version.number, version.settings, version.events, version.knobs)
            .unwrap();
    }
    assert_golden(&root().join("src/docs/schedule.md"), &page);
}

/// One schedule as bytes and text of each version: a new version adds two files.
#[test]
fn a_file_of_each_version_is_read() {
    let folder = root().join("tests/suite/input");
    let current = folder.join(format!("version_{}", codec::CURRENT.number));
    let oldest = codec::decode(&fs::read(folder.join("version_1.bin")).unwrap()).unwrap();
    if crate::common::rewrites() {
        fs::write(current.with_extension("bin"), codec::encode(&oldest)).unwrap();
        fs::write(current.with_extension("txt"), text::write(&oldest)).unwrap();
    }
    let words: std::collections::BTreeSet<_> = oldest.events.iter().map(|event| event.row().word).collect();
    assert!(words.len() > 20, "the file has few events: {words:?}");
    for version in 1..=codec::CURRENT.number {
        let bytes = fs::read(folder.join(format!("version_{version}.bin"))).unwrap();
        let text = fs::read_to_string(folder.join(format!("version_{version}.txt"))).unwrap();
        assert_eq!(codec::decode(&bytes).unwrap(), oldest, "version {version}");
        assert_eq!(text::read(&text).unwrap(), oldest, "version {version}");
    }
}

/// Seeds in docs and reports keep their meaning: the schedules hash as they did before the tables.
#[test]
fn a_seed_has_the_schedule_that_it_had() {
    let texts: String = (0..200).map(|seed| format!("{:?}\n", generate::schedule(seed, 80))).collect();
    // FNV-1a.
    let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    assert_eq!(texts.bytes().fold(0xcbf2_9ce4_8422_2325, step), 0x1e0e_4f01_89c8_8249);
}
