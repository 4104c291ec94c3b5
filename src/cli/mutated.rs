//! The fuzz target that is linked with a raft-rs which is changed in one place: a mutant, as cargo-mutants names it.
//!
//! The change is made in a copy of the released source, and undone as soon as the target is built.

use super::implementation::Implementation;
use super::linked::{Other, Workspace};
use super::mutants::source::{Copied, Listed};
use super::{fuzz, fuzz_target};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// The copy, what can be changed in it, and where the target is built with it.
pub struct Mutated {
    copied: Copied,
    mutants: Vec<Listed>,
    workspace: Workspace,
}

impl Mutated {
    /// Copies the released source to that folder.
    ///
    /// # Errors
    /// cargo-mutants cannot be installed, or what is read or written is not as expected.
    pub fn make(folder: &Path) -> Result<Self> {
        let root = fuzz::project_root()?;
        fuzz::require_cargo("mutants")?;
        let implementation = Implementation::find(&root)?;
        let copied = Copied::make(&root, &implementation, folder, "[workspace]\nmembers = [\"raft\"]\n")?;
        let mutants = copied.list()?;
        let workspace = Workspace::make(&root, &Other::named(&copied.package().display().to_string())?)?;
        Ok(Mutated { copied, mutants, workspace })
    }

    /// Builds the target with the copy as it is; the next one takes its place.
    ///
    /// # Errors
    /// It does not build.
    pub fn original(&self) -> Result<PathBuf> {
        fuzz_target(&self.workspace.folder, &self.workspace.named(fuzz::TARGET))
    }

    /// Builds the target with a mutant; the next one takes its place.
    ///
    /// # Errors
    /// There is no mutant of that name, or it does not build.
    pub fn mutant(&self, name: &str) -> Result<PathBuf> {
        let mutant = self.mutants.iter().find(|mutant| mutant.name() == name);
        let mutant = mutant.with_context(|| format!("cargo-mutants lists no mutant `{name}`"))?;
        let path = self.copied.folder.join(mutant.file());
        let original = fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
        fs::write(&path, mutant.applied(&original).with_context(|| format!("{name}: no such place"))?)?;
        let built = self.original();
        fs::write(&path, original)?;
        built
    }
}
