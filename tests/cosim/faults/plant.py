# SPDX-License-Identifier: Apache-2.0
"""Copies of sources of the timed model and of the checkers, each with faults that ATHENA_FAULT=N switches on.

Usage: plant.py SOURCE_FOLDER OUTPUT_FOLDER: writes the copies. plant.py --files: their names, one a line.
plant.py --run PROGRAM: runs the suite once with each fault; every one must be found.
A fault replaces an expression, which has to be in its file once: whoever changes the file keeps the list below."""

import os
import subprocess
import sys

LIMIT_S = 240  # a run that hangs shows the fault too

# (what, file, expression, what stands there instead)
FAULTS = [
    # The timed model.
    ("moves begin in the pass's first frame", "models/tile/schedule.cpp",
     "1 + divide_up(pass.move_lines, kMoves)", "divide_up(pass.move_lines, kMoves)"),
    ("a panel takes one line too many", "models/tile/schedule.cpp",
     "frame * kFills + phase / 2 < next_fill(pass, pass.k + panel * panel_)",
     "frame * kFills + phase / 2 <= next_fill(pass, pass.k + panel * panel_)"),
    ("abort always spares the queue's head", "models/tile/timed_commands.cpp",
     "!busy_ || completes_ == cycle", "true"),
    ("a record on its way needs no room", "models/tile/timed_commands.cpp",
     "records_.size() + (completes ? 1 : 0) < config_.queue_depth", "records_.size() < config_.queue_depth"),
    ("a write of IRQ ignores byte enables", "models/tile/timed_registers.cpp",
     "~(value & bits)", "~value"),
    # The checkers.
    ("bytes of L1 and of reads are not compared", "models/tile/byte_difference.cpp",
     "offset ? wrong_byte(place, address + *offset, rtl, model, *offset) : std::nullopt", "Difference()"),
    ("results are not compared", "models/tile/byte_difference.cpp",
     "offset ? wrong_result(c, *offset, rtl, model) : std::nullopt", "Difference()"),
    ("statuses are not compared", "models/tile/reference.cpp",
     "record.completion.status != expected.status", "false"),
    ("registers are not compared at completions", "models/tile/tile_pair.cpp",
     "rtl != model", "false"),
    ("cycles under stalls are not compared", "sim/cosim/stall_check.cpp",
     "found != formula", "false"),
    ("statuses are not compared with the plan's", "sim/cosim/plan.cpp",
     "status == planned.status.value_or(status)", "true"),
]


def copies(source):
    texts = {}
    for number, (_, file, old, new) in enumerate(FAULTS, 1):
        if file not in texts:
            with open(os.path.join(source, file), encoding="utf-8") as stream:
                texts[file] = '#include "cosim/faults/fault.h"\n' + stream.read()
        if texts[file].count(old) != 1:
            sys.exit(f"{file}: '{old}' is there {texts[file].count(old)} times; fault {number} of plant.py wants it once")
        texts[file] = texts[file].replace(old, f"(athena::test::fault({number}) ? ({new}) : ({old}))")
    return texts


def plant(source, output):
    for file, text in copies(source).items():
        with open(os.path.join(output, os.path.basename(file)), "w", encoding="utf-8") as stream:
            stream.write(text)


def is_found(program, number):
    environment = dict(os.environ, ATHENA_FAULT=str(number))
    try:
        done = subprocess.run([program, "--abort", "~modes*"], env=environment, timeout=LIMIT_S, check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def run(program):
    if is_found(program, 0):
        sys.exit("the suite fails without any fault")
    missed = 0
    for number, (what, file, _, _) in enumerate(FAULTS, 1):
        found = is_found(program, number)
        missed += not found
        print(f"{'found ' if found else 'MISSED'} {number:2} {file}: {what}", flush=True)
    print(f"{len(FAULTS) - missed} of {len(FAULTS)} faults found")
    sys.exit(missed != 0)


if __name__ == "__main__":
    if sys.argv[1] == "--files":
        print("\n".join(sorted({file for _, file, _, _ in FAULTS})))
    elif sys.argv[1] == "--run":
        run(sys.argv[2])
    else:
        plant(sys.argv[1], sys.argv[2])
