//! JSON, read as far as it is asked for: a value is its text until then.
//!
//! From one state of a trace to the next nearly everything is written as it was. Text is compared much faster
//! than it is read, so what comes [again](Reader::again) is neither read nor understood anew.

use super::Error;
use serde::de::{Deserialize, IgnoredAny};

/// A place in a JSON text.
pub struct Reader<'a> {
    text: &'a str,
    place: usize,
}

impl<'a> Reader<'a> {
    /// The byte that comes next, after space.
    pub fn next(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.place..];
        self.place += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count();
        self.text.as_bytes().get(self.place).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.next() == Some(byte);
        self.place += usize::from(found);
        found
    }

    fn expected(&self, what: &str) -> Error {
        Error::of(format!("byte {}: expected {what}", self.place))
    }

    /// Reads the value that comes next.
    pub fn read<T: Deserialize<'a>>(&mut self) -> Result<T, Error> {
        let mut values = serde_json::Deserializer::from_str(&self.text[self.place..]).into_iter();
        let value = values.next().ok_or_else(|| self.expected("a value"))?;
        self.place += values.byte_offset();
        value.map_err(|error| Error::of(error.to_string()))
    }

    /// The text of what `read` reads.
    pub fn text(&mut self, read: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<&'a str, Error> {
        self.next();
        let start = self.place;
        read(self)?;
        Ok(&self.text[start..self.place])
    }

    /// Goes past the value that comes next.
    pub fn skip(&mut self) -> Result<(), Error> {
        self.read::<IgnoredAny>().map(drop)
    }

    /// The name of the member of an object that comes next, as it is written; its value comes then.
    pub fn name(&mut self) -> Result<&'a str, Error> {
        let name = self.text(Self::skip)?;
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
        self.colon()?;
        name.ok_or_else(|| self.expected("a name before it"))
    }

    /// What is between the name of a member and its value.
    pub fn colon(&mut self) -> Result<(), Error> {
        match self.eat(b':') {
            true => Ok(()),
            false => Err(self.expected("`:`")),
        }
    }

    /// Lets `read` read each element of a list, or each member of an object.
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

    /// Which of these elements or members comes next once more, if one does; it is then behind us.
    pub fn again(&mut self, parts: impl IntoIterator<Item = &'a str>) -> Option<usize> {
        self.next();
        let rest = &self.text.as_bytes()[self.place..];
        // What would go on is another.
        let ends = |len: usize| matches!(rest.get(len), Some(b',' | b']' | b'}'));
        for (place, part) in parts.into_iter().enumerate() {
            if rest.starts_with(part.as_bytes()) && ends(part.len()) {
                self.place += part.len();
                return Some(place);
            }
        }
        None
    }

    fn end(&mut self) -> Result<(), Error> {
        match self.next() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end")),
        }
    }
}

/// Lets `read` read all of a text.
///
/// # Errors
/// Those of `read`; where it is no JSON, that.
pub fn read<'a>(text: &'a str, read: impl FnOnce(&mut Reader<'a>) -> Result<(), Error>) -> Result<(), Error> {
    let mut reader = Reader { text, place: 0 };
    let all = read(&mut reader).and_then(|()| reader.end());
    // Who reads all of it knows the line.
    all.map_err(|error| match error.state {
        0 => super::json(text).err().unwrap_or(error),
        _ => error,
    })
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
    fn what_is_no_json_is_an_error() {
        for text in ["", "[", "[1,]", "{\"a\":1", "[1] 2", "[1 2]", "7"] {
            assert!(read(text, |reader| reader.each(Reader::skip)).is_err(), "{text}");
        }
    }
}
