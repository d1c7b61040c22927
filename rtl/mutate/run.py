#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the test suite against the planted faults, one at a time, and says which survive.

    run.py --faults faults.json --programs FOLDER [--reasons survivors.json] [--sample N] [--seed N] [--only N,N…]
           [--commands N] [--jobs N]

A fault is killed by a program of the suite that fails, stops at an assertion or does not end; the first one that
does ends the fault. Without any fault the suite must pass. survivors.json says of a fault (file, original, planted)
why it is equivalent. The exit status is 0 if at least 95 % of the faults that are not listed there are killed.
"""
import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

KILLED = 0.95
LIMIT = 10  # times the processor time that a program takes without a fault, and a second: then it does not end


def suite(options):
    """Quick ones first: the first that notices ends the fault."""
    folder = options.programs
    products = [] if options.sample else [[folder / "faulty_products", "--abort"]]
    return [[folder / "faulty_cosim", "1", "200"],
            [folder / "faulty_commands", "--abort"],
            [folder / "faulty_axi", "--abort"],
            [folder / "faulty_checks", "--abort"],
            [folder / "faulty_cosim", "2", str(options.commands)]] + products


def used():
    times = resource.getrusage(resource.RUSAGE_CHILDREN)
    return times.ru_utime + times.ru_stime


def run(command, fault, folder, seconds):
    limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    return subprocess.run(command, env={**os.environ, "ATHENA_MUTANT": str(fault)}, cwd=folder, preexec_fn=limit,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode


def limits_of(commands):
    """Seconds of the processor for each program, from a run without a fault."""
    limits = []
    for command in commands:
        before = used()
        if run(command, 0, None, 600) != 0:
            sys.exit(f"run.py: {command[0].name} fails without a fault")
        limits.append(1 + round(LIMIT * (used() - before)))
    return limits


def killer(fault, commands, limits):
    """The program that notices the fault and how, or None."""
    with tempfile.TemporaryDirectory() as folder:
        for command, seconds in zip(commands, limits):
            status = run(command, fault, folder, seconds)
            if status == -signal.SIGXCPU:
                return f"{command[0].name}: does not end"
            if status != 0:
                return f"{command[0].name}: status {status}"
    return None


def reason_of(fault, reasons):
    keys = ("file", "original", "planted")
    return next((entry["reason"] for entry in reasons if all(entry[key] == fault[key] for key in keys)), None)


def try_out(fault, reasons, commands, limits, verbose):
    """Whether it is killed, and whether it is listed as equivalent; a survivor is printed."""
    by = killer(fault["fault"], commands, limits)
    reason = reason_of(fault, reasons)
    if by is None:
        line = "survivor {fault}: {file}:{line}, {rule}, {target}: {original}  ->  {planted}".format(**fault)
        print(f"{line}\n    {reason or 'NO REASON is listed'}", flush=True)
    elif verbose or reason:
        print("{fault}: {file}:{line}, {rule}: ".format(**fault) + by, flush=True)
    return by is not None, reason is not None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--faults", type=Path, required=True)
    parser.add_argument("--programs", type=Path, required=True)
    parser.add_argument("--reasons", type=Path, help="why survivors are equivalent")
    parser.add_argument("--verbose", action="store_true", help="what kills each fault, too")
    parser.add_argument("--sample", type=int, help="that many of them, chosen by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="these")
    parser.add_argument("--commands", type=int, default=3000)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    options.programs = options.programs.resolve()

    faults = json.loads(options.faults.read_text())
    if options.only:
        wanted = {int(number) for number in options.only.split(",")}
        faults = [fault for fault in faults if fault["fault"] in wanted]
    elif options.sample:
        faults = random.Random(options.seed).sample(faults, min(options.sample, len(faults)))
    if not faults:
        sys.exit("run.py: no faults to try")
    commands = suite(options)
    limits = limits_of(commands)
    reasons = json.loads(options.reasons.read_text()) if options.reasons else []
    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda fault: try_out(fault, reasons, commands, limits, options.verbose), faults))
    killed = sum(dead for dead, _ in results)
    equivalent = sum(listed and not dead for dead, listed in results)
    rest = len(faults) - equivalent
    print(f"{killed} of {len(faults)} faults killed, {100 * killed / len(faults):.1f} %; {equivalent} survivors are "
          f"listed as equivalent, {rest - killed} are not; seed {options.seed}")
    return 0 if killed >= KILLED * rest else 1


if __name__ == "__main__":
    sys.exit(main())
