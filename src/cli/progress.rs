//! Progress on a terminal; nothing is shown elsewhere.

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// A message that is rewritten.
pub fn spinner() -> Result<ProgressBar> {
    Ok(match std::io::stderr().is_terminal() {
        true => ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg}")?),
        false => ProgressBar::hidden(),
    })
}

/// A bar that counts schedules up to `length`.
pub fn bar(length: u64) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} schedules, {eta} left")?;
    Ok(ProgressBar::new(length).with_style(style))
}
