//! `--raft`: this program, linked with another raft-rs.
//!
//! Below `target` stand the manifests of this project with another dependency, over the same source files. Cargo
//! builds the program there, and it is called with the arguments that this one got. Nothing of the other raft-rs is
//! copied or changed.

use super::llvm::output;
use super::{cargo, fuzz, implementation, revision, Outcome};
use crate::findings::{FindingSet, IN_RAFT_RS};
use crate::regression;
use crate::sut::nodes::raft_rs::RaftRs;
use crate::sut::nodes::versions::{self, Version, VERSIONS};
use anyhow::{anyhow, bail, Context, Result};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use toml::{Table, Value};

#[derive(clap::Args)]
pub struct Source {
    /// Run another raft-rs: a folder with its source, or a released version, such as 0.6.0.
    #[arg(long = "raft", value_name = "SOURCE")]
    pub source: Option<String>,
}

/// Tells the program that is called which workspace it was built in.
const WORKSPACE: &str = "RAFT_LOCKSTEP_WORKSPACE";

/// Tells it by which name its findings are filed.
const REVISION: &str = "RAFT_LOCKSTEP_REVISION";

impl Source {
    /// Has the program do its work that is linked with the raft-rs asked for; `None` if this is the one.
    pub fn elsewhere(&self) -> Result<Option<Outcome>> {
        let Some(source) = self.source.as_ref().filter(|_| here().is_none()) else { return Ok(None) };
        let workspace = Workspace::make(&fuzz::project_root()?, &Other::named(source)?)?;
        let mut program = workspace.program(source)?;
        run_instead(program.args(std::env::args_os().skip(1))).map(Some)
    }

    /// What the same command needs to be given again.
    pub fn arguments(&self) -> Vec<String> {
        self.source.as_ref().map_or(Vec::new(), |source| vec!["--raft".into(), source.clone()])
    }
}

/// Becomes the program, so that it has this one's terminal and gets its signals.
#[cfg(unix)]
fn run_instead(program: &mut Command) -> Result<Outcome> {
    use std::os::unix::process::CommandExt;
    Err(program.exec()).context("the program")
}

/// Runs the program, and ends as it does.
#[cfg(not(unix))]
fn run_instead(program: &mut Command) -> Result<Outcome> {
    let _heeding = super::interrupt::heed();
    std::process::exit(program.status().context("the program")?.code().unwrap_or(2))
}

/// The workspace that this program was built in, if it is linked with another raft-rs.
pub fn here() -> Option<Workspace> {
    let folder = PathBuf::from(std::env::var_os(WORKSPACE)?);
    let name = folder.file_name()?.to_string_lossy().into_owned();
    let revision = std::env::var(REVISION).unwrap_or(name.clone());
    Some(Workspace { name, revision, folder })
}

/// The findings to step around: those of the raft-rs that this program is linked with.
pub static STANDING: LazyLock<FindingSet> = LazyLock::new(|| {
    let Some((workspace, root)) = here().zip(fuzz::project_root().ok()) else { return FindingSet::EVERY };
    // A counterexample that cannot be read is reported by who needs it.
    let mended = regression::mended::<RaftRs>(&root).unwrap_or(FindingSet::NONE);
    let names: Vec<&str> = IN_RAFT_RS.iter().filter(|row| mended.has(row.finding)).map(|row| row.name).collect();
    if !names.is_empty() {
        tell!("{}: no longer there, and not stepped around: {}", workspace.name, names.join(", "));
    }
    IN_RAFT_RS
        .iter()
        .filter(|row| mended.has(row.finding))
        .fold(FindingSet::EVERY, |rest, row| rest.without(row.finding))
});

/// Where the program is built with another raft-rs.
pub struct Workspace {
    /// Of the folder: the same for every commit of a branch, so that little is built anew.
    pub name: String,
    /// Of the raft-rs: a branch's findings are those of a commit.
    pub revision: String,
    /// Below `target`.
    pub folder: PathBuf,
}

impl Workspace {
    /// Writes the manifests. What is there already is left alone, so that it is not built again.
    pub fn make(root: &Path, other: &Other) -> Result<Self> {
        let folder = implementation::target(root).join("raft").join(&other.name);
        let workspace = Workspace { name: other.name.clone(), revision: other.revision.clone(), folder };
        fs::create_dir_all(workspace.folder.join("fuzz"))?;
        write(&workspace.folder.join("Cargo.toml"), &workspace.program_manifest(root, other)?)?;
        write(&workspace.folder.join("fuzz/Cargo.toml"), &workspace.fuzz_manifest(root, other)?)?;
        // The versions that the project is tested with, but for what the other raft-rs wants.
        let (ours, lock) = (root.join("Cargo.lock"), workspace.folder.join("Cargo.lock"));
        let changed = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
        if changed(&lock) < changed(&ours) {
            fs::copy(&ours, &lock).with_context(|| format!("{}", ours.display()))?;
        }
        Ok(workspace)
    }

    /// Builds the program with what `--raft` says; it waits for its arguments.
    pub fn program(&self, source: &str) -> Result<Command> {
        let name = self.named("raft-lockstep");
        let target = implementation::target(&fuzz::project_root()?);
        let binary = target.join("release").join(&name);
        let takes = match binary.is_file() {
            true => "seconds, or a minute where its source has changed",
            false => "about 190 crates, 2 to 5 minutes the first time",
        };
        let mut build = Command::new("cargo");
        build.args(["build", "--release", "--bin", &name]).env("CARGO_TARGET_DIR", &target).current_dir(&self.folder);
        if !cargo::build(&mut build, &format!("raft-lockstep with {} ({takes})", self.revision))? {
            bail!("--raft {source}: {}", self.why_not_built(source));
        }
        let mut program = Command::new(binary);
        program.env(WORKSPACE, &self.folder).env(REVISION, &self.revision);
        Ok(program)
    }

    /// What to do about it; cargo has said what it is.
    fn why_not_built(&self, source: &str) -> &'static str {
        let mut resolve = Command::new("cargo");
        resolve.args(["metadata", "--format-version", "1"]).current_dir(&self.folder);
        let resolves = output(&mut resolve).is_ok();
        match (resolves, Path::new(source).is_dir()) {
            (true, _) => {
                "it did not build; cargo's message is above. If the error is in raft-rs, mend it there; if it is in \
                 src/sut/nodes/raft_rs, the interface is not that of a release in src/docs/versions.md"
            }
            (false, true) => "cargo cannot use its Cargo.toml; cargo's message is above",
            (false, false) => {
                "cargo found no such release of raft-rs; its message is above, and the releases are at \
                 https://crates.io/crates/raft/versions"
            }
        }
    }

    /// The name of a binary here, which stands beside the others in `target`.
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
        manifest.insert("lib".into(), file(root.join("fuzz/src/lib.rs")).into());
        let mut target = file(root.join("fuzz/fuzz_targets").join(fuzz::TARGET).with_extension("rs"));
        target.insert("name".into(), self.named(fuzz::TARGET).into());
        manifest.insert("bin".into(), vec![target].into());
        let ours = table(table(&mut manifest, "dependencies")?, "raft-lockstep")?;
        let features = ours.get_mut("features").and_then(Value::as_array_mut);
        features.context("fuzz/Cargo.toml: raft-lockstep without features")?.extend(other.feature());
        Ok(manifest)
    }
}

/// A raft-rs.
pub struct Other {
    /// A name for files: it says which folder or release.
    name: String,
    /// A name for findings: it says which source.
    revision: String,
    dependency: Table,
    /// What it lacks.
    pub version: &'static Version,
}

impl Other {
    /// The one in that folder, or of that version.
    pub fn named(source: &str) -> Result<Self> {
        let mut dependency = Table::new();
        dependency.insert("default-features".into(), false.into());
        dependency.insert("features".into(), vec!["protobuf-codec"].into());
        let (name, revision, number) = match Path::new(source).is_dir() {
            true => {
                let folder = Path::new(source).canonicalize().with_context(|| source.to_string())?;
                let wanted = || format!("--raft {source}: expected a folder with raft-rs's source");
                let version = implementation::version(&folder).with_context(wanted)?;
                let mut hasher = DefaultHasher::new();
                folder.hash(&mut hasher);
                let last = folder.file_name().map_or("raft".into(), |name| name.to_string_lossy());
                // Other folders of that name have another hash.
                let name = format!("{last}-{version}-{:08x}", hasher.finish() as u32);
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
            bail!("--raft {source}: expected a folder with raft-rs's source, or a version such as 0.7.0");
        };
        let version = versions::version((major, minor)).with_context(|| {
            let (major, minor) = VERSIONS[0].number;
            format!("--raft {source}: raft-rs {number} is too old: {major}.{minor} is the first that can be run")
        })?;
        let plain = |name: String| name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        Ok(Other { name: plain(name), revision: plain(revision), dependency, version })
    }

    /// The same as a release of that number, which another manifest puts the source in the place of.
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
    found.ok_or_else(|| anyhow!("Cargo.toml: there is no table {name}"))
}

/// A target whose source is that file.
fn file(path: PathBuf) -> Table {
    Table::from_iter([("path".to_string(), path.display().to_string().into())])
}

/// Writes a manifest, unless it is there.
fn write(path: &Path, manifest: &Table) -> Result<()> {
    let text = manifest.to_string();
    match fs::read_to_string(path).is_ok_and(|there| there == text) {
        true => Ok(()),
        false => fs::write(path, text).with_context(|| format!("{}", path.display())),
    }
}
