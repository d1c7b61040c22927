#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs charlm on the board and the reference on the host and compares what both print, losses by their bits.

board_test.py [--fidelity F] [--better] ATHENA REFERENCE TEXT [key=value ...]
With --better the validation loss must also be below the bigram table's."""
import argparse
import difflib
import re
import subprocess
import sys

LOSS = re.compile(r"^(bigram validation loss|step \d+ loss|validation loss) (\d+\.\d{4}) \[0x[0-9a-f]{8}\]$")


def run(command):
    print("+", " ".join(command), flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.stdout.buffer.write(done.stdout + done.stderr)
        sys.exit(f"exit status {done.returncode}")
    return done.stdout.decode("latin-1").replace("\r\n", "\n").splitlines()


def results(lines):
    """The lines with losses, then the sample."""
    if "sample:" not in lines:
        sys.exit("no sample in\n" + "\n".join(lines))
    start = lines.index("sample:")
    return [line for line in lines[:start] if LOSS.match(line)], lines[start + 1:]


def loss_of(name, losses):
    return next(float(found[2]) for found in map(LOSS.match, losses) if found[1] == name)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fidelity")
    parser.add_argument("--better", action="store_true")
    parser.add_argument("athena")
    parser.add_argument("reference")
    parser.add_argument("text")
    parser.add_argument("arguments", nargs="*", metavar="key=value")
    args = parser.parse_args()

    reference_losses, reference_sample = results(run([args.reference, args.text, *args.arguments]))
    board = [args.athena, "run", "athena-mini", "--firmware", "charlm", "--load", args.text,
             "--append", " ".join(args.arguments)]
    if args.fidelity:
        board += ["--fidelity", args.fidelity]
    board_losses, board_sample = results(run(board))

    difference = list(difflib.unified_diff(reference_losses + reference_sample,
                                           board_losses + board_sample, "reference", "board",
                                           lineterm=""))
    if difference:
        sys.exit("\n".join(difference))
    print("\n".join(board_losses + board_sample))
    print(f"{len(board_losses)} losses and {sum(map(len, board_sample))} characters are the same bits")
    if args.better:
        own, bigram = (loss_of(name, board_losses)
                       for name in ("validation loss", "bigram validation loss"))
        if not own < bigram:
            sys.exit(f"validation loss {own} is not below the bigram table's {bigram}")
        print(f"validation loss {own} is below the bigram table's {bigram}")


if __name__ == "__main__":
    main()
