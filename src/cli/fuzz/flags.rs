//! libFuzzer's flags, checked before the build.
//!
//! libFuzzer itself ignores an unknown flag, and reads a number up to its first letter.

use anyhow::{bail, Result};
use std::path::Path;
use Kind::{Deprecated, File, Signed, Text, Unsigned, Whole};

/// The kind of a flag's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
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

/// Flags of libFuzzer.
struct Flags {
    kind: Kind,
    /// The reason why a hunt refuses them.
    refused: Option<&'static str>,
    /// The names without `-`.
    names: &'static [&'static str],
}

const fn accepted(kind: Kind, names: &'static [&'static str]) -> Flags {
    Flags { kind, refused: None, names }
}

const fn refused(kind: Kind, why: &'static str, names: &'static [&'static str]) -> Flags {
    Flags { kind, refused: Some(why), names }
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

/// All flags of libFuzzer's `FuzzerFlags.def`, by the kind of their value and the reason for their refusal.
#[rustfmt::skip]
const FLAGS: &[Flags] = &[
    accepted(Whole, &[
        "verbosity", "max_len", "len_control", "keep_seed", "cross_over", "cross_over_uniform_dist", "mutate_depth",
        "reduce_depth", "shuffle", "prefer_small", "timeout", "max_total_time", "use_counters", "use_memmem",
        "use_value_profile", "use_cmp", "shrink", "reduce_inputs", "reload", "report_slow_units", "only_ascii",
        "print_pcs", "print_funcs", "print_final_stats", "print_corpus_stats", "print_coverage", "print_full_coverage",
        "handle_segv", "handle_bus", "handle_ill", "handle_fpe", "handle_int", "handle_term", "handle_trap",
        "handle_xfsz", "handle_usr1", "handle_usr2", "handle_winexcept", "detect_leaks", "trace_malloc", "rss_limit_mb",
        "malloc_limit_mb", "entropic", "entropic_feature_frequency_threshold", "entropic_number_of_rarest_features",
        "entropic_scale_per_exec_time", "create_missing_dirs",
    ]),
    accepted(Unsigned, &["seed"]),
    accepted(Signed, &["runs", "purge_allocator_interval"]),
    accepted(Text, &[
        "seed_inputs", "stop_file", "mutation_graph_file", "exit_on_src_pos", "exit_on_item", "focus_function",
    ]),
    accepted(File, &["dict"]),
    refused(Whole, READS, &["error_exitcode", "timeout_exitcode", "handle_abrt", "close_fd_mask"]),
    refused(Whole, ENDS, &["help", "analyze_dict"]),
    refused(Whole, FORK, &["fork", "fork_corpus_groups", "ignore_timeouts", "ignore_ooms", "ignore_crashes"]),
    refused(Whole, MERGE, &["merge", "set_cover_merge"]),
    refused(Text, INTERNAL, &["merge_inner", "features_dir"]),
    refused(Text, MERGE, &["merge_control_file"]),
    refused(Whole, MINIMIZE, &["minimize_crash", "cleanse_crash"]),
    refused(Whole, INTERNAL, &["minimize_crash_internal_step"]),
    refused(Unsigned, JOBS, &["jobs", "workers"]),
    refused(Text, ARTIFACTS, &["artifact_prefix", "exact_artifact_path"]),
    refused(Whole, DEPRECATED, &["dump_coverage"]),
    refused(Whole, REST, &["ignore_remaining_args"]),
    refused(Deprecated, DEPRECATED, &["use_clang_coverage"]),
    refused(Text, DATA_FLOW, &["data_flow_trace", "collect_data_flow"]),
];

/// Checks the arguments after `--`: flags, each at most once, and folders with more inputs.
///
/// # Errors
/// A flag is unknown, refused or repeated, or its value has the wrong kind.
pub fn check(given: &[String]) -> Result<()> {
    let mut seen: Vec<&str> = Vec::new();
    for word in given {
        let Some(name) = checked(word)? else { continue };
        if seen.contains(&name) {
            bail!("{word}: -{name} is given twice; libFuzzer would ignore the first one, so pass it once");
        }
        seen.push(name);
    }
    Ok(())
}

/// The name of the flag in an argument; `None` for a folder.
fn checked(word: &str) -> Result<Option<&str>> {
    let Some(rest) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
        return match Path::new(word).is_dir() {
            true => Ok(None),
            false => bail!("{word}: expected a libFuzzer flag as -name=value, or a folder with more inputs"),
        };
    };
    let (name, value) = rest.trim_start_matches('-').split_once('=').unwrap_or((rest.trim_start_matches('-'), ""));
    let Some(flags) = FLAGS.iter().find(|flags| flags.names.contains(&name)) else {
        bail!("{word}: libFuzzer has no flag -{name}{}", nearest(name));
    };
    if let Some(why) = flags.refused {
        bail!("{word}: `fuzz` refuses -{name}: {why}");
    }
    if rest.starts_with('-') || !rest.contains('=') {
        let value = if value.is_empty() { "VALUE" } else { value };
        bail!("{word}: libFuzzer would ignore this spelling; expected -{name}={value}");
    }
    match flags.kind.wants(value) {
        None => Ok(Some(name)),
        Some(wanted) => bail!("{word}: the value of -{name} is `{value}`, expected {wanted}"),
    }
}

/// The advice for an unknown flag: the most similar name, or the documentation.
fn nearest(name: &str) -> String {
    let accepted = FLAGS.iter().filter(|flags| flags.refused.is_none()).flat_map(|flags| flags.names);
    let near = accepted.map(|accepted| (strsim::jaro_winkler(name, accepted), accepted));
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
        let named =
            |flags: &'static Flags| flags.names.iter().map(|name| (name.to_string(), kind(flags.kind).to_string()));
        let mut ours: Vec<_> = FLAGS.iter().flat_map(named).collect();
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs);
    }
}
