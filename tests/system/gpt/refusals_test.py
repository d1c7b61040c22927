#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gpt's reference refuses what makes no sense, with one line and exit status 2.

refusals_test.py REFERENCE TEXT [unittest arguments]"""
import subprocess
import sys
import unittest

REFERENCE = TEXT = ""
NOT_NEGATIVE = ("rate", "rate_end", "decay", "beta1", "beta2")
UNREADABLE = ("steps=abc", "steps=", "steps=-1", "steps=3x", "steps", "rate=fast", "temperature=nan", "every=0", "eval_every=0", "layers=0",
              "layers=49", "heads=0", "shares=0", "batch=0", "channels=4294967312", "nonsense=1", "seed=18446744073709551616")


class Refusals(unittest.TestCase):
    def refused(self, line, *words):
        with self.subTest(words=words):
            done = subprocess.run([REFERENCE, *words], capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (2, "", line + "\n"))

    def test_words_it_cannot_read(self):
        for word in UNREADABLE:
            self.refused(f'gpt_reference: "{word}" is unknown or out of range', TEXT, "steps=1", word)

    def test_settings_that_make_no_sense(self):
        for word, line in (("channels=100", "channels must be a multiple of 16 times heads"),
                           ("heads=4 shares=3", "heads must be a multiple of shares"),
                           ("block=20", "block must be a multiple of 16"),
                           *((f"{key}=-0.5", "rate, rate_end, decay, beta1 and beta2 must not be negative") for key in NOT_NEGATIVE),
                           ("batch=65536 channels=16384 heads=256", "batch times block times channels is too large"),
                           ("stop=2", "stop must not be above steps"),
                           ("temperature=0", "temperature, clip and epsilon must be above 0, beta1 and beta2 below 1"),
                           ("beta2=1", "temperature, clip and epsilon must be above 0, beta1 and beta2 below 1")):
            self.refused(f"gpt_reference: {line}", TEXT, "steps=1", word)

    def test_texts_and_dumps(self):
        self.refused("gpt_reference: /nowhere/text: cannot be read", "/nowhere/text", "steps=1")
        self.refused("gpt_reference: the text is too short for this block", __file__, "steps=1", "block=1024")
        self.refused("gpt_reference: vocabulary must be given where there is no text", "-", "steps=1")
        self.refused("gpt_reference: /nowhere/dump: cannot be written", "--dump", "/nowhere/dump", TEXT, "steps=1")
        self.refused("usage: gpt_reference [--dump FILE] TEXT|- key=value ...")


if __name__ == "__main__":
    REFERENCE, TEXT = sys.argv[1:3]
    del sys.argv[1:3]
    unittest.main()
