#![forbid(unsafe_code)]
#[cfg(feature = "cli")]
pub mod cli;
pub mod fuzzing;
pub mod lockstep;
pub mod minimize;
pub mod refine;
pub mod report;
pub mod schedule;
pub mod spec;
pub mod sut;
pub mod verdict;
