#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gpt's checkpoints: a resumed run has the bits of one that was never interrupted, on another board too; what cannot be resumed, parameter files
and settings that make no sense, are refused with one line.

checkpoint_test.py build/athena TEXT [unittest arguments]"""
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest

ATHENA = TEXT = ""
SIZES = "layers=2 heads=2 channels=64 block=32 batch=4"
REST = "warmup=6 every=1 eval=1 eval_every=100 sample=8"
COMPLETE = 24  # offset of the header's word


class Checkpoints(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="athena-gpt-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_gpt(self, arguments, *options, board="athena-mini"):
        return subprocess.run([ATHENA, "run", board, "--firmware", "gpt", "--load", TEXT, "--append", arguments, *options], capture_output=True,
                              text=True, errors="replace", timeout=120, check=False)

    def lines(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return re.sub(r"(?m)^(step .*), \d+ tokens/s.*$", r"\1", done.stdout).splitlines()

    def save(self, steps):
        whole = self.lines(self.run_gpt(f"steps=6 {SIZES} {REST}"))
        place = next(line.split("@")[1] for line in whole if "--save FILE@" in line)
        file = self.folder / "checkpoint"
        self.lines(self.run_gpt(f"steps={steps} {SIZES} {REST}", "--save", f"{file}@{place}"))
        return whole, file

    def test_resumes_with_the_same_bits(self):
        # Both runs are within the warm-up, which does not depend on the number of steps.
        whole, file = self.save(2)
        for board in ("athena-mini", "athena-1"):
            with self.subTest(board=board):
                rest = self.lines(self.run_gpt(f"steps=6 {SIZES} {REST}", "--load", str(file), board=board))
                self.assertIn("gpt: goes on after 2 steps", rest)
                first = whole.index(next(line for line in whole if line.startswith("step 2 ")))
                self.assertEqual(rest[-len(whole[first:]):], whole[first:])

    def refused(self, file, line, arguments=f"steps=6 {SIZES} {REST}"):
        done = self.run_gpt(arguments, "--load", str(file))
        self.assertEqual(done.returncode, 1)
        self.assertIn(line, done.stdout.splitlines())
        self.assertNotIn("step 0", done.stdout)

    def test_refuses_what_it_cannot_resume(self):
        _, file = self.save(2)
        content = file.read_bytes()
        other = self.folder / "other"
        for size in (25, 100, 4096, len(content) - 1):
            other.write_bytes(content[:size])
            with self.subTest(size=size):
                self.refused(other, "gpt: the checkpoint is cut short")
        other.write_bytes(content[:COMPLETE] + struct.pack("<I", 0) + content[COMPLETE + 4:])
        self.refused(other, "gpt: the checkpoint was taken in the middle of a step")
        self.refused(file, "gpt: the checkpoint is of 2 layers, 2 heads, 64 channels, block 32, vocabulary 73; this model is not",
                     f"steps=6 {SIZES} layers=1 {REST}")

    def test_a_parameter_file(self):
        file = self.folder / "parameters"
        file.write_text("athena-gpt 1\n# sizes\nsteps = 2   # two\nlayers=2\n heads =2\nchannels= 64\nblock=32\nbatch = 4\n" +
                        "\n".join(REST.split()) + "\n")
        self.assertEqual(self.lines(self.run_gpt("", "--load", str(file))), self.lines(self.run_gpt(f"steps=2 {SIZES} {REST}")))
        self.assertIn("step 2 ", "\n".join(self.lines(self.run_gpt("steps=3", "--load", str(file)))))  # what is said later wins
        for content, culprit in (("steps = 2 3\n", "3"), ("nonsense\n", "nonsense"), ("layers = 0\n", "layers=0"), ("rate = fast\n", "rate=fast")):
            file.write_text("athena-gpt 1\n" + content)
            with self.subTest(content=content):
                self.refused(file, f'gpt: parameter file: "{culprit}" is unknown or out of range', "steps=1")

    def test_settings_that_make_no_sense(self):
        for arguments, line in (("channels=100", "gpt: channels must be a multiple of 16 times heads"),
                                ("block=20", "gpt: block must be a multiple of 16"),
                                ("temperature=0", "gpt: temperature, clip and epsilon must be above 0, beta1 and beta2 below 1"),
                                ("layers=48 channels=16384 heads=256", "chip: HBM is exhausted: parameters needs 618525294592 bytes, 1073737728 are left"),
                                ("batch=65536", "gpt: batch times block times channels is too large")):
            with self.subTest(arguments=arguments):
                done = self.run_gpt(arguments)
                self.assertEqual((done.returncode, done.stdout.splitlines()), (1, [line]))

    def test_a_loss_out_of_bounds_ends_the_run(self):
        done = self.run_gpt(f"steps=9 rate=100000 {SIZES} warmup=0 every=100")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"gpt: the loss of step \d+ is out of bounds; lower rate")


if __name__ == "__main__":
    ATHENA, TEXT = sys.argv[1:3]
    del sys.argv[1:3]
    unittest.main()
