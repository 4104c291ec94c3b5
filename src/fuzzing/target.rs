//! A fuzz target for libFuzzer in one line: target, mutator, crossover, feedback and report.

/// Makes the fuzz target of a [`Node`](crate::sut::Node): `raft_lockstep::fuzz_target!(MyNode);` is the whole file beside
/// `#![no_main]`, in a crate with the dependency `libfuzzer-sys` that `cargo fuzz init` writes. A divergence panics, with its report and a `DEDUP_TOKEN` on standard error.
///
/// The second form takes a function of a schedule and libFuzzer's extra counters.
#[macro_export]
macro_rules! fuzz_target {
    ($node:ty) => {
        $crate::fuzz_target!(|schedule, counters| $crate::fuzzing::conformance::<$node>(schedule, counters));
    };
    (|$schedule:ident, $counters:ident| $run:expr) => {
        ::libfuzzer_sys::fuzz_target!(
            init: $crate::fuzzing::initialize(),
            |schedule: $crate::schedule::Schedule| {
                let $schedule = &schedule;
                $crate::fuzzing::guided(|$counters| $run)
            }
        );

        ::libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::fuzzing::mutate(data, size, max_size, seed, ::libfuzzer_sys::fuzzer_mutate)
        });

        ::libfuzzer_sys::fuzz_crossover!(|first: &[u8], second: &[u8], out: &mut [u8], seed: u32| {
            $crate::fuzzing::crossover(first, second, out, seed)
        });
    };
}
