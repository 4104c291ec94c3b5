//! The tables of `versions --write`: one in the folder of each finding, and one of all in the docs.

use crate::common::root;
use raft_lockstep::findings::IN_RAFT_RS;
use std::fs;

/// The cells of a table's row.
fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split(" | ").map(str::trim).collect()
}

#[test]
fn each_finding_has_its_row_and_its_table() {
    let docs = fs::read_to_string(root().join("src/docs/releases.md")).unwrap();
    let rows: Vec<Vec<&str>> = docs.lines().skip(2).map(cells).collect();
    let names: Vec<String> = IN_RAFT_RS.iter().map(|row| format!("`{}`", row.name)).collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), names, "run `raft-lockstep versions --write`");
    let releases = cells(docs.lines().next().unwrap());
    for (row, verdicts) in IN_RAFT_RS.iter().zip(rows) {
        let path = root().join("artifacts").join(row.name).join("versions.md");
        let table = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for (release, verdict) in releases.iter().zip(&verdicts).skip(1) {
            let found = table.lines().map(cells).find(|cells| cells[0] == *release);
            assert!(found.is_some_and(|cells| cells[1].starts_with(verdict)), "{}: {release}", path.display());
        }
        // The finding is one of the release that is linked.
        assert!(["diverged", "agreed, slow"].contains(&verdicts[verdicts.len() - 1]), "{verdicts:?}");
    }
}
