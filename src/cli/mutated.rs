//! The fuzz target linked with one mutant of raft-rs, named as cargo-mutants names it.
//!
//! The mutation is applied to a copy of the released source, and reverted as soon as the target is built.

use super::implementation::Implementation;
use super::linked::{Other, Workspace};
use super::mutants::source::{Copied, Listed};
use super::{fuzz, fuzz_target};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The copy, its possible mutants, and the workspace that builds the target with it.
pub struct Mutated {
    copied: Copied,
    mutants: Vec<Listed>,
    workspace: Workspace,
}

impl Mutated {
    /// Copies the released source to a folder.
    ///
    /// # Errors
    /// cargo-mutants cannot be installed, or a file cannot be read or written.
    pub fn make(folder: &Path) -> Result<Self> {
        let root = fuzz::project_root()?;
        fuzz::require_cargo("mutants")?;
        let implementation = Implementation::find(&root)?;
        let copied = Copied::make(&root, &implementation, folder, "[workspace]\nmembers = [\"raft\"]\n")?;
        let mutants = copied.list()?;
        let workspace = Workspace::make(&root, &Other::named(&copied.package().display().to_string())?)?;
        Ok(Mutated { copied, mutants, workspace })
    }

    /// Builds the target with the unmodified copy. The next build overwrites it.
    ///
    /// # Errors
    /// The build fails.
    pub fn original(&self) -> Result<PathBuf> {
        fuzz_target(&self.workspace.folder, &self.workspace.named(fuzz::TARGET))
    }

    /// Builds the target with a mutant. The next build overwrites it.
    ///
    /// # Errors
    /// There is no mutant of that name, or the build fails.
    pub fn mutant(&self, name: &str) -> Result<PathBuf> {
        let mutant = self.mutants.iter().find(|mutant| mutant.name() == name);
        let mutant = mutant.with_context(|| format!("`{name}`: expected a name that `cargo mutants --list` prints"))?;
        let path = self.copied.folder.join(mutant.file());
        let original = fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
        fs::write(
            &path,
            mutant.applied(&original).with_context(|| format!("`{name}`: {} has no such place", mutant.file()))?,
        )?;
        let built = self.original();
        fs::write(&path, original)?;
        built
    }
}
