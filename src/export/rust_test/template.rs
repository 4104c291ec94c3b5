//! The parts of `world.rs` that a test needs.

use std::collections::BTreeSet;

/// The template.
const WORLD: &str = include_str!("world.rs");

/// The mark before the names of the parts that a line or a block belongs to.
const MARK: &str = "//? ";

/// The parts that another part needs.
const NEEDS: &[(&str, &[&str])] = &[
    ("restart", &["crash", "durable", "conf", "apply"]),
    ("removed", &["crash", "change", "members", "conf"]),
    ("change", &["apply"]),
    ("hold", &["apply"]),
    ("keeps", &["members"]),
    ("stall", &["durable"]),
    ("snapshot", &["conf", "apply"]),
    ("compact", &["snapshot"]),
    ("no_snapshot", &["snapshot"]),
    ("settle", &["tick", "round", "show"]),
    ("show", &["running"]),
];

/// The world with these parts, as a module of the test.
pub fn world(parts: BTreeSet<&'static str>) -> String {
    let parts = closed(parts);
    let mut text = String::from("/// A cluster of raft-rs: disks, links, applications.\n#[rustfmt::skip]\nmod world {\n");
    let mut blocks: Vec<bool> = Vec::new();
    let has = |name: &str| name.strip_prefix('!').map_or_else(|| parts.contains(name), |absent| !parts.contains(absent));
    let is_wanted = |names: &str| names.split(' ').any(has);
    for line in WORLD.lines().skip_while(|line| line.starts_with("//!")).skip(1) {
        match line.trim().strip_prefix(MARK) {
            Some("}") => drop(blocks.pop()),
            Some(names) => blocks.push(is_wanted(names.trim_end_matches(" {"))),
            None => {
                let (code, names) = line.split_once(MARK).map_or((line, None), |(code, names)| (code, Some(names)));
                if blocks.iter().all(|wanted| *wanted) && names.is_none_or(is_wanted) {
                    text += code.trim_end();
                    text.push('\n');
                }
            }
        }
    }
    text + "}\n"
}

/// The parts, and all that they need.
fn closed(mut parts: BTreeSet<&'static str>) -> BTreeSet<&'static str> {
    // A configuration that changes is kept for a restart.
    if parts.is_superset(&BTreeSet::from(["restart", "change"])) {
        parts.insert("keeps");
    }
    loop {
        let needed = NEEDS.iter().filter(|(part, _)| parts.contains(part)).flat_map(|(_, needs)| needs.iter());
        let all: BTreeSet<&str> = parts.iter().chain(needed).copied().collect();
        if all.len() == parts.len() {
            return all;
        }
        parts = all;
    }
}
