//! The lines of an implementation that a corpus reaches, and the reasons why others are unreached.
//!
//! The inputs are llvm-cov's export in the lcov format, the sources, and a table of reasons. A reason names a function and
//! a piece of its text, never a line number, so that it outlives versions.

use super::source::{Function, Source};
use super::table;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The lines of a source file that carry code, each with the number of its executions.
pub type Counts = BTreeMap<usize, u64>;

/// Reads the lcov format: the counts of each file, by the compiler's path.
///
/// # Errors
/// A line is not in the format of `llvm-cov export -format=lcov`.
pub fn parse(lcov: &str) -> Result<Vec<(String, Counts)>, String> {
    let mut files: Vec<(String, Counts)> = Vec::new();
    for (place, line) in lcov.lines().enumerate() {
        let malformed = || format!("line {} of llvm-cov's export is not lcov: {line}", place + 1);
        match line.split_once(':') {
            Some(("SF", path)) => files.push((path.into(), Counts::new())),
            Some(("DA", data)) => {
                let (line, count) = data.split_once(',').ok_or_else(malformed)?;
                let (_, counts) = files.last_mut().ok_or_else(malformed)?;
                counts.insert(line.parse().map_err(|_| malformed())?, count.parse().map_err(|_| malformed())?);
            }
            // Functions and sums are computed from the source and the lines.
            _ => {}
        }
    }
    Ok(files)
}

/// A row of the table of reasons.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Reason {
    /// The file, relative to the implementation's `src`.
    pub file: String,
    /// The function, with its type.
    pub function: String,
    /// A piece of the unreached lines; empty when the whole function is never called.
    pub text: String,
    /// The reason why no schedule reaches the lines.
    pub reason: String,
}

impl Reason {
    /// True if the named text lies in the range.
    fn is_in(&self, range: &Range) -> bool {
        let there = self.file == range.file && self.function == range.function;
        there && if self.text.is_empty() { range.whole } else { range.text.contains(&self.text) }
    }

    /// True if the row explains the range from its beginning, rather than only a later part of it.
    fn explains(&self, range: &Range) -> bool {
        self.is_in(range) && self.text.is_empty() == range.whole && range.head.contains(&self.text)
    }
}

/// Reads the table of reasons.
///
/// # Errors
/// A row does not have four cells, or lacks a file, function or reason.
pub fn reasons(text: &str) -> Result<Vec<Reason>, String> {
    let reason = |[file, function, text, reason]: [String; 4]| Reason { file, function, text, reason };
    let rows: Vec<Reason> = table::rows(text)?.into_iter().map(reason).collect();
    match rows.iter().find(|row| [&row.file, &row.function, &row.reason].contains(&&String::new())) {
        Some(row) => Err(format!("expected a file, a function and a reason, found: {row:?}")),
        None => Ok(rows),
    }
}

/// Unreached lines that belong together: a block, or a whole function.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize)]
pub struct Range {
    /// The file, relative to the implementation's `src`.
    pub file: String,
    /// The function around them.
    pub function: String,
    /// The first line.
    pub first: usize,
    /// The last line.
    pub last: usize,
    /// The number of lines between that carry code.
    pub lines: usize,
    /// True if no line of the function is reached.
    pub whole: bool,
    /// The reason, if the table has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The head of the range ([`Source::head`]).
    pub head: String,
    /// The head and the lines of the range.
    #[serde(skip)]
    text: String,
}

/// Groups the lines of a file that no run reached.
pub fn unreached(file: &str, source: &Source, counts: &Counts) -> Vec<Range> {
    let function = |number: &usize| Some((*number, source.function(*number)?));
    let functions: BTreeMap<usize, Function> = counts.keys().filter_map(function).collect();
    let reached = functions.iter().filter(|(number, _)| counts[number] > 0);
    let called: BTreeSet<usize> = reached.map(|(_, function)| function.first).collect();
    let mut ranges: Vec<Range> = Vec::new();
    let mut previous = 0;
    for (number, count) in counts {
        let function = functions.get(number);
        let whole = function.is_some_and(|function| !called.contains(&function.first));
        let continues = |range: &&mut Range| {
            let same = range.last == previous && function.is_none_or(|function| function.name == range.function);
            same && (whole || !source.begins_block(range.first, *number))
        };
        match ranges.last_mut().filter(continues) {
            _ if *count > 0 => {}
            Some(range) => (range.last, range.lines) = (*number, range.lines + 1),
            None => {
                let function = function.map_or(String::new(), |function| function.name.clone());
                let (file, first, last) = (file.to_string(), *number, *number);
                ranges.push(Range { file, function, first, last, lines: 1, whole, ..Range::default() });
            }
        }
        previous = *number;
    }
    for range in &mut ranges {
        // A literal on a line of its own carries no code, but a reason may name it.
        let end = counts.range(range.last + 1..).next().map_or(range.last, |(next, _)| next - 1);
        range.head = source.head(range.first, end);
        range.text = format!("{}\n{}", range.head, source.text(range.first, end));
    }
    ranges
}

/// The share of a file that is reached.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Share {
    /// The file, relative to the implementation's `src`.
    pub file: String,
    /// The number of lines that carry code.
    pub lines: usize,
    /// The number of these that are reached.
    pub reached: usize,
    /// The number of unreached lines that the table explains.
    pub explained: usize,
    /// The percentage of lines reached.
    pub percent: f64,
    /// The percentage of lines reached, without explained lines; 100 if there are no others.
    pub of_the_others: f64,
}

impl Share {
    fn new(file: String, lines: usize, reached: usize, explained: usize) -> Self {
        let percent = |of: usize| if of == 0 { 100.0 } else { 100.0 * reached as f64 / of as f64 };
        Share { file, lines, reached, explained, percent: percent(lines), of_the_others: percent(lines - explained) }
    }
}

/// The coverage of a corpus.
#[derive(Debug, Serialize)]
pub struct Report {
    /// A share for each file.
    pub files: Vec<Share>,
    /// The sum over all files.
    pub total: Share,
    /// The unreached ranges, in the order of the files.
    pub unreached: Vec<Range>,
    /// Outdated rows of the table: the lines they name are reached, or no longer exist.
    pub outdated: Vec<Reason>,
}

impl Report {
    /// The report on files, each with its name, text and counts, with reasons from the table.
    pub fn new(files: &[(String, String, Counts)], reasons: &[Reason]) -> Self {
        let ranges = files.iter().flat_map(|(name, text, counts)| unreached(name, &Source::new(text), counts));
        let mut unreached: Vec<Range> = ranges.collect();
        for range in &mut unreached {
            let reason = reasons.iter().find(|reason| reason.explains(range));
            range.reason = reason.map(|row| row.reason.clone());
        }
        let judged = reasons.iter().filter(|row| files.iter().any(|(name, ..)| *name == row.file));
        let outdated = judged.filter(|row| !unreached.iter().any(|range| row.is_in(range))).cloned().collect();
        let share = |(name, _, counts): &(String, String, Counts)| {
            let explained = unreached.iter().filter(|range| range.file == *name && range.reason.is_some());
            let reached = counts.values().filter(|count| **count > 0).count();
            Share::new(name.clone(), counts.len(), reached, explained.map(|range| range.lines).sum())
        };
        let shares: Vec<Share> = files.iter().map(share).collect();
        let sum = |of: fn(&Share) -> usize| shares.iter().map(of).sum();
        let total = Share::new("total".into(), sum(|it| it.lines), sum(|it| it.reached), sum(|it| it.explained));
        Report { files: shares, total, unreached, outdated }
    }

    /// The share of each file and of all files, as a table.
    pub fn shares(&self) -> String {
        let width = self.files.iter().map(|share| share.file.len()).max().unwrap_or(0).max(24);
        let head = format!("{:<width$} lines  reached  percent  explained  of the others", "file");
        let row = |Share { file, lines, reached, explained, percent, of_the_others }: &Share| {
            format!("{file:<width$} {lines:>5} {reached:>8} {percent:>8.1} {explained:>10} {of_the_others:>14.1}")
        };
        let rows = self.files.iter().chain([&self.total]).map(row);
        std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
    }

    /// The ranges that the table explains, or those that it does not, under a heading.
    fn section(&self, f: &mut fmt::Formatter, head: &str, explained: bool) -> fmt::Result {
        let ranges = || self.unreached.iter().filter(|range| range.reason.is_some() == explained);
        writeln!(f, "\n{head}: {} lines", ranges().map(|range| range.lines).sum::<usize>())?;
        for range in ranges() {
            let last = if range.first == range.last { String::new() } else { format!("-{}", range.last) };
            let place = format!("{}:{}{last}", range.file, range.first);
            let called = if range.whole { ", never called" } else { "" };
            let first = range.head.lines().next().unwrap_or("");
            let remark = range.reason.clone().unwrap_or_else(|| format!("`{first}`"));
            writeln!(f, "  {place} in `{}`{called}: {remark}", range.function)?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "{}", self.shares())?;
        writeln!(f, "\npercent: of all lines; of the others: of the lines without a reason")?;
        self.section(f, "Unreached, with a reason", true)?;
        self.section(f, "Unreached, unexplained", false)?;
        if !self.outdated.is_empty() {
            writeln!(
                f,
                "\nOutdated rows of src/docs/unreached.md, whose lines are reached or gone: {}",
                self.outdated.len()
            )?;
        }
        for row in &self.outdated {
            writeln!(f, "  {} in `{}`: `{}`", row.file, row.function, row.text)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines are numbered from 1.
    const SOURCE: &str = r#"
    impl<T: Storage> Log<T> {
        pub fn append(&mut self, after: u64) -> u64 {
            if after < self.committed {
                fatal!(
                    self.logger,
                    "after {} is out of range",
                    after
                )
            }
            if self.full() {
                self.shrink();
                if after > 7 {
                    self.grow();
                }
            }
            match self.kind {
                Kind::Even => 2,
                Kind::Odd => 3,
            }
        }
    }

    impl fmt::Display for Kind {
        fn fmt(&self, f: &mut Formatter) -> fmt::Result {
            write!(f, "kind")
        }
    }
"#;

    /// As `llvm-cov export -format=lcov` writes it.
    const EXPORT: &str = "SF:/registry/raft-0.7.0/src/log.rs
FN:3,_RNvMs_4raft3log3Log6append
FNDA:5,_RNvMs_4raft3log3Log6append
FNF:2
FNH:1
DA:3,5
DA:4,5
DA:5,0
DA:6,0
DA:8,0
DA:10,5
DA:11,5
DA:12,0
DA:13,0
DA:14,0
DA:15,0
DA:16,5
DA:17,5
DA:18,0
DA:19,0
DA:21,5
DA:25,0
DA:26,0
DA:27,0
LF:18
LH:7
end_of_record
";

    const TABLE: &str = "| file | function | text | reason |
| --- | --- | --- | --- |
| `log.rs` | `Log::append` | `out of range` | `followers` keep to it |
| `log.rs` | `Log::append` | `self.grow()` | is behind a condition |
| `log.rs` | `Log::append` | `Odd => 3` | there are no odd ones |
| `log.rs` | `Log::append` | `self.kind` | is reached |
| `log.rs` | `Log::append` | | is called |
| `log.rs` | `<Kind as Display>::fmt` | | nobody prints it |
";

    fn report() -> Report {
        let mut files = parse(EXPORT).unwrap();
        let (path, counts) = files.pop().unwrap();
        assert_eq!(path, "/registry/raft-0.7.0/src/log.rs");
        assert!(files.is_empty());
        Report::new(&[("log.rs".into(), SOURCE.into(), counts)], &reasons(TABLE).unwrap())
    }

    #[test]
    fn lines_are_counted_and_summed() {
        let share = Share::new("log.rs".into(), 19, 7, 7);
        assert_eq!(report().files, std::slice::from_ref(&share));
        assert_eq!(report().total, Share { file: "total".into(), ..share });
    }

    #[test]
    fn unreached_lines_are_grouped_by_block_and_function() {
        let ranges = report().unreached;
        let found: Vec<_> = ranges.iter().map(|range| (range.first, range.last, range.lines, range.whole)).collect();
        assert_eq!(
            found,
            [(5, 8, 3, false), (12, 15, 4, false), (18, 18, 1, false), (19, 19, 1, false), (25, 27, 3, true)]
        );
        assert_eq!(ranges[0].function, "Log::append");
        assert_eq!(ranges[4].function, "<Kind as Display>::fmt");
    }

    #[test]
    fn a_reason_explains_what_it_names_and_not_what_leads_to_it() {
        let reasons: Vec<_> = report().unreached.into_iter().map(|range| range.reason).collect();
        let expected =
            [Some("`followers` keep to it"), None, None, Some("there are no odd ones"), Some("nobody prints it")];
        assert_eq!(reasons, expected.map(|reason| reason.map(str::to_string)));
    }

    #[test]
    fn reasons_for_what_is_reached_are_outdated() {
        let outdated: Vec<_> = report().outdated.into_iter().map(|row| row.reason).collect();
        assert_eq!(outdated, ["is reached", "is called"]);
    }

    #[test]
    fn a_report_says_what_is_unexplained() {
        let text = report().to_string();
        assert!(text.contains("of the others: of the lines without a reason"), "{text}");
        assert!(text.contains("log.rs:12-15 in `Log::append`: `self.shrink();`"), "{text}");
        assert!(text.contains("log.rs:25-27 in `<Kind as Display>::fmt`, never called: nobody prints it"), "{text}");
    }

    #[test]
    fn what_is_not_an_export_or_a_row_is_named() {
        assert_eq!(parse("DA:1,1"), Err("line 1 of llvm-cov's export is not lcov: DA:1,1".into()));
        assert!(parse("SF:a.rs\nDA:1,many").unwrap_err().starts_with("line 2"));
        assert!(reasons("| a |\n| --- |\n| `log.rs` | `f` | | |")
            .unwrap_err()
            .contains(r#"found: Reason { file: "log.rs""#));
    }
}
