//! `check`: explores the specification exhaustively within bounds.

use super::{interrupt, Outcome};
use crate::explore::{self, Bounds, Faults, Found, Model, Progress, Violation};
use crate::spec::guards::{Guard, GUARDS};
use crate::spec::invariants::{self, Invariant};
use crate::spec::Dialect;
use anyhow::{bail, Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::time::{Duration, Instant};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  raft-lockstep check                                      two servers, a second, every invariant
  raft-lockstep check --faults restart,drop                the same, and servers restart and messages are lost
  raft-lockstep check --servers 3 --max-log 0 --json       elections among three
  raft-lockstep check --max-term 3 --drop-guard become-leader-role
                                                           what goes wrong without it: the shortest trace
  raft-lockstep check --serve                              walk through the states in a browser

The counts are those of TLC on raft.tla with the bounds as a state constraint. Exits 0 when all
invariants hold, 1 when one is broken, 2 when the search could not be made or was interrupted.")]
pub struct Arguments {
    /// How many servers.
    #[arg(long, value_name = "N", default_value_t = 2)]
    servers: usize,
    /// The highest term; everybody starts in term 1.
    #[arg(long, value_name = "T", default_value_t = 2)]
    max_term: u32,
    /// The longest log.
    #[arg(long, value_name = "L", default_value_t = 1)]
    max_log: u32,
    /// The most copies of one message.
    #[arg(long, value_name = "C", default_value_t = 1)]
    max_copies: u32,
    /// The most messages on their way, copies counted.
    #[arg(long, value_name = "M", default_value_t = 2)]
    max_messages: u32,
    /// How many different values clients ask to append.
    #[arg(long, value_name = "V", default_value_t = 1)]
    values: u32,
    /// What may go wrong, separated by commas: restart, duplicate, drop.
    #[arg(long, value_name = "FAULTS", value_delimiter = ',')]
    faults: Vec<Fault>,
    /// The specification's dialect; only raft.tla's own can be explored.
    #[arg(long, default_value = "ongaro", value_parser = super::dialect)]
    dialect: Dialect,
    /// Leave out one guard of raft.tla, to see which invariant it is there for.
    #[arg(long, value_name = "NAME", value_parser = guard)]
    drop_guard: Option<&'static Guard>,
    /// One JSON object: {distinct, generated, depth, seconds, states_per_second, invariants, finished, violation}.
    #[arg(long)]
    json: bool,
    /// Open stateright's explorer for a browser, at this address.
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
    let names = || GUARDS.iter().map(|guard| guard.name).collect::<Vec<_>>().join(", ");
    Guard::named(name).ok_or_else(|| format!("expected one of {}", names()))
}

pub fn run(arguments: &Arguments) -> Result<Outcome> {
    if arguments.dialect != Dialect::ONGARO {
        bail!("only the dialect ongaro can be explored: what others add (clocks, disks, configurations) has no bounds");
    }
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
        true => writeln!(out, "{}", serde_json::to_string(&row(&found, seconds))?)?,
        false => print(&mut out, &found, seconds)?,
    }
    match (found.violation.is_some(), found.finished) {
        (true, _) => Ok(Outcome::Diverged),
        (false, true) => Ok(Outcome::Agreed),
        (false, false) => bail!("interrupted: within these bounds there is more, so nothing is proved"),
    }
}

fn bounds(arguments: &Arguments) -> Bounds {
    let has = |fault| arguments.faults.contains(&fault);
    Bounds {
        servers: arguments.servers,
        max_term: arguments.max_term,
        max_log: arguments.max_log,
        max_copies: arguments.max_copies,
        max_messages: arguments.max_messages,
        values: arguments.values,
        faults: Faults { restart: has(Fault::Restart), duplicate: has(Fault::Duplicate), drop: has(Fault::Drop) },
    }
}

/// Searches to the end, or until Ctrl-C, with a live line on a terminal.
fn search(model: Model, started: Instant) -> Result<Found> {
    let _heeding = interrupt::heed();
    let bar = match std::io::stderr().is_terminal() {
        true => ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {msg}")?),
        false => ProgressBar::hidden(),
    };
    let search = explore::start(model);
    while !search.is_done() {
        if interrupt::requests() > 0 {
            search.stop();
            break;
        }
        // Small state spaces are done at once.
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
    let rate = found.distinct as f64 / seconds;
    writeln!(
        out,
        "{} distinct states, {} generated, depth {}, {seconds:.2} s, {rate:.0} states/s",
        found.distinct, found.generated, found.depth
    )?;
    let names: Vec<&str> = checked().map(|invariant| invariant.name).collect();
    match &found.violation {
        None if !found.finished => writeln!(out, "{} invariants held so far: {}", names.len(), names.join(", "))?,
        None => writeln!(out, "{} invariants hold: {}", names.len(), names.join(", "))?,
        Some(Violation { invariant, why, trace, .. }) => {
            writeln!(out, "{invariant} is broken after {} steps, and after no fewer: {why}", trace.len())?;
        }
    }
    Ok(())
}

/// Action by action, with the state that each led to.
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
    let place = || format!("cannot serve at {address}: name a free HOST:PORT");
    let resolved: SocketAddr = address.to_socket_addrs().with_context(place)?.next().with_context(place)?;
    // Stateright panics where it cannot listen.
    TcpListener::bind(resolved).with_context(place)?;
    tell!("open http://{resolved}/ in a browser; Ctrl-C ends it");
    explore::serve(model, resolved);
    Ok(Outcome::Agreed)
}
