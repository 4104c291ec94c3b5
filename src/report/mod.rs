//! Reports: what a person reads of a run.

pub mod coverage;
pub mod observe;
pub mod source;
pub mod transcript;
