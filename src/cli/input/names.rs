//! Names by which a file is a fuzz input: those that fuzzers give, and those that this project gives.
//!
//! Any bytes decode to a schedule, so content alone cannot tell a fuzz input from another binary file.

use std::path::Path;

/// The names of fuzz inputs begin so.
const BEGINNINGS: &[&str] = &[
    // libFuzzer's; `minimized-from-` is among them.
    "crash-",
    "minimized-",
    "slow-unit-",
    "timeout-",
    "oom-",
    "leak-",
    // AFL's and AFL++'s.
    "id:",
    "id_",
    // ClusterFuzz's and OSS-Fuzz's.
    "clusterfuzz-testcase-",
    // Those of `corpus`, and of `fuzz`, which takes over the scenarios.
    "kept-",
    "seed-",
];

/// `fuzz` writes the bytes of a finding beside its schedule under this name.
const OF_A_FINDING: &str = "input";

/// The extensions of fuzz inputs, if they have one: honggfuzz's, and those under which inputs are attached to reports.
const EXTENSIONS: &[&str] = &["bin", "fuzz", "txt"];

/// The SHA-1 of no bytes, with which libFuzzer names a crash on them.
const HASH_OF_NOTHING: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

/// The names of fuzz inputs, for an error.
pub fn in_words() -> String {
    let beginnings: Vec<String> = BEGINNINGS.iter().map(|beginning| format!("{beginning}*")).collect();
    format!("{}, {OF_A_FINDING}, or 40 hexadecimal digits", beginnings.join(", "))
}

/// Whether a file of that name is a fuzz input, unless its content is text.
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

/// Whether libFuzzer says by the name that the input has no bytes.
pub fn is_of_nothing(path: &Path) -> bool {
    name_of(path).is_some_and(|name| name.ends_with(HASH_OF_NOTHING))
}

/// Whether TLC names the binary form of a trace so.
pub fn is_binary_trace(path: &Path) -> bool {
    name_of(path).is_some_and(|name| name.contains("_TTrace_") && name.ends_with(".bin"))
}

fn name_of(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

/// `worker-0-crash-1234` is `crash-1234` of the first worker of `fuzz`.
fn without_worker(name: &str) -> &str {
    let numbered = name.strip_prefix("worker-").and_then(|rest| rest.split_once('-'));
    let rest = numbered.filter(|(number, _)| number.parse::<u32>().is_ok());
    rest.map_or(name, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuzzers_names_are_told_from_others() {
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
