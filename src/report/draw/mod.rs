//! Pictures of a [`Story`], and the story as text: one file a format, and the table [`FORMATS`].

#[allow(missing_docs)] // Measures.
mod diagram;
mod html;
mod mermaid;
mod shiviz;
mod svg;
mod text;

use super::story::Story;

pub use svg::STYLE;
pub use text::{write as write_text, Colours};

/// The caption of a picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Caption<'a> {
    pub title: &'a str,
    /// The command that reproduces the run.
    pub command: &'a str,
}

/// A format.
#[derive(Debug)]
pub struct Format {
    /// Its name.
    pub name: &'static str,
    /// The extension of its files.
    pub extension: &'static str,
    /// Its description.
    pub about: &'static str,
    /// Writes a story.
    pub write: fn(&Story, &Caption) -> String,
}

/// All formats. A new one is a file and a row.
pub const FORMATS: &[Format] = &[
    Format { name: "html", extension: "html", about: "an HTML page that steps through the run", write: html::write },
    Format { name: "svg", extension: "svg", about: "a space-time diagram", write: svg::write },
    Format { name: "mermaid", extension: "mmd", about: "a sequence diagram for Markdown", write: mermaid::write },
    Format { name: "text", extension: "txt", about: "the story as text", write: text::write_plain },
    Format { name: "shiviz", extension: "log", about: "a log for ShiViz, with vector clocks", write: shiviz::write },
];
