//! The source of the implementation under test, as cargo resolves it.

use super::llvm::output;
use anyhow::{bail, Context, Result};
use serde::Deserialize;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The implementation under test, with cargo's patches applied.
pub struct Implementation {
    /// Its name and version.
    pub name: String,
    /// Its version.
    pub version: String,
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
    /// Finds the crate `raft` by `cargo metadata`.
    pub fn find(root: &Path) -> Result<Self> {
        let Package { name, version, manifest_path } = package(root, "raft")?;
        let folder = manifest_path.parent().unwrap_or(Path::new("/"));
        let (name, source) = (format!("{name} {version}"), folder.join("src"));
        Ok(Implementation { name, version, folder: folder.into(), source })
    }
}

/// The named package among the dependencies of the package in `root`.
fn package(root: &Path, name: &str) -> Result<Package> {
    let metadata = output(Command::new("cargo").args(["metadata", "--format-version", "1"]).current_dir(root))?;
    let metadata: Metadata = serde_json::from_str(&metadata).context("`cargo metadata`")?;
    let package = metadata.packages.into_iter().find(|package| package.name == name);
    package.with_context(|| format!("{}: expected a package that depends on `{name}`, found none", root.display()))
}

/// The folder of that package's source.
#[cfg(test)]
pub fn folder_of(root: &Path, name: &str) -> Result<PathBuf> {
    Ok(package(root, name)?.manifest_path.parent().unwrap_or(Path::new("/")).into())
}

/// The target folder in which cargo builds the project.
pub fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from)
}

/// The name of a folder, and a hash of its path, which distinguishes folders of the same name.
pub fn name_and_hash(folder: &Path) -> (String, String) {
    let mut hasher = DefaultHasher::new();
    folder.hash(&mut hasher);
    let name = folder.file_name().map_or("raft".into(), |name| name.to_string_lossy().into_owned());
    (name, format!("{:08x}", hasher.finish() as u32))
}

/// Reads a manifest.
pub fn manifest(path: &Path) -> Result<toml::Table> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    text.parse().with_context(|| format!("{}", path.display()))
}

/// The version of the raft-rs in a folder.
pub fn version(folder: &Path) -> Result<String> {
    let path = folder.join("Cargo.toml");
    let manifest = manifest(&path)?;
    let package = manifest.get("package").and_then(toml::Value::as_table);
    let field = |name: &str| package.and_then(|package| package.get(name)).and_then(toml::Value::as_str);
    match (field("name"), field("version")) {
        (Some("raft"), Some(version)) => Ok(version.to_string()),
        (name, version) => bail!(
            "{}: found the package {} {}, expected `raft` with its version; pass the folder of raft-rs's manifest",
            path.display(),
            name.unwrap_or("without name"),
            version.unwrap_or("without version")
        ),
    }
}
