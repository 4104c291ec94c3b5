#!/bin/bash -eu
# Builds the fuzz targets for OSS-Fuzz and ClusterFuzzLite, in the environment that their builder sets:
# https://google.github.io/oss-fuzz/getting-started/new-project-guide/#buildsh
# $RUSTFLAGS selects the sanitizer. Targets, seeds and options go to $OUT.
# Under the licences of raft-lockstep, Apache-2.0 (http://www.apache.org/licenses/LICENSE-2.0) or MIT.

cd "$SRC/raft-lockstep"
export CARGO_TARGET_DIR="$WORK/target"
triple="$ARCHITECTURE-unknown-linux-gnu"

if [ "$SANITIZER" = coverage ]; then
  # A report needs the full names of source files. The builder replaces `cargo fuzz build` by a build that expects the
  # sources in fuzz/, and the library is in src/.
  RUSTFLAGS+=" -C debug-assertions=no --remap-path-prefix src=$PWD/src --remap-path-prefix fuzz=$PWD/fuzz"
  export RUSTFLAGS
  cargo build --package raft-lockstep-fuzz --bins --target "$triple"
  built="$CARGO_TARGET_DIR/$triple/debug"
else
  # cargo-fuzz would add a second sanitizer. Without traced comparisons a run is three times faster.
  cargo fuzz build --release --sanitizer none --no-trace-compares
  built="$CARGO_TARGET_DIR/$triple/release"
fi

# Without `faulty`, which needs a variable that selects the fault.
for target in conformance raft_io spec codec trace; do
  cp "$built/$target" "fuzz/oss-fuzz/$target.options" "$OUT/"
done

# No dictionaries: schedules have no magic bytes, and the seeds of `trace` have the keywords of traces, so a dictionary
# found nothing more. `spec` needs no seeds.
zip -qj "$OUT/conformance_seed_corpus.zip" corpus/conformance/kept-*
cp "$OUT/conformance_seed_corpus.zip" "$OUT/codec_seed_corpus.zip"
cp "$OUT/conformance_seed_corpus.zip" "$OUT/raft_io_seed_corpus.zip"
zip -qj "$OUT/trace_seed_corpus.zip" corpus/traces/*.json corpus/traces/*.txt corpus/traces/*.tla corpus/traces/*.out
