"""Checks ClusterFuzz's crash states: one state for each cause, whatever the input.

The argument is a folder with logs of crashes, as `check` writes them.
"""

import pathlib
import re
import sys

from clusterfuzz.stacktraces import StackParser
from clusterfuzz.stacktraces.crash_comparer import CrashComparer


def main(folder):
    crashes = {}
    inputs = {}
    for path in sorted(pathlib.Path(folder).glob("*.log")):
        log = path.read_text(errors="replace")
        cause = re.search("^DEDUP_TOKEN: (.*)$", log, re.MULTILINE).group(1)
        written = re.search("Test unit written to .*-crash-(.*)$", log, re.MULTILINE).group(1)
        inputs.setdefault(cause, set()).add(written)
        crash = StackParser(fuzz_target="faulty").parse(log)
        assert crash.crash_type == "ASSERT", f"{path}: the crash type is {crash.crash_type}, expected ASSERT"
        crashes.setdefault(cause, []).append(crash.crash_state)
    states = {}
    for cause, seen in crashes.items():
        assert len(set(seen)) == 1, f"{cause} has several crash states, expected one: {set(seen)}"
        states[cause] = seen[0]
        print(f"{len(seen)} crashes, one state: {seen[0].splitlines()[0]}")
    for cause, state in states.items():
        for other, its in states.items():
            alike = cause != other and CrashComparer(state, its).is_similar()
            assert not alike, f"ClusterFuzz treats {cause} and {other} as equal"
    total = sum(map(len, crashes.values()))
    assert len(states) > 1 and total > len(states), "found too few causes or crashes to compare"
    assert any(len(of) > 1 for of in inputs.values()), "all crashes of each cause have the same input, expected several"
    print(f"{total} crashes of {len(set().union(*inputs.values()))} inputs, {len(states)} causes, {len(states)} states")


main(*sys.argv[1:])
