#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""charlm on boards against its reference. With --better the validation loss must also be below the bigram table's."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "training"))
import board  # noqa: E402

LOSS = re.compile(r"^(bigram validation loss|step \d+ loss|validation loss) (\d+\.\d{4}) \[0x[0-9a-f]{8}\]$")


def results(text):
    """The lines with losses, then the sample."""
    lines = text.splitlines()
    if "sample:" not in lines:
        sys.exit("no sample in\n" + text)
    start = lines.index("sample:")
    return [line for line in lines[:start] if LOSS.match(line)] + lines[start:]


def loss_of(name, lines):
    return next(float(found[2]) for found in map(LOSS.match, lines) if found and found[1] == name)


def main():
    parser = board.parser(__doc__)
    parser.add_argument("--better", action="store_true")
    args = parser.parse_args()
    expected = results(board.reference_output(args))
    for name, command in board.commands(args, "charlm").items():
        actual = results(board.run(command))
        board.compare(name, expected, actual)
    print("\n".join(expected))
    if args.better:
        own, bigram = (loss_of(name, expected) for name in ("validation loss", "bigram validation loss"))
        if not own < bigram:
            sys.exit(f"validation loss {own} is not below the bigram table's {bigram}")
        print(f"validation loss {own} is below the bigram table's {bigram}")


if __name__ == "__main__":
    main()
