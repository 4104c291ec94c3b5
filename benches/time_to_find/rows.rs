//! The table: how it is summed up, written and read.

use super::{Found, Kind, GUIDES};
use anyhow::{anyhow, Context, Result};
use raft_lockstep::report::table;

/// What was hunted, and how it went by each guide.
pub struct Row {
    pub name: String,
    pub guides: Vec<Quartiles>,
}

/// The quartiles of executions, the median of events, and the hunts that were given up.
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
        let medians: Vec<u64> = self.guides.iter().map(|guide| guide.executions[1]).collect();
        let (both, others) = medians.split_last().expect("there are guides");
        let best = others.iter().min().copied().unwrap_or(1).max(1);
        format!("| `{}` |{cells} {:.2} |\n", self.name.replace('|', r"\|"), *both as f64 / best as f64)
    }

    fn read([name, guides @ .., _ratio]: [String; GUIDES.len() + 2]) -> Result<Self> {
        let guides = guides.iter().map(|cell| Quartiles::read(cell)).collect::<Option<Vec<Quartiles>>>();
        Ok(Row { guides: guides.with_context(|| format!("{name}: expected executions and events"))?, name })
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

/// The rows of the documentation, with those that were measured now in place of older ones. What there is no more is
/// left out.
pub fn merged(documentation: &str, measured: Vec<Row>) -> Result<Vec<Row>> {
    let mut rows = measured;
    for table in documentation.split("\n\n") {
        for cells in table::rows(table).map_err(|problem| anyhow!("src/docs/time_to_find.md: {problem}"))? {
            let row = Row::read(cells)?;
            if row.kind().is_some() && rows.iter().all(|measured| measured.name != row.name) {
                rows.push(row);
            }
        }
    }
    sort(&mut rows);
    Ok(rows)
}

/// The hardest last, of each kind.
pub fn sort(rows: &mut [Row]) {
    rows.sort_by_key(|row| (row.kind(), row.guides[0].executions[1]));
}

/// A table of each kind.
pub fn tables(rows: &[Row]) -> String {
    let mut tables = String::new();
    for rows in rows.chunk_by(|one, two| one.kind() == two.kind()) {
        let what = match rows[0].kind() {
            Some(Kind::Mutants) => "mutant of raft-rs",
            Some(Kind::Findings) => "finding in raft-rs 0.7.0",
            _ => "faulty node",
        };
        let between = if tables.is_empty() { "" } else { "\n" };
        tables.push_str(&format!(
            "{between}| {what} | random | edges | states | both | both / best of the others |\n\
             | --- | --- | --- | --- | --- | --- |\n"
        ));
        tables.extend(rows.iter().map(Row::written));
    }
    tables
}
