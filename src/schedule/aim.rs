//! The aim of a hunt: settings that have one value in all schedules that it makes.

use super::settings::SettingRow;
use super::{text, Setup};

/// Settings with their values.
#[derive(Clone, Debug, Default)]
pub struct Aim(Vec<(&'static SettingRow, u32)>);

impl Aim {
    /// Reads words such as `pre-vote=true`.
    ///
    /// # Errors
    /// A word is no setting with one of its values, or the settings contradict each other or the defaults of those that
    /// they depend on.
    pub fn read<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut aim = Aim::default();
        for word in words {
            let (name, value) =
                word.split_once('=').ok_or_else(|| format!("`{word}`: expected a setting as NAME=VALUE"))?;
            let mut setup = Setup::default();
            let row = text::read_setting(name, value, &mut setup).map_err(|problem| format!("`{word}`: {problem}"))?;
            aim.0.push((row, row.get(&setup)));
        }
        let reached = aim.applied(Setup::default());
        match aim.0.iter().find(|(row, value)| row.get(&reached) != *value) {
            None => Ok(aim),
            Some((row, _)) => Err(format!("{} does not go with the other settings, or needs another one", row.name)),
        }
    }

    /// True if no setting is fixed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The setup with these settings, and those that depend on them in line with them.
    #[must_use]
    pub fn applied(&self, mut setup: Setup) -> Setup {
        for (row, value) in &self.0 {
            row.set(&mut setup, *value);
        }
        setup.clamped()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::generate::{self, Random};

    #[test]
    fn the_settings_hold_in_random_setups() {
        let aim = Aim::read(["pre-vote=true", "voters=5", "ready-order=write-first", "first-index=0"]).unwrap();
        for seed in 0..200 {
            let setup = aim.applied(generate::setup(&mut Random::new(seed)));
            assert!(setup.pre_vote && setup.voters == 5 && setup.ready_order.advances() && setup.starts_empty());
        }
        assert!(Aim::read([]).unwrap().is_empty());
    }

    #[test]
    fn a_mistake_is_named() {
        let problem = |words: &[&str]| Aim::read(words.iter().copied()).unwrap_err();
        assert_eq!(problem(&["pre-vote"]), "`pre-vote`: expected a setting as NAME=VALUE");
        assert_eq!(problem(&["fly=1"]), "`fly=1`: there is no setting `fly`");
        assert!(problem(&["voters=12"]).starts_with("`voters=12`: "));
        assert!(problem(&["lease-reads=true", "check-quorum=false"]).starts_with("check-quorum does not go with"));
    }
}
