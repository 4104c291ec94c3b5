//! The table of the choices that the specification leaves to an implementation.

use crate::common::{assert_golden, root};
use raft_lockstep::spec::choice::CHOICES;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// The text of all source files in a folder, without the table itself.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, text),
            false if path.ends_with("spec/choice.rs") => {}
            false => *text += &fs::read_to_string(&path).unwrap(),
        }
    }
}

#[test]
fn the_table_of_choices_is_current() {
    let mut table = String::from("| choice | what is free | what is checked | source |\n| --- | --- | --- | --- |\n");
    for row in CHOICES {
        writeln!(table, "| `{}` | {} | {} | {} |", row.name, row.sentence, row.bounds, row.source).unwrap();
    }
    assert_golden(&root().join("src/docs/choices.md"), &table);
}

#[test]
fn each_choice_is_marked_where_it_is_taken() {
    let mut text = String::new();
    ["spec", "refine", "lockstep"].iter().for_each(|part| sources(&root().join("src").join(part), &mut text));
    for row in CHOICES {
        let marks = [format!("free!({:?})", row.choice), format!("choose_next(Choice::{:?},", row.choice)];
        assert!(marks.iter().any(|mark| text.contains(mark)), "no place takes the choice `{}`", row.name);
    }
}
