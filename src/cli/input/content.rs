//! Detection of a file's kind: by its content, and for binary content by its name as well.

use super::{foreign, magic, names};
use crate::schedule::{codec, text};
use crate::trace::{self, Format};
use std::path::Path;

/// The kind of a file.
pub enum Content<'a> {
    /// A fuzz input.
    Bytes,
    /// A schedule as text.
    Schedule(&'a str),
    /// A trace of that format.
    Trace(&'a str, &'static Format),
}

/// The kind of a file with these bytes. Standard input has no name.
///
/// # Errors
/// Any other kind: the message says what was found, what is expected, and what to do.
pub fn of<'a>(name: Option<&Path>, bytes: &'a [u8]) -> Result<Content<'a>, String> {
    if bytes.is_empty() {
        return match name.is_some_and(names::is_of_nothing) {
            true => Ok(Content::Bytes),
            false if name.is_none() => Err(refusal("standard input is empty")),
            false => Err(refusal("the file is empty (was it written completely?)")),
        };
    }
    if codec::VERSIONS.iter().any(|version| bytes.starts_with(&[codec::MAGIC, version.number])) {
        return Ok(Content::Bytes);
    }
    if let Some(text) = utf_8(bytes) {
        if text::is_text(bytes) {
            return Ok(Content::Schedule(text));
        }
        if let Some(format) = trace::recognize(text) {
            return Ok(Content::Trace(text, format));
        }
    }
    if let (Err(error), true) = (std::str::from_utf8(bytes), text::is_text(bytes)) {
        return Err(format!("a schedule that is not UTF-8: byte {} is invalid; save it as UTF-8", error.valid_up_to()));
    }
    let is_fuzz_input = name.is_some_and(names::is_fuzz_input);
    let bare = name.is_some_and(|name| name.extension().is_none());
    let known = magic::known(bytes).filter(|_| !(is_fuzz_input && bare));
    if let Some((what, instead)) = known {
        let is_trace = name.is_some_and(names::is_binary_trace);
        return Err(unread(what, if is_trace { BINARY_TRACE } else { instead }));
    }
    match Texture::of(bytes) {
        Texture::Text(text) if is_fuzz_input && (text.len() < SHORT || !text.contains('\n')) => Ok(Content::Bytes),
        Texture::Text(text) => Err(match foreign::known(text) {
            Some((what, instead)) => unread(what, instead),
            None => refusal(&foreign::describe(text)),
        }),
        Texture::Damaged(place) => {
            Err(refusal(&format!("damaged text: byte {place} is a control character or not UTF-8")))
        }
        Texture::Binary if is_fuzz_input || name.is_none() => Ok(Content::Bytes),
        Texture::Binary if name.is_some_and(names::is_binary_trace) => Err(unread("binary data", BINARY_TRACE)),
        Texture::Binary => Err(refusal("binary data in no known format")),
    }
}

/// The text without its byte order mark, if it is UTF-8.
pub fn utf_8(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Fuzz inputs shorter than this may be text by chance: libFuzzer's first input is a line feed.
const SHORT: usize = 8;

/// Data shorter than this is never classified as damaged text.
const LONG: usize = 32;

/// The texture of bytes in no known format.
enum Texture<'a> {
    /// UTF-8 without control characters.
    Text(&'a str),
    /// Mostly such text; the place of the first byte that is not.
    Damaged(usize),
    /// Anything else.
    Binary,
}

impl<'a> Texture<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let is_control = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n');
        if let Some(text) = utf_8(bytes).filter(|text| !text.contains(is_control)) {
            return Texture::Text(text);
        }
        let (mut place, mut good, mut first) = (0, 0, None);
        for chunk in bytes.utf8_chunks() {
            for c in chunk.valid().chars() {
                first = first.or(is_control(c).then_some(place));
                good += if is_control(c) { 0 } else { c.len_utf8() };
                place += c.len_utf8();
            }
            first = first.or((!chunk.invalid().is_empty()).then_some(place));
            place += chunk.invalid().len();
        }
        // Two fifths of random bytes are printable, and no larger share of a fuzz input, so 7/8 indicates text.
        match first.filter(|_| bytes.len() >= LONG && good * 8 >= bytes.len() * 7) {
            Some(first) => Texture::Damaged(first),
            None => Texture::Binary,
        }
    }
}

/// The file to pass instead of the binary one that TLC writes beside an error.
const BINARY_TRACE: &str = "the TLA+ module beside it (*_TTrace_*.tla), of which this is TLC's binary form";

/// The error for a file of a known foreign kind.
fn unread(kind: &str, instead: &str) -> String {
    format!("{kind}, which is not read; pass {instead}")
}

/// The error for a file of no known kind.
fn refusal(found: &str) -> String {
    let formats: Vec<&str> = trace::FORMATS.iter().map(|format| format.name).collect();
    format!(
        "{found}; expected a schedule (`{}` in its first line), a trace ({}) or a fuzz input (named {}); \
         for a fuzz input of another name, pass `--format bytes` or call it crash-NAME",
        text::VERSION,
        formats.join(", "),
        names::in_words()
    )
}
