//! `check`: explores the specification exhaustively within bounds, as TLC does.

use super::progress::spinner;
use super::{interrupt, write_json, Outcome};
use crate::explore::{self, Bounds, Faults, Found, Model, Progress, Violation};
use crate::spec::guards::{Guard, GUARDS};
use crate::spec::invariants::{self, Invariant};
use crate::spec::Dialect;
use anyhow::{ensure, Context, Result};
use serde::Serialize;
use std::io::Write;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::time::{Duration, Instant};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep check                                      check every invariant for two servers, in a second
  raft-lockstep check --faults restart,drop                add restarts and message loss
  raft-lockstep check --servers 3 --max-log 0 --json       explore elections among three servers
  raft-lockstep check --max-term 3 --drop-guard become-leader-role
                                                           print the shortest trace that the guard prevents
  raft-lockstep check --serve                              walk through the states in a browser

The counts equal those of TLC on raft.tla with the bounds as a state constraint. Exits 0 if all
invariants hold, 1 if one is violated, 2 if the search failed or was interrupted.")]
pub struct Arguments {
    /// Number of servers.
    #[arg(long, value_name = "N", default_value_t = 2)]
    servers: usize,
    /// Highest term; every server starts in term 1.
    #[arg(long, value_name = "T", default_value_t = 2)]
    max_term: u32,
    /// Greatest length of a log.
    #[arg(long, value_name = "L", default_value_t = 1)]
    max_log: u32,
    /// Greatest number of copies of one message.
    #[arg(long, value_name = "C", default_value_t = 1)]
    max_copies: u32,
    /// Greatest number of messages in flight, copies included.
    #[arg(long, value_name = "M", default_value_t = 2)]
    max_messages: u32,
    /// Number of different values that clients propose.
    #[arg(long, value_name = "V", default_value_t = 1)]
    values: u32,
    /// Faults to explore, separated by commas: restart, duplicate, drop.
    #[arg(long, value_name = "FAULTS", value_delimiter = ',')]
    faults: Vec<Fault>,
    /// Dialect of the specification; only ongaro, which is raft.tla itself, can be explored.
    #[arg(long, default_value = "ongaro", value_parser = super::dialect)]
    dialect: Dialect,
    /// Remove one guard of raft.tla, to see which invariant depends on it.
    #[arg(long, value_name = "NAME", value_parser = guard)]
    drop_guard: Option<&'static Guard>,
    /// Print one JSON object: {distinct, generated, depth, seconds, states_per_second, invariants, finished, violation}.
    #[arg(long)]
    json: bool,
    /// Serve stateright's explorer for a browser at this address.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "localhost:3000",
          conflicts_with = "json")]
    serve: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Fault {
    Restart,
    Duplicate,
    Drop,
}

#[derive(Serialize)]
struct Row {
    distinct: usize,
    generated: u64,
    depth: usize,
    seconds: f64,
    states_per_second: f64,
    invariants: Vec<&'static str>,
    finished: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    violation: Option<Broken>,
}

#[derive(Serialize)]
struct Broken {
    invariant: &'static str,
    why: String,
    trace: Vec<String>,
}

fn guard(name: &str) -> Result<&'static Guard, String> {
    super::one_of(Guard::named(name), GUARDS.iter().map(|guard| guard.name))
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    ensure!(
        arguments.dialect == Dialect::ONGARO,
        "--dialect: only the dialect ongaro can be explored; the others add clocks, disks and configurations, which \
         have no bounds here"
    );
    let bounds = bounds(arguments);
    bounds.check().map_err(anyhow::Error::msg)?;
    let model = Model::new(bounds, arguments.drop_guard);
    if let Some(address) = &arguments.serve {
        return serve(model, address);
    }
    let started = Instant::now();
    let found = search(model, started)?;
    let seconds = started.elapsed().as_secs_f64();
    let mut out = std::io::stdout().lock();
    match arguments.json {
        true => write_json(&mut out, &row(&found, seconds))?,
        false => print(&mut out, &found, seconds)?,
    }
    let violated = found.violation.is_some();
    ensure!(
        violated || found.finished,
        "interrupted: the search did not cover all states within the bounds, so nothing is proved"
    );
    Ok(Outcome::of(violated))
}

fn bounds(arguments: &Arguments) -> Bounds {
    let has = |fault| arguments.faults.contains(&fault);
    let faults = Faults { restart: has(Fault::Restart), duplicate: has(Fault::Duplicate), drop: has(Fault::Drop) };
    let Arguments { servers, max_term, max_log, max_copies, max_messages, values, .. } = *arguments;
    Bounds { servers, max_term, max_log, max_copies, max_messages, values, faults }
}

/// Searches to the end, or until Ctrl-C, with a live line on a terminal.
fn search(model: Model, started: Instant) -> Result<Found> {
    let _deferred = interrupt::defer();
    let bar = spinner()?;
    let search = explore::start(model);
    while !search.is_done() {
        if interrupt::requests() > 0 {
            search.stop();
            break;
        }
        // A longer pause would dominate the time of a small state space.
        let pause = if started.elapsed() < Duration::from_secs(1) { 1 } else { 200 };
        std::thread::sleep(Duration::from_millis(pause));
        bar.set_message(status(search.progress(), started));
        bar.tick();
    }
    bar.finish_and_clear();
    Ok(search.finish())
}

fn status(progress: Progress, started: Instant) -> String {
    let Progress { distinct, generated, depth } = progress;
    let seconds = started.elapsed().as_secs_f64();
    let rate = distinct as f64 / seconds;
    format!("{distinct} distinct states ({rate:.0}/s), {generated} generated, depth {depth}, {seconds:.0}s")
}

fn checked() -> impl Iterator<Item = &'static Invariant> {
    invariants::holding_in(Dialect::ONGARO).filter(|invariant| invariant.needs_no_history())
}

fn print(out: &mut impl Write, found: &Found, seconds: f64) -> Result<()> {
    if let Some(violation) = &found.violation {
        trace(out, violation)?;
    }
    let Found { distinct, generated, depth, .. } = found;
    let rate = *distinct as f64 / seconds;
    writeln!(
        out,
        "{distinct} distinct states, {generated} generated, depth {depth}, {seconds:.2} s, {rate:.0} states/s"
    )?;
    let names: Vec<&str> = checked().map(|invariant| invariant.name).collect();
    match &found.violation {
        Some(Violation { invariant, why, trace, .. }) => {
            writeln!(out, "{invariant} is violated after {} steps, the fewest possible: {why}", trace.len())?;
        }
        None => {
            let hold = if found.finished { "hold" } else { "held so far" };
            writeln!(out, "{} invariants {hold}: {}", names.len(), names.join(", "))?;
        }
    }
    Ok(())
}

/// Writes the counterexample: each action and the state after it.
fn trace(out: &mut impl Write, violation: &Violation) -> Result<()> {
    let indented = |state: &dyn std::fmt::Debug| format!("{state:?}").replace('\n', "\n  ").trim_end().to_string();
    writeln!(out, "0: Init\n  {}", indented(&violation.start))?;
    for (place, (action, state)) in violation.trace.iter().enumerate() {
        writeln!(out, "{}: {action}\n  {}", place + 1, indented(state))?;
    }
    Ok(())
}

fn row(found: &Found, seconds: f64) -> Row {
    let violation = found.violation.as_ref().map(|violation| Broken {
        invariant: violation.invariant,
        why: violation.why.clone(),
        trace: violation.trace.iter().map(|(action, _)| action.clone()).collect(),
    });
    Row {
        distinct: found.distinct,
        generated: found.generated,
        depth: found.depth,
        seconds,
        states_per_second: found.distinct as f64 / seconds,
        invariants: checked().map(|invariant| invariant.name).collect(),
        finished: found.finished,
        violation,
    }
}

fn serve(model: Model, address: &str) -> Result<Outcome> {
    let place = || format!("cannot serve at {address}: expected a free HOST:PORT");
    let resolved: SocketAddr = address.to_socket_addrs().with_context(place)?.next().with_context(place)?;
    // Stateright panics if it cannot listen.
    TcpListener::bind(resolved).with_context(place)?;
    tell!("open http://{resolved}/ in a browser; press Ctrl-C to stop");
    explore::serve(model, resolved);
    Ok(Outcome::Agreed)
}
