//! The structure of a Rust source file: the function around a line, and the statement that begins there.
//!
//! Indentation by rustfmt shows the structure, so that no parser is needed.

/// The lines of a file that rustfmt has formatted.
pub struct Source<'a>(Vec<&'a str>);

/// A function: its lines, and its name with its type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Function {
    /// Such as `Raft::tick`, or `<Index as Display>::fmt`.
    pub name: String,
    /// The line of its head.
    pub first: usize,
    /// The line of its closing brace.
    pub last: usize,
}

impl<'a> Source<'a> {
    /// Splits a file into lines.
    pub fn new(text: &'a str) -> Self {
        Source(text.lines().collect())
    }

    /// The lines from `first` to `last`, both included.
    pub fn text(&self, first: usize, last: usize) -> String {
        self.0[first - 1..last.min(self.0.len())].join("\n")
    }

    /// A line by its number, which counts from 1.
    fn line(&self, number: usize) -> &'a str {
        self.0.get(number - 1).copied().unwrap_or("")
    }

    fn indent(&self, number: usize) -> usize {
        let line = self.line(number);
        line.len() - line.trim_start().len()
    }

    /// The head of a range of lines: its first statement, up to the block that the statement opens and through which the
    /// rest is reached. For a brace that closes a block, the head of that block: unreached, the brace stands for the case
    /// that the block's condition excludes.
    pub fn head(&self, first: usize, end: usize) -> String {
        let opens = |number: &usize| self.indent(*number) <= self.indent(first) && !self.closes(*number);
        let start = match self.closes(first) {
            true => (1..first).rev().find(|number| opens(number) && self.line(*number).trim() != "{"),
            false => (first..=end).find(|number| !self.is_comment(*number)),
        };
        let start = start.unwrap_or(first);
        let follows = |number: &usize| {
            let deeper = self.indent(*number) > self.indent(start) || self.closes(*number);
            deeper && !self.line(*number - 1).ends_with('{')
        };
        let rest = (start + 1..=end).take_while(follows);
        [start].into_iter().chain(rest).map(|number| self.line(number).trim()).collect::<Vec<_>>().join("\n")
    }

    fn is_comment(&self, number: usize) -> bool {
        self.line(number).trim().starts_with("//")
    }

    /// True if the line is empty or begins with a closing bracket.
    fn closes(&self, number: usize) -> bool {
        let line = self.line(number).trim();
        line.is_empty() || line.starts_with(['}', ')', ']'])
    }

    /// The innermost function around a line.
    pub fn function(&self, number: usize) -> Option<Function> {
        (1..=number).rev().find_map(|first| self.function_from(first).filter(|function| number <= function.last))
    }

    /// The function whose head is the line `first`.
    fn function_from(&self, first: usize) -> Option<Function> {
        let head = self.line(first).trim();
        let words: Vec<&str> = head.split_whitespace().take_while(|word| *word != "fn").collect();
        let modifier = |word: &&str| word.starts_with("pub") || ["const", "unsafe", "async"].contains(word);
        let name: String = head.split_once("fn ")?.1.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if name.is_empty() || head.ends_with(';') || !words.iter().all(modifier) {
            return None;
        }
        let closes = |number: &usize| self.indent(*number) == self.indent(first) && self.line(*number).trim() == "}";
        let last = if head.ends_with('}') { first } else { (first..=self.0.len()).find(closes)? };
        let name = match self.owner(first) {
            Some(owner) => format!("{owner}::{name}"),
            None => name,
        };
        Some(Function { name, first, last })
    }

    /// All functions of the file.
    pub fn functions(&self) -> impl Iterator<Item = Function> + '_ {
        (1..=self.0.len()).filter_map(|first| self.function_from(first))
    }

    /// The type, or the type and trait, of the `impl` around a function.
    fn owner(&self, function: usize) -> Option<String> {
        let heads = (1..function).rev().filter(|number| self.indent(*number) < self.indent(function));
        let mut named = heads.map(|number| without_generics(self.line(number).trim().trim_start_matches("pub ")));
        let head = named.find(|line| line.starts_with("impl ") || line.starts_with("trait "))?;
        let head = head.trim_end_matches('{').split(" where ").next()?.trim();
        let last = |path: &str| path.rsplit("::").next().unwrap_or(path).trim().to_string();
        if let Some(name) = head.strip_prefix("trait ") {
            return name.split(':').next().map(last);
        }
        let head = head.strip_prefix("impl ")?;
        Some(head.split_once(" for ").map_or(last(head), |(name, of)| format!("<{} as {}>", last(of), last(name))))
    }

    /// True if the unreached line `next` begins another block than the one that began at `first`.
    pub fn begins_block(&self, first: usize, next: usize) -> bool {
        let arm = self.indent(next) == self.indent(first) && self.line(next).contains(" => ");
        !self.closes(next) && (self.indent(next) < self.indent(first) || arm)
    }
}

/// Removes angle brackets with their contents: `impl<T: Storage> Raft<T>` becomes `impl Raft`.
fn without_generics(head: &str) -> String {
    let mut depth = 0;
    let mut kept = String::new();
    for c in head.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_named_with_its_type_and_trait() {
        let source = Source::new(
            "    impl<T> ToString for RaftLog<T>
    where
        T: Storage,
    {
        fn to_string(&self) -> String {
            format!(\"fn main() {{}}\")
        }
    }

    pub trait Indexer: Sized {
        fn index(&self);
        fn first(&self) -> u64 {
            1
        }
    }

    pub(crate) fn free(
        a: u64,
    ) -> u64 {
        a
    }",
        );
        let names: Vec<_> = source.functions().map(|function| function.name).collect();
        assert_eq!(names, ["<RaftLog as ToString>::to_string", "Indexer::first", "free"]);
        assert_eq!(source.function(6).unwrap().name, names[0]);
        assert_eq!(source.function(9), None);
        assert_eq!((source.function(19).unwrap().first, source.function(19).unwrap().last), (17, 21));
    }

    #[test]
    fn a_brace_stands_for_its_block() {
        let source =
            Source::new("    if let Some(i) = queue.position(|x| {\n        *x == 1\n    }) {\n        pop();\n    }");
        assert_eq!(source.head(5, 5), "if let Some(i) = queue.position(|x| {");
        assert_eq!(source.head(4, 4), "pop();");
    }
}
