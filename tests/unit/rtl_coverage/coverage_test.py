#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""scripts/coverage's part behind the runs: merging, and that a hole needs a reason and a reason a hole.

Usage: coverage_test.py [unittest arguments]"""
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
sys.path.insert(0, os.path.join(ROOT, "rtl/coverage"))

import holes  # noqa: E402
import points  # noqa: E402
import report  # noqa: E402

ARBITER = "rtl/tile/athena_tile_arbiter.sv"
# A run of an arbiter; of its lines 1 to 4, which are comments and the module's first, 3 is not hit, and of its
# signals run_q[3], run_q[2] and read_turn_q do not change.
REASONS = {"lines": [{"file": ARBITER, "lines": ["// take turns."], "reason": "Nobody asks for both at once."}],
           "toggles": [{"file": ARBITER, "signals": ["run_q[3:2]", "read_turn_q"], "reason": "The core runs for 3 cycles only."}],
           "bins": [{"names": ["M=1 N=1"], "reason": "A pair that is too rare here."}]}
BINS = "M=1 N=1 0\nM=1 N=2 7\nM=0 order=one by one 0 excluded: none above 1024\n"


def point(page, name, count, lines="", file=ARBITER, line=7, instance="TOP.athena_tile.u_arbiter"):
    fields = {"f": "/some/where/" + file, "l": line, "n": 3, "page": page + "/athena_tile_arbiter", "o": name, "h": instance}
    if lines:
        fields["S"] = lines
    return "C '" + "".join(f"\x01{key}\x02{value}" for key, value in fields.items()) + f"' {count}\n"


def run_data(**counts):
    hits = {"block": 1, "if": 0, "run_q[3]": 0, "run_q[2]": 0, "run_q[1]": 1, "run_q[0]": 1, "read_turn_q": 0} | counts
    text = "# SystemC::Coverage-3\n" + point("v_line", "block", hits.pop("block"), "1-2,4")
    text += point("v_branch", "if", hits.pop("if"), "3", line=3)
    return text + "".join(point("v_toggle", name, count) for name, count in hits.items())


def coverage_of(*runs):
    coverage = points.Coverage()
    for text in runs:
        coverage.read(text)
    return coverage


def outcome(coverage, reasons=None, bins=BINS):
    """What is wrong, without the share of lines, which is small here."""
    with contextlib.redirect_stdout(io.StringIO()):
        return [line for line in report.report(coverage, bins, reasons or REASONS) if "% of the lines" not in line]


def changed(part, **entry):
    reasons = json.loads(json.dumps(REASONS))
    reasons[part][0].update(entry)
    return reasons


class Merging(unittest.TestCase):
    def test_a_point_that_one_run_hits_is_hit(self):
        coverage = coverage_of(run_data(), run_data(**{"if": 1, "run_q[2]": 1}))
        self.assertEqual(holes.line_holes(coverage), [])
        self.assertEqual([bit for _, _, bit in holes.toggle_holes(coverage)], [(), (3,)])

    def test_a_bit_that_one_instance_changes_is_hit(self):
        other = point("v_toggle", "read_turn_q", 1, instance="TOP.athena_tile.u_other")
        self.assertNotIn((ARBITER, "read_turn_q", ()), holes.toggle_holes(coverage_of(run_data(), other)))

    def test_a_line_needs_all_of_its_points(self):
        twice = point("v_branch", "else", 0, "2", line=2)
        self.assertEqual(holes.line_holes(coverage_of(run_data(), twice)), [(ARBITER, 2), (ARBITER, 3)])

    def test_files_beside_the_product_do_not_count(self):
        for file in ("rtl/formal/fifo_proof.sv", "rtl/testbench/bench.sv", "tests/unit/x.sv"):
            self.assertEqual(coverage_of(point("v_line", "block", 0, "1", file=file)).lines, {})
        self.assertEqual(points.product_file("/b/generated/sv/tile_csr.sv"), "rtl/regs/tile_csr.sv")

    def test_names_of_bits(self):
        self.assertEqual(points.split_bit("entries_q[1][30]"), ("entries_q", (1, 30)))
        self.assertEqual(holes.ranges("s", [(0, 3), (0, 4), (1, 7)]), ["s[0][4:3]", "s[1][7]"])
        self.assertEqual(holes.bits_of("[*][7:4]", [(0, 3), (1, 4), (2, 7)]), {(1, 4), (2, 7)})


class Reasons(unittest.TestCase):
    def test_holes_with_reasons_are_right(self):
        self.assertEqual(outcome(coverage_of(run_data())), [])

    def test_a_line_without_a_reason(self):
        self.assertEqual(outcome(coverage_of(run_data()), changed("lines", lines=[])),
                         [f"no reason for a hole: {ARBITER}:3: // take turns."])

    def test_a_toggle_without_a_reason(self):
        self.assertEqual(outcome(coverage_of(run_data()), changed("toggles", signals=["run_q[3]", "read_turn_q"])),
                         [f"no reason for a hole: {ARBITER}: run_q[2]"])

    def test_a_bin_without_a_reason(self):
        self.assertEqual(outcome(coverage_of(run_data()), bins=BINS + "M=1 N=3 0\n"),
                         ["no reason for a hole: bin M=1 N=3"])

    def test_a_reason_for_a_line_that_is_hit(self):
        self.assertEqual(outcome(coverage_of(run_data(**{"if": 1}))),
                         [f"stale reason: {ARBITER}: no hole: // take turns."])

    def test_a_reason_for_a_bit_that_toggles_or_is_none(self):
        self.assertEqual(outcome(coverage_of(run_data(**{"run_q[2]": 1}))),
                         [f"stale reason: {ARBITER}: toggles: run_q[2]"])
        self.assertEqual(outcome(coverage_of(run_data()),
                                 changed("toggles", signals=["run_q[3:2]", "read_turn_q", "gone"])),
                         [f"stale reason: {ARBITER}: no such bits: gone"])

    def test_a_reason_for_a_bin_that_is_hit(self):
        self.assertEqual(outcome(coverage_of(run_data()), bins=BINS.replace("M=1 N=1 0", "M=1 N=1 1")),
                         ["stale reason: no bin that is missed: M=1 N=1"])

    def test_an_excluded_bin_is_no_hole(self):
        self.assertEqual(report.read_bins(BINS), (["M=1 N=1", "M=1 N=2"], ["M=1 N=1"]))


class Program(unittest.TestCase):
    def report(self, data, reasons):
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("data", "bins", "reasons")]
            for path, text in zip(paths, (data, BINS, json.dumps(reasons))):
                with open(path, "w", encoding="utf-8") as out:
                    out.write(text)
            return subprocess.run([sys.executable, "-B", os.path.join(ROOT, "rtl/coverage/report.py"), paths[0],
                                   "--bins", paths[1], "--reasons", paths[2]], text=True, capture_output=True, check=False)

    def test_too_few_lines_fail(self):
        done = self.report(run_data(), REASONS)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "coverage: 75.0 % of the lines of rtl/ are hit, 95 % should be\n")
        self.assertIn("bins of the co-simulation's commands: 1/2, 50.00 %", done.stdout)

    def test_all_lines_pass(self):
        done = self.report(run_data(**{"if": 1}), changed("lines", lines=[]))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_no_data_and_empty_reasons_fail(self):
        self.assertEqual(self.report("", REASONS).returncode, 1)
        done = self.report(run_data(), changed("toggles", reason="Because."))
        self.assertEqual(done.returncode, 2)
        self.assertIn("not a reason: 'Because.'", done.stderr)

    def test_missing_tools_are_one_line_and_status_77(self):
        done = subprocess.run([sys.executable, "-B", os.path.join(ROOT, "scripts/coverage")], text=True,
                              capture_output=True, check=False, env={"PATH": "/nowhere"})
        self.assertEqual(done.returncode, 77)
        self.assertEqual(done.stderr.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
