#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hbm_run prints what published simulators measured, the commands of models/memory/README.md work, and bad options are refused.

Usage: hbm_run_test.py build/tests/bench/hbm/hbm_run [unittest arguments]"""
import csv
import io
import os
import re
import subprocess
import sys
import unittest

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
HBM_RUN = ""


def run(*arguments):
    return subprocess.run([HBM_RUN, *arguments], text=True, capture_output=True, timeout=60)


def row(*arguments):
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 1
    return rows[0]


class HbmRun(unittest.TestCase):
    def test_a_line_of_the_reference(self):
        # DRAMsim3 (commit 2981759): rorabgbachco,open,seq_read,1,per_channel,full,0.9193,29.417,145.56,555,1,0.9671,179260,0,5999
        line = row("channels=1", "stream=seq")
        self.assertEqual(line["mapping"], "rorabgbachco")
        self.assertEqual(line["stream"], "seq_read")
        self.assertEqual(line["offered_fraction_of_peak"], "full")
        self.assertAlmostEqual(float(line["achieved_fraction_of_peak"]), 0.9193, delta=0.01)
        self.assertAlmostEqual(float(line["achieved_GB_per_s"]), 29.417, delta=0.3)
        self.assertAlmostEqual(float(line["avg_read_latency_cycles"]), 145.56, delta=3)
        self.assertAlmostEqual(int(line["read_cmds"]), 179260, delta=1800)
        self.assertAlmostEqual(int(line["act_cmds"]), 5999, delta=60)

    def test_a_load(self):
        line = row("channels=1", "stream=rand", "load=0.1")
        self.assertEqual((line["stream"], line["saturated"]), ("rand64_read", "0"))
        self.assertAlmostEqual(float(line["avg_read_latency_cycles"]), 69.02, delta=6.9)

    def test_the_same_seed_gives_the_same_line_and_another_does_not(self):
        arguments = ("stream=rand", "reads=60", "cycles=20000")
        self.assertEqual(row(*arguments, "seed=5"), row(*arguments, "seed=5"))
        self.assertNotEqual(row(*arguments, "seed=5"), row(*arguments, "seed=6"))

    def test_commands_of_the_page(self):
        with open(os.path.join(ROOT, "models/memory/README.md"), encoding="utf-8") as page:
            commands = re.findall(r"^    build/tests/bench/hbm/hbm_run (.*)$", page.read(), re.M)
        self.assertGreater(len(commands), 2)
        for command in commands:
            with self.subTest(command=command):
                row(*re.sub(r"\s+#\s.*$", "", command).split())

    def test_help_names_every_parameter(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("stream=", "faw", "refib", "channel_interleave", "hbm2e-16gb"):
            self.assertIn(word, done.stdout)

    def test_bad_options_are_refused(self):
        for arguments, reason in (
                (("nonsense",), "'nonsense' is not KEY=VALUE"),
                (("speed=3",), "unknown HBM parameter 'speed'"),
                (("faw=x",), "faw is 'x', not a number"),
                (("ras=3",), "ras is 3, less than rcdrd, which is 14"),
                (("channels=3",), "channels is 3, not a power of two"),
                (("mapping=roco",), "mapping 'roco': covers 0 of the 2 bits of 'bg'"),
                (("load=2",), "load is 2, not full or between 0 and 1"),
                (("load=nan",), "load is nan, not full or between 0 and 1"),
                (("reads=101",), "reads is more than 100 per cent"),
                (("cycles=0",), "cycles is not between 1 and 1000000000"),
                (("block_bytes=0",), "block_bytes is 0"),
                (("block_bytes=48",), "block_bytes is not a power of two"),
                (("stream=zigzag",), "stream is 'zigzag', not one of seq, rand, stride, several"),
                (("span=1",), "span is less than a block"),
                (("--preset",), "unknown preset ''"),
                (("--preset", "ddr4"), "unknown preset 'ddr4'")):
            with self.subTest(arguments=arguments):
                done = run(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertEqual(done.stderr, f"hbm_run: {reason} (--help lists the options)\n")


if __name__ == "__main__":
    HBM_RUN = os.path.abspath(sys.argv.pop(1))
    unittest.main()
