//! libFuzzer's flags, checked before the build.
//!
//! libFuzzer itself ignores an unknown flag, and reads a number up to its first letter.

use anyhow::{bail, Result};
use std::path::Path;
use Kind::{Deprecated, File, Signed, Text, Unsigned, Whole};

/// The kind of a flag's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// An integer from 0.
    Whole,
    /// An integer, possibly negative.
    Signed,
    /// An integer from 0 that uses all 32 bits.
    Unsigned,
    /// Any text.
    Text,
    /// A file that is read.
    File,
    /// None: libFuzzer only prints that the flag is deprecated.
    Deprecated,
}

/// A flag of libFuzzer.
#[derive(Debug)]
pub struct Flag {
    /// The name without `-`.
    pub name: &'static str,
    /// The kind of the value.
    pub kind: Kind,
    /// The reason why a hunt refuses the flag.
    pub refused: Option<&'static str>,
}

const fn accepted(name: &'static str, kind: Kind) -> Flag {
    Flag { name, kind, refused: None }
}

const fn refused(name: &'static str, kind: Kind, why: &'static str) -> Flag {
    Flag { name, kind, refused: Some(why) }
}

const JOBS: &str = "`fuzz` supervises its workers itself; use --jobs N, before --";
const FORK: &str = "libFuzzer's fork mode hides crashes from `fuzz`; use --jobs N and --keep-going, before --";
const MERGE: &str =
    "the flag merges corpora instead of fuzzing; use `raft-lockstep corpus`, or run the fuzz target directly";
const MINIMIZE: &str = "the flag minimises one crash instead of fuzzing; use `raft-lockstep minimize`";
const ARTIFACTS: &str = "`fuzz` chooses the place of crash files; use --artifacts FOLDER, before --";
const INTERNAL: &str = "libFuzzer reserves it for its own subprocesses";
const ENDS: &str = "the fuzz target would do this instead of fuzzing; run the fuzz target directly";
const REST: &str = "libFuzzer would ignore the flags that `fuzz` appends";
const READS: &str = "`fuzz` reads exit codes, crash files and output of its workers, which this flag changes";
const DATA_FLOW: &str = "the flag needs a target built with the data flow sanitizer";
const DEPRECATED: &str = "the flag is deprecated and has no effect";

/// All flags, in the order of libFuzzer's `FuzzerFlags.def`.
#[rustfmt::skip]
pub const FLAGS: &[Flag] = &[
    accepted("verbosity", Whole),
    accepted("seed", Unsigned),
    accepted("runs", Signed),
    accepted("max_len", Whole),
    accepted("len_control", Whole),
    accepted("seed_inputs", Text),
    accepted("keep_seed", Whole),
    accepted("cross_over", Whole),
    accepted("cross_over_uniform_dist", Whole),
    accepted("mutate_depth", Whole),
    accepted("reduce_depth", Whole),
    accepted("shuffle", Whole),
    accepted("prefer_small", Whole),
    accepted("timeout", Whole),
    refused("error_exitcode", Whole, READS),
    refused("timeout_exitcode", Whole, READS),
    accepted("max_total_time", Whole),
    refused("help", Whole, ENDS),
    refused("fork", Whole, FORK),
    refused("fork_corpus_groups", Whole, FORK),
    refused("ignore_timeouts", Whole, FORK),
    refused("ignore_ooms", Whole, FORK),
    refused("ignore_crashes", Whole, FORK),
    refused("merge", Whole, MERGE),
    refused("set_cover_merge", Whole, MERGE),
    accepted("stop_file", Text),
    refused("merge_inner", Text, INTERNAL),
    refused("merge_control_file", Text, MERGE),
    refused("minimize_crash", Whole, MINIMIZE),
    refused("cleanse_crash", Whole, MINIMIZE),
    refused("minimize_crash_internal_step", Whole, INTERNAL),
    refused("features_dir", Text, INTERNAL),
    accepted("mutation_graph_file", Text),
    accepted("use_counters", Whole),
    accepted("use_memmem", Whole),
    accepted("use_value_profile", Whole),
    accepted("use_cmp", Whole),
    accepted("shrink", Whole),
    accepted("reduce_inputs", Whole),
    refused("jobs", Unsigned, JOBS),
    refused("workers", Unsigned, JOBS),
    accepted("reload", Whole),
    accepted("report_slow_units", Whole),
    accepted("only_ascii", Whole),
    accepted("dict", File),
    refused("artifact_prefix", Text, ARTIFACTS),
    refused("exact_artifact_path", Text, ARTIFACTS),
    accepted("print_pcs", Whole),
    accepted("print_funcs", Whole),
    accepted("print_final_stats", Whole),
    accepted("print_corpus_stats", Whole),
    accepted("print_coverage", Whole),
    accepted("print_full_coverage", Whole),
    refused("dump_coverage", Whole, DEPRECATED),
    accepted("handle_segv", Whole),
    accepted("handle_bus", Whole),
    refused("handle_abrt", Whole, READS),
    accepted("handle_ill", Whole),
    accepted("handle_fpe", Whole),
    accepted("handle_int", Whole),
    accepted("handle_term", Whole),
    accepted("handle_trap", Whole),
    accepted("handle_xfsz", Whole),
    accepted("handle_usr1", Whole),
    accepted("handle_usr2", Whole),
    accepted("handle_winexcept", Whole),
    refused("close_fd_mask", Whole, READS),
    accepted("detect_leaks", Whole),
    accepted("purge_allocator_interval", Signed),
    accepted("trace_malloc", Whole),
    accepted("rss_limit_mb", Whole),
    accepted("malloc_limit_mb", Whole),
    accepted("exit_on_src_pos", Text),
    accepted("exit_on_item", Text),
    refused("ignore_remaining_args", Whole, REST),
    accepted("focus_function", Text),
    accepted("entropic", Whole),
    accepted("entropic_feature_frequency_threshold", Whole),
    accepted("entropic_number_of_rarest_features", Whole),
    accepted("entropic_scale_per_exec_time", Whole),
    refused("analyze_dict", Whole, ENDS),
    refused("use_clang_coverage", Deprecated, DEPRECATED),
    refused("data_flow_trace", Text, DATA_FLOW),
    refused("collect_data_flow", Text, DATA_FLOW),
    accepted("create_missing_dirs", Whole),
];

/// Checks the arguments after `--`: flags, each at most once, and folders with more inputs.
///
/// # Errors
/// A flag is unknown, refused or repeated, or its value has the wrong kind.
pub fn check(given: &[String]) -> Result<()> {
    let mut seen: Vec<&str> = Vec::new();
    for word in given {
        let Some(flag) = checked(word)? else { continue };
        if seen.contains(&flag.name) {
            bail!("{word}: -{} is given twice; libFuzzer would ignore the first one, so pass it once", flag.name);
        }
        seen.push(flag.name);
    }
    Ok(())
}

/// The flag of an argument; `None` for a folder.
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
        bail!("{word}: `fuzz` refuses -{name}: {why}");
    }
    if rest.starts_with('-') || !rest.contains('=') {
        let value = if value.is_empty() { "VALUE" } else { value };
        bail!("{word}: libFuzzer would ignore this spelling; expected -{name}={value}");
    }
    match flag.kind.wants(value) {
        None => Ok(Some(flag)),
        Some(wanted) => bail!("{word}: the value of -{name} is `{value}`, expected {wanted}"),
    }
}

/// The advice for an unknown flag: the most similar name, or the documentation.
fn nearest(name: &str) -> String {
    let accepted = FLAGS.iter().filter(|flag| flag.refused.is_none());
    let near = accepted.map(|flag| (strsim::jaro_winkler(name, flag.name), flag.name));
    match near.max_by(|one, other| one.0.total_cmp(&other.0)).filter(|(likeness, _)| *likeness > LIKE) {
        Some((_, name)) => format!("; the nearest is -{name}"),
        None => "; its flags are at https://llvm.org/docs/LibFuzzer.html#options".into(),
    }
}

/// The least similarity of a name that is suggested.
const LIKE: f64 = 0.75;

impl Kind {
    /// The expected kind of value, if this one does not fit.
    fn wants(self, value: &str) -> Option<&'static str> {
        // libFuzzer reads 0 for a number with a plus sign.
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

    /// Reads `FuzzerFlags.def` in the source that the fuzz targets are built with.
    #[test]
    fn the_table_equals_libfuzzers_list() {
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
