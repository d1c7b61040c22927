#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A boot of Linux (scripts/linux) to its first program and power-off, here and on QEMU, in turn: user CPU time.

    bench_linux.py --athena ATHENA"""
import argparse
import pathlib
import subprocess

from measured import least_in_turn, user_seconds

ROUNDS = 3
APPEND = 'console=ttyS0 run="cat /proc/version"'
# What issue 6 wants, as a multiple of QEMU's time.
WANTED = {1: 1.5, 2: None, 4: 1.0, 8: None}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--athena", required=True)
    options = parser.parse_args()
    script = pathlib.Path(__file__).resolve().parents[3] / "scripts/linux"
    linux = subprocess.run([script, "--quiet"], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
    print(f"{'harts':>5} {'seconds':>8} {'QEMU':>8} {'ratio':>7} {'wanted':>7}")
    for harts, wanted in WANTED.items():
        kernel = ["--kernel", f"{linux}/Image", "--initrd", f"{linux}/initrd", "--append", APPEND]
        board = [options.athena, "run", "athena-mini", "--harts", str(harts), *kernel]
        qemu = ["qemu-system-riscv64", "-M", "virt", "-m", "256M", "-smp", str(harts), "-nographic", "-monitor", "none",
                *(option.replace("--", "-", 1) if option.startswith("--") else option for option in kernel)]
        ours, theirs = least_in_turn(ROUNDS, lambda b=board: user_seconds(b, 0), lambda q=qemu: user_seconds(q, 0))
        print(f"{harts:5} {ours:8.2f} {theirs:8.2f} {ours / theirs:7.2f} {wanted or '':>7}", flush=True)


main()
