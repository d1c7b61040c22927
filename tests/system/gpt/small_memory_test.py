#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gpt on boards with little memory: the bits of a larger board, or one line that says what is too small and how much is wanted.

small_memory_test.py build/athena TEXT [unittest arguments]"""
import re
import subprocess
import sys
import unittest

ATHENA = TEXT = ""
SIZES = "layers=1 heads=2 channels=64 block=32 batch=3 every=1 eval=1 sample=5 warmup=2 steps=1"
L1 = [4096 << i for i in range(6)]
SRAM = [4096 << i for i in range(8)] + [12288, 65536 + 4096]
TOO_SMALL = re.compile(r"chip: (?:[^\n]* cannot be recorded: )?a (tile's L1|shared SRAM) of (\d+) bytes is too small: [^\n:]* needs (\d+)\n")


def run_gpt(arguments, *options, board="athena-mini"):
    return subprocess.run([ATHENA, "run", board, "--firmware", "gpt", "--load", TEXT, "--append", arguments, *options], capture_output=True,
                          text=True, errors="replace", timeout=60, check=False)


def results(done):
    """What does not depend on the board."""
    return re.findall(r"(?m)^(?:(?:step|validation) .* 0x[0-9a-f]{8}|sample:\n.*)", done.stdout)


class SmallMemory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.expected = {mxfp8: results(run_gpt(f"{SIZES} mxfp8={mxfp8}")) for mxfp8 in (0, 1)}
        for lines in cls.expected.values():
            assert len(lines) == 3, lines

    def attempt(self, setting, mxfp8, board):
        """Whether there was memory enough."""
        done = run_gpt(f"{SIZES} mxfp8={mxfp8}", "--set", setting, board=board)
        if done.returncode == 0:
            self.assertEqual(results(done), self.expected[mxfp8])
            return True
        said = TOO_SMALL.fullmatch(done.stdout)
        self.assertTrue(done.returncode == 1 and said, f"status {done.returncode}: {done.stdout}{done.stderr}")
        self.assertEqual(said[2], setting.split("=")[1])
        self.assertGreater(int(said[3]), int(said[2]))
        return False

    def walk(self, key, values):
        for board in ("athena-mini", "athena-1"):
            for mxfp8 in (0, 1):
                fits = []
                for value in sorted(values):
                    with self.subTest(board=board, mxfp8=mxfp8, value=value):
                        fits.append(self.attempt(f"{key}={value}", mxfp8, board))
                self.assertEqual(fits, sorted(fits), f"{board}: more of {key} is not better")
                self.assertEqual((fits[0], fits[-1]), (False, True))

    def test_l1(self):
        self.walk("tile.l1_bytes", L1)

    def test_sram(self):
        self.walk("sram.size", SRAM)

    def test_what_is_said_is_enough(self):
        """Following the lines leads to a board that runs."""
        for mxfp8 in (0, 1):
            for key in ("tile.l1_bytes", "sram.size"):
                size = 4096
                for _ in range(12):
                    done = run_gpt(f"{SIZES} mxfp8={mxfp8}", "--set", f"{key}={size}")
                    if done.returncode == 0:
                        break
                    size = -(-int(TOO_SMALL.fullmatch(done.stdout)[3]) // 4096) * 4096
                    if key == "tile.l1_bytes":
                        size = 1 << (size - 1).bit_length()
                self.assertEqual(results(done), self.expected[mxfp8], done.stdout)

    def test_a_product_too_deep_for_its_tile_to_round(self):
        words = "layers=1 heads=16 channels=1024 block=16 batch=1 vocabulary=100 steps=1 sample=0"
        expected = results(run_gpt(words))
        self.assertEqual(len(expected), 1)
        self.assertEqual(results(run_gpt(words, "--set", "tile.l1_bytes=131072")), expected)


if __name__ == "__main__":
    ATHENA, TEXT = sys.argv[1:3]
    del sys.argv[1:3]
    unittest.main()
