//! libFuzzer's flags, checked before anything is built.
//!
//! libFuzzer itself ignores an unknown flag and reads a number up to its first letter.

use anyhow::{bail, Result};
use std::path::Path;
use Kind::{Deprecated, File, Signed, Text, Unsigned, Whole};

/// The kind of a flag's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// An integer from 0.
    Whole,
    /// An integer; negative ones have a meaning.
    Signed,
    /// An integer from 0 that takes all 32 bits.
    Unsigned,
    /// Any text.
    Text,
    /// A file that is read.
    File,
    /// Nothing: libFuzzer only says that the flag is gone.
    Deprecated,
}

/// A flag.
#[derive(Debug)]
pub struct Flag {
    /// Its name, without `-`.
    pub name: &'static str,
    /// Its value.
    pub kind: Kind,
    /// Why a hunt cannot have it.
    pub refused: Option<&'static str>,
}

const fn taken(name: &'static str, kind: Kind) -> Flag {
    Flag { name, kind, refused: None }
}

const fn refused(name: &'static str, kind: Kind, why: &'static str) -> Flag {
    Flag { name, kind, refused: Some(why) }
}

const JOBS: &str = "`fuzz` supervises its workers itself: use --jobs N, before --";
const FORK: &str = "libFuzzer's fork mode hides crashes from `fuzz`: use --jobs N and --keep-going, before --";
const MERGE: &str = "it merges corpora and does not fuzz: use `raft-lockstep corpus`, or call the fuzz target itself";
const MINIMIZE: &str = "it works on one crash and does not fuzz: use `raft-lockstep minimize`";
const ARTIFACTS: &str = "`fuzz` looks for crashes where it has them written: use --artifacts FOLDER, before --";
const INTERNAL: &str = "libFuzzer gives it to its own subprocesses only";
const ENDS: &str = "the fuzz target would do this and not fuzz: call the fuzz target itself";
const REST: &str = "the flags that `fuzz` adds come after it";
const READS: &str = "`fuzz` tells by exit codes, by crash files and by what a worker prints how it ended";
const DATA_FLOW: &str = "it needs a target that is built with the data flow sanitizer";
const DEPRECATED: &str = "it is deprecated and does nothing";

/// All of them, in the order of libFuzzer's `FuzzerFlags.def`.
#[rustfmt::skip]
pub const FLAGS: &[Flag] = &[
    taken("verbosity", Whole),
    taken("seed", Unsigned),
    taken("runs", Signed),
    taken("max_len", Whole),
    taken("len_control", Whole),
    taken("seed_inputs", Text),
    taken("keep_seed", Whole),
    taken("cross_over", Whole),
    taken("cross_over_uniform_dist", Whole),
    taken("mutate_depth", Whole),
    taken("reduce_depth", Whole),
    taken("shuffle", Whole),
    taken("prefer_small", Whole),
    taken("timeout", Whole),
    refused("error_exitcode", Whole, READS),
    refused("timeout_exitcode", Whole, READS),
    taken("max_total_time", Whole),
    refused("help", Whole, ENDS),
    refused("fork", Whole, FORK),
    refused("fork_corpus_groups", Whole, FORK),
    refused("ignore_timeouts", Whole, FORK),
    refused("ignore_ooms", Whole, FORK),
    refused("ignore_crashes", Whole, FORK),
    refused("merge", Whole, MERGE),
    refused("set_cover_merge", Whole, MERGE),
    taken("stop_file", Text),
    refused("merge_inner", Text, INTERNAL),
    refused("merge_control_file", Text, MERGE),
    refused("minimize_crash", Whole, MINIMIZE),
    refused("cleanse_crash", Whole, MINIMIZE),
    refused("minimize_crash_internal_step", Whole, INTERNAL),
    refused("features_dir", Text, INTERNAL),
    taken("mutation_graph_file", Text),
    taken("use_counters", Whole),
    taken("use_memmem", Whole),
    taken("use_value_profile", Whole),
    taken("use_cmp", Whole),
    taken("shrink", Whole),
    taken("reduce_inputs", Whole),
    refused("jobs", Unsigned, JOBS),
    refused("workers", Unsigned, JOBS),
    taken("reload", Whole),
    taken("report_slow_units", Whole),
    taken("only_ascii", Whole),
    taken("dict", File),
    refused("artifact_prefix", Text, ARTIFACTS),
    refused("exact_artifact_path", Text, ARTIFACTS),
    taken("print_pcs", Whole),
    taken("print_funcs", Whole),
    taken("print_final_stats", Whole),
    taken("print_corpus_stats", Whole),
    taken("print_coverage", Whole),
    taken("print_full_coverage", Whole),
    refused("dump_coverage", Whole, DEPRECATED),
    taken("handle_segv", Whole),
    taken("handle_bus", Whole),
    refused("handle_abrt", Whole, READS),
    taken("handle_ill", Whole),
    taken("handle_fpe", Whole),
    taken("handle_int", Whole),
    taken("handle_term", Whole),
    taken("handle_trap", Whole),
    taken("handle_xfsz", Whole),
    taken("handle_usr1", Whole),
    taken("handle_usr2", Whole),
    taken("handle_winexcept", Whole),
    refused("close_fd_mask", Whole, READS),
    taken("detect_leaks", Whole),
    taken("purge_allocator_interval", Signed),
    taken("trace_malloc", Whole),
    taken("rss_limit_mb", Whole),
    taken("malloc_limit_mb", Whole),
    taken("exit_on_src_pos", Text),
    taken("exit_on_item", Text),
    refused("ignore_remaining_args", Whole, REST),
    taken("focus_function", Text),
    taken("entropic", Whole),
    taken("entropic_feature_frequency_threshold", Whole),
    taken("entropic_number_of_rarest_features", Whole),
    taken("entropic_scale_per_exec_time", Whole),
    refused("analyze_dict", Whole, ENDS),
    refused("use_clang_coverage", Deprecated, DEPRECATED),
    refused("data_flow_trace", Text, DATA_FLOW),
    refused("collect_data_flow", Text, DATA_FLOW),
    taken("create_missing_dirs", Whole),
];

/// Checks what follows `--`: flags, each once, and folders with more inputs.
///
/// # Errors
/// A flag is unknown, refused or given twice, or its value is none.
pub fn check(given: &[String]) -> Result<()> {
    let mut seen: Vec<&str> = Vec::new();
    for word in given {
        let Some(flag) = checked(word)? else { continue };
        if seen.contains(&flag.name) {
            bail!("{word}: -{} is given twice, and libFuzzer would ignore the first one", flag.name);
        }
        seen.push(flag.name);
    }
    Ok(())
}

/// The flag that a word is; `None` for a folder.
fn checked(word: &str) -> Result<Option<&'static Flag>> {
    let Some(rest) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
        return match Path::new(word).is_dir() {
            true => Ok(None),
            false => bail!("{word}: expected a libFuzzer flag as -name=value, or a folder with more inputs"),
        };
    };
    let (name, value) = rest.trim_start_matches('-').split_once('=').unwrap_or((rest.trim_start_matches('-'), ""));
    let Some(flag) = FLAGS.iter().find(|flag| flag.name == name) else {
        bail!("{word}: libFuzzer has no flag -{name}{}", nearest(name));
    };
    if let Some(why) = flag.refused {
        bail!("{word}: -{name} is not for a hunt: {why}");
    }
    if rest.starts_with('-') || !rest.contains('=') {
        let value = if value.is_empty() { "VALUE" } else { value };
        bail!("{word}: libFuzzer would ignore it: expected -{name}={value}");
    }
    match flag.kind.wants(value) {
        None => Ok(Some(flag)),
        Some(wanted) => bail!("{word}: the value of -{name} is `{value}`, expected {wanted}"),
    }
}

/// The flag that may have been meant.
fn nearest(name: &str) -> String {
    let taken = FLAGS.iter().filter(|flag| flag.refused.is_none());
    let near = taken.map(|flag| (strsim::jaro_winkler(name, flag.name), flag.name));
    match near.max_by(|one, other| one.0.total_cmp(&other.0)).filter(|(likeness, _)| *likeness > LIKE) {
        Some((_, name)) => format!("; the nearest is -{name}"),
        None => "; its flags are at https://llvm.org/docs/LibFuzzer.html#options".into(),
    }
}

/// How alike two names are of which one may be meant for the other.
const LIKE: f64 = 0.75;

impl Kind {
    /// The expected value, if this one does not fit.
    fn wants(self, value: &str) -> Option<&'static str> {
        // libFuzzer takes no plus sign: it would read 0.
        let digits = value.strip_prefix('-').filter(|_| matches!(self, Signed)).unwrap_or(value);
        let plain = !digits.starts_with('+');
        let (fits, wanted) = match self {
            Whole => (plain && value.parse::<i32>().is_ok_and(|it| it >= 0), "an integer from 0 to 2147483647"),
            Signed => (plain && value.parse::<i32>().is_ok(), "an integer"),
            Unsigned => (plain && value.parse::<u32>().is_ok(), "an integer from 0 to 4294967295"),
            Text => (!value.is_empty(), "some text"),
            File => (Path::new(value).is_file(), "a file that can be read"),
            Deprecated => (false, "no such flag"),
        };
        (!fits).then_some(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::implementation::folder_of;

    /// libFuzzer's own list, in the source that the fuzz targets are built with.
    #[test]
    fn the_table_is_libfuzzers() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let list = folder_of(root, "libfuzzer-sys").unwrap().join("libfuzzer/FuzzerFlags.def");
        let Ok(text) = std::fs::read_to_string(&list) else {
            return eprintln!("skipped: there is no {}", list.display());
        };
        let code: String = text.lines().filter(|line| !line.starts_with("//")).collect();
        let mut theirs = Vec::new();
        for part in code.split("FUZZER_").skip(1) {
            let Some((kind, rest)) = part.split_once('(') else { continue };
            let end = rest.find([',', ')']).unwrap();
            theirs.push((rest[..end].trim().to_string(), kind.to_string()));
        }
        let kind = |kind| match kind {
            Whole | Signed => "FLAG_INT",
            Unsigned => "FLAG_UNSIGNED",
            Text | File => "FLAG_STRING",
            Deprecated => "DEPRECATED_FLAG",
        };
        let ours: Vec<_> = FLAGS.iter().map(|flag| (flag.name.to_string(), kind(flag.kind).to_string())).collect();
        assert_eq!(ours, theirs);
    }
}
