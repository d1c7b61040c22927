#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the hart with qemu-system-riscv64 by random programs (README.md).

    random_test.py [--athena build/athena] [--seed N] [--instructions N] [--jobs N]
"""
import argparse
import itertools
import pathlib
import sys
import tempfile
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import simulators
from machines import RunError
from cases import Program
from compare import Comparison
from coverage import Coverage
from narrow import narrow

CASES = 2000  # of a program
SHARED_MEMORY = pathlib.Path("/dev/shm")  # results are large, and soon gone


@dataclass
class Outcome:
    """What one program gave."""
    instructions: int
    cases: int
    different: int
    coverage: Coverage
    lines: list[str]  # what differs
    seconds: float


def run_program(seed, arguments, folder):
    """One program on both machines."""
    start = time.monotonic()
    driver = simulators.Driver(folder)
    program = Program(seed, arguments.cases, driver.symbols)
    elf = folder / "program.elf"
    simulators.build(driver, program, elf)
    qemu = simulators.run_on_qemu(elf, len(program.cases), folder)
    ours = simulators.run_on_athena(arguments.athena, elf, len(program.cases), len(qemu.traps),
                                  folder)
    comparison = Comparison(program, driver.symbols)
    comparison.run(qemu, ours)
    coverage = Coverage()
    coverage.add(program, comparison)
    lines = []
    if comparison.differences:
        lines = describe(program, comparison.differences, driver, arguments, folder)
    return Outcome(comparison.instructions, len(program.cases), len(comparison.differences),
                   coverage, lines, time.monotonic() - start)


def describe(program, differences, driver, arguments, folder):
    lines = [f"program {program.seed}: {len(differences)} cases differ; the first:"]
    lines += [f"case {difference.case}, record {difference.trap}: {difference.text}"
              for difference in differences[:arguments.show]]
    lines += narrow(program, differences[0].case, driver, arguments.athena, folder)
    lines.append(f"again: tests/firmware/random/random_test.py --athena {arguments.athena} --seed "
                 f"{program.seed} --programs 1 --cases {arguments.cases}")
    return lines


def in_temporary_folder(seed, arguments):
    place = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        return run_program(seed, arguments, pathlib.Path(folder))


def outcomes(arguments):
    """(seed, outcome) in order of the seeds, without end; --jobs of them at a time."""
    seeds = itertools.count(arguments.seed)
    if arguments.jobs == 1:
        for seed in seeds:
            yield seed, in_temporary_folder(seed, arguments)
    with ProcessPoolExecutor(arguments.jobs) as pool:
        running = deque()
        while True:
            while len(running) < arguments.jobs:
                seed = next(seeds)
                running.append((seed, pool.submit(in_temporary_folder, seed, arguments)))
            seed, future = running.popleft()
            yield seed, future.result()


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--athena", default="build/athena")
    parser.add_argument("--seed", type=int, default=1, help="of the first program; then on by one")
    parser.add_argument("--programs", type=int, help="how many, instead of --instructions")
    parser.add_argument("--instructions", type=int, default=1_000_000,
                        help="programs until so many were compared")
    parser.add_argument("--cases", type=int, default=CASES, help="of each program")
    parser.add_argument("--show", type=int, default=3, help="differing cases to print")
    parser.add_argument("--complete", action="store_true",
                        help="ask for the coverage of a long run")
    parser.add_argument("--jobs", type=int, default=1, help="programs at a time")
    parser.add_argument("--progress", action="store_true")
    arguments = parser.parse_args()
    if not 1 <= arguments.cases <= 2500:
        parser.error("--cases: 1 to 2500")
    if not 1 <= arguments.jobs <= 64:
        parser.error("--jobs: 1 to 64")
    if not pathlib.Path(arguments.athena).is_file():
        parser.error(f"{arguments.athena}: no such program; build it, or name it with --athena")
    return arguments


def run(arguments):
    start = time.monotonic()
    programs = instructions = cases = different = 0
    coverage = Coverage()
    for seed, outcome in outcomes(arguments):
        programs += 1
        instructions += outcome.instructions
        cases += outcome.cases
        different += outcome.different
        coverage.join(outcome.coverage)
        for line in outcome.lines:
            print(line, flush=True)
        if arguments.progress:
            print(f"program {seed}: {instructions} instructions so far, {outcome.seconds:.1f} s",
                  flush=True)
        enough = (programs == arguments.programs if arguments.programs
                  else instructions >= arguments.instructions)
        if enough or different:
            break
    missing = []
    if not arguments.programs and not different:
        lines, missing = coverage.report(arguments.complete)
        print("reached:", *lines, *(f"not reached: {cell}" for cell in missing), sep="\n")
    print(f"{programs} programs from seed {arguments.seed}, {cases} cases, {instructions} "
          f"instructions compared, {time.monotonic() - start:.1f} s, {different} differences")
    return int(different != 0 or bool(missing))


def main():
    try:
        return run(parse())
    except RunError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
