#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the athena program and checks its exit status, the guest's console, and what it says itself.

run_on_board.py [--status N] [--expect REGEX]... [--forbid REGEX]... [--log REGEX]... -- ATHENA ARGUMENT...
Expressions are searched in the console's text in the given order, each after the one before; those
of --log in the standard error stream."""
import argparse
import re
import subprocess
import sys


def missing(patterns, text):
    """Those that are not found in this order."""
    problems = []
    position = 0
    for pattern in patterns:
        found = re.compile(pattern, re.MULTILINE).search(text, position)
        if found is None:
            problems.append(f"not found: {pattern}")
        else:
            position = found.end()
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--status", type=int, default=0)
    parser.add_argument("--expect", action="append", default=[], metavar="REGEX")
    parser.add_argument("--forbid", action="append", default=[], metavar="REGEX")
    parser.add_argument("--log", action="append", default=[], metavar="REGEX")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    command = args.command[1:] if args.command[:1] == ["--"] else args.command

    print("+", " ".join(command), flush=True)
    done = subprocess.run(command, capture_output=True, check=False)
    text = done.stdout.decode("latin-1").replace("\r\n", "\n")
    print(text, end="")
    print(done.stderr.decode("latin-1"), end="", file=sys.stderr)

    problems = []
    if done.returncode != args.status:
        problems.append(f"exit status {done.returncode}, expected {args.status}")
    problems += missing(args.expect, text)
    problems += missing(args.log, done.stderr.decode("latin-1"))
    problems += [f"found: {pattern}" for pattern in args.forbid if re.search(pattern, text)]
    sys.exit("\n".join(problems) if problems else 0)


if __name__ == "__main__":
    main()
