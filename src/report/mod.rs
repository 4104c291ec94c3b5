//! Reports: the texts and pictures of a run for a person.

/// Appends a line to a string.
macro_rules! line {
    ($text:expr, $($words:tt)*) => {{
        use std::fmt::Write as _;
        writeln!($text, $($words)*).expect("a string takes any text");
    }};
}

pub mod coverage;
pub mod description;
pub mod divergence;
#[cfg(feature = "cli")]
pub mod draw;
mod effect;
mod folded;
#[cfg(feature = "cli")]
pub mod hunt;
pub mod mutants;

#[cfg(feature = "trace")]
pub mod seed;
#[cfg(feature = "cli")]
pub mod shown;
pub mod source;
pub mod stats;
#[cfg(feature = "cli")]
pub mod story;
pub mod switch;
pub mod table;
pub mod transcript;
