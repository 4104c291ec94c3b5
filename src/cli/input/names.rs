//! Names of fuzz inputs, given by fuzzers or by this project.
//!
//! Any bytes decode to a schedule, so content alone cannot distinguish a fuzz input from another binary file.

use std::path::Path;

/// The beginnings of such names.
const BEGINNINGS: &[&str] = &[
    // libFuzzer; `minimized-` covers `minimized-from-`.
    "crash-",
    "minimized-",
    "slow-unit-",
    "timeout-",
    "oom-",
    "leak-",
    // AFL and AFL++.
    "id:",
    "id_",
    // ClusterFuzz and OSS-Fuzz.
    "clusterfuzz-testcase-",
    // `raft-lockstep corpus`, and `raft-lockstep fuzz`, which seeds its corpus with the scenarios.
    "kept-",
    "seed-",
];

/// The name under which `fuzz` writes the bytes of a finding.
const OF_A_FINDING: &str = "input";

/// The possible extensions of fuzz inputs: honggfuzz's, and those used in bug reports.
const EXTENSIONS: &[&str] = &["bin", "fuzz", "txt"];

/// The SHA-1 of the empty input, in the name of libFuzzer's crash file for it.
const HASH_OF_NOTHING: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

/// The names of fuzz inputs, for an error message.
pub fn in_words() -> String {
    let beginnings: Vec<String> = BEGINNINGS.iter().map(|beginning| format!("{beginning}*")).collect();
    format!("{}, {OF_A_FINDING}, or 40 hexadecimal digits", beginnings.join(", "))
}

/// True if the name is a fuzz input's. A text file of that name is none.
pub fn is_fuzz_input(path: &Path) -> bool {
    let Some(name) = name_of(path) else { return false };
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, EXTENSIONS[0]));
    if !EXTENSIONS.contains(&extension) {
        return false;
    }
    let name = without_worker(stem);
    let is_hash = name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash
        || name == OF_A_FINDING
        || extension == "fuzz"
        || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

/// True if the name is libFuzzer's for the empty input.
pub fn is_of_nothing(path: &Path) -> bool {
    name_of(path).is_some_and(|name| name.ends_with(HASH_OF_NOTHING))
}

/// True if the name is TLC's for the binary form of a trace.
pub fn is_binary_trace(path: &Path) -> bool {
    name_of(path).is_some_and(|name| name.contains("_TTrace_") && name.ends_with(".bin"))
}

fn name_of(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

/// The name without the worker's prefix: `worker-0-crash-1234` is `crash-1234` of the first worker of `fuzz`.
fn without_worker(name: &str) -> &str {
    let numbered = name.strip_prefix("worker-").and_then(|rest| rest.split_once('-'));
    let rest = numbered.filter(|(number, _)| number.parse::<u32>().is_ok());
    rest.map_or(name, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fuzz_inputs_are_recognised() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        for name in [
            "crash-1234",
            "worker-12-slow-unit-1",
            "minimized-from-1",
            "clusterfuzz-testcase-minimized-conformance-1",
            "kept-1",
            "seed-election",
            "input",
            "crash-1.txt",
            "crash-1.bin",
            "id:000000,sig:06,src:000000,op:havoc",
            "SIGABRT.PC.1.fuzz",
            hash,
        ] {
            assert!(is_fuzz_input(&Path::new("folder").join(name)), "{name}");
        }
        let too_long = format!("{hash}0");
        for name in [
            "bytes",
            "crash",
            "my-crash-1",
            "crash-1.dmp",
            "data.bin",
            "worker-0.log",
            "worker-x-crash-1",
            "input2",
            &too_long,
        ] {
            assert!(!is_fuzz_input(Path::new(name)), "{name}");
        }
    }
}
