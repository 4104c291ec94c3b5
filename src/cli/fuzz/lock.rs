//! One hunt at a time has a folder: two would mix their workers' files, and count each other's executions.

use anyhow::{bail, Context, Result};
use fs4::{FileExt, TryLockError};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

/// The lock, held until it is dropped or its process ends, however that is.
pub struct Lock(#[allow(dead_code, reason = "the open file is the lock")] File);

/// The file in the folder.
const NAME: &str = "hunt.lock";

impl Lock {
    /// Takes the lock of that folder.
    ///
    /// # Errors
    /// Another hunt has it, or the file cannot be written.
    pub fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let place = || format!("{}", path.display());
        let open = File::options().create(true).truncate(false).read(true).write(true).open(&path);
        let mut file = open.with_context(place)?;
        // By its full name: newer standard libraries have a method of that name.
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

/// The error for a lock that is held.
fn held(file: &mut File, folder: &Path) -> String {
    let mut holder = String::new();
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut holder));
    let (folder, holder) = (folder.display(), holder.trim());
    format!(
        "process {holder} hunts in {folder}: one hunt at a time has that folder. Wait for it, end it with `kill {holder}`, \
         or give this one --artifacts FOLDER (to use more cores, one hunt has --jobs N)"
    )
}
