#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A training step of nanoGPT's CPU configuration, --fidelity timed against functional: CPU time of the host, measured in turns on one
thread; medians.

Usage: bench_timed_step.py build/athena"""
import os
import statistics
import subprocess
import sys

GOAL = 30  # times
ROUNDS = 3
BOARDS = ("athena-mini", "athena-1")


def cpu_seconds(athena, board, fidelity, steps):
    before = os.times()
    subprocess.run([athena, "run", board, "--threads", "1", "--firmware", "gpt", "--fidelity", fidelity, "--append",
                    f"steps={steps} eval=0 sample=0"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def step(athena, board, fidelity, steps):
    """Of one step, without the start."""
    return (cpu_seconds(athena, board, fidelity, steps) - cpu_seconds(athena, board, fidelity, 0)) / steps


def main():
    athena = sys.argv[1]
    for board in BOARDS:
        functional, timed = [], []
        for _ in range(ROUNDS):
            functional.append(step(athena, board, "functional", 10))
            timed.append(step(athena, board, "timed", 1))
        ratio = statistics.median(timed) / statistics.median(functional)
        print(f"{board:12} functional {1000 * statistics.median(functional):6.1f} ms a step, timed {1000 * statistics.median(timed):7.1f} ms: "
              f"{ratio:.1f} times (goal: at most {GOAL})", flush=True)


if __name__ == "__main__":
    main()
