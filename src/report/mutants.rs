//! The mutation score of a judge: the share of mutants of the implementation that it kills.
//!
//! A mutant is the implementation with one small change. Two tables are read besides the fates: the exclusions, which no
//! judge of Raft should notice, and the explanations of missed mutants.

use super::table;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// One small change of the implementation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Mutant {
    /// The file, relative to the implementation's `src`.
    pub file: String,
    /// The function, with its type; empty outside of functions.
    pub function: String,
    /// File, line, column and change: unique.
    pub name: String,
}

/// The fate of a mutant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Fate {
    /// The judge found a divergence.
    Killed,
    /// The judge found no divergence.
    Missed,
    /// The run did not terminate.
    Timeout,
}

/// A row of the table of exclusions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exclusion {
    file: String,
    function: String,
}

impl Exclusion {
    /// True if the row excludes the mutant.
    pub fn covers(&self, mutant: &Mutant) -> bool {
        (self.file.is_empty() || self.file == mutant.file) && mutant.function.contains(&self.function)
    }
}

/// Reads the table of exclusions.
///
/// # Errors
/// A row does not have three cells.
pub fn exclusions(text: &str) -> Result<Vec<Exclusion>, String> {
    Ok(table::rows(text)?.into_iter().map(|[file, function, _why]| Exclusion { file, function }).collect())
}

/// The class of a missed mutant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Its visible behaviour equals that of the implementation.
    Equivalent,
    /// No schedule reaches the difference.
    Unreachable,
    /// The judge should have killed it.
    Hole,
}

/// A row of the table of missed mutants.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Explanation {
    /// The mutant's name.
    pub mutant: String,
    /// The class of the miss.
    pub class: Class,
    /// The argument.
    pub why: String,
}

/// Reads the table of missed mutants.
///
/// # Errors
/// A row does not have three cells, or has an unknown class.
pub fn explanations(text: &str) -> Result<Vec<Explanation>, String> {
    let explanation = |[mutant, class, why]: [String; 3]| {
        let class = match class.as_str() {
            "equivalent" => Class::Equivalent,
            "unreachable" => Class::Unreachable,
            "hole" => Class::Hole,
            _ => return Err(format!("{mutant}: found class {class}, expected equivalent, unreachable or hole")),
        };
        Ok(Explanation { mutant, class, why })
    };
    table::rows(text)?.into_iter().map(explanation).collect()
}

/// The number of mutants of each fate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Counts {
    /// Killed mutants.
    pub killed: usize,
    /// Missed mutants.
    pub missed: usize,
    /// Mutants that hung.
    pub timeout: usize,
}

impl Counts {
    fn add(&mut self, fate: Fate) {
        match fate {
            Fate::Killed => self.killed += 1,
            Fate::Missed => self.missed += 1,
            Fate::Timeout => self.timeout += 1,
        }
    }

    /// The percentage of killed and hung mutants, without `but` of the missed ones.
    fn score(self, but: usize) -> f64 {
        let fallen = self.killed + self.timeout;
        match fallen + self.missed - but {
            0 => 100.0,
            all => 100.0 * fallen as f64 / all as f64,
        }
    }
}

/// A function, and the fates of its mutants.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Row {
    /// The file.
    pub file: String,
    /// The function.
    pub function: String,
    /// The fates of its mutants.
    #[serde(flatten)]
    pub counts: Counts,
}

/// A missed mutant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Miss {
    /// Its name.
    pub mutant: String,
    /// The explanation, if the table has one.
    #[serde(flatten)]
    pub explanation: Option<Explained>,
}

/// The explanation of a miss.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Explained {
    /// The class of the miss.
    pub class: Class,
    /// The argument.
    pub why: String,
}

/// The fates of all mutants.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The functions, in the order of their files.
    pub functions: Vec<Row>,
    /// The sum over all functions.
    pub total: Counts,
    /// The missed mutants.
    pub missed: Vec<Miss>,
    /// The mutants that hung.
    pub timeout: Vec<String>,
    /// The percentage of killed and hung mutants.
    pub raw: f64,
    /// The same percentage without equivalent and unreachable mutants.
    pub adjusted: f64,
    /// The explanations of mutants that were killed, which are therefore wrong.
    pub outdated: Vec<Explanation>,
}

impl Report {
    /// Counts the fates, and explains the misses by the table.
    pub fn new(fates: &[(Mutant, Fate)], explanations: &[Explanation]) -> Self {
        let mut functions: BTreeMap<(&str, &str), Counts> = BTreeMap::new();
        let mut total = Counts::default();
        for (mutant, fate) in fates {
            functions.entry((&mutant.file, &mutant.function)).or_default().add(*fate);
            total.add(*fate);
        }
        let row = |((file, function), counts): ((&str, &str), Counts)| Row {
            file: file.into(),
            function: function.into(),
            counts,
        };
        let names = |met: Fate| fates.iter().filter(move |(_, fate)| *fate == met).map(|(mutant, _)| &mutant.name);
        let explanation = |name: &String| {
            let row = explanations.iter().find(|row| row.mutant == *name);
            row.map(|row| Explained { class: row.class, why: row.why.clone() })
        };
        let miss = |name: &String| Miss { mutant: name.clone(), explanation: explanation(name) };
        let missed: Vec<Miss> = names(Fate::Missed).map(miss).collect();
        let excused = missed.iter().filter_map(|miss| miss.explanation.as_ref());
        let excused = excused.filter(|it| it.class != Class::Hole).count();
        let fell = |row: &&Explanation| fates.iter().any(|(it, fate)| it.name == row.mutant && *fate != Fate::Missed);
        Report {
            functions: functions.into_iter().map(row).collect(),
            total,
            missed,
            timeout: names(Fate::Timeout).cloned().collect(),
            raw: total.score(0),
            adjusted: total.score(excused),
            outdated: explanations.iter().filter(fell).cloned().collect(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut line = |name: &str, Counts { killed, missed, timeout }: Counts| {
            writeln!(f, "{name:<64} {killed:>6} {missed:>7} {timeout:>8}")
        };
        for Row { file, function, counts } in &self.functions {
            line(&format!("{file} {function}"), *counts)?;
        }
        line("total", self.total)?;
        writeln!(f, "\nMissed: {}", self.missed.len())?;
        for Miss { mutant, explanation } in &self.missed {
            match explanation {
                Some(Explained { class, why }) => writeln!(f, "  {mutant}: {class:?}: {why}")?,
                None => writeln!(f, "  {mutant}: unexplained")?,
            }
        }
        writeln!(f, "\nTimed out: {}", self.timeout.len())?;
        self.timeout.iter().try_for_each(|name| writeln!(f, "  {name}"))?;
        if !self.outdated.is_empty() {
            writeln!(f, "\nExplained as missed in src/docs/missed.md, but killed: {}", self.outdated.len())?;
        }
        self.outdated.iter().try_for_each(|row| writeln!(f, "  {}", row.mutant))?;
        writeln!(f, "\nscore: {:.1} % of all mutants, {:.1} % of those that can be killed", self.raw, self.adjusted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(line: usize) -> Mutant {
        let function = if line < 3 { "Raft<T>::tick" } else { "RaftLog<T>::append" };
        Mutant {
            file: "raft.rs".into(),
            function: function.into(),
            name: format!("raft.rs:{line}:1: replace || with &&"),
        }
    }

    const TABLE: &str = r"| mutant | class | why |
| --- | --- | --- |
| `raft.rs:1:1: replace \|\| with &&` | equivalent | both hold |
| `raft.rs:2:1: replace \|\| with &&` | hole | nobody looks |
| `raft.rs:4:1: replace \|\| with &&` | unreachable | nobody calls it |
";

    #[test]
    fn fates_are_counted_by_function_and_misses_are_explained() {
        let fates = [Fate::Missed, Fate::Missed, Fate::Timeout, Fate::Killed, Fate::Missed];
        let fates: Vec<_> = (1..).map(mutant).zip(fates).collect();
        let report = Report::new(&fates, &explanations(TABLE).unwrap());
        assert_eq!(report.functions[0].counts, Counts { killed: 0, missed: 2, timeout: 0 });
        assert_eq!(report.total, Counts { killed: 1, missed: 3, timeout: 1 });
        assert_eq!((report.raw, report.adjusted), (40.0, 50.0));
        assert_eq!(report.outdated.len(), 1);
        let text = report.to_string();
        assert!(text.contains("raft.rs:1:1: replace || with &&: Equivalent: both hold"), "{text}");
        assert!(text.contains("raft.rs:5:1: replace || with &&: unexplained"), "{text}");
        assert!(text.contains("Timed out: 1\n  raft.rs:3:1"), "{text}");
        assert!(text.ends_with("score: 40.0 % of all mutants, 50.0 % of those that can be killed\n"), "{text}");
    }

    #[test]
    fn what_is_excluded_is_named_by_file_and_function() {
        let table = "| file | function | why |\n| --- | --- | --- |\n|  | `::tick` | time |\n| `raft_log.rs` | `append` | a log |\n";
        let rows = exclusions(table).unwrap();
        assert!(rows[0].covers(&mutant(1)) && !rows[0].covers(&mutant(3)));
        assert!(!rows[1].covers(&mutant(3)), "it is in another file");
        assert!(exclusions("| a |\n| - |\n| one cell |").is_err());
        assert!(explanations("| a |\n| - |\n| `x` | odd | why |").unwrap_err().contains("found class odd"));
    }

    #[test]
    fn no_mutants_are_no_failure() {
        assert_eq!(Report::new(&[], &[]).adjusted, 100.0);
    }
}
