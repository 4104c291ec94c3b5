//! Minimised schedules compared with the shortest ones: a breadth-first search over the whole event alphabet, for the
//! same cause under the same setup.
#![cfg(feature = "cli")]

use crate::common::{assert_golden, quiet, root};
use raft_lockstep::lockstep::verdict::{Cause, Verdict};
use raft_lockstep::schedule::{alphabet, text, Event, Schedule};
use raft_lockstep::sut::nodes::faulty::{FaultRow, FAULTS};
use std::collections::HashSet;
use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

/// The most runs for one level of the search.
const MOST_RUNS: usize = 400_000;

fn kept(fault: &FaultRow) -> Schedule {
    let path = root().join(format!("corpus/faulty/{}.txt", fault.name));
    text::read(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The result of a search.
struct Searched {
    alphabet: usize,
    /// All schedules of up to this many events were searched.
    completed: usize,
    /// The shortest schedule with the cause.
    found: Option<Schedule>,
}

/// Searches all schedules shorter than `kept`. A schedule that leads to the same state as an earlier one is skipped, since
/// both have the same continuations.
fn search(fault: &FaultRow, kept: &Schedule, cause: &Cause) -> Searched {
    let alphabet = alphabet(&kept.setup);
    let mut searched = Searched { alphabet: alphabet.len(), completed: 0, found: None };
    let mut seen = HashSet::new();
    let mut level: Vec<Vec<Event>> = vec![Vec::new()];
    let mut schedule = Schedule { setup: kept.setup, events: Vec::new() };
    let shows = |schedule: &Schedule| match fault.run(schedule, None).verdict {
        Verdict::Diverged(divergence) => divergence.cause == *cause,
        Verdict::Agreed | Verdict::Skipped(_) => false,
    };
    if shows(&schedule) {
        return Searched { found: Some(schedule), ..searched };
    }
    for length in 1..kept.events.len() {
        if level.len() * alphabet.len() > MOST_RUNS {
            return searched;
        }
        let mut next = Vec::new();
        for events in &level {
            for event in &alphabet {
                schedule.events.clone_from(events);
                schedule.events.push(*event);
                if shows(&schedule) {
                    return Searched { completed: length, found: Some(schedule), ..searched };
                }
                // The last level is not extended.
                if length + 1 < kept.events.len()
                    && fault.fingerprint(&schedule).is_some_and(|print| seen.insert(print))
                {
                    next.push(schedule.events.clone());
                }
            }
        }
        searched.completed = length;
        level = next;
    }
    searched
}

fn row(fault: &FaultRow) -> String {
    let kept = kept(fault);
    let verdict = fault.run(&kept, None).verdict;
    let cause = &verdict.divergence().unwrap().cause;
    let minimised = kept.events.len();
    let Searched { alphabet, completed, found } = search(fault, &kept, cause);
    let (optimal, ratio) = match &found {
        Some(shorter) if shorter.events.len() < minimised => {
            (shorter.events.len().to_string(), minimised as f64 / shorter.events.len() as f64)
        }
        // The empty schedule has the cause.
        Some(_) => (minimised.to_string(), 1.0),
        None if completed + 1 >= minimised => (minimised.to_string(), 1.0),
        None => (format!("more than {completed}"), f64::NAN),
    };
    let ratio = if ratio.is_nan() { "unproven".into() } else { format!("{ratio:.2}") };
    if let Some(shorter) = found {
        eprintln!("{}: {}", fault.name, text::write(&shorter).split("events\n").nth(1).unwrap().replace('\n', "; "));
    }
    format!("| `{}` | {alphabet} | {completed} | {minimised} | {optimal} | {ratio} |", fault.name)
}

/// `REWRITE=1 cargo test --test suite -- minimal:: --ignored --nocapture` makes the table anew, and prints each row.
#[test]
#[ignore = "takes minutes"]
fn no_minimised_schedule_is_much_longer_than_the_shortest() {
    quiet();
    let (next, rows) = (AtomicUsize::new(0), Mutex::new(vec![String::new(); FAULTS.len()]));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(fault) = FAULTS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let place = FAULTS.iter().position(|other| other.name == fault.name).unwrap();
                    let row = row(fault);
                    eprintln!("{row}");
                    rows.lock().unwrap()[place] = row;
                }
            });
        }
    });
    let rows = rows.into_inner().unwrap();
    let mut table =
        String::from("| faulty node | events in the alphabet | completed depth | minimised | optimal | ratio |\n");
    table.push_str("| --- | --- | --- | --- | --- | --- |\n");
    rows.iter().for_each(|row| writeln!(table, "{row}").unwrap());
    assert_golden(&root().join("src/docs/minimal.md"), &table);
}

/// The table describes the kept schedules, and none exceeds the promised length.
#[test]
fn the_table_describes_the_kept_schedules() {
    let table = std::fs::read_to_string(root().join("src/docs/minimal.md")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().skip(2).map(|line| line.split('|').map(str::trim).collect()).collect();
    assert_eq!(rows.len(), FAULTS.len());
    let mut proven = 0;
    for (fault, row) in FAULTS.iter().zip(rows) {
        assert_eq!(row[1], format!("`{}`", fault.name));
        assert_eq!(row[4], kept(fault).events.len().to_string(), "{}", fault.name);
        let ratio = row[6].parse::<f64>();
        proven += usize::from(ratio.is_ok());
        assert!(ratio.unwrap_or(1.0) <= 1.25, "{}", fault.name);
    }
    assert!(proven >= 8, "{proven}");
}
