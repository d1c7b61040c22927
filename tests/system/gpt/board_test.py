#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs gpt on boards and the reference on the host and compares what they print, losses and norms by their bits, and the last step's
gradients, every bit of them.

board_test.py [--board B]... [--option "OPTIONS OF RUN"] ATHENA REFERENCE TEXT|- [key=value ...]"""
import argparse
import difflib
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

CHECKPOINT = re.compile(r"^gpt: checkpoint by --save FILE@(0x[0-9a-f]+):(\d+)$", re.MULTILINE)


def run(command):
    print("+", shlex.join(command), flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.stdout.buffer.write(done.stdout + done.stderr)
        sys.exit(f"exit status {done.returncode}")
    return done.stdout.decode("latin-1").replace("\r\n", "\n")


def results(text):
    """What does not depend on the board: without speeds and the checkpoint's place."""
    return re.sub(r"(?m)^(step .*), \d+ tokens/s, .*$", r"\1", CHECKPOINT.sub("", text)).replace("\n\n", "\n").splitlines()


def compare(what, expected, actual):
    difference = list(difflib.unified_diff(results(expected), results(actual), "reference", what, lineterm=""))
    if difference:
        sys.exit("\n".join(difference))


def gradients_of(dump, steps):
    """Of the last step: a step is parameters, gradients, loss."""
    data = dump.read_bytes()
    size = len(data) // steps
    half = (size - 4) // 2
    return data[-size + half:-4]


def check_gradients(command, first_run, expected, folder, what):
    """They lie behind the checkpoint, at the next multiple of 64."""
    address, length = CHECKPOINT.search(first_run).groups()
    place = int(address, 16) + (int(length) + 63) // 64 * 64
    saved = folder / "gradients"
    run([*command, "--save", f"{saved}@{place:#x}:{len(expected)}"])
    if saved.read_bytes() != expected:
        sys.exit(f"{what}: the gradients differ")
    print(f"{what}: {len(expected) // 4} gradients are the same bits")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--board", action="append")
    parser.add_argument("--option", default="")
    parser.add_argument("--gradients", action="store_true")
    parser.add_argument("athena")
    parser.add_argument("reference")
    parser.add_argument("text")
    parser.add_argument("arguments", nargs="*", metavar="key=value")
    args = parser.parse_args()
    steps = int(dict(word.split("=") for word in args.arguments)["steps"])

    with tempfile.TemporaryDirectory(prefix="athena-gpt-") as name:
        folder = pathlib.Path(name)
        dump = folder / "dump"
        words = ["--dump", str(dump)] if args.gradients else []
        expected = run([args.reference, *words, args.text, *args.arguments])
        for board in args.board or ["athena-mini"]:
            command = [args.athena, "run", board, "--firmware", "gpt", "--append", " ".join(args.arguments), *shlex.split(args.option)]
            if args.text != "-":
                command += ["--load", args.text]
            actual = run(command)
            compare(board, expected, actual)
            if args.gradients:
                check_gradients(command, actual, gradients_of(dump, steps), folder, board)
    print(expected)


if __name__ == "__main__":
    main()
