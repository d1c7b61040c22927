#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mesh_curve prints the columns of the reference's tables, and one clear line for bad options; the commands of
models/fabric/README.md work.

Usage: curve_test.py build/tests/bench/mesh/mesh_curve"""
import csv
import os
import re
import subprocess
import sys
import unittest

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
PROGRAM = ""
COLUMNS = ("mesh,traffic,packet_flits,router_cycles,link_cycles,offered_flits_per_node_cycle,"
           "accepted_flits_per_node_cycle,avg_packet_latency_cycles,avg_network_latency_cycles,avg_links_traversed,"
           "saturated,runs").split(",")


def run(*options):
    return subprocess.run([PROGRAM, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                          check=False)


class Curve(unittest.TestCase):
    def test_the_columns_are_the_reference_s(self):
        done = run("loads=0.2,1", "flits=4", "warm_up=2000", "cycles=10000")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        table = csv.DictReader(done.stdout.splitlines())
        rows = list(table)
        self.assertEqual(table.fieldnames, COLUMNS)
        self.assertEqual([row["saturated"] for row in rows], ["0", "1"])
        # BookSim 2, commit 28f4329: 24.17 cycles, 23.80 of them in the network, 2.5 links; 0.7439 in overload.
        self.assertAlmostEqual(float(rows[0]["avg_packet_latency_cycles"]), 24.17, delta=0.7)
        self.assertAlmostEqual(float(rows[0]["avg_network_latency_cycles"]), 23.80, delta=0.7)
        self.assertAlmostEqual(float(rows[0]["avg_links_traversed"]), 2.5, delta=0.05)
        self.assertEqual(rows[1]["avg_packet_latency_cycles"], "")
        self.assertAlmostEqual(float(rows[1]["accepted_flits_per_node_cycle"]), 0.7439, delta=0.03)

    def test_the_same_seed_gives_the_same_table(self):
        options = ("size=3x2", "pattern=tornado", "loads=0.3", "warm_up=500", "cycles=2000")
        self.assertEqual(run(*options).stdout, run(*options).stdout)
        self.assertNotEqual(run(*options).stdout, run(*options, "seed=2").stdout)

    def test_bad_options_get_one_clear_line(self):
        for options, words in ((["size=0x4"], "mesh: width is 0"), (["size=4"], "size: '' is no number"),
                               (["size=x"], "size: '' is no number"), (["vcs=-1"], "vcs: '-1' is no number"),
                               (["loads="], "loads: '' is no number"), (["loads=2"], "loads: a load is above 0"),
                               (["loads=nan"], "loads: a load is above 0"), (["flits=0"], "flits: a packet has"),
                               (["pattern=x"], "pattern: there is no 'x'"), (["cycles=0"], "cycles: at least one"),
                               (["size=2x4", "pattern=transpose"], "transpose needs as many rows as columns"),
                               (["size=3x4", "pattern=shuffle"], "power of two"), (["x=1"], "there is no option 'x'"),
                               (["cycles=99999999999999999999"], "cycles: '99999999999999999999' is no number")):
            with self.subTest(options=options):
                done = run(*options)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(words, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_help_names_all_options(self):
        done = run("--help")
        self.assertEqual(done.returncode, 0)
        with open(os.path.join(ROOT, "tests/bench/mesh/mesh_curve.cpp"), encoding="utf-8") as source:
            names = set(re.findall(r'(?:name == |\{)"([a-z_]+)"', source.read()))
        self.assertGreater(len(names), 9)
        self.assertEqual(names, set(re.findall(r"^  ([a-z_]+)=", done.stdout, re.M)))

    def test_the_readme_s_commands_work(self):
        with open(os.path.join(ROOT, "models/fabric/README.md"), encoding="utf-8") as page:
            commands = re.findall(r"^    build/tests/bench/mesh/mesh_curve(.*)$", page.read(), re.M)
        self.assertTrue(commands)
        for command in commands:
            options = command.split(" #")[0].split()
            done = run(*options, "warm_up=200", "cycles=500")
            with self.subTest(command=command):
                self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    PROGRAM = sys.argv[1]
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
