# SPDX-License-Identifier: Apache-2.0
"""Tests that run athena-mini in a folder of their own."""

import json
import pathlib
import subprocess
import tempfile
import unittest


class BoardCase(unittest.TestCase):
    PROGRAM = None  # athena

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)

    def athena(self, *options):
        return subprocess.run([self.PROGRAM, "run", "athena-mini", *options], cwd=self.path, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=100, check=False)

    def run_board(self, *options, status=0):
        """The machine's statistics."""
        result = self.athena("--stats", "stats.json", *options)
        self.assertEqual(result.returncode, status, result.stderr)
        return json.loads((self.path / "stats.json").read_text())["machine"]
