#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A training whose tile changes its fidelity on the way prints the same losses, bit for bit, and leaves the same statistics.

Usage: swap_test.py build/athena [unittest arguments]"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

ATHENA = ""
TILE = ("cluster0", "tile0")


def train(arguments, fidelity):
    """What the console shows, and the machine's statistics."""
    with tempfile.TemporaryDirectory() as folder:
        stats = os.path.join(folder, "stats.json")
        command = [ATHENA, "run", "athena-mini", "--firmware", "charlm", "--append", arguments,
                   "--fidelity", fidelity, "--stats", stats]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise AssertionError(f"status {done.returncode}\n{done.stderr.decode()}")
        with open(stats, encoding="utf-8") as file:
            return done.stdout, json.load(file)["machine"]


def take(machine):
    """Takes out what may differ: time, in which the RTL's port waits, and what swaps add."""
    tile = machine[TILE[0]][TILE[1]]
    machine.pop("time_ps")
    for hart in machine["harts"]:
        hart.pop("cycles")
    return tile.pop("swaps", 0), tile.pop("lockstep", None)


class Swap(unittest.TestCase):
    def compare(self, arguments, fidelity):
        expected_console, expected = train(arguments, "functional")
        console, machine = train(arguments, fidelity)
        self.assertEqual(console, expected_console)
        take(expected)
        swaps, lockstep = take(machine)
        self.assertEqual(machine, expected)
        return swaps, lockstep

    def test_several_swaps_in_a_short_training(self):
        swaps, lockstep = self.compare(
            "steps=10 every=1 eval=256 sample=20",
            "cluster0.tile0=rtl,functional@7,lockstep@20,rtl@+11,lockstep@50,functional@+3")
        self.assertEqual(swaps, 5)
        self.assertEqual(lockstep, {"commands": 14, "equal_cycles": 14})

    def test_step_900_of_a_training_in_lockstep(self):
        # Six products a step.
        swaps, lockstep = self.compare(
            "steps=905 every=100 eval=32 sample=5 batch=8 ctx=3 emb=8 hidden=16",
            "cluster0.tile0=functional,lockstep@5400,functional@+30")
        self.assertEqual(swaps, 2)
        self.assertEqual(lockstep, {"commands": 30, "equal_cycles": 30})


if __name__ == "__main__":
    ATHENA = sys.argv.pop(1)
    unittest.main()
