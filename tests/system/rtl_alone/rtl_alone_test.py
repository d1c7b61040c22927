# SPDX-License-Identifier: Apache-2.0
"""rtl/ alone: a copy of the folder lints, passes its own testbench, and fails it with a mistake planted.

Usage: rtl_alone_test.py RTL GENERATED
"""
import filecmp
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

RTL, GENERATED = (pathlib.Path(argument) for argument in sys.argv[1:3])
SMALL = ["-GRows=4", "-GCols=4", "-GL1Bytes=65536", "-GQueueDepth=4"]


class RtlAlone(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="athena-rtl-")
        self.addCleanup(folder.cleanup)
        self.rtl = pathlib.Path(folder.name) / "rtl"
        shutil.copytree(RTL, self.rtl)

    def run_there(self, *command):
        return subprocess.run(command, cwd=self.rtl, capture_output=True, text=True, check=False)

    def test_register_files_are_those_that_the_generator_writes(self):
        names = sorted(path.name for path in self.rtl.glob("regs/*.sv"))
        self.assertTrue(names)
        for name in names:
            self.assertTrue(filecmp.cmp(self.rtl / "regs" / name, GENERATED / name, shallow=False),
                            f"cp {GENERATED / name} rtl/regs/")

    def test_lint(self):
        lint = self.run_there("./lint")
        self.assertEqual(lint.returncode, 0, lint.stderr)

    def test_testbench_passes(self):
        bench = self.run_there("testbench/run", *SMALL)
        self.assertEqual(bench.returncode, 0, bench.stdout + bench.stderr)
        self.assertIn("162 products, all tests passed", bench.stdout)

    def test_testbench_sees_a_mistake(self):
        file = self.rtl / "tile" / "athena_fma_functions.svh"
        text = file.read_text()
        sticky = "(((shifted << shift[4:0]) != small_man) ? 32'd1 : 32'd0)"
        self.assertEqual(text.count(sticky), 1)
        file.write_text(text.replace(sticky, "32'd0"))
        bench = self.run_there("testbench/run", *SMALL)
        self.assertEqual(bench.returncode, 1, bench.stdout + bench.stderr)
        self.assertIn("FAILED: L1 byte", bench.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
