//! LLVM's coverage tools, in the version of the Rust compiler's LLVM.

use crate::report::coverage::{self, Counts};
use anyhow::{anyhow, ensure, Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The Rust compiler: its host, its LLVM version, and the folder of its toolchain's tools.
pub struct Compiler {
    /// The host triple.
    pub host: String,
    llvm: String,
    tools: PathBuf,
}

impl Compiler {
    /// Asks the compiler that cargo uses.
    pub fn find() -> Result<Self> {
        let name = std::env::var_os("RUSTC").unwrap_or("rustc".into());
        let verbose = output(Command::new(&name).arg("-vV"))?;
        let field = |key: &str| verbose.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
        let host = field("host:").context("`rustc -vV` names no host")?.to_string();
        let llvm = field("LLVM version:").and_then(|version| version.split('.').next());
        let llvm = llvm.context("`rustc -vV` names no LLVM version")?.to_string();
        let sysroot = PathBuf::from(output(Command::new(&name).args(["--print", "sysroot"]))?.trim());
        let tools = sysroot.join("lib/rustlib").join(&host).join("bin");
        Ok(Compiler { host, llvm, tools })
    }
}

/// LLVM's tools for the profiles that this compiler's code writes. Other versions cannot read them.
pub struct Tools {
    profdata: PathBuf,
    cov: PathBuf,
}

impl Tools {
    /// Searches the toolchain, then the path for tools named with the version, then for plain names.
    pub fn find(compiler: &Compiler) -> Result<Self> {
        let tool = |name: &str| {
            let places = [compiler.tools.join(name), format!("{name}-{}", compiler.llvm).into(), name.into()];
            let fits = |tool: &PathBuf| {
                let version = output(Command::new(tool).arg("--version")).unwrap_or_default();
                version.contains(&format!("LLVM version {}.", compiler.llvm))
            };
            places.into_iter().find(fits).with_context(|| missing(name, &compiler.llvm))
        };
        Ok(Tools { profdata: tool("llvm-profdata")?, cov: tool("llvm-cov")? })
    }

    /// The counts of each line of the files under `source`, by path.
    pub fn count(&self, binary: &Path, merged: &Path, source: &Path) -> Result<Vec<(String, Counts)>> {
        let mut export = Command::new(&self.cov);
        export.args(["export", "--format=lcov", "--instr-profile"]).arg(merged).arg(binary).arg(source);
        coverage::parse(&output(&mut export)?).map_err(|problem| anyhow!(problem))
    }

    /// Writes pages to `folder` with the counts of each line of the files under `sources`.
    pub fn pages(&self, binary: &Path, merged: &Path, sources: &[&Path], folder: &Path) -> Result<()> {
        let mut show = Command::new(&self.cov);
        show.args(["show", "--format=html", "--show-instantiations=false", "--show-line-counts-or-regions"]);
        show.arg("--output-dir").arg(folder).arg("--instr-profile").arg(merged).arg(binary).args(sources);
        output(&mut show).map(drop)
    }

    /// Merges all profiles into one file.
    pub fn merge(&self, profiles: &Path) -> Result<PathBuf> {
        let merged = profiles.join("merged.profdata");
        let mut merge = Command::new(&self.profdata);
        merge.args(["merge", "--sparse", "-o"]).arg(&merged);
        for entry in fs::read_dir(profiles)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "profraw") {
                merge.arg(path);
            }
        }
        output(&mut merge)?;
        Ok(merged)
    }
}

fn missing(tool: &str, llvm: &str) -> String {
    format!(
        "no {tool} of LLVM {llvm} found; coverage needs the LLVM version of rustc: install llvm-{llvm} (with rustup: rustup component add llvm-tools; Debian 14: apt-get install llvm-{llvm})"
    )
}

/// Runs a command and returns its standard output; the error has its standard error.
pub fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stderr(Stdio::piped()).output().with_context(|| name.clone())?;
    ensure!(output.status.success(), "{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
