//! Bytes to schedules and back, by version.
//!
//! The header is [`MAGIC`] and the version. Then come the settings in the order of their table, one byte each (two for
//! more than 256 values), and `EVENT` bytes an event: the place of its row, then its operands. Bytes without the
//! magic byte are of version 1.
//!
//! Decoding is total for every version that is read: any bytes are a schedule. Missing bytes of settings mean
//! defaults, codes above the table mean common events, and the rest of an event at the end is ignored.
//! `decode(encode(s)) == s`, and `encode(decode(b))` is the canonical form of `b`.

mod version_1;

use super::events::EVENTS;
use super::operands::Value;
use super::settings::{SettingRow, SETTINGS};
use super::{generate, Event, Schedule, Setup};
use arbitrary::{Arbitrary, Unstructured};
use std::sync::LazyLock;

/// The first byte. No canonical bytes of version 1 begin with it.
pub const MAGIC: u8 = 0xfe;
/// Bytes of an event.
pub(super) const EVENT: usize = 4;
/// The longest schedule that is decoded; the rest is ignored. This bounds the memory of a run.
pub const MAX_EVENTS: usize = 16_384;

/// A version of the byte format, by the rows that its tables have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Version {
    /// The number in the header, and in the first line of a text.
    pub number: u8,
    /// Rows of the table of settings.
    pub settings: usize,
    /// Rows of the table of events.
    pub events: usize,
    /// Rows of the table of knobs.
    pub knobs: usize,
}

/// The versions after the first, oldest first. A change of a table that appends rows appends a version.
pub const VERSIONS: &[Version] = &[
    Version { number: 2, settings: 27, events: 36, knobs: 9 },
    Version { number: 3, settings: 30, events: 37, knobs: 9 },
    Version { number: 4, settings: 31, events: 44, knobs: 9 },
];

/// Settings with more values since a version: their name, the version, and the number of values before it. The new values
/// are the last, counted from the default.
const WIDENED: &[(&str, u8, u32)] = &[("first-index", 3, 16), ("first-term", 3, 16)];

/// The version that is written.
pub const CURRENT: Version = VERSIONS[VERSIONS.len() - 1];

/// Bytes of a version that is not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("bytes of version {0}; expected version 1 to {newest}: read them by a newer release", newest = CURRENT.number)]
pub struct UnknownVersion(pub u8);

/// Bytes of the header and the settings.
pub(super) fn header() -> usize {
    2 + SETTINGS.iter().map(width).sum::<usize>()
}

/// Bytes of a setting.
fn width(row: &SettingRow) -> usize {
    if row.values.count() > 256 {
        2
    } else {
        1
    }
}

/// The schedule that `bytes` mean.
///
/// # Errors
/// The bytes are of a version that is not read.
pub fn decode(bytes: &[u8]) -> Result<Schedule, UnknownVersion> {
    let Some(bytes) = bytes.strip_prefix(&[MAGIC]) else { return Ok(version_1::decode(bytes)) };
    let number = bytes.first().copied().unwrap_or(CURRENT.number);
    let version = VERSIONS.iter().find(|version| version.number == number).ok_or(UnknownVersion(number))?;
    let (setup, rest) = decode_settings(version, bytes.get(1..).unwrap_or(&[]));
    let codes = &CODES[usize::from(number - VERSIONS[0].number)];
    let events = rest.chunks_exact(EVENT).take(MAX_EVENTS);
    let events = events.map(|bytes| decode_operands(codes[usize::from(bytes[0])], &bytes[1..], &setup));
    Ok(Schedule { setup, events: events.collect() })
}

/// The canonical bytes of `schedule`, of the current version.
pub fn encode(schedule: &Schedule) -> Vec<u8> {
    let mut bytes = vec![MAGIC, CURRENT.number];
    for row in SETTINGS {
        let values = row.values;
        let (place, default) = (values.place(row.get(&schedule.setup)), values.place(row.default));
        let distance = (place + values.count() - default) % values.count();
        bytes.extend(&distance.to_le_bytes()[..width(row)]);
    }
    bytes.extend(schedule.events.iter().flat_map(encode_event));
    bytes
}

/// The rows of all codes, for each version: those above its table have the weights of the generator.
static CODES: LazyLock<Vec<[u8; 256]>> = LazyLock::new(|| {
    let codes = |version: &Version| {
        let weights = generate::weights(version.events);
        std::array::from_fn(|code| match code.checked_sub(version.events) {
            None => code as u8,
            Some(place) => weights[place * weights.len() / (256 - version.events)],
        })
    };
    VERSIONS.iter().map(codes).collect()
});

/// A setting's bytes hold the distance from its default, so that zeros are the default.
fn decode_settings<'a>(version: &Version, mut bytes: &'a [u8]) -> (Setup, &'a [u8]) {
    let mut setup = Setup::default();
    for row in &SETTINGS[..version.settings] {
        let (mine, rest) = bytes.split_at(width(row).min(bytes.len()));
        let distance = mine.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte));
        let values = row.values;
        let narrow = WIDENED.iter().find(|(name, since, _)| *name == row.name && version.number < *since);
        let distance = distance % narrow.map_or(values.count(), |(.., count)| *count);
        row.set(&mut setup, values.at((values.place(row.default) + distance) % values.count()));
        bytes = rest;
    }
    (setup.clamped(), bytes)
}

/// The event that `EVENT` bytes of the current version mean.
pub(super) fn decode_event(setup: &Setup, bytes: &[u8]) -> Event {
    let code = CODES[VERSIONS.len() - 1][usize::from(bytes[0])];
    decode_operands(code, &bytes[1..], setup)
}

fn decode_operands(row: u8, mut bytes: &[u8], setup: &Setup) -> Event {
    let row = &EVENTS[usize::from(row)];
    let mut operands = [Value::None; 2];
    for (operand, (_, kind)) in operands.iter_mut().zip(row.operands) {
        *operand = kind.decode(bytes, setup);
        bytes = &bytes[kind.bytes()..];
    }
    (row.of)(operands)
}

pub(super) fn encode_event(event: &Event) -> [u8; EVENT] {
    let (place, operands) = event.parts();
    let mut bytes = [0; EVENT];
    bytes[0] = place as u8;
    let mut at = 1;
    for ((_, kind), value) in EVENTS[place].operands.iter().zip(operands) {
        kind.encode(value, &mut bytes[at..]);
        at += kind.bytes();
    }
    bytes
}

impl<'a> Arbitrary<'a> for Schedule {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let length = u.len();
        // libFuzzer rejects the input.
        decode(u.bytes(length)?).map_err(|_| arbitrary::Error::IncorrectFormat)
    }
}

#[cfg(test)]
mod tests {
    use super::super::knobs::KNOBS;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// The same bytes with a header, and without.
    fn headed(bytes: &[u8], is_headed: bool) -> Vec<u8> {
        let header: &[u8] = if is_headed { &[MAGIC, CURRENT.number] } else { &[] };
        let rest = if is_headed { bytes } else { bytes.strip_prefix(&[MAGIC]).unwrap_or(bytes) };
        [header, rest].concat()
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_schedule_that_encodes_to_its_canonical_form(bytes: Vec<u8>, is_headed: bool) {
            let bytes = headed(&bytes, is_headed);
            prop_assume!(decode(&bytes).is_ok());
            let schedule = decode(&bytes).unwrap();
            let canonical = encode(&schedule);
            prop_assert_eq!(decode(&canonical), Ok(schedule));
            prop_assert_eq!(encode(&decode(&canonical).unwrap()), canonical);
        }

        #[test]
        fn text_reads_back_what_it_wrote(bytes: Vec<u8>, is_headed: bool) {
            let Ok(schedule) = decode(&headed(&bytes, is_headed)) else { return Ok(()) };
            let text = super::super::text::write(&schedule);
            prop_assert_eq!(super::super::text::read(&text).unwrap(), schedule);
        }
    }

    /// An appended row needs a new version, so that old bytes keep their meaning.
    #[test]
    fn the_current_version_has_the_rows_of_the_tables() {
        let (settings, events, knobs) = (SETTINGS.len(), EVENTS.len(), KNOBS.len());
        assert_eq!(CURRENT, Version { settings, events, knobs, ..CURRENT });
        assert!(VERSIONS.iter().enumerate().all(|(place, version)| usize::from(version.number) == 2 + place));
    }

    #[test]
    fn an_unknown_version_is_refused_by_its_number() {
        let error = decode(&[MAGIC, 77, 1, 2, 3]).unwrap_err().to_string();
        assert!(error.starts_with("bytes of version 77; expected version 1 to "), "{error}");
        assert!(Schedule::arbitrary(&mut Unstructured::new(&[MAGIC, 77])).is_err());
    }

    #[test]
    fn zeros_are_defaults() {
        assert_eq!(decode(&[MAGIC, CURRENT.number]).unwrap().setup, Setup::default());
    }

    /// Version 2 had the values 1 to 16, and any byte was one of them.
    #[test]
    fn a_setting_with_new_values_reads_as_before_in_older_bytes() {
        let place = SETTINGS.iter().position(|row| row.name == "first-index").unwrap();
        let before: usize = SETTINGS[..place].iter().map(width).sum();
        let read = |number: u8, byte: u8| {
            let bytes = [&[MAGIC, number][..], &vec![0; before], &[byte, byte]].concat();
            let setup = decode(&bytes).unwrap().setup;
            (setup.first_index, setup.first_term)
        };
        for byte in 0..=u8::MAX {
            assert_eq!(read(2, byte), (1 + byte % 16, 1 + byte % 16));
        }
        assert_eq!([0, 15, 16, 17].map(|byte| read(CURRENT.number, byte)), [(1, 1), (16, 16), (0, 0), (1, 1)]);
    }

    #[test]
    fn random_codes_are_every_event_and_mostly_common_ones() {
        let codes = &CODES[VERSIONS.len() - 1];
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), EVENTS.len());
        let common = codes.iter().filter(|code| matches!(EVENTS[usize::from(**code)].word, "deliver" | "round"));
        assert!(common.count() > 60);
    }

    #[test]
    fn a_schedule_is_what_arbitrary_makes_of_the_bytes() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
        assert_eq!(Schedule::arbitrary(&mut Unstructured::new(&bytes)).ok(), decode(&bytes).ok());
    }
}
