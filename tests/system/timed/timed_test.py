#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Timed fidelity gives the results of the functional one, and times that nothing of the host changes; what comes in on each link and
channel goes out.

Usage: timed_test.py build/athena [unittest arguments]"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

ATHENA = ""
PROGRAMS = (
    ("athena-mini", "gemm", "m=130 n=300 k=700 ta=1 check=500"),
    ("athena-1", "gemm", "chip=1 m=300 n=280 k=200 ta=1 check=100"),
    ("athena-mini", "selftest", ""),
    ("athena-1", "selftest", ""),
    ("athena-mini", "gpt", "steps=2 every=1 batch=2 layers=1 channels=64 eval=0 sample=5"),
    ("athena-1", "gpt", "steps=2 every=1 batch=4 layers=1 channels=64 eval=0 sample=5"),
    ("athena-1", "gpt", "steps=1 every=1 batch=4 layers=1 channels=64 eval=0 sample=0 mxfp8=1"),
)


def run(board, program, append, *options):
    with tempfile.TemporaryDirectory() as folder:
        stats = os.path.join(folder, "stats.json")
        done = subprocess.run([ATHENA, "run", board, "--firmware", program, "--append", append, "--stats", stats, *options],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{board} {program} {append} {options}: status {done.returncode}\n{done.stderr.decode()}")
        with open(stats, encoding="utf-8") as file:
            return done.stdout.decode(), json.load(file)["machine"]


def without_times(text):
    """The console but for rates and cycles."""
    text = re.sub(r", \d+ tokens/s.*", "", text)
    return re.sub(r"in \d+ cycles, copies included: .*", "", text)


class SameResults(unittest.TestCase):
    def test_console(self):
        for program in PROGRAMS:
            with self.subTest(program=program):
                functional, before = run(*program)
                timed, machine = run(*program, "--fidelity", "timed")
                self.assertEqual(without_times(timed), without_times(functional))
                self.assertNotEqual(machine["time_ps"], before["time_ps"])

    def test_bytes(self):
        """Copies move the same bytes to the same places: counters of memories and of crossbars' ends."""
        for program in PROGRAMS:
            with self.subTest(program=program):
                _, functional = run(*program)
                _, timed = run(*program, "--fidelity", "timed")
                for name, cluster in functional.items():
                    if not name.startswith("cluster"):
                        continue
                    for channel, counters in cluster["dma"].items():
                        for counter in ("commands", "bytes", "errors"):
                            self.assertEqual(timed[name]["dma"][channel][counter], counters[counter])

    def test_one_part_alone(self):
        """Each part's timed form works beside the functional form of the others."""
        program = ("athena-mini", "gemm", "m=100 n=70 k=200")
        functional, _ = run(*program)
        for parts in (["bus"], ["hbm"], ["cluster0.crossbar"], ["cluster0.dma"], ["bus", "hbm"], ["cluster0.dma", "bus"],
                      ["cluster0.dma", "hbm"], ["cluster0.dma", "cluster0.crossbar", "hbm"]):
            with self.subTest(parts=parts):
                options = [word for part in parts for word in ("--fidelity", f"{part}=timed")]
                timed, _ = run(*program, *options)
                self.assertEqual(without_times(timed), without_times(functional))


class SameTimes(unittest.TestCase):
    def test_quantum_and_threads(self):
        for program in PROGRAMS:
            with self.subTest(program=program):
                text, machine = run(*program, "--fidelity", "timed", "--threads", "1")
                for options in (("--quantum", "1us"), ("--quantum", "10ms"), ("--threads", "2")):
                    again, same = run(*program, "--fidelity", "timed", *options)
                    self.assertEqual(again, text, options)
                    self.assertEqual(same, machine, options)


class Conservation(unittest.TestCase):
    """athena itself stops with status 3 if a mesh or a channel loses anything, to the flit; here from outside."""

    def test_links(self):
        for board, program, append in PROGRAMS:
            with self.subTest(board=board, program=program):
                width = {"athena-mini": 2, "athena-1": 6}[board]
                _, machine = run(board, program, append, "--fidelity", "timed")
                for mesh in ("requests", "responses"):
                    self.check_mesh(machine["bus"][mesh], width)
                self.check_hbm(machine)

    def check_mesh(self, nodes, width):
        """Every router sends what it gets from its neighbours and its node; no link more than a flit a cycle."""
        flits = {int(name.removeprefix("node")): ports for name, ports in nodes.items()}
        self.assertEqual(len(flits), width * width)
        steps = {"east": 1, "west": -1, "north": width, "south": -width}
        arrived = {node: ports["injected_flits"] for node, ports in flits.items()}
        for node, ports in flits.items():
            for name, step in steps.items():
                if ports[name]["flits"]:
                    arrived[node + step] += ports[name]["flits"]
        for node, ports in flits.items():
            left = ports["local"]["flits"] + sum(ports[name]["flits"] for name in steps)
            self.assertIn(arrived[node] - left, range(17), f"node {node}")  # the last access of the hart may be on its way
        self.assertGreater(sum(ports["injected_flits"] for ports in flits.values()), 0)

    def check_hbm(self, machine):
        """Bytes at the mesh's ends are those of the memory; its bursts carry them; no bus has more than its cycles."""
        ends = [ports for name, ports in machine["bus"].items() if name.startswith("to_hbm")]
        for counter in ("bytes_read", "bytes_written"):
            self.assertEqual(sum(end[counter] for end in ends), machine["hbm"][counter])
        channels = [value for name, value in machine["hbm"].items() if name.startswith("channel")]
        bursts = sum(channel["reads"] + channel["writes"] for channel in channels)
        self.assertGreaterEqual(32 * bursts, machine["hbm"]["bytes_read"])
        for channel in channels:  # of two pseudo-channels each
            self.assertLessEqual(channel["busy_cycles"], 2 * (machine["time_ps"] // 625 + 1))


if __name__ == "__main__":
    ATHENA = sys.argv.pop(1)
    unittest.main()
