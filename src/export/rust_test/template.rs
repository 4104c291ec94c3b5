//! The parts of `world.rs` that a test needs.

use std::collections::BTreeSet;

/// The template.
const WORLD: &str = include_str!("world.rs");

/// The first words of the world.
const ABOUT: &str = "A cluster of raft-rs: disks, links and applications, as raft-rs's documentation has them.";

/// The mark before the names of the parts that a line or a block belongs to.
const MARK: &str = "//? ";

/// The parts that another part needs.
const NEEDS: &[(&str, &[&str])] = &[
    ("restart", &["crash", "durable", "conf", "apply"]),
    ("removed", &["crash", "change", "members", "conf"]),
    ("keeps", &["members"]),
    ("change", &["apply"]),
    ("hold", &["queue"]),
    ("queue", &["apply", "applied"]),
    ("stall", &["durable"]),
    ("snapshot", &["conf", "apply", "applied"]),
    ("compact", &["snapshot"]),
    ("no_snapshot", &["snapshot"]),
    ("settle", &["tick", "round", "show"]),
    ("show", &["running"]),
];

/// The world with these parts, as a module of the test.
pub fn world(parts: BTreeSet<&'static str>) -> String {
    let parts = closed(parts);
    let mut lines: Vec<String> = Vec::new();
    let mut blocks: Vec<bool> = Vec::new();
    let has =
        |name: &str| name.strip_prefix('!').map_or_else(|| parts.contains(name), |absent| !parts.contains(absent));
    let is_wanted = |names: &str| names.split(' ').any(has);
    for line in WORLD.lines().skip_while(|line| line.starts_with("//!")).skip(1) {
        match line.trim().strip_prefix(MARK) {
            Some("}") => drop(blocks.pop()),
            Some(names) => blocks.push(is_wanted(names.trim_end_matches(" {"))),
            None => {
                let (code, names) = line.split_once(MARK).map_or((line, None), |(code, names)| (code, Some(names)));
                if blocks.iter().all(|wanted| *wanted) && names.is_none_or(is_wanted) {
                    lines.push(code.trim_end().into());
                }
            }
        }
    }
    fold(&mut lines);
    format!("/// {ABOUT}\n#[rustfmt::skip]\nmod world {{\n{}\n}}\n", lines.join("\n"))
}

/// The width of a line of the world.
const WIDTH: usize = 128;

/// Folds blocks without comments into one line each, where they fit: the world is read less often than the steps.
fn fold(lines: &mut Vec<String>) {
    let mut at = 0;
    while at < lines.len() {
        let block = &lines[at..];
        let ends = |line: &String| line.ends_with('{') || line.trim().starts_with('}');
        let length = block[1..].iter().position(ends).filter(|inner| *inner > 0 && block[0].ends_with('{'));
        let whole = length.map(|inner| &block[..inner + 2]).filter(|block| !block[block.len() - 1].ends_with('{'));
        let folded = whole.map(one_line);
        match folded.zip(length).filter(|(line, _)| line.len() <= WIDTH && !line.contains("//")) {
            Some((line, inner)) => {
                lines.splice(at..at + inner + 2, [line]);
                // The block around it may fit now.
                at = 0;
            }
            None => at += 1,
        }
    }
}

fn one_line(block: &[String]) -> String {
    let rest: Vec<&str> = block[1..].iter().map(|line| line.trim()).collect();
    format!("{} {}", block[0], rest.join(" "))
}

/// The parts, and all that they need.
fn closed(mut parts: BTreeSet<&'static str>) -> BTreeSet<&'static str> {
    loop {
        let all = |names: [&str; 2]| names.iter().all(|name| parts.contains(name));
        // A configuration that changes is kept for a restart. A snapshot is applied once it is durable.
        let (keeps, queue) = (all(["restart", "change"]), all(["stall", "snapshot"]));
        parts.extend([(keeps, "keeps"), (queue, "queue")].iter().filter(|(both, _)| *both).map(|(_, part)| part));
        let needed = NEEDS.iter().filter(|(part, _)| parts.contains(part)).flat_map(|(_, needs)| needs.iter());
        let all: BTreeSet<&str> = parts.iter().chain(needed).copied().collect();
        if all.len() == parts.len() {
            break;
        }
        parts = all;
    }
    // An application that never waits applies at once.
    if parts.contains("apply") && !parts.contains("queue") {
        parts.insert("now");
    }
    parts
}
