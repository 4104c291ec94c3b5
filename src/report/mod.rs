//! Reports: what a person reads of a run.

pub mod observe;
pub mod transcript;
