//! The integration tests, a module for each subject.

mod api;
mod architecture;
mod behaviours;
mod command_line;
#[path = "../common/mod.rs"]
mod common;
mod contributing;
mod deep_states;
mod determinism;
mod diagram;
mod epilogue;
mod explain;
mod export;
mod faulty;
mod findings;
mod fuzzing;
mod guards;
mod help;
mod input;
mod interrupt;
mod known;
mod minimal;
mod readme;
mod regression;
mod rust_test;
mod scenarios;
mod schedule;
mod second;
mod sources;
mod stats;
mod supervision;
mod tlc_counts;
mod traces;
