//! Supervision by `fuzz`: flags, lock, the end of workers, and status. Scripts replace cargo and the fuzz target, so
//! nothing is built; the tests of `hunt` use the real ones.
#![cfg(all(feature = "cli", unix))]

use crate::common::root;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A cargo that installs for a minute in a child process, and builds nothing.
const CARGO: &str = r#"#!/bin/sh
echo "$@" >> "$SCENE/cargo.calls"
case "$1 $2" in
  "fuzz --version") test ! -e "$SCENE/not-installed" ;;
  "install cargo-fuzz") sleep 60 & echo $! > "$SCENE/install.pid"; wait ;;
  "fuzz build") echo "warning: of another crate" >&2; test ! -e "$SCENE/broken" ;;
esac
"#;

/// A worker that reports seven executions, then acts by the scene's `plot`.
const TARGET: &str = r##"#!/bin/sh
echo "#7 INITED cov: 42 ft: 50"
echo "7 70" > "$RAFT_LOCKSTEP_HEARTBEAT"
for flag in "$@"; do case $flag in -artifact_prefix=*) prefix=${flag#-artifact_prefix=} ;; esac; done
case $(cat "$SCENE/plot") in
  waits) cat > /dev/null; echo gone > "$SCENE/gone" ;;
  ends) sleep 1.3 ;;
  full) echo "ERROR: cannot write the heartbeat: No space left on device"; exit 74 ;;
  crashes)
    test -s "$RAFT_LOCKSTEP_FOUND" && exit 0
    cp "$SCENE/crash" "${prefix}crash-1"
    echo "DEDUP_TOKEN: a cause"
    echo "Test unit written to ${prefix}crash-1"
    exit 77 ;;
esac
"##;

/// A folder with the scripts, and an artifacts folder of its own.
struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    fn new(plot: &str) -> Self {
        let scene = Scene { folder: tempfile::Builder::new().prefix("a scene").tempdir().unwrap() };
        scene.script("bin/cargo", CARGO);
        scene.script("target/host/release/conformance", TARGET);
        fs::write(scene.path("plot"), plot).unwrap();
        let crash = "artifacts/next-below-match/crash-04eb1895aad1c686cafbb2f0c7aa7af566300469";
        fs::copy(root().join(crash), scene.path("crash")).unwrap();
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn script(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn fuzz(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_raft-lockstep"));
        let search = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        command.current_dir(root()).env("PATH", search).env("SCENE", self.folder.path());
        command.env("CARGO_TARGET_DIR", self.path("target")).env_remove("CARGO");
        command.args(["fuzz", "--jobs", "1", "--artifacts"]).arg(self.path("artifacts")).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs `fuzz` to its end; returns exit code, standard output and standard error.
    fn ended(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        told(self.fuzz(arguments).output().unwrap())
    }

    /// Waits until a file exists, and returns its text.
    fn wait_for(&self, name: &str) -> String {
        let path = self.path(name);
        let begun = Instant::now();
        while !fs::metadata(&path).is_ok_and(|data| data.len() > 0) {
            assert!(begun.elapsed() < Duration::from_secs(10), "{name} does not appear");
            std::thread::sleep(Duration::from_millis(20));
        }
        fs::read_to_string(path).unwrap()
    }
}

fn told(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_flag_that_libfuzzer_would_ignore_is_refused_before_the_build() {
    let scene = Scene::new("ends");
    let missing = scene.path("missing.dict");
    let dictionary = format!("-dict={}", missing.display());
    for (flags, expected) in [
        (&["-max_total_time=abc"][..], "the value of -max_total_time is `abc`, expected an integer from 0"),
        (&["-max_total_time=-5"], "`-5`, expected an integer from 0"),
        (&["-seed=9999999999"], "expected an integer from 0 to 4294967295"),
        (&["-bogus_flag=5"], "libFuzzer has no flag -bogus_flag"),
        (&["-max_totl_time=5"], "no flag -max_totl_time; the nearest is -max_total_time"),
        (&["--runs=5"], "libFuzzer would ignore this spelling; expected -runs=5"),
        (&["-runs"], "expected -runs=VALUE"),
        (&["runs=5"], "expected a libFuzzer flag as -name=value"),
        (&["-jobs=4"], "`fuzz` supervises its workers itself; use --jobs N"),
        (&["-fork=1"], "use --jobs N and --keep-going"),
        (&["-merge=1"], "use `raft-lockstep corpus`"),
        (&["-minimize_crash=1"], "use `raft-lockstep minimize`"),
        (&["-artifact_prefix=x"], "use --artifacts FOLDER"),
        (&["-runs=5", "-runs=6"], "-runs is given twice"),
        (&[&dictionary], "expected a file that can be read"),
        (&["-use_clang_coverage=1"], "deprecated"),
    ] {
        let (code, _, said) = scene.ended(&[&["--"], flags].concat());
        assert_eq!((code, said.lines().count()), (Some(2), 1), "{said}");
        assert!(said.contains(expected), "{said}");
    }
    assert!(!scene.path("cargo.calls").exists(), "cargo was called");
    let more = scene.folder.path().to_str().unwrap();
    let (code, _, said) = scene.ended(&["--", "-runs=-1", "-max_total_time=1", "-seed=4294967295", more]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn workers_end_with_their_parent_even_if_it_is_killed() {
    for name in ["-KILL", "-INT", "-TERM"] {
        let scene = Scene::new("waits");
        let mut child = scene.fuzz(&[]).spawn().unwrap();
        scene.wait_for("artifacts/conformance/worker-0.heartbeat");
        signal(&child, name);
        if name == "-KILL" {
            child.wait().unwrap();
            assert_eq!(scene.wait_for("gone"), "gone\n");
            continue;
        }
        let (code, _, said) = told(child.wait_with_output().unwrap());
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("ending: waiting for 1 worker\n"), "{said}");
        assert!(said.lines().last().unwrap().starts_with("7 executions"), "{said}");
    }
}

/// `script` runs the program on a terminal of its own, by the shell that SHELL names. `exec`: Ctrl-C would end a shell that
/// waits for the program, with exit code 130.
#[test]
fn on_a_terminal_the_status_has_every_figure() {
    let scene = Scene::new("waits");
    let fuzz = scene.fuzz(&[]);
    let environment = fuzz.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let mut terminal = Command::new("script");
    let command = format!(
        "stty rows 30 cols 100; exec '{}' fuzz --jobs 1 --artifacts \"$SCENE/artifacts\"",
        env!("CARGO_BIN_EXE_raft-lockstep")
    );
    terminal.args(["-qec", &command, "/dev/null"]).current_dir(root()).envs(environment);
    terminal.envs([("TERM", "xterm"), ("SHELL", "/bin/sh")]);
    let Ok(mut child) = terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
        return eprintln!("skipped: there is no `script`");
    };
    scene.wait_for("artifacts/conformance/worker-0.heartbeat");
    std::thread::sleep(Duration::from_secs(1));
    // Ctrl-C, as a key.
    child.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{told}");
    for expected in ["7 executions (", "70 events (", "coverage 42 edges", "(newest ", "findings 0"] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

#[test]
fn an_interrupt_during_an_installation_ends_cargo_and_its_children() {
    let scene = Scene::new("ends");
    fs::write(scene.path("not-installed"), "").unwrap();
    let child = scene.fuzz(&[]).spawn().unwrap();
    let installing = scene.wait_for("install.pid");
    signal(&child, "-INT");
    let (code, _, said) = told(child.wait_with_output().unwrap());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("installing it by `cargo install cargo-fuzz --locked` (1 to 3 minutes, once)"), "{said}");
    assert!(said.contains("cargo-fuzz is not installed: interrupted: cargo was ended"), "{said}");
    let listed = Command::new("ps").args(["-o", "stat=", "-p", installing.trim()]).output().unwrap();
    let state = String::from_utf8(listed.stdout).unwrap();
    // A dead process stays listed until its parent reaps it.
    assert!(state.is_empty() || state.starts_with('Z'), "a child of cargo still runs: {state}");
}

#[test]
fn two_hunts_cannot_share_a_folder() {
    let scene = Scene::new("waits");
    let mut first = scene.fuzz(&[]).spawn().unwrap();
    scene.wait_for("artifacts/conformance/worker-0.heartbeat");
    let (code, _, said) = scene.ended(&[]);
    assert_eq!((code, said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains(&format!("process {} hunts in ", first.id())), "{said}");
    assert!(said.contains("two hunts cannot share a folder") && said.contains("--artifacts FOLDER"), "{said}");
    // The lock ends with its process.
    signal(&first, "-KILL");
    first.wait().unwrap();
    fs::write(scene.path("plot"), "ends").unwrap();
    assert_eq!(scene.ended(&[]).0, Some(0));
}

#[test]
fn a_full_disk_ends_the_hunt_with_an_error() {
    let scene = Scene::new("full");
    let (code, _, said) = scene.ended(&[]);
    assert_eq!(code, Some(2), "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.contains("cannot write the heartbeat: No space left on device. Free some space there"), "{said}");
    if Path::new("/dev/full").exists() {
        fs::write(scene.path("plot"), "waits").unwrap();
        let (code, _, said) = scene.ended(&["--stats", "/dev/full"]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("cannot write /dev/full: No space left on device"), "{said}");
    }
}

#[test]
fn without_a_terminal_the_status_is_lines_or_json() {
    let scene = Scene::new("ends");
    let (code, told, said) = scene.ended(&[]);
    assert_eq!((code, told.as_str()), (Some(0), ""), "{said}");
    assert!(said.contains("building the fuzz target conformance (seconds, "), "{said}");
    assert!(said.contains("a status line follows every 10 seconds") && !said.contains("warning: "), "{said}");
    assert!(said.matches("7 executions").count() == 2, "{said}");
    let (code, told, _) = scene.ended(&["--json"]);
    let rows: Vec<serde_json::Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<&str> = rows.iter().map(|row| row["type"].as_str().unwrap()).collect();
    assert!(code == Some(0) && types.len() >= 2 && types[0] == "status", "{told}");
    let end = rows.last().unwrap();
    assert_eq!((&end["type"], &end["interrupted"], &end["executions"]), (&"end".into(), &false.into(), &7.into()));
    let (_, told, _) = scene.ended(&["--stats", "-"]);
    assert!(told.starts_with("{\"seconds\":"), "{told}");
}

#[test]
fn a_failed_build_prints_cargos_message() {
    let scene = Scene::new("ends");
    fs::write(scene.path("broken"), "").unwrap();
    let (code, _, said) = scene.ended(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("warning: of another crate\n"), "{said}");
    assert!(said.ends_with("the build of the fuzz target failed; cargo's message is above\n"), "{said}");
}

#[test]
fn a_known_finding_is_kept_by_its_name_and_listed_as_known() {
    let scene = Scene::new("crashes");
    let kept = fs::read_to_string(root().join("artifacts/next-below-match/schedule.txt")).unwrap();
    let (code, told, said) = scene.ended(&["--keep-going", "--no-known"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(told.contains(", the known finding next-below-match, in "), "{told}");
    assert!(told.contains("\n0 causes new, 1 finding known\n  next-below-match: 1 cause, in "), "{told}");
    let folder = scene.path("artifacts/conformance/known/next-below-match");
    for name in ["input", "schedule.txt", "report.txt", "diagram.svg"] {
        assert!(folder.join(name).metadata().unwrap().len() > 0, "{name}");
    }
    assert_eq!(fs::read_dir(scene.path("artifacts")).unwrap().count(), 1, "a known finding is kept by its cause");
    assert_eq!(fs::read_to_string(root().join("artifacts/next-below-match/schedule.txt")).unwrap(), kept);
    let (code, told, _) = scene.ended(&["--json", "--no-known"]);
    let finding: serde_json::Value = told.lines().find(|line| line.contains("finding\"")).unwrap().parse().unwrap();
    assert_eq!((code, &finding["known"]), (Some(1), &"next-below-match".into()));
    assert!(finding["events_out"].as_u64().unwrap() <= 16, "{finding}");
}

/// The folder's name has a space, and the program is called by its own name.
#[test]
fn the_printed_commands_work_in_a_shell() {
    let scene = Scene::new("crashes");
    let (code, told, said) = scene.ended(&["--no-known=next-below-match"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(told.contains("known finding: next-below-match\n"), "{told}");
    let commands = ["repeat: ", "explain: "].map(|head| told.lines().find_map(|it| it.strip_prefix(head)).unwrap());
    let program = Path::new(env!("CARGO_BIN_EXE_raft-lockstep")).parent().unwrap();
    for command in commands {
        assert!(
            command.starts_with("raft-lockstep ") && command.contains(" --no-known=next-below-match '/"),
            "{command}"
        );
        let search = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let repeated =
            Command::new("sh").args(["-c", command]).current_dir(root()).env("PATH", search).output().unwrap();
        assert_eq!(repeated.status.code(), Some(1), "{}", String::from_utf8_lossy(&repeated.stderr));
    }
}
