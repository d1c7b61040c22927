# SPDX-License-Identifier: Apache-2.0
"""Runs a training program on boards and its reference on the host and compares what they print, losses by their bits."""
import argparse
import difflib
import shlex
import subprocess
import sys


def parser(description):
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--board", action="append", help="athena-mini unless said")
    made.add_argument("--option", default="", help="options of athena run, as one word")
    made.add_argument("athena")
    made.add_argument("reference")
    made.add_argument("text", help="file, or - for none")
    made.add_argument("arguments", nargs="*", metavar="key=value")
    return made


def run(command):
    print("+", shlex.join(command), flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.stdout.buffer.write(done.stdout + done.stderr)
        sys.exit(f"exit status {done.returncode}")
    return done.stdout.decode("latin-1").replace("\r\n", "\n")


def reference_output(args, *options):
    return run([args.reference, *options, args.text, *args.arguments])


def commands(args, program):
    """Of each board, by its name."""
    end = ["--firmware", program, "--append", " ".join(args.arguments), *shlex.split(args.option)]
    if args.text != "-":
        end += ["--load", args.text]
    return {board: [args.athena, "run", board, *end] for board in args.board or ["athena-mini"]}


def compare(board, expected, actual):
    """Lines of the reference and of a board."""
    difference = list(difflib.unified_diff(expected, actual, "reference", board, lineterm=""))
    if difference:
        sys.exit("\n".join(difference))
