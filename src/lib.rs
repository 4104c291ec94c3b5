#![forbid(unsafe_code)]
pub mod fuzzing;
pub mod lockstep;
pub mod refine;
pub mod report;
pub mod schedule;
pub mod spec;
pub mod sut;
pub mod verdict;
