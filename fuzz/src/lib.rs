//! What stands between libFuzzer and the library: counters and mutators.
//!
//! The counters are libFuzzer's own, of code edges, and ours, of the specification's states.
//! libFuzzer reads both after each run. `RAFT_LOCKSTEP_FEEDBACK` says which it sees: `edge`, `state`, `both` or
//! `none`; what it is not to see is cleared before the target returns.

use raft_lockstep::fuzzing::{self, Guidance};
use raft_lockstep::schedule::mutate;
use std::cell::{OnceCell, UnsafeCell};
use std::ptr::{addr_of, addr_of_mut};

/// So many features are told apart; a multiple of 8, as libFuzzer asks. A run pays for clearing and reading them.
const FEATURES: usize = 1 << 16;

#[repr(C, align(8))]
struct Counters(UnsafeCell<[u8; FEATURES]>);

// libFuzzer runs its target in one thread.
unsafe impl Sync for Counters {}

#[used]
#[cfg_attr(target_os = "linux", link_section = "__libfuzzer_extra_counters")]
static COUNTERS: Counters = Counters(UnsafeCell::new([0; FEATURES]));

#[cfg(target_os = "linux")]
extern "C" {
    #[link_name = "__start___sancov_cntrs"]
    static mut EDGES_BEGIN: u8;
    #[link_name = "__stop___sancov_cntrs"]
    static mut EDGES_END: u8;
}

/// Nothing, in the section of the compiler's edge counters: a build without them, for coverage, links as well.
#[used]
#[cfg_attr(target_os = "linux", link_section = "__sancov_cntrs")]
static NO_EDGES: [u8; 0] = [];

/// Runs a target under the guidance that the environment asks for.
pub fn guided(target: impl FnOnce(Option<&mut [u8]>)) {
    let guidance = fuzzing::guidance();
    // libFuzzer clears the counters before each run, and has no reference to them during it.
    let counters = unsafe { &mut *COUNTERS.0.get() };
    match guidance {
        Guidance::Both | Guidance::State => target(Some(counters)),
        Guidance::Edge | Guidance::None => target(None),
    }
    if matches!(guidance, Guidance::State | Guidance::None) {
        clear_edges();
    }
}

/// So many schedules are random, and every other one from then on.
const YOUNG: u64 = 20_000;

thread_local! {
    /// The number of the first random schedule, which is libFuzzer's to draw.
    static FIRST: OnceCell<u32> = const { OnceCell::new() };
}

/// Whether the next input is to be a random schedule. They differ more from one another than mutants do, and find more
/// as long as most of what they do is new: so in the beginning all are, and where nothing guides they stay.
fn is_random(seed: u32) -> bool {
    fuzzing::executions() < YOUNG || seed.is_multiple_of(2) || fuzzing::guidance() == Guidance::None
}

/// Makes the next input in place: a random schedule or a mutated one; one in ten of those is left to libFuzzer, whose
/// mutator ours replaces.
///
/// Random schedules are numbered by what was executed: in the beginning, they are the same whatever guides.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    fuzzing::exit_if_due();
    let first = FIRST.with(|first| *first.get_or_init(|| seed));
    match seed / 2 % 10 {
        _ if is_random(seed) => mutate::fresh(&mut data[..max_size], first.wrapping_add(fuzzing::executions() as u32)),
        0 if max_size > 0 => libfuzzer_sys::fuzzer_mutate(data, size.min(max_size), max_size),
        _ => mutate::mutate(data, size, max_size, seed),
    }
}

/// Splices two inputs. libFuzzer calls it as often as [`mutate`]; mostly it is sent away.
pub fn crossover(first: &[u8], second: &[u8], out: &mut [u8], seed: u32) -> usize {
    match seed / 2 % 4 {
        0 if !is_random(seed) => mutate::crossover(first, second, out, seed),
        _ => 0,
    }
}

#[cfg(target_os = "linux")]
fn clear_edges() {
    // The linker puts both symbols around the counters that the compiler makes.
    unsafe {
        let begin = addr_of_mut!(EDGES_BEGIN);
        let length = addr_of!(EDGES_END) as usize - begin as usize;
        std::ptr::write_bytes(begin, 0, length);
    }
}

#[cfg(not(target_os = "linux"))]
fn clear_edges() {}
