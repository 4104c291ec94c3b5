//! Feedback for libFuzzer: its own counters of code edges, and extra counters of the specification's states.
//!
//! libFuzzer reads both after each run. `RAFT_LOCKSTEP_FEEDBACK` selects `edge`, `state`, `both` or `none`; the other
//! counters are cleared before the target returns.

#![allow(unsafe_code)]

use super::{guidance, Guidance};
use std::cell::UnsafeCell;
use std::ptr::{addr_of, addr_of_mut};

/// The number of state counters: a multiple of 8, as libFuzzer requires. Each run pays for clearing and reading them.
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

/// An empty entry in the section of edge counters, so that a build without them, for coverage, links as well.
#[used]
#[cfg_attr(target_os = "linux", link_section = "__sancov_cntrs")]
static NO_EDGES: [u8; 0] = [];

/// Runs a target with the feedback that the environment selects.
pub fn guided(target: impl FnOnce(Option<&mut [u8]>)) {
    let guidance = guidance();
    // libFuzzer holds no reference to the counters during a run.
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
    // The linker places the two symbols around the compiler's counters.
    unsafe {
        let begin = addr_of_mut!(EDGES_BEGIN);
        let length = addr_of!(EDGES_END) as usize - begin as usize;
        std::ptr::write_bytes(begin, 0, length);
    }
}

#[cfg(not(target_os = "linux"))]
fn clear_edges() {}
