#!/bin/bash -eu
# Builds the fuzz targets for OSS-Fuzz and ClusterFuzzLite, in the environment that their builder sets:
# https://google.github.io/oss-fuzz/getting-started/new-project-guide/#buildsh
# The sanitizer comes in $RUSTFLAGS. What is to run goes to $OUT: targets, seeds, options.
# Under the licences of raft-lockstep, Apache-2.0 (http://www.apache.org/licenses/LICENSE-2.0) or MIT.

cd "$SRC/raft-lockstep"
export CARGO_TARGET_DIR="$WORK/target"
triple="$ARCHITECTURE-unknown-linux-gnu"

if [ "$SANITIZER" = coverage ]; then
  # A report shows the lines of files that are found by their full names. The builder turns `cargo fuzz build` into a
  # build that looks for src in fuzz/, where the library is not.
  RUSTFLAGS+=" -C debug-assertions=no --remap-path-prefix src=$PWD/src --remap-path-prefix fuzz=$PWD/fuzz"
  export RUSTFLAGS
  cargo build --package raft-lockstep-fuzz --bins --target "$triple"
  built="$CARGO_TARGET_DIR/$triple/debug"
else
  # Cargo-fuzz's own sanitizer would be a second one. Without comparisons traced a run is three times faster.
  cargo fuzz build --release --sanitizer none --no-trace-compares
  built="$CARGO_TARGET_DIR/$triple/release"
fi

# Not `faulty`: it wants a variable that says which fault.
for target in conformance raft_io spec codec trace; do
  cp "$built/$target" "fuzz/oss-fuzz/$target.options" "$OUT/"
done

# No dictionaries: schedules have no magic bytes, and the words of traces are in the seeds of `trace`: from these it
# found no more with a dictionary. `spec` needs no seeds.
zip -qj "$OUT/conformance_seed_corpus.zip" corpus/conformance/kept-*
cp "$OUT/conformance_seed_corpus.zip" "$OUT/codec_seed_corpus.zip"
cp "$OUT/conformance_seed_corpus.zip" "$OUT/raft_io_seed_corpus.zip"
zip -qj "$OUT/trace_seed_corpus.zip" corpus/traces/*.json corpus/traces/*.txt corpus/traces/*.tla corpus/traces/*.out
