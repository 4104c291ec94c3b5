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

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
}

impl Implementation {
    /// Asks cargo.
    pub fn find(root: &Path) -> Result<Self> {
        let metadata = output(Command::new("cargo").args(["metadata", "--format-version", "1"]).current_dir(root))?;
        let metadata: Metadata = serde_json::from_str(&metadata).context("`cargo metadata`")?;
        let package = metadata.packages.into_iter().find(|package| package.name == "raft");
        let Package { name, version, manifest_path } = package.context("this package does not depend on `raft`")?;
        let folder = manifest_path.parent().unwrap_or(Path::new("/"));
        Ok(Implementation { name: format!("{name} {version}"), folder: folder.into(), source: folder.join("src") })
    }
}
