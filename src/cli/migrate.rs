//! `corpus --migrate`: rewrites inputs of older versions in the current one.

use super::input::{migrated, Listing};
use super::Outcome;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// Files between two lines of progress.
const STEP: usize = 1_000;

/// Rewrites bytes and texts of older versions below `folder` in place. Files that cannot be read stay, and are named.
pub fn run(folder: &Path) -> Result<Outcome> {
    let listing = Listing::of(&[folder.to_path_buf()])?;
    let (mut rewritten, mut current, mut unread) = (0, 0, listing.tell());
    for (place, path) in listing.files.iter().enumerate() {
        if place > 0 && place % STEP == 0 {
            tell!("{place} of {} files, {rewritten} rewritten", listing.files.len());
        }
        match migrated(path) {
            Ok(Some(bytes)) => {
                fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
                rewritten += 1;
            }
            Ok(None) => current += 1,
            Err(error) => {
                tell!("{error:#}; the file stays as it is");
                unread += 1;
            }
        }
    }
    println!("{rewritten} rewritten, {current} left since they are current, {unread} left since they cannot be read");
    Ok(Outcome::Agreed)
}
