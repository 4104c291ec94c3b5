//! Mutators, which libFuzzer's hooks call.

use super::ending::exit_if_due;
use super::progress::PROGRESS;
use super::{guidance, Guidance};
use crate::schedule::mutate;
use std::cell::{Cell, OnceCell};

/// Number of inputs that are random schedules; after them, every other one is.
const RANDOM_AT_FIRST: u64 = 20_000;

thread_local! {
    /// The number of the first random schedule, which is libFuzzer's to draw.
    static FIRST: OnceCell<u32> = const { OnceCell::new() };
    /// Number of inputs that [`mutate`] has made.
    static MADE: Cell<u64> = const { Cell::new(0) };
}

/// True if the next input is to be a random schedule. Random schedules differ more from one another than mutants do, and
/// find more while most behaviour is new: at first all inputs are random, and without feedback they stay so.
fn is_random(seed: u32) -> bool {
    MADE.get() < RANDOM_AT_FIRST || seed % 2 == 0 || guidance() == Guidance::None
}

/// Makes the next input in place: a random schedule or a mutated one. One in ten mutated inputs is left to `otherwise`,
/// libFuzzer's own mutator (`libfuzzer_sys::fuzzer_mutate`), which this one replaces.
///
/// Random schedules are numbered by the inputs made so far: at first, they are the same for every kind of feedback.
pub fn mutate(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    otherwise: impl FnOnce(&mut [u8], usize, usize) -> usize,
) -> usize {
    exit_if_due();
    let first = FIRST.with(|first| *first.get_or_init(|| seed));
    let random = is_random(seed);
    let made = MADE.replace(MADE.get() + 1);
    let size = match seed / 2 % 10 {
        _ if random => {
            let number = first.wrapping_add(made as u32);
            return PROGRESS.with_borrow(|progress| mutate::fresh(&mut data[..max_size], number, &progress.aim));
        }
        0 if max_size > 0 => otherwise(data, size.min(max_size), max_size),
        _ => mutate::mutate(data, size, max_size, seed),
    };
    aimed(data, size, max_size)
}

/// Gives an input the settings that `RAFT_LOCKSTEP_SETTINGS` fixes.
fn aimed(data: &mut [u8], size: usize, max_size: usize) -> usize {
    PROGRESS.with_borrow(|progress| match progress.aim.is_empty() {
        true => size,
        false => mutate::aim(data, size, max_size, &progress.aim),
    })
}

/// Splices two inputs; returns 0 if another mutation is to be made instead. libFuzzer calls this as often as [`mutate()`],
/// and mostly gets 0.
pub fn crossover(first: &[u8], second: &[u8], out: &mut [u8], seed: u32) -> usize {
    match seed / 2 % 4 {
        0 if !is_random(seed) => {
            let size = mutate::crossover(first, second, out, seed);
            aimed(out, size, out.len())
        }
        _ => 0,
    }
}
