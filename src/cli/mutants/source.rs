//! A copy of the implementation's source, and the mutants that cargo-mutants lists for it.

use crate::cli::implementation::{self, Implementation};
use crate::cli::llvm::output;
use crate::report::mutants::Mutant;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The copy: the package `raft` of a workspace under `target`.
pub struct Copied {
    /// The workspace's folder.
    pub folder: PathBuf,
}

impl Copied {
    /// Makes a fresh copy: an earlier run that was killed may have left a mutant in place.
    pub fn make(root: &Path, implementation: &Implementation, folder: &Path, workspace: &str) -> Result<Self> {
        let copied = Copied { folder: folder.into() };
        let package = copied.package();
        if package.is_dir() {
            fs::remove_dir_all(&package)?;
        }
        copy(&implementation.source, &package.join("src"))?;
        fs::write(package.join("Cargo.toml"), manifest(&implementation.folder.join("Cargo.toml"))?)?;
        fs::write(folder.join("Cargo.toml"), workspace)?;
        // The dependency versions that the project is tested with.
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(copied)
    }

    /// The package's folder.
    pub fn package(&self) -> PathBuf {
        self.folder.join("raft")
    }

    /// A cargo command in the workspace.
    pub fn cargo(&self) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&self.folder).env("CARGO_TARGET_DIR", self.folder.join("target")).stdin(Stdio::null());
        cargo
    }

    /// All mutants of the copy.
    pub fn list(&self) -> Result<Vec<Listed>> {
        let listed = output(self.cargo().args(["mutants", "--package", "raft", "--list", "--json"]))?;
        serde_json::from_str(&listed).context("`cargo mutants --list --json`")
    }
}

/// The source folder, relative to the workspace.
pub const SOURCE: &str = "raft/src/";

/// Copies a folder and its subfolders.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("{}", from.display()))? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &to)?,
            false => drop(fs::copy(entry.path(), &to)?),
        }
    }
    Ok(())
}

/// The implementation's manifest without the parts for its own tests.
fn manifest(path: &Path) -> Result<String> {
    let mut manifest = implementation::manifest(path)?;
    for own in ["dev-dependencies", "example", "bench", "test", "workspace"] {
        manifest.remove(own);
    }
    // A checkout names sibling packages by relative paths, which would break in the copy.
    let folder = path.parent().unwrap_or(Path::new("/"));
    let dependencies = manifest.get_mut("dependencies").and_then(toml::Value::as_table_mut).into_iter().flatten();
    for (_, dependency) in dependencies {
        let Some(path) = dependency.get_mut("path") else { continue };
        *path = path.as_str().map_or(path.clone(), |path| folder.join(path).display().to_string().into());
    }
    let library = [("test".to_string(), false.into()), ("doctest".to_string(), false.into())];
    manifest.insert("lib".into(), toml::Table::from_iter(library).into());
    // Warnings in a third party's source are noise here.
    let lints = toml::Table::from_iter([("warnings".to_string(), "allow".into())]);
    manifest.insert("lints".into(), toml::Table::from_iter([("rust".to_string(), lints.into())]).into());
    Ok(manifest.to_string())
}

/// A mutant as `cargo mutants` lists it.
#[derive(Deserialize)]
pub struct Listed {
    name: String,
    file: String,
    function: Option<Function>,
    span: Span,
    replacement: String,
}

#[derive(Deserialize)]
struct Function {
    function_name: String,
}

/// The replaced text: from `start` to before `end`.
#[derive(Deserialize)]
struct Span {
    start: Place,
    end: Place,
}

/// The position of a character, counted from line 1 and column 1.
#[derive(Deserialize)]
struct Place {
    line: usize,
    column: usize,
}

impl Listed {
    /// The name in reports: file, line, column and change.
    pub fn name(&self) -> &str {
        self.name.strip_prefix(SOURCE).unwrap_or(&self.name)
    }

    /// The mutated file, relative to the workspace.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The file's text with the mutation; `None` if the file has no such place.
    pub fn applied(&self, text: &str) -> Option<String> {
        let (start, end) = (self.span.start.within(text)?, self.span.end.within(text)?);
        Some(format!("{}{}{}", text.get(..start)?, self.replacement, text.get(end..)?))
    }
}

impl Place {
    /// The byte offset of this position in a text.
    fn within(&self, text: &str) -> Option<usize> {
        let before: usize = text.split_inclusive('\n').take(self.line - 1).map(str::len).sum();
        let characters = text.get(before..)?.char_indices().map(|(place, _)| place);
        Some(before + characters.chain([text.len() - before]).nth(self.column - 1)?)
    }
}

impl From<Listed> for Mutant {
    fn from(listed: Listed) -> Self {
        let name = listed.name().to_string();
        let file = listed.file.strip_prefix(SOURCE).unwrap_or(&listed.file).to_string();
        Mutant { file, function: listed.function.map_or(String::new(), |function| function.function_name), name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copys_manifest_has_no_parts_for_tests() {
        let implementation = Implementation::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let text = manifest(&implementation.folder.join("Cargo.toml")).unwrap();
        assert!(text.contains("[dependencies") && !text.contains("criterion") && !text.contains("[[bench"), "{text}");
    }

    fn listed(span: &str, replacement: &str) -> Listed {
        let text = format!(
            r#"{{"name": "raft/src/raft.rs:2:8: replace", "file": "raft/src/raft.rs", "function": null,
                 "span": {span}, "replacement": "{replacement}"}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn a_mutant_is_applied_at_its_listed_position() {
        let text = "// é\nlet é = a && b;\n";
        let one = listed(r#"{"start": {"line": 2, "column": 11}, "end": {"line": 2, "column": 13}}"#, "||");
        assert_eq!(one.applied(text).as_deref(), Some("// é\nlet é = a || b;\n"));
        assert_eq!(one.name(), "raft.rs:2:8: replace");
        let lines = listed(r#"{"start": {"line": 1, "column": 4}, "end": {"line": 2, "column": 5}}"#, "");
        assert_eq!(lines.applied(text).as_deref(), Some("// é = a && b;\n"));
        let beyond = listed(r#"{"start": {"line": 2, "column": 90}, "end": {"line": 2, "column": 91}}"#, "");
        assert_eq!(beyond.applied(text), None);
    }
}
