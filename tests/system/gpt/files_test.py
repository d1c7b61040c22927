#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gpt's files, wherever --load puts them: in HBM too they stay what they are, and so do the bits of the run.

files_test.py build/athena TEXT [unittest arguments]"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ATHENA = TEXT = ""
SETTINGS = "layers=1 heads=2 channels=64 block=32 batch=3 every=1 eval=1 sample=5 warmup=2 steps=3"
HBM = 0x8000000000
HBM_BYTES = 0x40000000  # of athena-mini


def run_gpt(arguments, *loads, options=()):
    words = [word for load in loads for word in ("--load", str(load))]
    return subprocess.run([ATHENA, "run", "athena-mini", "--firmware", "gpt", "--append", arguments, *words, *options], capture_output=True,
                          text=True, errors="replace", timeout=60, check=False)


def results(done):
    """Losses, norms and text."""
    return re.findall(r"(?m)^(?:(?:step|validation) .* 0x[0-9a-f]{8}|sample:\n.*)", done.stdout)


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="athena-gpt-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path


class InHbm(Files):
    def check(self, *loads):
        with self.subTest(loads=loads):
            done = run_gpt(SETTINGS, *loads)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(results(done), results(run_gpt(SETTINGS, TEXT)))
            return done

    def test_a_text(self):
        for address in (HBM, HBM + 0x70001, HBM + HBM_BYTES // 2, HBM + HBM_BYTES - pathlib.Path(TEXT).stat().st_size):
            self.check(f"{TEXT}@{address:#x}")

    def test_a_parameter_file(self):
        parameters = self.file("parameters", b"athena-gpt 1\n#" + b"\xff" * 4000 + b"\n")
        for address in (HBM, HBM + 1, HBM + 0x70000, HBM + 0x100000):  # over weights and moments
            self.check(TEXT, f"{parameters}@{address:#x}")

    def test_a_checkpoint(self):
        place = re.search(r"--save FILE@(\S+)", run_gpt(SETTINGS, TEXT).stdout)[1]
        checkpoint = self.folder / "checkpoint"
        self.assertEqual(run_gpt(SETTINGS, TEXT, options=("--save", f"{checkpoint}@{place}")).returncode, 0)
        expected = run_gpt(SETTINGS, TEXT, checkpoint)
        self.assertEqual(expected.returncode, 0)
        for address in (HBM, HBM + 0x1000, HBM + 0x100000, HBM + HBM_BYTES - checkpoint.stat().st_size):
            with self.subTest(address=f"{address:#x}"):
                done = run_gpt(SETTINGS, TEXT, f"{checkpoint}@{address:#x}")
                self.assertEqual((done.returncode, results(done)), (0, results(expected)))

    def test_what_leaves_too_little(self):
        big = self.file("big", b"athena-gpt 1\n".ljust(65536, b"#"))
        done = run_gpt(SETTINGS, TEXT, f"{big}@{HBM + (1 << 19):#x}", options=("--set", "hbm.size=0x100000"))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"^chip: HBM is exhausted: [^:\n]+ needs \d+ bytes, \d+ are left\n$")


class ParameterFiles(Files):
    def test_ends_of_lines(self):
        expected = results(run_gpt(SETTINGS, TEXT))
        words = SETTINGS.split()
        for end in (b"\n", b"\r\n"):
            for last in (b"", end):
                content = end.join([b"athena-gpt 1", b"# sizes", *(word.encode() for word in words)]) + last
                with self.subTest(content=content):
                    done = run_gpt("", TEXT, self.file("parameters", content))
                    self.assertEqual((done.returncode, results(done)), (0, expected), done.stdout)
        self.assertEqual(results(run_gpt(SETTINGS, TEXT, self.file("parameters", b"athena-gpt 1"))), expected)

    def test_other_versions(self):
        for version in ("2", "10", "", "one"):
            with self.subTest(version=version):
                done = run_gpt(SETTINGS, TEXT, self.file("parameters", f"athena-gpt {version}\n".encode()))
                self.assertEqual((done.returncode, done.stdout), (1, f'gpt: parameters: a parameter file of version "{version}", expected 1\n'))

    def test_no_text(self):
        for content, line in ((b"athena-gpt 1\n", "gpt: no text; give one with --load FILE"),
                              (b"short", "gpt: file: a text of 5 bytes, expected at least 1000"),
                              (bytes(5000), "gpt: file: the same byte throughout, no text")):
            with self.subTest(line=line):
                done = run_gpt(SETTINGS, self.file("file", content))
                self.assertEqual((done.returncode, done.stdout), (1, line + "\n"))

    def test_two_checkpoints(self):
        place = re.search(r"--save (FILE@\S+)", run_gpt(SETTINGS, TEXT).stdout)[1]
        one, other = self.folder / "one", self.folder / "other"
        run_gpt(SETTINGS, TEXT, options=("--save", place.replace("FILE", str(one))))
        other.write_bytes(one.read_bytes())
        done = run_gpt(SETTINGS, TEXT, one, other)
        self.assertEqual((done.returncode, done.stdout), (1, "gpt: more than one checkpoint: one and other\n"))


if __name__ == "__main__":
    ATHENA, TEXT = sys.argv[1:3]
    del sys.argv[1:3]
    unittest.main()
