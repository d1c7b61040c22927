#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the test suite (suite.py) against the planted faults, one at a time, and says which survive.

    run.py --faults faults.json --programs FOLDER [--reasons survivors.json] [--sample N] [--seed N] [--only N,N…]
           [--listed] [--commands N] [--cosim-seed N] [--jobs N] [--verbose]

A fault is killed by a program of the suite that fails, stops at an assertion or does not end; the first one that
does ends the fault. Without any fault the suite must pass. survivors.json says of a fault (file, target, original,
planted) why it is equivalent. The exit status is 0 if every survivor is listed there, every listed fault survives,
and, of the whole list, at least 95 % are killed.
"""
import argparse
import json
import random
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from suite import killer, limits_of, suite

KILLED = 0.95


class Reasons:
    """Why faults are equivalent. seeds: those of mutate.py that choose the fault."""

    def __init__(self, path):
        self.entries = json.loads(path.read_text()) if path else []

    @staticmethod
    def key(entry):
        return entry["file"], entry["target"], entry["original"], entry["planted"]

    def of(self, fault):
        return next((entry["reason"] for entry in self.entries if self.key(entry) == self.key(fault)), None)

    def without_fault(self, planted):
        chosen = {self.key(fault) for fault in planted["faults"]}
        return [entry for entry in self.entries
                if planted["seed"] in entry["seeds"] and self.key(entry) not in chosen]


def chosen_faults(faults, reasons, options):
    if options.only:
        wanted = {int(number) for number in options.only.split(",")}
        return [fault for fault in faults if fault["fault"] in wanted]
    if options.listed:
        return [fault for fault in faults if reasons.of(fault)]
    if options.sample:
        return random.Random(options.seed).sample(faults, min(options.sample, len(faults)))
    return faults


def try_out(fault, reason, commands, limits, verbose):
    """What kills it, or None; what is wrong with the list or new to the reader is printed."""
    by = killer(fault["fault"], commands, limits)
    line = "{fault}: {file}:{line}, {rule}, {target}: {original}  ->  {planted}".format(**fault)
    if by is None:
        print(f"survivor {line}\n    {reason or 'NO REASON is listed'}", flush=True)
    elif reason:
        print(f"LISTED as equivalent, but killed by {by}: {line}", flush=True)
    elif verbose:
        print("{fault}: {file}:{line}, {rule}: ".format(**fault) + by, flush=True)
    return by


def print_table(faults, killers):
    print(f"\n{'':34} sites  killed  survivors")
    for column in ("file", "rule"):
        sites = Counter(fault[column] for fault in faults)
        killed = Counter(fault[column] for fault, by in zip(faults, killers) if by)
        for name in sorted(sites):
            print(f"{name:34} {sites[name]:5} {killed[name]:7} {sites[name] - killed[name]:10}")
        print()
    for program, count in Counter(by.split(":")[0] for by in killers if by).most_common():
        print(f"first noticed by {program:17} {count:5}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--faults", type=Path, required=True)
    parser.add_argument("--programs", type=Path, required=True)
    parser.add_argument("--reasons", type=Path, help="why survivors are equivalent")
    parser.add_argument("--verbose", action="store_true", help="what kills each fault, too")
    parser.add_argument("--sample", type=int, help="that many of them, chosen by the seed")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--only", help="these")
    parser.add_argument("--listed", action="store_true", help="those that are listed as equivalent")
    parser.add_argument("--commands", type=int, default=1500, help="of the longer co-simulation")
    parser.add_argument("--cosim-seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    return parser.parse_args()


def main():
    options = arguments()
    planted = json.loads(options.faults.read_text())
    reasons = Reasons(options.reasons)
    faults = chosen_faults(planted["faults"], reasons, options)
    whole = faults is planted["faults"]
    if not faults:
        sys.exit("run.py: no faults to try")
    commands = suite(options.programs.resolve(), options.cosim_seed, options.commands)
    limits = limits_of(commands)
    listed = [reasons.of(fault) for fault in faults]
    with ThreadPoolExecutor(options.jobs) as pool:
        killers = list(pool.map(lambda fault, reason: try_out(fault, reason, commands, limits, options.verbose),
                                faults, listed))

    gone = reasons.without_fault(planted)
    for entry in gone:
        print(f"LISTED as equivalent, but not planted: {entry['file']}: {entry['planted']}")
    print_table(faults, killers)
    killed = sum(by is not None for by in killers)
    unlisted = sum(by is None and not reason for by, reason in zip(killers, listed))
    stale = len(gone) + sum(by is not None and bool(reason) for by, reason in zip(killers, listed))
    print(f"\n{killed} of {len(faults)} faults killed, {100 * killed / len(faults):.1f} %; of {len(faults) - killed} survivors "
          f"{unlisted} are not listed; {stale} of the list are stale; faults of seed {planted['seed']}")
    return 1 if unlisted or stale or (whole and killed < KILLED * len(faults)) else 0


if __name__ == "__main__":
    sys.exit(main())
