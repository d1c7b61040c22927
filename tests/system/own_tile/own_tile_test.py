# SPDX-License-Identifier: Apache-2.0
"""A tile from a folder outside of the tree in the board: docs/own-tile.md as it stands there.

Usage: own_tile_test.py SOURCE CMAKE [BUILD]. BUILD is kept, else a temporary folder is used.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE, CMAKE = pathlib.Path(sys.argv[1]), sys.argv[2]
BUILD = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None


class OwnTile(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="athena-own-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.tile = self.folder / "tile"
        self.build = BUILD or self.folder / "build"
        shutil.copytree(SOURCE / "examples" / "serial-tile", self.tile)

    def build_program(self):
        for command in ([CMAKE, "-G", "Ninja", "-S", SOURCE, "-B", self.build, "-DCMAKE_BUILD_TYPE=Release",
                         f"-DATHENA_TILE_RTL={self.tile}"],
                        [CMAKE, "--build", self.build, "--target", "athena", "firmware_gemm", "firmware_rom", "-j2"]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr[-4000:])

    def run_gemm(self, fidelity):
        stats = self.folder / "stats.json"
        run = subprocess.run([self.build / "athena", "run", "athena-mini", "--firmware", "gemm", "--stats", stats,
                              "--fidelity", f"cluster0.tile*={fidelity}"],
                             cwd=self.folder, capture_output=True, text=True, check=False, timeout=1800)
        return run, stats

    def test_right_then_wrong(self):
        self.build_program()
        run, stats = self.run_gemm("lockstep-data")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        lockstep = find(json.loads(stats.read_text()), "lockstep")
        self.assertGreater(lockstep["commands"], 0)
        self.assertEqual(lockstep["equal_cycles"], 0)  # other cycles, and nobody minds

        # The sign of the sum is lost where it rounds.
        engine = self.tile / "serial_engine.sv"
        text = engine.read_text()
        good = "sum_q <= fma_round(magnitude_q, tag_q);"
        self.assertEqual(text.count(good), 1)
        engine.write_text(text.replace(good, "sum_q <= fma_round(magnitude_q, tag_q) & 32'h7fff_ffff;"))
        self.build_program()
        run, _ = self.run_gemm("lockstep-data")
        self.assertEqual(run.returncode, 3, run.stdout + run.stderr)
        self.assertRegex(run.stderr, re.compile(
            r"command with tag \d+: C\[\d+\]\[\d+\] is 0x[0-9a-f]+ in the RTL, 0x[0-9a-f]+ in the model, cycle \d+"))
        [name] = re.findall(r"^replay: athena cosim --replay (lockstep-\S+)\.replay$", run.stderr, re.MULTILINE)
        self.assertIn("RTL and model differ", (self.folder / f"{name}.txt").read_text())
        again = subprocess.run([self.build / "athena", "cosim", "--replay", f"{name}.replay"], cwd=self.folder, check=False)
        self.assertEqual(again.returncode, 3)


def find(tree, name):
    """The first object of that name, anywhere below."""
    if isinstance(tree, dict):
        if isinstance(tree.get(name), dict):
            return tree[name]
        for value in tree.values():
            found = find(value, name)
            if found is not None:
                return found
    return None


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
