//! The module graph of `src`, read from the tokens of every file: each path that begins with `crate`, `super`, `self` or
//! the name of a module, in `use` trees, in code and in macros, is an edge to the file that it leads into.
//!
//! Code under `#[cfg(test)]` is left out: tests may import more.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The name of a file's module: `spec/election`, `spec` for `spec/mod.rs` and `spec.rs`, `` for `lib.rs`.
pub type Module = String;

/// For each module the modules that its file names.
pub type Graph = BTreeMap<Module, BTreeSet<Module>>;

/// The graph of the crate whose sources lie in `src`.
pub fn of(src: &Path) -> Graph {
    let mut texts = BTreeMap::new();
    read(src, src, &mut texts);
    let modules: BTreeSet<Module> = texts.keys().cloned().collect();
    let exports: BTreeMap<String, Module> = texts.iter().flat_map(|(module, text)| exports(module, text)).collect();
    let edges = |(module, text): (&Module, &String)| {
        let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{module}: {error}"));
        let within = module.split('/').filter(|name| !name.is_empty()).map(String::from).collect();
        let mut reader = Reader { modules: &modules, exports: &exports, within, found: BTreeSet::new() };
        reader.read(tokens);
        reader.found.remove(module);
        (module.clone(), reader.found)
    };
    texts.iter().map(edges).collect()
}

fn read(src: &Path, path: &Path, texts: &mut BTreeMap<Module, String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            read(src, &entry.unwrap().path(), texts);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        let name = path.strip_prefix(src).unwrap().with_extension("").to_str().unwrap().replace('\\', "/");
        let name = if name == "lib" { "" } else { name.strip_suffix("/mod").unwrap_or(&name) };
        texts.insert(name.into(), fs::read_to_string(path).unwrap());
    }
}

/// The names that a module exports for its own submodules (`pub use child::{Name, Other};`), with their modules.
fn exports(module: &str, text: &str) -> Vec<(String, Module)> {
    let lines = text.split("\npub use ").skip(1).filter_map(|rest| rest.split_once(';')?.0.rsplit_once("::"));
    let of = |(child, names): (&str, &str)| {
        let child = format!("{module}/{}", child.replace("::", "/"));
        let names = names.trim_matches(['{', '}', '\n', ' ']).replace('\n', " ");
        names.split(',').map(|name| (format!("{module}/{}", name.trim()), child.clone())).collect::<Vec<_>>()
    };
    lines.flat_map(of).collect()
}

/// Reads one file.
struct Reader<'a> {
    modules: &'a BTreeSet<Module>,
    /// The module of each name that another module exports.
    exports: &'a BTreeMap<String, Module>,
    /// The module that the tokens are in; inline modules are part of it.
    within: Vec<String>,
    found: BTreeSet<Module>,
}

impl Reader<'_> {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = match &tokens[at..] {
                [TokenTree::Punct(hash), TokenTree::Group(attribute), ..]
                    if hash.as_char() == '#' && is_cfg_test(attribute.stream()) =>
                {
                    after_item(&tokens, at + 2)
                }
                [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(body), ..] if word == "mod" => {
                    self.within.push(name.to_string());
                    self.read(body.stream());
                    self.within.pop();
                    at + 3
                }
                // A visibility is no import.
                [TokenTree::Ident(word), TokenTree::Group(scope), ..]
                    if word == "pub" && scope.delimiter() == Delimiter::Parenthesis =>
                {
                    at + 2
                }
                [TokenTree::Ident(_), ..] if !is_continued(&tokens, at) => self.path(&tokens, at, Vec::new()),
                [TokenTree::Group(group), ..] => {
                    self.read(group.stream());
                    at + 1
                }
                _ => at + 1,
            };
        }
    }

    /// Reads the path that begins at `at` and goes on after `prefix`; returns the place after it.
    fn path(&mut self, tokens: &[TokenTree], mut at: usize, prefix: Vec<String>) -> usize {
        let mut path = prefix;
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(name)) => path.push(name.to_string()),
                Some(TokenTree::Group(tree)) if tree.delimiter() == Delimiter::Brace && !path.is_empty() => {
                    let inner: Vec<TokenTree> = tree.stream().into_iter().collect();
                    let branches =
                        inner.split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ','));
                    // A list over several lines ends with a comma.
                    for branch in branches.filter(|branch| !branch.is_empty()) {
                        self.path(branch, 0, path.clone());
                    }
                    return at + 1;
                }
                _ => break,
            }
            at += 1;
            match is_separator(tokens, at) {
                true => at += 2,
                false => break,
            }
        }
        // An exported macro is at the root, wherever it is written.
        let is_exported_macro = path.len() == 2 && path[0] == "crate" && is_bang(tokens.get(at));
        if !is_exported_macro {
            self.resolve(&path);
        }
        at
    }

    /// Adds the module that `path` leads into, if it is one of ours.
    fn resolve(&mut self, path: &[String]) {
        let mut from = self.within.clone();
        let mut rest = path;
        match path.first().map(String::as_str) {
            Some("crate" | "raft_lockstep") => (from, rest) = (Vec::new(), &path[1..]),
            Some("self" | "super") => {}
            Some(first) => {
                from.push(first.into());
                if !self.modules.contains(&from.join("/")) || path.len() == 1 {
                    return;
                }
                rest = &path[1..];
            }
            None => return,
        }
        while let Some((first, others)) = rest.split_first() {
            match first.as_str() {
                "self" => {}
                "super" => drop(from.pop()),
                _ => break,
            }
            rest = others;
        }
        for name in rest {
            from.push(name.clone());
            if let Some(module) = self.exports.get(&from.join("/")).filter(|module| self.modules.contains(*module)) {
                self.found.insert(module.clone());
                return;
            }
            if !self.modules.contains(&from.join("/")) {
                from.pop();
                break;
            }
        }
        while !self.modules.contains(&from.join("/")) {
            from.pop();
        }
        self.found.insert(from.join("/"));
    }
}

fn is_bang(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(bang)) if bang.as_char() == '!')
}

fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(at) && colon(at + 1)
}

/// True if the word at `at` goes on a path or a method call, or names a module's declaration.
fn is_continued(tokens: &[TokenTree], at: usize) -> bool {
    match at.checked_sub(1).map(|before| &tokens[before]) {
        Some(TokenTree::Punct(punct)) => punct.as_char() == '.' || (at > 1 && is_separator(tokens, at - 2)),
        Some(TokenTree::Ident(word)) => word == "mod",
        _ => false,
    }
}

fn is_cfg_test(attribute: TokenStream) -> bool {
    attribute.to_string().replace(' ', "") == "cfg(test)"
}

/// The place after the item at `at`: after its body, or its semicolon.
fn after_item(tokens: &[TokenTree], at: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    };
    tokens[at..].iter().position(ends).map_or(tokens.len(), |place| at + place + 1)
}

/// A cycle of the graph, if there is one: each of its modules names the next, and the last one the first.
pub fn cycle(graph: &Graph) -> Option<Vec<Module>> {
    let mut done = BTreeSet::new();
    graph.keys().find_map(|module| cycle_through(graph, module, &mut Vec::new(), &mut done))
}

fn cycle_through(
    graph: &Graph,
    at: &Module,
    way: &mut Vec<Module>,
    done: &mut BTreeSet<Module>,
) -> Option<Vec<Module>> {
    if let Some(begin) = way.iter().position(|module| module == at) {
        return Some(way[begin..].to_vec());
    }
    if !done.contains(at) {
        way.push(at.clone());
        let next = graph.get(at).into_iter().flatten();
        let found = next.into_iter().find_map(|to| cycle_through(graph, to, way, done));
        if found.is_some() {
            return found;
        }
        way.pop();
        done.insert(at.clone());
    }
    None
}

#[test]
fn paths_are_read_in_use_trees_code_and_macros() {
    let modules = ["", "a", "a/b", "a/c", "d", "d/e"].map(String::from).into();
    let edges = |text: &str| {
        let mut reader = Reader {
            modules: &modules,
            exports: &BTreeMap::new(),
            within: vec!["a".into(), "b".into()],
            found: BTreeSet::new(),
        };
        reader.read(text.parse().unwrap());
        reader.found.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(edges("use crate::{a::c::X, d::{self, e::f}};"), ["a/c", "d", "d/e"]);
    assert_eq!(edges("use super::c; pub(super) fn f() { vec![crate::d::e::g()]; }"), ["a/c", "d/e"]);
    assert_eq!(edges("mod inner { use super::super::c::X; use super::Y; }"), ["a/b", "a/c"]);
    assert_eq!(edges("#[cfg(test)] mod tests { use crate::d; } /// [`crate::d::e`]\nstruct S;"), [""; 0]);
    assert_eq!(edges("$crate::made!(); $crate::d::made!();"), ["d"]);
    assert_eq!(edges("use super::X; use self::Y; x.d::<T>();"), ["a", "a/b"]);
}

#[test]
fn a_cycle_is_found() {
    let graph = |edges: &[(&str, &str)]| {
        let mut graph = Graph::new();
        for (from, to) in edges {
            graph.entry(from.to_string()).or_default().insert(to.to_string());
        }
        graph
    };
    assert_eq!(cycle(&graph(&[("a", "b"), ("b", "c"), ("a", "c")])), None);
    assert_eq!(cycle(&graph(&[("a", "b"), ("b", "c"), ("c", "b")])), Some(vec!["b".into(), "c".into()]));
}
