//! `versions --bisect`: the first commit whose verdict is that of the second revision, found by `git bisect`.

use super::{Asked, Outcome};
use crate::cli::checkout::{self, git, Checkout};
use crate::cli::linked::{Other, Workspace};
use crate::cli::llvm::output;
use crate::cli::{fuzz, interrupt, write_json};
use anyhow::{bail, ensure, Result};
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// The commit that was found.
#[derive(Serialize)]
struct Found<'a> {
    file: &'a str,
    /// The commit; null if only skipped commits are left.
    first: Option<String>,
    /// The first line of its message.
    subject: Option<String>,
    /// The verdict from there on.
    verdict: String,
    /// The commits that were skipped, each with the reason.
    skipped: Vec<(String, String)>,
}

/// Bisects between two revisions.
pub fn run(asked: &Asked, path: &str, [good, bad]: [&String; 2], as_json: bool) -> Result<Outcome> {
    let repository = Path::new(path);
    let (old, new) = (checkout::commit(repository, good)?, checkout::commit(repository, bad)?);
    let checkout = Checkout::make(path, "bisect")?;
    let search = Search { asked, path, checkout };
    let before = search.verdict(&old)?.map_err(|why| anyhow::anyhow!("{path}@{good}: {why}"))?;
    let after = search.verdict(&new)?.map_err(|why| anyhow::anyhow!("{path}@{bad}: {why}"))?;
    tell!("{good}: {before}; {bad}: {after}");
    ensure!(
        before != after,
        "{path}: {good} and {bad} are both `{before}`; expected two revisions whose verdicts differ"
    );
    let found = search.between([&old, &new], &before, after)?;
    let mut out = std::io::stdout().lock();
    match as_json {
        true => write_json(&mut out, &found)?,
        false => tell_found(&mut out, &found)?,
    }
    Ok(Outcome::Agreed)
}

fn tell_found(out: &mut impl Write, found: &Found) -> std::io::Result<()> {
    let Found { file, verdict, .. } = found;
    match (&found.first, &found.subject) {
        (Some(first), Some(subject)) => writeln!(out, "{file}: {verdict} since {first} {subject}")?,
        _ => writeln!(out, "{file}: {verdict} since one of the skipped commits")?,
    }
    found.skipped.iter().try_for_each(|(commit, why)| writeln!(out, "  skipped {commit}: {why}"))
}

struct Search<'a> {
    asked: &'a Asked,
    path: &'a str,
    checkout: Checkout,
}

impl Search<'_> {
    /// The verdict of a commit: `agreed` or `diverged`; the inner error says why there is none.
    fn verdict(&self, commit: &str) -> Result<Result<String, String>> {
        self.checkout.switch(commit)?;
        let source = self.checkout.folder.display().to_string();
        let other = match Other::named(&source) {
            Ok(other) => other,
            Err(error) => return Ok(Err(format!("{error:#}"))),
        };
        let workspace = Workspace::make(&fuzz::project_root()?, &other)?;
        let requests = interrupt::requests();
        if let Err(error) = workspace.program(&source) {
            // An interrupted build is no verdict on the commit.
            ensure!(interrupt::requests() == requests, error);
            let why = format!("{error:#}");
            return Ok(Err(if why.contains("the build failed") { "it does not build".into() } else { why }));
        }
        let side = super::Side { source, revision: commit.into(), other, workspace: Some(workspace) };
        let measured = side.ask(self.asked)?;
        match (measured.verdict.as_str(), measured.slow, measured.without.is_empty()) {
            ("diverged", ..) => Ok(Ok("diverged".into())),
            ("agreed", Some(_), true) => Ok(Ok("slow".into())),
            ("agreed", None, true) => Ok(Ok("agreed".into())),
            _ => Ok(Err(measured.verdict())),
        }
    }

    fn between(&self, [old, new]: [&str; 2], before: &str, after: String) -> Result<Found<'_>> {
        let folder = &self.checkout.folder;
        // A bisection that was interrupted may still be under way.
        output(git(folder).args(["bisect", "reset", "HEAD"]))?;
        let mut said = output(git(folder).args(["bisect", "start", "--no-checkout", new, old]))?;
        let mut skipped = Vec::new();
        let first = loop {
            if let Some(first) = said.lines().find_map(|line| line.strip_suffix(" is the first bad commit")) {
                break Some(first.to_string());
            }
            if said.contains("only 'skip'ped commits left") {
                break None;
            }
            let Ok(next) = output(git(folder).args(["rev-parse", "--verify", "--quiet", "BISECT_HEAD"])) else {
                bail!("{}: git bisect ended without a commit: {}", self.path, said.trim());
            };
            let next = next.trim().to_string();
            let verdict = self.verdict(&next)?;
            let word = match &verdict {
                Ok(verdict) if verdict == before => "good",
                Ok(verdict) if *verdict == after => "bad",
                Ok(_) | Err(_) => "skip",
            };
            let shown = verdict.clone().unwrap_or_else(|why| format!("skipped, {why}"));
            tell!("{}: {shown}", &next[..8]);
            if word == "skip" {
                skipped.push((self.named(&next)?, verdict.unwrap_or_else(|why| why)));
            }
            said = bisected(folder, word, &next)?;
        };
        let subject = match &first {
            Some(first) => Some(output(git(folder).args(["log", "-1", "--format=%s", first]))?.trim().into()),
            None => None,
        };
        output(git(folder).args(["bisect", "reset", "HEAD"]))?;
        Ok(Found { file: &self.asked.name, first, subject, verdict: after, skipped })
    }

    /// A commit's short name and subject.
    fn named(&self, commit: &str) -> Result<String> {
        let line = output(git(&self.checkout.folder).args(["log", "-1", "--format=%h %s", commit]))?;
        Ok(line.trim().into())
    }
}

/// Tells git the verdict on a commit; returns its answer. It fails when only skipped commits are left, and says so.
fn bisected(folder: &Path, word: &str, commit: &str) -> Result<String> {
    let answer = git(folder).args(["bisect", word, commit]).output()?;
    Ok(String::from_utf8_lossy(&answer.stdout).into_owned() + &String::from_utf8_lossy(&answer.stderr))
}
