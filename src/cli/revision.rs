//! The revision of the source in a folder: its commit, or a hash of its content without git.

use crate::cli::llvm::output;
use crate::lockstep::verdict::fnv;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The short commit, with `-dirty` if the folder has changes; the hash of the sources outside a checkout.
pub fn revision(folder: &Path) -> Result<String> {
    match commit(folder) {
        Some(commit) => Ok(commit),
        None => Ok(format!("{:08x}", content(folder)? as u32)),
    }
}

/// The commit; `None` if git does not track the folder, or git is missing.
fn commit(folder: &Path) -> Option<String> {
    let git = |arguments: &[&str]| output(Command::new("git").args(arguments).current_dir(folder)).ok();
    // A folder that the surrounding checkout ignores is not described by that checkout's commit.
    git(&["ls-files", "--error-unmatch", "Cargo.toml"])?;
    let commit = git(&["rev-parse", "--short=8", "HEAD"])?;
    let dirty = if git(&["status", "--porcelain", "--", "."])?.is_empty() { "" } else { "-dirty" };
    Some(format!("{}{dirty}", commit.trim()))
}

fn content(folder: &Path) -> Result<u64> {
    let mut files = Vec::new();
    sources(folder, &mut files)?;
    files.sort();
    let mut all = Vec::new();
    for path in files {
        all.extend(path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().bytes());
        all.extend(fs::read(&path).with_context(|| format!("{}", path.display()))?);
    }
    Ok(fnv(&all))
}

/// Collects the files that the crate is built from.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let entry = entry?;
        let path = entry.path();
        let is_source = path.extension().is_some_and(|it| ["rs", "toml", "proto"].iter().any(|known| it == *known));
        match entry.file_type()?.is_dir() {
            true if path.ends_with("target") || path.ends_with(".git") => {}
            true => sources(&path, files)?,
            false if is_source => files.push(path),
            false => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_revision_is_the_commit_or_a_hash_of_the_content() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("Cargo.toml"), "[package]\n").unwrap();
        let plain = revision(folder.path()).unwrap();
        assert_eq!((plain.len(), revision(folder.path()).unwrap()), (8, plain.clone()));
        fs::write(folder.path().join("lib.rs"), "fn one() {}\n").unwrap();
        assert_ne!(revision(folder.path()).unwrap(), plain);
        let git = |arguments: &[&str]| {
            let identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"];
            let mut git = Command::new("git");
            output(git.args(identity).args(arguments).current_dir(folder.path())).unwrap()
        };
        git(&["init", "--quiet"]);
        git(&["add", "."]);
        git(&["commit", "--quiet", "--message", "first"]);
        let commit = git(&["rev-parse", "HEAD"]);
        let clean = revision(folder.path()).unwrap();
        assert!(commit.starts_with(&clean), "{clean}");
        fs::write(folder.path().join("lib.rs"), "fn two() {}\n").unwrap();
        assert_eq!(revision(folder.path()).unwrap(), clean + "-dirty");
    }
}
