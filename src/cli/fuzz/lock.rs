//! The lock of a hunt's folder: two hunts in one folder would mix their workers' files and executions.

use anyhow::{bail, Context, Result};
use fs4::{FileExt, TryLockError};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

/// The lock. The system releases it when the process ends, however it ends.
pub struct Lock(#[allow(dead_code, reason = "the open file is the lock")] File);

/// The lock file's name.
const NAME: &str = "hunt.lock";

impl Lock {
    /// Takes the lock of a folder.
    ///
    /// # Errors
    /// Another hunt holds it, or the file cannot be written.
    pub fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let place = || format!("{}", path.display());
        let open = File::options().create(true).truncate(false).read(true).write(true).open(&path);
        let mut file = open.with_context(place)?;
        // The full path, since newer standard libraries have a method of the same name.
        match FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("{}", held(&mut file, folder)),
            Err(TryLockError::Error(error)) => return Err(error).with_context(place),
        }
        file.set_len(0).with_context(place)?;
        writeln!(file, "{}", std::process::id()).with_context(place)?;
        Ok(Lock(file))
    }
}

/// The error for a lock that another process holds.
fn held(file: &mut File, folder: &Path) -> String {
    let mut holder = String::new();
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut holder));
    let (folder, holder) = (folder.display(), holder.trim());
    format!(
        "process {holder} hunts in {folder}, and two hunts cannot share a folder; wait for it, end it with \
         `kill {holder}`, or pass --artifacts FOLDER (for more cores pass --jobs N to one hunt)"
    )
}
