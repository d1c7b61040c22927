# SPDX-License-Identifier: Apache-2.0
"""rtl/synth/synth.py sees what it is there for: growth, latches, loops, signals with no driver or two.

Usage: rtl_synth_test.py RTL
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

RTL = pathlib.Path(sys.argv[1])
WALK = "athena_tile_walk"


class RtlSynth(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="athena-synth-")
        self.addCleanup(folder.cleanup)
        self.rtl = pathlib.Path(folder.name) / "rtl"
        shutil.copytree(RTL, self.rtl)

    def synthesise(self, *arguments, **environment):
        return subprocess.run([sys.executable, "-B", self.rtl / "synth/synth.py", *arguments], capture_output=True,
                              text=True, check=False, env={**os.environ, **environment})

    def synthesise_walk_with(self, line):
        """The module of addresses, with a line at its end."""
        file = self.rtl / f"tile/{WALK}.sv"
        text = file.read_text()
        self.assertEqual(text.count("\nendmodule"), 1)
        file.write_text(text.replace("\nendmodule", f"  {line}\nendmodule"))
        return self.synthesise("--only", WALK)

    def change_record(self, field, factor):
        file = self.rtl / "synth/figures.json"
        record = json.loads(file.read_text())
        figures = record["figures"]["2x2"][WALK]
        figures[field] = round(figures[field] * factor)
        file.write_text(json.dumps(record))

    def test_module_as_recorded(self):
        run = self.synthesise("--only", WALK)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertRegex(run.stdout, rf"(?m)^{WALK} +2 +\d+ +102 +\d+$")

    def test_modules_with_one_parameter_and_with_more(self):
        run = self.synthesise("--only", "athena_tile_queue", "--only", "athena_tile_move")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertRegex(run.stdout, r"(?m)^athena_tile_queue +1 ")
        self.assertRegex(run.stdout, r"(?m)^athena_tile_move +1 ")

    def test_more_gates_and_a_longer_path(self):
        file = self.rtl / f"tile/{WALK}.sv"
        text = file.read_text()
        self.assertEqual(text.count("line_q + ld;"), 1)
        file.write_text(text.replace("line_q + ld;", "line_q * ld;"))
        run = self.synthesise("--only", WALK)
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertRegex(run.stderr, rf"FAILED: 2x2: {WALK}: gates \d+, recorded \d+ \(\+\d+\.\d%\); undo it, or say why")
        self.assertRegex(run.stderr, rf"FAILED: 2x2: {WALK}: depth ")
        self.assertNotIn("flip-flops", run.stderr)

    def test_more_flip_flops(self):
        for factor, status in ((1 / 1.04, 0), (1 / 1.06, 1)):
            with self.subTest(factor=factor):
                shutil.copy(RTL / "synth/figures.json", self.rtl / "synth/figures.json")
                self.change_record("flip_flops", factor)
                run = self.synthesise("--only", WALK)
                self.assertEqual(run.returncode, status, run.stdout + run.stderr)
                self.assertEqual(f"{WALK}: flip-flops 102, recorded" in run.stderr, bool(status), run.stderr)

    def test_fewer_gates_are_told(self):
        self.change_record("gates", 1.5)
        run = self.synthesise("--only", WALK)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        told = re.search(rf"smaller: 2x2: {WALK}: gates (\d+), recorded (\d+) \((-\d+\.\d)%\)", run.stdout)
        self.assertIsNotNone(told, run.stdout)
        gates, recorded, growth = int(told[1]), int(told[2]), float(told[3])
        figures = json.loads((RTL / "synth/figures.json").read_text())["figures"]["2x2"][WALK]
        self.assertEqual(recorded, round(figures["gates"] * 1.5))
        self.assertAlmostEqual(growth, 100 * (gates / recorded - 1), delta=0.051)

    def test_latch(self):
        run = self.synthesise_walk_with("logic latch; always @* if (line_i) latch = base_i[0]; "
                                        "assign address_o[0] = latch;")
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertIn("latches", run.stderr)
        self.assertIn(WALK, run.stderr)

    def test_loop_of_gates(self):
        run = self.synthesise_walk_with("logic left, right; assign left = right ^ line_i; assign right = left & init_i; "
                                        "always_ff @(posedge clk_i) if (right) line_q <= '0;")
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertIn("logic loop", run.stderr)

    def test_two_drivers(self):
        run = self.synthesise_walk_with("logic twice; assign twice = line_i; assign twice = init_i; "
                                        "always_ff @(posedge clk_i) if (twice) line_q <= '0;")
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertIn("multiple conflicting drivers", run.stderr)

    def test_no_driver(self):
        run = self.synthesise_walk_with("logic open; always_ff @(posedge clk_i) if (open) line_q <= '0;")
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertIn("no driver", run.stderr)

    def test_unknown_module(self):
        run = self.synthesise("--only", "athena_tile_wlak")
        self.assertEqual(run.returncode, 2)
        self.assertIn("no module athena_tile_wlak", run.stderr)

    def test_without_yosys(self):
        run = self.synthesise("--quick", PATH=str(self.rtl))
        self.assertEqual(run.returncode, 77)
        self.assertIn("Debian package yosys", run.stderr)


if __name__ == "__main__":
    if not shutil.which("yosys"):
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
