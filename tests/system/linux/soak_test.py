#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The soak test of linux/programs/soak with several harts and a drive, each run repeated: all its
invariants hold, the drive is whole, and output, instructions and statistics are the same each time.

    PYTHONPATH=tests/system/boot soak_test.py --athena build/athena --rounds 8 --harts 4 --runs 2
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import linux_test

sys.dont_write_bytecode = True

WRITERS, SIZE = 3, 96 << 10  # of linux/programs/soak/files.c
PARTS = ("locks", "signals", "pipes", "mappings", "code", "files")
ARGUMENTS = None


class Soak(unittest.TestCase):
    def soak(self, folder, blank, harts, threads):
        """Console, statistics and drive of a run."""
        drive, stats = folder / "drive.img", folder / "stats.json"
        shutil.copyfile(blank, drive)
        lines = f"mount /dev/vda /mnt;soak {ARGUMENTS.rounds} /mnt;umount /mnt"
        done = subprocess.run(
            linux_test.command("--harts", str(harts), "--drive", str(drive), "--stats", str(stats), "--threads", str(threads),
                               "--max-time", "100s", append=f'quiet run="{lines}"'),
            stdin=subprocess.DEVNULL, capture_output=True, timeout=1800)
        said = done.stdout.decode(errors="replace").replace("\r", "")
        self.assertEqual((done.returncode, done.stderr), (0, b""), said[-2000:])
        return said, json.loads(stats.read_text())["machine"], drive.read_bytes()

    def check_output(self, said, harts):
        for part in PARTS:
            self.assertRegex(said, rf"(?m)^soak: {part}: [1-9]")
        self.assertIn(f"\nsoak: {harts} harts, {ARGUMENTS.rounds} rounds: all held\n", said)
        writes = int(re.search(r"soak: mappings: .* (\d+) writes", said).group(1))
        self.assertGreater(writes, 0)

    def check_drive(self, folder):
        drive = folder / "drive.img"
        done = subprocess.run(["/sbin/e2fsck", "-fn", drive], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for writer in range(WRITERS):
            done = subprocess.run(["/sbin/debugfs", "-R", f"cat /soak.{writer}", drive], capture_output=True)
            self.assertEqual(done.stdout, bytes((7 * i + writer) % 251 for i in range(SIZE)), done.stderr)

    def test_all_held_and_the_same_each_time(self):
        for harts in ARGUMENTS.harts:
            with self.subTest(harts=harts), tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                blank = folder / "blank.img"
                with open(blank, "wb") as file:
                    file.truncate(16 << 20)
                subprocess.run(["/sbin/mkfs.ext4", "-q", blank], check=True)
                first = self.soak(folder, blank, harts, threads=1)
                self.check_output(first[0], harts)
                self.check_drive(folder)
                self.assertEqual(len(first[1]["harts"]), harts)
                for threads in range(2, ARGUMENTS.runs + 1):
                    again = self.soak(folder, blank, harts, threads)
                    for one, other in zip(first, again):
                        self.assertEqual(one, other)


def main():
    global ARGUMENTS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--harts", type=int, nargs="+", default=[4])
    parser.add_argument("--runs", type=int, default=2, help="each with another number of host threads")
    ARGUMENTS, rest = linux_test.parse(parser)
    unittest.main(argv=rest)


if __name__ == "__main__":
    main()
