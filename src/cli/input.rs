//! Reads schedules from files, whatever their format.

use crate::schedule::{codec, text, Schedule};
use anyhow::{bail, Context, Result};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The largest file that is read. The longest schedule is 48 KiB of bytes or 300 KiB of text.
const MAX_BYTES: u64 = 1 << 20;

/// A schedule and the format it was in.
pub struct Input {
    /// What it says.
    pub schedule: Schedule,
    /// `bytes` or `text`.
    pub format: &'static str,
}

/// Reads the file, or standard input for `-`.
pub fn read(path: &Path) -> Result<Input> {
    let name = path.display();
    let mut bytes = Vec::new();
    let mut source: Box<dyn Read> = match path.to_str() {
        Some("-") => Box::new(std::io::stdin()),
        _ => Box::new(File::open(path).with_context(|| format!("{name}"))?),
    };
    source.by_ref().take(MAX_BYTES + 1).read_to_end(&mut bytes).with_context(|| format!("{name}"))?;
    if bytes.len() as u64 > MAX_BYTES {
        bail!("{name}: larger than {MAX_BYTES} bytes, which no schedule is");
    }
    if !text::is_text(&bytes) && path.extension().is_none_or(|extension| extension != "txt") {
        return Ok(Input { schedule: codec::decode(&bytes), format: "bytes" });
    }
    let text = String::from_utf8(bytes).with_context(|| format!("{name}"))?;
    match text::read(&text) {
        Ok(schedule) => Ok(Input { schedule, format: "text" }),
        Err(error) => bail!("{name}:{}: {}", error.line, error.problem),
    }
}
