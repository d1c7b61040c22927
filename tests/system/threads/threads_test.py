#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""--threads changes neither console nor statistics of the machine; wrong numbers are refused.

Usage: threads_test.py build/athena [unittest arguments]"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

ATHENA = ""


def run(threads, *arguments):
    return run_board(threads, "athena-mini", "--set", "tile.count=4", "--fidelity", "rtl", *arguments)


def run_board(threads, board, *arguments):
    with tempfile.TemporaryDirectory() as folder:
        stats = os.path.join(folder, "stats.json")
        command = [ATHENA, "run", board, "--threads", threads, "--stats", stats, *arguments]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        machine = None
        if done.returncode == 0:
            with open(stats, encoding="utf-8") as file:
                machine = json.load(file)["machine"]
        return done, machine


class Threads(unittest.TestCase):
    def test_same_console_and_statistics(self):
        for tile in ("0", "3"):
            arguments = ("--firmware", "gemm", "--append", f"m=100 n=70 k=200 tile={tile}")
            one, machine = run("1", *arguments)
            self.assertEqual(one.returncode, 0, one.stderr)
            for threads in ("2", "5"):
                many, same = run(threads, *arguments)
                self.assertEqual(many.stdout, one.stdout)
                self.assertEqual(same, machine)
            self.assertEqual(machine["cluster0"][f"tile{tile}"]["commands"], 1)

    def test_kernels(self):
        for board in ("athena-mini", "athena-1"):
            arguments = ("--firmware", "gpt", "--append", "steps=3 every=1 layers=2 eval=1 sample=5")
            one, machine = run_board("1", board, *arguments)
            self.assertEqual(one.returncode, 0, one.stderr)
            for threads in ("2", "5"):
                many, same = run_board(threads, board, *arguments)
                self.assertEqual(many.stdout, one.stdout)
                self.assertEqual(same, machine)
            self.assertGreater(machine["cluster0"]["vector0"]["commands"], 0)

    def test_wrong_numbers(self):
        for threads in ("0", "-1", "257", "two", ""):
            with self.subTest(threads=threads):
                done, _ = run(threads, "--firmware", "hello")
                self.assertEqual(done.returncode, 2)
                self.assertIn(b"--threads", done.stderr)
                self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)


if __name__ == "__main__":
    ATHENA = sys.argv.pop(1)
    unittest.main()
