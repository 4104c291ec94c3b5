//! A copy of the implementation's released source, and the changes that cargo-mutants would make in it.

use crate::cli::implementation::{self, Implementation};
use crate::cli::llvm::output;
use crate::report::mutants::Mutant;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The copy: the package `raft` of a workspace below `target`.
pub struct Copied {
    /// The workspace.
    pub folder: PathBuf,
}

impl Copied {
    /// Copies it anew: of an earlier run that was killed, a mutant may be left.
    pub fn make(root: &Path, implementation: &Implementation, folder: &Path, workspace: &str) -> Result<Self> {
        let copied = Copied { folder: folder.into() };
        let package = copied.package();
        if package.is_dir() {
            fs::remove_dir_all(&package)?;
        }
        copy(&implementation.source, &package.join("src"))?;
        fs::write(package.join("Cargo.toml"), manifest(&implementation.folder.join("Cargo.toml"))?)?;
        fs::write(folder.join("Cargo.toml"), workspace)?;
        // The versions that the project is tested with.
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(copied)
    }

    /// The package's folder.
    pub fn package(&self) -> PathBuf {
        self.folder.join("raft")
    }

    /// Cargo, there.
    pub fn cargo(&self) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&self.folder).env("CARGO_TARGET_DIR", self.folder.join("target")).stdin(Stdio::null());
        cargo
    }

    /// The mutants that there can be.
    pub fn list(&self) -> Result<Vec<Listed>> {
        let listed = output(self.cargo().args(["mutants", "--package", "raft", "--list", "--json"]))?;
        serde_json::from_str(&listed).context("`cargo mutants --list --json`")
    }
}

/// Where the implementation's source is, seen from the workspace.
pub const SOURCE: &str = "raft/src/";

/// Copies a folder.
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

/// The implementation's manifest, without what its own tests need.
fn manifest(path: &Path) -> Result<String> {
    let mut manifest = implementation::manifest(path)?;
    for own in ["dev-dependencies", "example", "bench", "test", "workspace"] {
        manifest.remove(own);
    }
    // A checkout names its other packages by where they are.
    let folder = path.parent().unwrap_or(Path::new("/"));
    let dependencies = manifest.get_mut("dependencies").and_then(toml::Value::as_table_mut).into_iter().flatten();
    for (_, dependency) in dependencies {
        let Some(path) = dependency.get_mut("path") else { continue };
        *path = path.as_str().map_or(path.clone(), |path| folder.join(path).display().to_string().into());
    }
    let library = [("test".to_string(), false.into()), ("doctest".to_string(), false.into())];
    manifest.insert("lib".into(), toml::Table::from_iter(library).into());
    // Nobody here can act on its warnings.
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

/// What is replaced, from `start` to before `end`.
#[derive(Deserialize)]
struct Span {
    start: Place,
    end: Place,
}

/// A character; the first is in line 1, column 1.
#[derive(Deserialize)]
struct Place {
    line: usize,
    column: usize,
}

impl Listed {
    /// File, line, column and change, as the reports name it.
    pub fn name(&self) -> &str {
        self.name.strip_prefix(SOURCE).unwrap_or(&self.name)
    }

    /// Its file, seen from the workspace.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The text of its file, changed; `None` if the file has no such place.
    pub fn applied(&self, text: &str) -> Option<String> {
        let (start, end) = (self.span.start.within(text)?, self.span.end.within(text)?);
        Some(format!("{}{}{}", text.get(..start)?, self.replacement, text.get(end..)?))
    }
}

impl Place {
    /// The byte there.
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
    fn the_manifest_of_the_copy_asks_for_nothing_that_tests_need() {
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
    fn a_mutant_is_applied_where_it_is_listed() {
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
