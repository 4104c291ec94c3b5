//! `--raft`: runs this program linked with another raft-rs.
//!
//! Manifests under `target/raft/` name the same source files with another dependency. Cargo builds the program there,
//! and it gets the arguments of this one. The source of the other raft-rs is neither copied nor modified.

use super::llvm::output;
use super::{cargo, checkout, fuzz, implementation, revision, Outcome};
use crate::findings::{FindingSet, IN_RAFT_RS};
use crate::lockstep::Options;
use crate::regression;
use crate::sut::nodes::raft_rs::RaftRs;
use crate::sut::nodes::versions::{self, Version, VERSIONS};
use crate::sut::Node;
use anyhow::{bail, ensure, Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use toml::{Table, Value};

#[derive(clap::Args)]
pub struct Source {
    /// Run another raft-rs: a folder with its source, PATH@REVISION of a git repository, or a released version such as
    /// 0.6.0.
    #[arg(long = "raft", value_name = "SOURCE")]
    pub source: Option<String>,
}

/// The variable with the workspace in which the called program was built.
const WORKSPACE: &str = "RAFT_LOCKSTEP_WORKSPACE";

/// The variable with the name under which its findings are filed.
const REVISION: &str = "RAFT_LOCKSTEP_REVISION";

impl Source {
    /// Runs the program that is linked with the raft-rs asked for; `None` if this is that program.
    pub fn elsewhere(&self) -> Result<Option<Outcome>> {
        let Some(source) = self.source.as_ref().filter(|_| here().is_none()) else { return Ok(None) };
        let workspace = Workspace::make(&fuzz::project_root()?, &Other::named(source)?)?;
        let mut program = workspace.program(source)?;
        run_instead(program.args(std::env::args_os().skip(1))).map(Some)
    }

    /// The option, for a command that repeats this one.
    pub fn arguments(&self) -> Vec<String> {
        self.source.as_ref().map_or(Vec::new(), |source| vec!["--raft".into(), source.clone()])
    }
}

/// Replaces this process by the program, so that it keeps the terminal and receives the signals.
#[cfg(unix)]
fn run_instead(program: &mut Command) -> Result<Outcome> {
    use std::os::unix::process::CommandExt;
    Err(program.exec()).context("the program")
}

/// Runs the program, and exits with its code.
#[cfg(not(unix))]
fn run_instead(program: &mut Command) -> Result<Outcome> {
    let _deferred = super::interrupt::defer();
    std::process::exit(program.status().context("the program")?.code().unwrap_or(2))
}

/// The workspace that this program was built in, if it is linked with another raft-rs.
pub fn here() -> Option<Workspace> {
    let folder = PathBuf::from(std::env::var_os(WORKSPACE)?);
    let name = folder.file_name()?.to_string_lossy().into_owned();
    let revision = std::env::var(REVISION).unwrap_or(name.clone());
    Some(Workspace { name, revision, folder })
}

/// The findings to step around: those that the linked raft-rs still has.
pub static STANDING: LazyLock<FindingSet> = LazyLock::new(|| {
    let Some((workspace, root)) = here().zip(fuzz::project_root().ok()) else { return FindingSet::EVERY };
    // Commands that need the counterexamples report an unreadable one.
    let mended = regression::mended::<RaftRs>(&root).unwrap_or(FindingSet::NONE);
    let fixed = IN_RAFT_RS.iter().filter(|row| mended.has(row.finding));
    let names: Vec<&str> = fixed.clone().map(|row| row.name).collect();
    if !names.is_empty() {
        tell!("{}: fixed findings, which are not stepped around: {}", workspace.name, names.join(", "));
    }
    fixed.fold(FindingSet::EVERY, |rest, row| rest.without(row.finding))
});

/// The options under which the linked raft-rs is judged: a finding that it does not have is not stepped around.
pub fn options() -> Options {
    Options { known: <RaftRs as Node>::KNOWN.and(*STANDING), ..Options::default() }
}

/// A workspace in which the program is built with another raft-rs.
pub struct Workspace {
    /// The folder's name. All commits of a checkout share it, so that a rebuild is small.
    pub name: String,
    /// The name of the raft-rs with its commit, under which findings are filed.
    pub revision: String,
    /// The folder under `target/raft/`.
    pub folder: PathBuf,
}

impl Workspace {
    /// Writes the manifests. Unchanged files are not written again, so that cargo does not rebuild.
    pub fn make(root: &Path, other: &Other) -> Result<Self> {
        let folder = implementation::target(root).join("raft").join(&other.name);
        let workspace = Workspace { name: other.name.clone(), revision: other.revision.clone(), folder };
        fs::create_dir_all(workspace.folder.join("fuzz"))?;
        write(&workspace.folder.join("Cargo.toml"), &workspace.program_manifest(root, other)?)?;
        write(&workspace.folder.join("fuzz/Cargo.toml"), &workspace.fuzz_manifest(root, other)?)?;
        // The versions that the project is tested with; cargo changes those that the other raft-rs needs.
        let (ours, lock) = (root.join("Cargo.lock"), workspace.folder.join("Cargo.lock"));
        let changed = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
        if changed(&lock) < changed(&ours) {
            fs::copy(&ours, &lock).with_context(|| format!("{}", ours.display()))?;
        }
        Ok(workspace)
    }

    /// Builds the program, and returns the command without arguments.
    pub fn program(&self, source: &str) -> Result<Command> {
        let name = self.named("raft-lockstep");
        let target = implementation::target(&fuzz::project_root()?);
        let binary = target.join("release").join(&name);
        let first = "about 150 crates, 2 to 5 minutes the first time";
        let takes = if binary.is_file() { "seconds, or a minute after a change of source" } else { first };
        let mut build = Command::new("cargo");
        build.args(["build", "--release", "--bin", &name]).env("CARGO_TARGET_DIR", &target).current_dir(&self.folder);
        let built = cargo::build(&mut build, &format!("raft-lockstep with {} ({takes})", self.revision))?;
        ensure!(built, "--raft {source}: {}", self.why_not_built(source));
        self.built()
    }

    /// The command without arguments of the program that was built.
    pub fn built(&self) -> Result<Command> {
        let target = implementation::target(&fuzz::project_root()?);
        let mut program = Command::new(target.join("release").join(self.named("raft-lockstep")));
        program.env(WORKSPACE, &self.folder).env(REVISION, &self.revision);
        Ok(program)
    }

    /// The advice after a failed build; cargo's message has the reason.
    fn why_not_built(&self, source: &str) -> &'static str {
        let mut resolve = Command::new("cargo");
        resolve.args(["metadata", "--format-version", "1"]).current_dir(&self.folder);
        let resolves = output(&mut resolve).is_ok();
        match (resolves, Path::new(source).is_dir() || checkout::parts(source).is_some()) {
            (true, _) => {
                "the build failed; cargo's message is above. Fix an error in raft-rs there; an error in \
                 src/sut/nodes/raft_rs means that its interface differs from every release in src/docs/versions.md"
            }
            (false, true) => "cargo cannot use its Cargo.toml; cargo's message is above",
            (false, false) => {
                "cargo found no such release of raft-rs; cargo's message is above, and the releases are at \
                 https://crates.io/crates/raft/versions"
            }
        }
    }

    /// The name of a binary of this workspace, unique in the shared target folder.
    pub fn named(&self, binary: &str) -> String {
        format!("{binary}-{}", self.name)
    }

    fn program_manifest(&self, root: &Path, other: &Other) -> Result<Table> {
        let mut manifest = implementation::manifest(&root.join("Cargo.toml"))?;
        for own in ["dev-dependencies", "bench"] {
            manifest.remove(own);
        }
        table(&mut manifest, "package")?.remove("readme");
        table(&mut manifest, "dependencies")?.insert("raft".into(), other.dependency.clone().into());
        manifest.insert("lib".into(), file(root.join("src/lib.rs")).into());
        let mut program = file(root.join("src/main.rs"));
        program.insert("name".into(), self.named("raft-lockstep").into());
        program.insert("required-features".into(), vec!["cli"].into());
        manifest.insert("bin".into(), vec![program].into());
        let default = table(&mut manifest, "features")?.get_mut("default").and_then(Value::as_array_mut);
        default.context("Cargo.toml: no default features")?.extend(other.feature());
        Ok(manifest)
    }

    fn fuzz_manifest(&self, root: &Path, other: &Other) -> Result<Table> {
        let mut manifest = implementation::manifest(&root.join("fuzz/Cargo.toml"))?;
        let mut target = file(root.join("fuzz/fuzz_targets").join(fuzz::TARGET).with_extension("rs"));
        target.insert("name".into(), self.named(fuzz::TARGET).into());
        manifest.insert("bin".into(), vec![target].into());
        let ours = table(table(&mut manifest, "dependencies")?, "raft-lockstep")?;
        let features = ours.get_mut("features").and_then(Value::as_array_mut);
        features.context("fuzz/Cargo.toml: raft-lockstep without features")?.extend(other.feature());
        Ok(manifest)
    }
}

/// Another raft-rs: a folder or a release.
pub struct Other {
    /// The name for files, unique for each folder and release.
    name: String,
    /// The name for findings, with the commit.
    revision: String,
    dependency: Table,
    /// The features that its version lacks.
    pub version: &'static Version,
}

impl Other {
    /// The raft-rs in the named folder, or of the named version.
    pub fn named(source: &str) -> Result<Self> {
        let mut dependency = Table::new();
        dependency.insert("default-features".into(), false.into());
        dependency.insert("features".into(), vec!["protobuf-codec"].into());
        let source_folder = match checkout::parts(source) {
            Some((path, revision)) => checkout::of(path, revision)?,
            None => source.into(),
        };
        let (name, revision, number) = match source_folder.is_dir() {
            true => {
                let folder = source_folder.canonicalize().with_context(|| source.to_string())?;
                let wanted = || format!("--raft {source}: expected a folder with raft-rs's source");
                let version = implementation::version(&folder).with_context(wanted)?;
                let (last, hash) = implementation::name_and_hash(&folder);
                let name = format!("{last}-{version}-{hash}");
                let revision = format!("{last}-{version}-{}", revision::revision(&folder)?);
                dependency.insert("path".into(), folder.display().to_string().into());
                (name, revision, version)
            }
            false => {
                dependency.insert("version".into(), format!("={source}").into());
                let name = format!("raft-{source}");
                (name.clone(), name, source.to_string())
            }
        };
        let mut parts = number.splitn(3, '.').map(|part| part.parse::<u64>());
        let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) else {
            bail!("--raft {source}: no such folder and no version; expected a folder with raft-rs's source, or a version such as 0.7.0");
        };
        let version = versions::version((major, minor)).with_context(|| {
            let (major, minor) = VERSIONS[0].number;
            format!("--raft {source}: raft-rs {number} is too old; expected {major}.{minor} or later")
        })?;
        let plain = |name: String| name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        Ok(Other { name: plain(name), revision: plain(revision), dependency, version })
    }

    /// The same raft-rs as a dependency by version, whose source another manifest patches in.
    pub fn patched(mut self, number: &str) -> Self {
        self.name += "-patched";
        self.dependency.remove("path");
        self.dependency.insert("version".into(), format!("={number}").into());
        self
    }

    fn feature(&self) -> Option<Value> {
        self.version.feature.map(Value::from)
    }
}

fn table<'a>(within: &'a mut Table, name: &str) -> Result<&'a mut Table> {
    let found = within.get_mut(name).and_then(Value::as_table_mut);
    found.with_context(|| format!("Cargo.toml: there is no table {name}"))
}

/// A cargo target with that source file.
fn file(path: PathBuf) -> Table {
    Table::from_iter([("path".to_string(), path.display().to_string().into())])
}

/// Writes a manifest, unless the file has it already.
fn write(path: &Path, manifest: &Table) -> Result<()> {
    let text = manifest.to_string();
    match fs::read_to_string(path).is_ok_and(|there| there == text) {
        true => Ok(()),
        false => fs::write(path, text).with_context(|| format!("{}", path.display())),
    }
}
