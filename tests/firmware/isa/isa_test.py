#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the hart with qemu-system-riscv64 by directed programs (README.md).

    isa_test.py [--athena build/athena] [--slow] [PROGRAM…]
"""
import argparse
import pathlib
import sys
import tempfile
import time

import csrs
import floating
import integer
import memory
import modes
import paging
import pmp
import pmp_corners
import steps
import triggers
from machines import Image, RunError, run_on_athena, run_on_qemu

PROGRAMS = {
    "integer": integer.program,
    "floating": floating.basic,
    "floating_pairs": floating.sums,
    "floating_fused": floating.products,
    "memory": memory.program,
    **{name: (lambda slow, name=name, chosen=chosen: steps.compressed(name, chosen))
       for name, chosen in steps.COMPRESSED.items()},
    "fields": steps.fields,
    "opcodes": steps.opcodes,
    "paging": lambda slow: paging.program(paging.SV39),
    "paging48": lambda slow: paging.program(paging.SV48),
    "pmp": pmp.program,
    "modes": modes.program,
    "csrs": csrs.program,
    "triggers": triggers.program,
    "pmp_corners": pmp_corners.program,
}

def run(name, arguments, folder):
    program = PROGRAMS[name](arguments.slow)
    image = Image(program, folder)
    start = time.monotonic()
    expected = run_on_qemu(image, folder)
    by_qemu = time.monotonic() - start
    text = f"{name}: {program.comparisons} values, QEMU {by_qemu:.1f} s"
    count = 0
    if not arguments.qemu_only:
        start = time.monotonic()
        actual = run_on_athena(arguments.athena, image, folder)
        text += f", athena {time.monotonic() - start:.1f} s"
        lines, count = program.report(expected, actual)
        print("\n".join(lines), end="\n" if lines else "")
    print(f"{text}, {count} differences")
    return count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", nargs="*", metavar="PROGRAM", help=", ".join(PROGRAMS))
    parser.add_argument("--athena", default="build/athena")
    parser.add_argument("--slow", action="store_true", help="larger tables of operands")
    parser.add_argument("--qemu-only", action="store_true", help="run QEMU, compare nothing")
    parser.add_argument("--keep", type=pathlib.Path, help="folder for programs and results")
    arguments = parser.parse_args()
    failed = False
    for name in arguments.programs or PROGRAMS:
        if name not in PROGRAMS:
            parser.error(f"no program {name}; there are {', '.join(PROGRAMS)}")
        with tempfile.TemporaryDirectory() as temporary:
            folder = arguments.keep or pathlib.Path(temporary)
            try:
                failed |= run(name, arguments, folder) != 0
            except RunError as error:
                print(f"{name}: {error}", file=sys.stderr)
                failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
