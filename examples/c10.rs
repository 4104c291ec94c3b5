use raft_lockstep::explore::*;
use raft_lockstep::spec::guards::*;
fn main() {
    let p = Faults::default();
    let rd = Faults { restart: true, drop: true, ..p };
    let du = Faults { duplicate: true, ..p };
    let which = std::env::args().nth(1).unwrap_or("rows".into());
    let rows = [
        ("A0", 2, 2, 0, 1, 0, p),
        ("A5", 1, 3, 2, 1, 1, rd),
        ("C05", 2, 2, 1, 2, 2, du),
        ("C04", 2, 2, 1, 1, 2, rd),
        ("C06", 2, 3, 1, 1, 2, p),
        ("C07", 2, 3, 2, 1, 2, p),
        ("C11", 3, 2, 1, 1, 1, p),
        ("C08", 2, 3, 1, 1, 2, rd),
        ("C10", 3, 2, 0, 1, 2, p),
    ];
    if which == "rows" {
        for (n, servers, max_term, max_log, max_copies, max_messages, faults) in rows {
            let t = std::time::Instant::now();
            let f = explore(Bounds { servers, max_term, max_log, max_copies, max_messages, values: 1, faults }, None);
            let s = t.elapsed().as_secs_f64();
            println!(
                "{n} {} {} {} {:.2}s {:.0}/s {:?}",
                f.distinct,
                f.generated,
                f.depth,
                s,
                f.distinct as f64 / s,
                f.violation
            );
        }
    } else {
        let values = std::env::args().nth(2).map_or(1, |v| v.parse().unwrap());
        for g in GUARDS {
            print!("{:26}", g.name);
            for (n, servers, max_term, max_log, max_copies, max_messages, faults) in rows {
                if which.split(',').any(|w| w == n) {
                    let f = explore(
                        Bounds { servers, max_term, max_log, max_copies, max_messages, values, faults },
                        Some(g),
                    );
                    match f.violation {
                        None => print!("{n}: - {}/{}  ", f.distinct, f.generated),
                        Some(v) => print!("{n}: {}@{}  ", v.invariant, v.trace.len()),
                    }
                }
            }
            println!();
        }
    }
}
