#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gpt on boards against its reference, norms by their bits too. With --gradients also the last step's gradients, every bit of them."""
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "training"))
import board  # noqa: E402

CHECKPOINT = re.compile(r"^gpt: checkpoint by --save FILE@(0x[0-9a-f]+):(\d+)$", re.MULTILINE)


def results(text):
    """What does not depend on the board: without speeds and the checkpoint's place."""
    return re.sub(r"(?m)^(step .*), \d+ tokens/s, .*$", r"\1", CHECKPOINT.sub("", text)).replace("\n\n", "\n").splitlines()


def gradients_of(dump, steps):
    """Of the last step: a step is parameters, gradients, loss."""
    data = dump.read_bytes()
    size = len(data) // steps
    half = (size - 4) // 2
    return data[-size + half:-4]


def check_gradients(command, first_run, expected, folder, name):
    """They lie behind the checkpoint, at the next multiple of 64."""
    address, length = CHECKPOINT.search(first_run).groups()
    place = int(address, 16) + (int(length) + 63) // 64 * 64
    saved = folder / "gradients"
    board.run([*command, "--save", f"{saved}@{place:#x}:{len(expected)}"])
    if saved.read_bytes() != expected:
        sys.exit(f"{name}: the gradients differ")
    print(f"{name}: {len(expected) // 4} gradients are the same bits")


def main():
    parser = board.parser(__doc__)
    parser.add_argument("--gradients", action="store_true")
    args = parser.parse_args()
    steps = int(dict(word.split("=") for word in args.arguments)["steps"])

    with tempfile.TemporaryDirectory(prefix="athena-gpt-") as folder_name:
        folder = pathlib.Path(folder_name)
        dump = folder / "dump"
        expected = board.reference_output(args, *(["--dump", str(dump)] if args.gradients else []))
        for name, command in board.commands(args, "gpt").items():
            actual = board.run(command)
            board.compare(name, results(expected), results(actual))
            if args.gradients:
                check_gradients(command, actual, gradients_of(dump, steps), folder, name)
    print(expected)


if __name__ == "__main__":
    main()
