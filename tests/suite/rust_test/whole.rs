//! The world of exported tests with all of its parts: it compiles.
#![allow(dead_code, unused_imports, unused_mut, clippy::all)]

use raft::{eraftpb::*, *};
use std::cell::{Cell, RefCell};
use std::collections::*;
use std::rc::Rc;

const START: (u64, u64) = (1, 1);
const SEED: u64 = 0;
const LATE_NOTICE: bool = false;
const DURABLE_APPLY: bool = true;
const LOSSY_CHANGES: bool = false;

fn config(id: u64) -> Config {
    Config { id, ..Config::default() }
}

fn logger() -> slog::Logger {
    slog::Logger::root(slog::Discard, slog::o!())
}

#[rustfmt::skip]
#[path = "../../../src/export/rust_test/world.rs"]
pub mod world;
