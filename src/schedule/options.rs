//! The table of options: the settings that a node may have of its own, by `configure NODE OPTION VALUE`.
//!
//! An option is a row of [`SETTINGS`], from which it has its values and its sentence. A cluster's setting is the value of
//! all nodes that are not told otherwise. Rows are only ever appended, since an option's place is its code in bytes.

use super::generate::Random;
use super::settings::{SettingRow, SETTINGS};
use super::text::{self, Words};
use super::Setup;
use std::fmt;

/// A row of [`OPTIONS`].
#[derive(Clone, Copy, Debug)]
pub struct OptionRow {
    /// The name in text.
    pub name: &'static str,
    /// The name of the setting.
    pub setting: &'static str,
    /// The values that the alphabet tries.
    tried: &'static [u8],
    /// A random value.
    drawn: fn(&mut Random) -> u8,
}

/// Every option.
pub const OPTIONS: &[OptionRow] = &[
    OptionRow { name: "pre-vote", setting: "pre-vote", tried: &[0, 1], drawn: |random| random.below(2) as u8 },
    OptionRow { name: "check-quorum", setting: "check-quorum", tried: &[0, 1], drawn: |random| random.below(2) as u8 },
    OptionRow { name: "priority", setting: "first-priority", tried: &[0, 3], drawn: |random| random.below(4) as u8 },
    OptionRow {
        name: "election-tick",
        setting: "election-tick",
        tried: &[3, 10],
        drawn: |random| [2, 3, 5, 10, 17][random.below(5)],
    },
    OptionRow {
        name: "heartbeat-tick",
        setting: "heartbeat-tick",
        tried: &[1, 2],
        drawn: |random| [1, 1, 2, 4][random.below(4)],
    },
];

impl OptionRow {
    /// The setting.
    pub fn setting(&self) -> &'static SettingRow {
        SETTINGS.iter().find(|row| row.name == self.setting).expect("an option is a setting")
    }
}

/// An option of a node, and its new value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeOption {
    /// The place of its row.
    place: u8,
    /// The value, as the setting holds it.
    value: u8,
}

impl NodeOption {
    /// The option `check-quorum`.
    pub fn check_quorum(checks: bool) -> NodeOption {
        NodeOption { place: 1, value: checks.into() }
    }

    /// The option's row.
    pub fn row(self) -> &'static OptionRow {
        &OPTIONS[usize::from(self.place)]
    }

    /// The value in text.
    pub fn word(self) -> String {
        self.row().setting().values.word(self.value.into())
    }

    /// Sets the option in a node's own settings, in which `first-priority` is its priority.
    pub fn set(self, own: &mut Setup) {
        self.row().setting().set(own, self.value.into());
    }

    /// A code, and the place of the value.
    pub(super) fn encode(self) -> [u8; 2] {
        let values = self.row().setting().values;
        [self.place, values.place(self.value.into()) as u8]
    }

    pub(super) fn decode(code: u8, place: u8) -> NodeOption {
        let code = code % OPTIONS.len() as u8;
        let values = OPTIONS[usize::from(code)].setting().values;
        NodeOption { place: code, value: values.at(u32::from(place) % values.count()) as u8 }
    }

    pub(super) fn read(words: &mut Words) -> Result<NodeOption, String> {
        let needed = "`configure` needs a node, an option and its value";
        let (name, value) = (words.next().ok_or(needed)?, words.next().ok_or(needed)?);
        let place = OPTIONS.iter().position(|row| row.name == name);
        let place = place.ok_or_else(|| format!("there is no option `{name}`"))?;
        let mut own = Setup::default();
        let row = text::read_setting(OPTIONS[place].setting, value, &mut own)?;
        Ok(NodeOption { place: place as u8, value: row.get(&own) as u8 })
    }

    /// Every option with the values that the alphabet tries.
    pub(super) fn alphabet() -> impl Iterator<Item = NodeOption> {
        let tried = |(place, row): (usize, &'static OptionRow)| {
            row.tried.iter().map(move |value| NodeOption { place: place as u8, value: *value })
        };
        OPTIONS.iter().enumerate().flat_map(tried)
    }

    pub(super) fn drawn(random: &mut Random) -> NodeOption {
        let place = random.below(OPTIONS.len());
        NodeOption { place: place as u8, value: (OPTIONS[place].drawn)(random) }
    }

    /// The option with a smaller value, the smallest first.
    pub(super) fn smaller(self) -> impl Iterator<Item = NodeOption> {
        let [code, place] = self.encode();
        (0..place).map(move |place| NodeOption::decode(code, place))
    }
}

/// Name and value, as in text.
impl fmt::Display for NodeOption {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {}", self.row().name, self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_check_quorum_is_that() {
        assert_eq!(NodeOption::check_quorum(true).to_string(), "check-quorum true");
    }

    #[test]
    fn options_come_back_from_their_bytes_and_are_values_of_their_settings() {
        for option in NodeOption::alphabet() {
            let [code, place] = option.encode();
            assert_eq!(NodeOption::decode(code, place), option);
            let mut own = Setup::default();
            option.set(&mut own);
            assert_eq!((own.clamped(), option.row().setting().get(&own)), (own, option.value.into()));
        }
        let random = &mut Random::new(1);
        for _ in 0..200 {
            let option = NodeOption::drawn(random);
            let [code, place] = option.encode();
            assert_eq!(NodeOption::decode(code, place), option);
        }
    }
}
