//! The verdict of one version on a schedule.

use serde::Serialize;
use std::fmt;

/// The verdict of one version.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Measured {
    /// The version, as it was asked for.
    pub version: String,
    /// Its name with the commit.
    pub revision: String,
    pub verdict: String,
    pub cause: Option<String>,
    pub at: Option<usize>,
    /// The bound in ticks that a healed cluster exceeded.
    pub slow: Option<usize>,
    /// The words of the schedule's events that the version has no call for.
    pub without: Vec<&'static str>,
}

impl Measured {
    /// The verdict in a few words. An agreement on a part of the schedule is named so.
    pub fn verdict(&self) -> String {
        let slow = if self.slow.is_some() { ", slow" } else { "" };
        match (self.verdict.as_str(), self.without.is_empty()) {
            ("agreed", false) => format!("not comparable: agreed{slow}, without `{}`", self.without.join("`, `")),
            (verdict, false) => format!("{verdict}{slow}, without `{}`", self.without.join("`, `")),
            (verdict, true) => format!("{verdict}{slow}"),
        }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.verdict())?;
        if let Some(cause) = &self.cause {
            write!(f, ": `{cause}`")?;
        }
        match self.at {
            Some(at) => write!(f, " at event {at}"),
            None => Ok(()),
        }
    }
}
