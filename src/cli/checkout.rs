//! Checkouts of a git repository's revisions, under the project's target folder: `PATH@REVISION`.
//!
//! A checkout is a clone that borrows the objects of the repository, so that nothing is written there.

use super::{fuzz, implementation};
use crate::cli::llvm::output;
use anyhow::{bail, Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository and the revision in `PATH@REVISION`; `None` for a folder, and for anything else.
pub fn parts(source: &str) -> Option<(&str, &str)> {
    let (path, revision) = source.rsplit_once('@')?;
    (!Path::new(source).is_dir() && Path::new(path).is_dir() && !revision.is_empty()).then_some((path, revision))
}

/// The folder with the source of `PATH@REVISION`. Each commit has its own, so that two can be built side by side.
pub fn of(path: &str, revision: &str) -> Result<PathBuf> {
    let commit = commit(Path::new(path), revision)?;
    let checkout = Checkout::make(path, &commit[..8])?;
    checkout.switch(&commit)?;
    Ok(checkout.folder)
}

/// The full name of a commit.
pub fn commit(repository: &Path, revision: &str) -> Result<String> {
    let name = output(
        git(repository)
            .args(["rev-parse", "--verify", "--quiet", "--end-of-options"])
            .arg(format!("{revision}^{{commit}}")),
    );
    match name {
        Ok(name) => Ok(name.trim().into()),
        Err(_) => bail!(
            "{}@{revision}: git knows no such commit; pass a git repository, and a commit, branch or tag in it",
            repository.display()
        ),
    }
}

/// Git in that folder.
pub fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder);
    git
}

/// A clone with a work tree.
pub struct Checkout {
    /// Its folder.
    pub folder: PathBuf,
}

impl Checkout {
    /// The clone of the repository for that purpose; it is made if it is missing.
    pub fn make(repository: &str, purpose: &str) -> Result<Self> {
        let from = Path::new(repository).canonicalize().with_context(|| repository.to_string())?;
        let (last, hash) = implementation::name_and_hash(&from);
        let name = format!("{last}-{hash}-{purpose}");
        let folder = implementation::target(&fuzz::project_root()?).join("raft/checkouts").join(name);
        if !folder.join(".git").exists() {
            fs::create_dir_all(&folder)?;
            let mut clone = Command::new("git");
            clone.args(["clone", "--quiet", "--shared", "--no-checkout"]).arg(&from).arg(&folder);
            output(&mut clone)?;
        }
        Ok(Checkout { folder })
    }

    /// Checks out a commit.
    pub fn switch(&self, commit: &str) -> Result<()> {
        output(git(&self.folder).args(["checkout", "--quiet", "--force", "--detach", commit])).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_named_behind_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        assert_eq!(parts(&format!("{path}@v0.7.0")), Some((path, "v0.7.0")));
        assert_eq!(parts(path), None);
        assert_eq!(parts("0.7.0"), None);
        assert_eq!(parts("no-such-folder@v0.7.0"), None);
        assert_eq!(parts(&format!("{path}@")), None);
    }
}
