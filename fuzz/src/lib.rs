//! The counters between libFuzzer and the library.
//!
//! The counters are libFuzzer's own, of code edges, and ours, of the specification's states.
//! libFuzzer reads both after each run. `RAFT_LOCKSTEP_FEEDBACK` says which it sees: `edge`, `state`, `both` or
//! `none`; what it is not to see is cleared before the target returns.

use raft_lockstep::fuzzing::{self, Guidance};
use std::cell::UnsafeCell;
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
