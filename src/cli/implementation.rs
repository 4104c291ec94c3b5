//! Where the implementation under test comes from.

use super::llvm::output;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The implementation under test, as cargo resolves it: a patched one counts.
pub struct Implementation {
    /// Its name and version.
    pub name: String,
    /// The folder of its manifest.
    pub folder: PathBuf,
    /// The folder of its source.
    pub source: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A package that cargo knows.
#[derive(Deserialize)]
pub struct Package {
    name: String,
    /// Its version.
    pub version: String,
    /// The path of its manifest.
    pub manifest_path: PathBuf,
}

impl Package {
    /// The package `raft` in a folder with its source, whose manifest may be a part of a workspace.
    pub fn raft(folder: &Path) -> Result<Self> {
        find(folder, &["--no-deps"]).with_context(|| {
            format!("{}: expected the source of raft-rs, with its Cargo.toml in that folder", folder.display())
        })
    }
}

fn find(folder: &Path, arguments: &[&str]) -> Result<Package> {
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--format-version", "1"]).args(arguments).current_dir(folder);
    let metadata: Metadata = serde_json::from_str(&output(&mut cargo)?).context("`cargo metadata`")?;
    let package = metadata.packages.into_iter().find(|package| package.name == "raft");
    package.context("there is no package `raft`")
}

impl Implementation {
    /// Asks cargo.
    pub fn find(root: &Path) -> Result<Self> {
        let Package { name, version, manifest_path } = find(root, &[])?;
        let folder = manifest_path.parent().unwrap_or(Path::new("/"));
        Ok(Implementation { name: format!("{name} {version}"), folder: folder.into(), source: folder.join("src") })
    }
}

/// Where cargo builds the project.
pub fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from)
}

/// Reads a manifest.
pub fn manifest(path: &Path) -> Result<toml::Table> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    text.parse().with_context(|| format!("{}", path.display()))
}
