//! A lazy JSON reader: a value remains text until it is asked for.
//!
//! Consecutive states of a trace are nearly equal. Comparing text is much faster than parsing it, so that text that comes
//! [again](Reader::again) is not parsed.

use super::Error;
use serde::de::{Deserialize, IgnoredAny};
use std::ops::Range;

/// The largest depth of a value in plain form: no escapes, and numbers of at most nine digits.
const PLAIN_DEPTH: u8 = 16;

/// A reader at a place in a JSON text.
pub struct Reader<'a> {
    text: &'a str,
    place: usize,
}

impl<'a> Reader<'a> {
    /// The next byte after white space.
    #[inline]
    pub fn next(&mut self) -> Option<u8> {
        match self.text.as_bytes().get(self.place) {
            Some(byte) if *byte > b' ' => Some(*byte),
            _ => self.next_after_space(),
        }
    }

    #[cold]
    fn next_after_space(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(self.place) {
            self.place += 1;
        }
        bytes.get(self.place).copied()
    }

    /// The current place.
    pub fn place(&self) -> usize {
        self.place
    }

    /// The text from an earlier place to the current one.
    pub fn since(&self, place: usize) -> &'a str {
        &self.text[place..self.place]
    }

    /// Moves to a later place.
    pub fn go_to(&mut self, place: usize) {
        self.place = place;
    }

    /// The number of next bytes that equal an earlier part of the text.
    pub fn alike(&self, earlier: Range<usize>) -> usize {
        let (mut one, mut other) = (&self.text.as_bytes()[earlier], &self.text.as_bytes()[self.place..]);
        let length = one.len();
        while let (Some(these), Some(those)) = (one.first_chunk::<32>(), other.first_chunk::<32>()) {
            if these != those {
                break;
            }
            (one, other) = (&one[32..], &other[32..]);
        }
        while let (Some(these), Some(those)) = (one.first_chunk::<8>(), other.first_chunk::<8>()) {
            let differ = u64::from_le_bytes(*these) ^ u64::from_le_bytes(*those);
            if differ != 0 {
                return length - one.len() + differ.trailing_zeros() as usize / 8;
            }
            (one, other) = (&one[8..], &other[8..]);
        }
        length - one.len() + one.iter().zip(other).take_while(|(this, that)| this == that).count()
    }

    /// Skips `byte` if it comes next; true if skipped.
    #[inline]
    pub fn eat(&mut self, byte: u8) -> bool {
        let found = self.next() == Some(byte);
        self.place += usize::from(found);
        found
    }

    /// Reads with `read`, and moves back if that returns `None`.
    #[inline]
    pub fn try_read<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let start = self.place;
        let found = read(self);
        if found.is_none() {
            self.place = start;
        }
        found
    }

    /// The next string, if it has no escapes.
    #[inline]
    pub fn string(&mut self) -> Option<&'a str> {
        self.next();
        let start = self.place + 1;
        self.glide_string().then(|| &self.text[start..self.place - 1])
    }

    /// Skips `string` if it comes next without escapes; true if skipped.
    #[inline]
    pub fn eat_string(&mut self, string: &str) -> bool {
        self.next();
        let rest = &self.text.as_bytes()[self.place..];
        let found = rest.first() == Some(&b'"')
            && rest[1..].starts_with(string.as_bytes())
            && rest.get(string.len() + 1) == Some(&b'"');
        self.place += if found { string.len() + 2 } else { 0 };
        found
    }

    /// The next number, if it consists of at most nine digits.
    #[inline]
    pub fn number(&mut self) -> Option<u32> {
        let first = self.next()?;
        let (start, bytes) = (self.place, self.text.as_bytes());
        let mut number = 0;
        while let Some(digit @ b'0'..=b'9') = bytes.get(self.place) {
            if self.place - start == 9 {
                return None;
            }
            number = number * 10 + u32::from(digit - b'0');
            self.place += 1;
        }
        let digits = self.place - start;
        let whole = digits == 1 || (digits > 1 && first != b'0');
        (whole && self.ends()).then_some(number)
    }

    /// True if a number or a word ends here.
    #[inline]
    fn ends(&self) -> bool {
        let next = self.text.as_bytes().get(self.place);
        matches!(next, None | Some(b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t'))
    }

    /// The next Boolean, if it comes next.
    #[inline]
    pub fn truth(&mut self) -> Option<bool> {
        [("true", true), ("false", false)].into_iter().find_map(|(word, truth)| self.word(word).then_some(truth))
    }

    #[inline]
    fn word(&mut self, word: &str) -> bool {
        self.next();
        let found = self.text[self.place..].starts_with(word);
        self.place += if found { word.len() } else { 0 };
        found && self.ends()
    }

    #[inline]
    fn glide_string(&mut self) -> bool {
        if !self.eat(b'"') {
            return false;
        }
        let bytes = self.text.as_bytes();
        let place = self.place + plain_length(&bytes[self.place..]);
        let closed = bytes.get(place) == Some(&b'"');
        self.place = place + usize::from(closed);
        closed
    }

    /// Skips a value in plain form of at most this depth; true if skipped.
    #[inline]
    fn glide(&mut self, depth: u8) -> bool {
        match self.next() {
            Some(b'"') => self.glide_string(),
            Some(b'0'..=b'9') => self.number().is_some(),
            Some(b'[') if depth > 0 => {
                self.place += 1;
                self.glide_on(b']', |reader| reader.glide(depth - 1))
            }
            Some(b'{') if depth > 0 => {
                self.place += 1;
                self.glide_on(b'}', |reader| reader.glide_string() && reader.eat(b':') && reader.glide(depth - 1))
            }
            Some(b't' | b'f') => self.truth().is_some(),
            Some(b'n') => self.word("null"),
            _ => false,
        }
    }

    #[inline]
    fn glide_on(&mut self, close: u8, mut each: impl FnMut(&mut Self) -> bool) -> bool {
        if self.eat(close) {
            return true;
        }
        while each(self) {
            if !self.eat(b',') {
                return self.eat(close);
            }
        }
        false
    }

    /// An error that names the expected token.
    pub fn expected(&self, what: &str) -> Error {
        Error::of(format!("byte {}: expected {what}", self.place))
    }

    /// Reads the next value.
    pub fn read<T: Deserialize<'a>>(&mut self) -> Result<T, Error> {
        let mut values = serde_json::Deserializer::from_str(&self.text[self.place..]).into_iter();
        let value = values.next().ok_or_else(|| self.expected("a value"))?;
        self.place += values.byte_offset();
        value.map_err(|error| Error::of(error.to_string()))
    }

    /// Reads the next value without moving.
    pub fn peek<T: Deserialize<'a>>(&mut self) -> Result<T, Error> {
        let place = self.place;
        let value = self.read();
        self.place = place;
        value
    }

    /// The place of the text that `read` reads.
    #[inline]
    pub fn span(&mut self, read: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<Range<usize>, Error> {
        self.next();
        let start = self.place;
        read(self)?;
        Ok(start..self.place)
    }

    /// The text that `read` reads.
    #[inline]
    pub fn text(&mut self, read: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<&'a str, Error> {
        self.span(read).map(|span| &self.text[span])
    }

    /// Skips the next value.
    #[inline]
    pub fn skip(&mut self) -> Result<(), Error> {
        match self.try_read(|reader| reader.glide(PLAIN_DEPTH).then_some(())) {
            Some(()) => Ok(()),
            None => self.read::<IgnoredAny>().map(drop),
        }
    }

    /// Reads the name of the next member of an object, with escapes as written, up to its value.
    #[inline]
    pub fn name(&mut self) -> Result<&'a str, Error> {
        if let Some(name) = self.try_read(Self::string) {
            return self.colon().map(|()| name);
        }
        let name = self.text(Self::skip)?;
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
        self.colon()?;
        name.ok_or_else(|| self.expected("a name before it"))
    }

    /// Reads the colon between a name and its value.
    #[inline]
    pub fn colon(&mut self) -> Result<(), Error> {
        match self.eat(b':') {
            true => Ok(()),
            false => Err(self.expected("`:`")),
        }
    }

    /// Reads a list or an object, with `read` for each element or member.
    #[inline]
    pub fn each(&mut self, mut read: impl FnMut(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        let close = match self.next() {
            Some(b'[') => b']',
            Some(b'{') => b'}',
            _ => return Err(self.expected("a list or an object")),
        };
        self.place += 1;
        if self.eat(close) {
            return Ok(());
        }
        loop {
            read(self)?;
            if self.eat(close) {
                return Ok(());
            }
            if !self.eat(b',') {
                return Err(self.expected("`,`, or the end of a list or an object"));
            }
        }
    }

    /// Skips the first of these elements or members that comes next, and returns its place.
    #[inline]
    pub fn again(&mut self, parts: impl IntoIterator<Item = &'a str>) -> Option<usize> {
        self.next();
        parts.into_iter().position(|part| self.follows(part))
    }

    /// Skips `part` if it comes next as a whole element or member; true if skipped.
    #[inline]
    pub fn follows(&mut self, part: &str) -> bool {
        let rest = &self.text.as_bytes()[self.place..];
        // A longer element is another one.
        let ends = |len: usize| matches!(rest.get(len), Some(b',' | b']' | b'}'));
        let found = rest.starts_with(part.as_bytes()) && ends(part.len());
        self.place += if found { part.len() } else { 0 };
        found
    }

    fn end(&mut self) -> Result<(), Error> {
        match self.next() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end")),
        }
    }
}

/// Reads a whole text with `read`.
///
/// # Errors
/// Those of `read`; for a text that is no JSON, that error.
pub fn read<'a>(text: &'a str, read: impl FnOnce(&mut Reader<'a>) -> Result<(), Error>) -> Result<(), Error> {
    let mut reader = Reader { text, place: 0 };
    let all = read(&mut reader).and_then(|()| reader.end());
    // serde_json knows the line of an error.
    all.map_err(|error| match error.state {
        0 => super::json(text).err().unwrap_or(error),
        _ => error,
    })
}

/// The number of bytes before the first quotation mark, backslash or control character.
#[inline(always)]
fn plain_length(bytes: &[u8]) -> usize {
    let mut length = 0;
    let mut rest = bytes;
    while let Some((eight, more)) = rest.split_first_chunk::<8>() {
        let found = ends_of(u64::from_le_bytes(*eight));
        if found != 0 {
            return length + found.trailing_zeros() as usize / 8;
        }
        (rest, length) = (more, length + 8);
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    rest.iter().position(ends).map_or(bytes.len(), |place| length + place)
}

/// The highest bit of each of eight bytes that ends a plain string. The first such bit is right; later ones may be false.
#[inline(always)]
fn ends_of(bytes: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const SPACES: u64 = ONES * b' ' as u64;
    let quotes = bytes ^ (ONES * b'"' as u64);
    let slashes = bytes ^ (ONES * b'\\' as u64);
    let below_space = bytes.wrapping_sub(SPACES) & !bytes;
    let zero_in_quotes = quotes.wrapping_sub(ONES) & !quotes;
    let zero_in_slashes = slashes.wrapping_sub(ONES) & !slashes;
    (below_space | zero_in_quotes | zero_in_slashes) & (ONES << 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_begins_alike_is_another() {
        let again = |text, part| Reader { text, place: 0 }.again([part]);
        assert_eq!(again("1,2]", "1"), Some(0));
        assert_eq!(again("12,2]", "1"), None);
        assert_eq!(again(" \"a\":3}", "\"a\":3"), Some(0));
        assert_eq!(again("\"a\":34}", "\"a\":3"), None);
    }

    #[test]
    fn a_plain_string_ends_where_it_ends() {
        for length in 0..30 {
            for end in ["\"", "\\", "\n", "\u{1f}"] {
                let text = format!("\"{}{end}", "é~ !]".chars().cycle().take(length).collect::<String>());
                let found = Reader { text: &text, place: 0 }.string();
                assert_eq!(found, (end == "\"").then(|| &text[1..text.len() - 1]), "{text}");
            }
        }
    }

    #[test]
    fn what_is_skipped_is_what_serde_skips() {
        let texts = [
            "0",
            "01",
            "-1",
            "1.5e3",
            "12345678901",
            "true",
            "truer",
            "null",
            "nul",
            "\"a\\u0041\"",
            "\"a\n\"",
            "{}",
            "[ ]",
        ];
        let more = [
            "{\"a\" : [1, {\"b\":\"c\"}] }",
            "[1,]",
            "{\"a\"}",
            "{1:2}",
            "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]",
            "",
            "}",
        ];
        for text in texts.into_iter().chain(more) {
            let mut reader = Reader { text, place: 0 };
            let skipped = reader.skip().and_then(|()| reader.end()).is_ok();
            assert_eq!(skipped, serde_json::from_str::<IgnoredAny>(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        for text in ["", "[", "[1,]", "{\"a\":1", "[1] 2", "[1 2]", "7"] {
            assert!(read(text, |reader| reader.each(Reader::skip)).is_err(), "{text}");
        }
    }
}
