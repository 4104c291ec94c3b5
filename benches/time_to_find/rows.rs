//! The tables: summed up from hunts, written, and read back from the documentation.

use super::{Found, Kind};
use anyhow::{anyhow, Context, Result};
use raft_lockstep::report::table;

/// A prey, and its hunts by each guide of its kind.
pub struct Row {
    pub name: String,
    pub guides: Vec<Quartiles>,
}

/// The quartiles of executions, the median of events, and the number of hunts that were given up.
pub struct Quartiles {
    pub executions: [u64; 3],
    pub events: u64,
    pub given_up: u64,
}

impl Row {
    /// Sums up the hunts by each guide.
    pub fn new(name: &str, guides: impl Iterator<Item = Vec<Found>>) -> Self {
        Row { name: name.into(), guides: guides.map(|found| Quartiles::new(&found)).collect() }
    }

    fn kind(&self) -> Option<Kind> {
        Kind::of(&self.name)
    }

    fn written(&self) -> String {
        let cells: String = self.guides.iter().map(|guide| format!(" {} |", guide.written())).collect();
        format!("| `{}` |{cells}\n", self.name.replace('|', r"\|"))
    }

    fn read(name: &str, guides: &[String]) -> Result<Self> {
        let guides = guides.iter().map(|cell| Quartiles::read(cell)).collect::<Option<Vec<Quartiles>>>();
        Ok(Row {
            guides: guides.with_context(|| format!("{name}: expected executions and events"))?,
            name: name.into(),
        })
    }
}

impl Quartiles {
    fn new(found: &[Found]) -> Self {
        let sorted = |of: fn(&Found) -> u64| {
            let mut all: Vec<u64> = found.iter().map(of).collect();
            all.sort_unstable();
            all
        };
        let (executions, events) = (sorted(|it| it.executions), sorted(|it| it.events));
        let quartile = |quarter: usize| executions[(executions.len() - 1) * quarter / 4];
        Quartiles {
            executions: [quartile(1), quartile(2), quartile(3)],
            events: events[(events.len() - 1) / 2],
            given_up: found.iter().filter(|it| it.given_up).count() as u64,
        }
    }

    /// Executions as median and quartiles, then events.
    fn written(&self) -> String {
        let Quartiles { executions: [low, median, high], events, given_up } = self;
        let end = if *given_up > 0 { format!(", {given_up} given up") } else { String::new() };
        format!("{median} ({low} to {high}), {events} events{end}")
    }

    fn read(cell: &str) -> Option<Self> {
        let words = cell.split(|c: char| !c.is_ascii_digit());
        let numbers: Vec<u64> = words.filter_map(|word| word.parse().ok()).collect();
        let [median, low, high, events, ref given_up @ ..] = numbers[..] else { return None };
        let given_up = given_up.first().copied().unwrap_or(0);
        Some(Quartiles { executions: [low, median, high], events, given_up })
    }
}

/// A name without what follows the place of a mutant.
pub fn short(name: &str) -> &str {
    name.split_once(": ").map_or(name, |(place, _change)| place)
}

/// The rows of the documentation, updated with those measured now. Rows whose prey no longer exists are dropped.
pub fn merged(documentation: &str, measured: Vec<Row>) -> Result<Vec<Row>> {
    let mut rows = measured;
    for table in documentation.split("\n\n") {
        for row in read(table).map_err(|problem| anyhow!("src/docs/time_to_find.md: {problem}"))? {
            if row.kind().is_some() && rows.iter().all(|measured| measured.name != row.name) {
                rows.push(row);
            }
        }
    }
    sort(&mut rows);
    Ok(rows)
}

/// The rows of a table: two cells, or for findings a cell for each of the four guides.
fn read(table: &str) -> Result<Vec<Row>> {
    if let Ok(rows) = table::rows::<2>(table) {
        return rows.iter().map(|[name, guides @ ..]| Row::read(name, guides)).collect();
    }
    let rows = table::rows::<5>(table).map_err(|problem| anyhow!(problem))?;
    rows.iter().map(|[name, guides @ ..]| Row::read(name, guides)).collect()
}

/// Sorts rows by kind, and within a kind the hardest last.
pub fn sort(rows: &mut [Row]) {
    rows.sort_by_key(|row| (row.kind(), row.guides[0].executions[1]));
}

const HEAD: &str = "Executions until the first divergence, as median and quartiles over ten hunts of at most 50,000 executions, \
and the median of\nevents. Each hunt begins with 32 random schedules of 80 events. One column stands for all guides of the fuzzer: \
they share the\nfirst 20,000 random schedules, within which every row is found.\n\n";

/// A table for each kind, below a paragraph that explains them.
pub fn tables(rows: &[Row]) -> String {
    let tables = rows.chunk_by(|one, two| one.kind() == two.kind()).map(|rows| {
        let columns = match rows[0].kind() {
            Some(Kind::Mutants) => "mutant of raft-rs | executions",
            Some(Kind::Findings) => "finding in raft-rs 0.7.0 | random | edges | states | both",
            Some(Kind::Nodes) | None => "faulty node | executions",
        };
        let line = " --- |".repeat(columns.split('|').count());
        format!("| {columns} |\n|{line}\n") + &rows.iter().map(Row::written).collect::<String>()
    });
    HEAD.to_string() + &tables.collect::<Vec<_>>().join("\n")
}
