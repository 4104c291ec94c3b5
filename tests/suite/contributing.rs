//! The lists in CONTRIBUTING name files that exist, and names that these files have.

use crate::common::root;
use std::path::Path;

/// True if a word in backticks is a path of this project.
fn is_path(word: &str) -> bool {
    ["src/", "tests/", "corpus/", "artifacts/", "fuzz/", ".ci/"].iter().any(|folder| word.starts_with(folder))
}

/// True if a word in backticks is a name in code.
fn is_name(word: &str) -> bool {
    let identifier = word.trim_end_matches('!');
    !identifier.is_empty() && identifier.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The words in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The paragraphs and list items of the text, without its blocks of code.
fn items(text: &str) -> Vec<String> {
    let prose = text.split("```").step_by(2).collect::<String>();
    let mut items = vec![String::new()];
    for line in prose.lines() {
        let starts =
            line.is_empty() || line.starts_with("- ") || line.starts_with('#') || line.as_bytes().get(1) == Some(&b'.');
        if starts {
            items.push(String::new());
        }
        items.last_mut().unwrap().push_str(line);
        items.last_mut().unwrap().push('\n');
    }
    items
}

/// The text of a file, or of all files in a folder.
fn contents(path: &Path) -> String {
    match path.is_dir() {
        true => std::fs::read_dir(path).unwrap().map(|entry| contents(&entry.unwrap().path())).collect(),
        false => std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap(),
    }
}

/// The mistakes of an item: paths that do not exist, and names that none of its files has.
fn mistakes(item: &str) -> Vec<String> {
    let paths: Vec<&str> = quoted(item).filter(|word| is_path(word)).collect();
    let missing = |path: &&&str| !root().join(**path).exists();
    let mut mistakes: Vec<String> = paths.iter().filter(missing).map(|path| format!("no file {path}")).collect();
    let sources: Vec<&&str> = paths.iter().filter(|path| path.starts_with("src/")).collect();
    if sources.is_empty() || sources.iter().any(|path| !root().join(**path).exists()) {
        return mistakes;
    }
    let text: String = sources.iter().map(|path| contents(&root().join(**path))).collect();
    mistakes.extend(
        quoted(item)
            .filter(|word| is_name(word) && !text.contains(*word))
            .map(|name| format!("`{name}` is in none of {sources:?}")),
    );
    mistakes
}

#[test]
fn paths_exist_and_names_are_in_their_files() {
    let text = std::fs::read_to_string(root().join(".github/CONTRIBUTING.md")).unwrap();
    let items = items(&text);
    assert!(items.iter().filter(|item| item.contains("`src/")).count() > 25);
    let wrong: Vec<String> = items.iter().flat_map(|item| mistakes(item)).collect();
    assert!(wrong.is_empty(), ".github/CONTRIBUTING.md:\n{}", wrong.join("\n"));
}

#[test]
fn a_wrong_path_and_a_wrong_name_are_noticed() {
    assert_eq!(mistakes("`src/spec/step.rs`: an arm in `step`"), Vec::<String>::new());
    assert_eq!(mistakes("`src/spec/stride.rs`"), ["no file src/spec/stride.rs"]);
    assert_eq!(mistakes("`src/spec/step.rs`: `strides_along`").len(), 1);
}
