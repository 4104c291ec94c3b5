//! TLC's counts: the dialect `ongaro` has exactly the states that TLC finds for raft.tla within the same bounds, and every
//! invariant of the dialect holds in all of them and in every step.
//!
//! TLC 2.18 counted rows A and C, TLC 2.15 rows X, on raft.tla at 6ecbdbcf1bcde2910367cdfd67f31b0bae447ddd
//! with its history variables left out. Row X4 takes longer than the others together: `cargo test
//! --release --test suite -- tlc_counts:: --ignored`.
#![cfg(feature = "cli")]

use raft_lockstep::explore::{explore, Bounds, Faults};

const NONE: Faults = Faults { restart: false, duplicate: false, drop: false };
const RESTART_DROP: Faults = Faults { restart: true, drop: true, ..NONE };

/// Two servers, one value, no copies, no faults.
const PLAIN: Bounds =
    Bounds { servers: 2, max_term: 2, max_log: 1, max_copies: 1, max_messages: 2, values: 1, faults: NONE };

fn assert_counts(bounds: Bounds, distinct: usize, generated: u64, depth: usize) {
    let found = explore(bounds, None);
    assert!(found.violation.is_none() && found.finished, "{found:?}");
    assert_eq!((found.distinct, found.generated, found.depth), (distinct, generated, depth));
}

#[test]
fn a0_two_servers_without_messages() {
    assert_counts(Bounds { max_log: 0, max_messages: 0, ..PLAIN }, 4, 17, 3);
}

#[test]
fn a4_one_server() {
    assert_counts(Bounds { servers: 1, max_term: 3, max_messages: 1, ..PLAIN }, 19, 44, 9);
}

#[test]
fn a5_one_server_that_restarts() {
    let one = Bounds { servers: 1, max_term: 3, max_log: 2, max_messages: 1, faults: RESTART_DROP, ..PLAIN };
    assert_counts(one, 78, 260, 15);
}

#[test]
fn c01_one_message() {
    assert_counts(Bounds { max_log: 0, max_messages: 1, ..PLAIN }, 190, 961, 20);
}

#[test]
fn c03_two_messages() {
    assert_counts(PLAIN, 3576, 20957, 32);
}

#[test]
fn c04_restarts_and_drops() {
    assert_counts(Bounds { faults: RESTART_DROP, ..PLAIN }, 13479, 113565, 32);
}

#[test]
fn c05_duplicates() {
    let copies = Bounds { max_copies: 2, faults: Faults { duplicate: true, ..NONE }, ..PLAIN };
    assert_counts(copies, 5116, 36983, 32);
}

#[test]
fn c06_three_terms() {
    assert_counts(Bounds { max_term: 3, ..PLAIN }, 38323, 219673, 40);
}

#[test]
fn c07_two_entries() {
    assert_counts(Bounds { max_term: 3, max_log: 2, ..PLAIN }, 121685, 694135, 52);
}

#[test]
fn c08_three_terms_with_restarts_and_drops() {
    assert_counts(Bounds { max_term: 3, faults: RESTART_DROP, ..PLAIN }, 506790, 4500263, 47);
}

#[test]
fn c10_three_servers_elect() {
    assert_counts(Bounds { servers: 3, max_log: 0, ..PLAIN }, 1078172, 10145518, 42);
}

#[test]
fn c11_three_servers_replicate() {
    assert_counts(Bounds { servers: 3, max_messages: 1, ..PLAIN }, 341387, 2690854, 48);
}

#[test]
fn x1_three_terms_with_duplicates_and_drops() {
    let faults = Faults { duplicate: true, drop: true, ..NONE };
    assert_counts(Bounds { max_term: 3, max_copies: 2, faults, ..PLAIN }, 104089, 889575, 40);
}

#[test]
fn x2_three_messages() {
    assert_counts(Bounds { max_log: 2, max_messages: 3, ..PLAIN }, 113142, 746231, 47);
}

#[test]
fn x3_two_values() {
    let faults = Faults { restart: true, ..NONE };
    assert_counts(Bounds { max_log: 2, values: 2, faults, ..PLAIN }, 83645, 603593, 45);
}

#[test]
#[ignore = "half a minute in a debug build"]
fn x4_three_servers_with_restarts_and_drops() {
    let three = Bounds { servers: 3, max_messages: 1, faults: RESTART_DROP, ..PLAIN };
    assert_counts(three, 1931973, 21210955, 53);
}

#[test]
fn x5_one_server_with_all_faults() {
    let faults = Faults { restart: true, duplicate: true, drop: true };
    let one = Bounds { servers: 1, max_term: 4, max_log: 3, max_copies: 2, max_messages: 3, values: 2, faults };
    assert_counts(one, 138518, 1216123, 30);
}
