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
    PROGRESS.with_borrow(|progress| match seed / 2 % 10 {
        _ if random => mutate::fresh(&mut data[..max_size], first.wrapping_add(made as u32), &progress.aim),
        0 if max_size > 0 => {
            let size = otherwise(data, size.min(max_size), max_size);
            mutate::aim(data, size, max_size, &progress.aim)
        }
        _ => mutate::mutate(data, size, max_size, seed, &progress.aim),
    })
}

/// Splices two inputs; returns 0 if another mutation is to be made instead. libFuzzer calls this as often as [`mutate()`],
/// and mostly gets 0.
pub fn crossover(first: &[u8], second: &[u8], out: &mut [u8], seed: u32) -> usize {
    match seed / 2 % 4 {
        0 if !is_random(seed) => {
            PROGRESS.with_borrow(|progress| mutate::crossover(first, second, out, seed, &progress.aim))
        }
        _ => 0,
    }
}
