//! The preparation of a hunt: cargo-fuzz, a C++ compiler, the fuzz target, and the seeds.

use crate::cli::{cargo, implementation, input, interrupt};
use crate::schedule::codec;
use anyhow::{bail, ensure, Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The project's folder: the current folder or one above it.
pub fn project_root() -> Result<PathBuf> {
    let here = std::env::current_dir()?;
    let root = here.ancestors().find(|folder| folder.join("fuzz/fuzz_targets").is_dir());
    root.map(Path::to_path_buf)
        .context("found no fuzz/fuzz_targets in this folder or above; run the command in a checkout of raft-lockstep")
}

/// Builds a fuzz target of the package in `folder`, and returns the binary's path.
///
/// # Errors
/// The build fails, or a tool for it is missing.
pub fn build(folder: &Path, name: &str) -> Result<PathBuf> {
    require_cpp_compiler()?;
    require_cargo("fuzz")?;
    let target = implementation::target(&project_root()?);
    let mut build = Command::new("cargo");
    // Schedules have no magic bytes: tracing comparisons makes a run three times slower and finds less.
    build.args(["fuzz", "build", "-s", "none", "--no-trace-compares", name]);
    build.current_dir(folder).env("CARGO_TARGET_DIR", &target);
    let takes = match binary(&target, name) {
        Ok(_) => "seconds, or a minute after a change of source",
        Err(_) => "about 60 crates, 1 to 3 minutes the first time",
    };
    let built = cargo::build(&mut build, &format!("the fuzz target {name} ({takes})"))?;
    ensure!(built, "the build of the fuzz target failed; cargo's message is above");
    binary(&target, name)
}

/// Fails if there is no C++ compiler: libFuzzer is C++, and the build's own error is long and unclear.
fn require_cpp_compiler() -> Result<()> {
    let name = std::env::var("CXX").unwrap_or("c++".into());
    match Command::new(&name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status() {
        Ok(_) => Ok(()),
        Err(_) => bail!("found no C++ compiler `{name}`, which libFuzzer needs; install g++ (Debian: apt-get install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install)"),
    }
}

/// Installs the package of a cargo subcommand if it is missing.
pub fn require_cargo(subcommand: &str) -> Result<()> {
    let found =
        Command::new("cargo").args([subcommand, "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    let package = format!("cargo-{subcommand}");
    tell!("{package} is missing; installing it by `cargo install {package} --locked` (1 to 3 minutes, once)");
    let mut install = Command::new("cargo");
    install.args(["install", &package, "--locked"]).stdin(Stdio::null());
    let installed = interrupt::run(&mut install).with_context(|| format!("{package} is not installed"))?;
    ensure!(installed.success(), "the installation of {package} failed; cargo's message is above");
    Ok(())
}

/// Writes the scenarios to the corpus, as its first inputs.
pub fn seed_corpus(scenarios: &Path, corpus: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(scenarios) else { return Ok(()) };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.extension().is_some_and(|extension| extension == "txt") {
            let schedule = input::read(&path)?.schedule;
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let seed = corpus.join(format!("seed-{name}"));
            fs::write(&seed, codec::encode(&schedule)).with_context(|| format!("cannot write {}", seed.display()))?;
        }
    }
    Ok(())
}

/// The newest binary of that name that cargo-fuzz built.
fn binary(target: &Path, name: &str) -> Result<PathBuf> {
    let triples = fs::read_dir(target)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<PathBuf> =
        triples.map(|triple| triple.join("release").join(name)).filter(|path| path.is_file()).collect();
    found.sort_by_key(|path| path.metadata().and_then(|data| data.modified()).ok());
    found.pop().with_context(|| format!("found no fuzz target {name} in {}; build it again", target.display()))
}
