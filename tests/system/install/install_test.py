#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`cmake --install`, moved: athena finds its boards and firmware, and an outside project builds on the CMake package, adds a
block of its own to a board and runs firmware that uses it.

Usage: install_test.py CMAKE BUILD PROJECT [unittest arguments]"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

CMAKE, BUILD, PROJECT = sys.argv[1:4]


def run(*command, cwd, status=0, env=None):
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=env, capture_output=True, text=True, timeout=280, check=False)
    if done.returncode != status:
        raise AssertionError(f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        first = os.path.join(cls.folder, "first")
        run(CMAKE, "--install", BUILD, "--prefix", first, cwd=cls.folder)
        cls.prefix = os.path.join(cls.folder, "athena")
        os.rename(first, cls.prefix)
        cls.athena = os.path.join(cls.prefix, "bin/athena")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_athena_runs_shipped_firmware_on_shipped_boards(self):
        boards = run(self.athena, "boards", cwd=self.folder).stdout
        for board in ("athena-mini", "athena-1", "athena-2"):
            self.assertIn(board, boards)
        done = run(self.athena, "run", "athena-mini", "--firmware", "hello", cwd=self.folder)
        self.assertIn("Hello", done.stdout)
        done = run(self.athena, "run", "athena-mini", "--firmware", "charlm", "--append", "steps=2", cwd=self.folder)
        self.assertIn("loss", done.stdout)  # it has its text

    def test_the_version_names_revision_and_what_it_is_built_with(self):
        lines = run(self.athena, "--version", cwd=self.folder).stdout.splitlines()
        named = re.fullmatch(r"athena \d+\.\d+\.\d+(?: \(revision ([0-9a-f]{12})\))?", lines[0])
        self.assertIsNotNone(named, lines[0])
        git = ["git", "-C", PROJECT]
        if subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, check=False).returncode == 0:
            subprocess.run([*git, "merge-base", "--is-ancestor", str(named[1]), "HEAD"], check=True)
        self.assertRegex(lines[1], r"^SystemC \d+\.\d+\.\d+")
        self.assertRegex(lines[2], r"^Verilator \d+\.\d+$")

    def test_the_manual_has_each_option(self):
        with open(os.path.join(self.prefix, "share/man/man1/athena.1"), encoding="utf-8") as text:
            manual = text.read().replace("\\-", "-")
        self.assertTrue(manual.startswith(".TH ATHENA 1"))
        for line in manual.splitlines():
            self.assertNotRegex(line, r"^\.(?!TH |SH |SS |TP$|PP$|nf$|fi$)|^'")
        for command in ("run", "describe", "dts", "cosim", "regress", "trace", "boards"):
            part = manual[manual.index(f".SS athena {command}\n"):]
            part = part[:part.find("\n.S", 1)]
            options = re.findall(r"^  (?:-\w,)?(--[\w-]+)", run(self.athena, command, "--help", cwd=self.folder).stdout, re.M)
            self.assertGreater(len(options), 0)
            for option in options:
                self.assertIn(option + "\\fR", part)

    def complete(self, *words):
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _athena; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        completion = os.path.join(self.prefix, "share/bash-completion/completions/athena")
        done = subprocess.run(["bash", "-uc", script, "bash", completion, "athena", *words], cwd=self.prefix, text=True,
                              env={"PATH": os.path.join(self.prefix, "bin") + ":/usr/bin:/bin"}, capture_output=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_completes(self):
        self.assertEqual(self.complete("r"), ["run", "regress"])
        self.assertEqual(self.complete("--v"), ["--version"])
        self.assertEqual(self.complete("run", "--fid"), ["--fidelity"])
        self.assertEqual(self.complete("run", "athena-mini", "--console-device", ""), ["uart", "virtio"])
        self.assertEqual(self.complete("run", "athena-m"), ["athena-mini"])
        self.assertEqual(self.complete("run", "athena-mini", "--kernel", "bi"), ["bin"])
        self.assertEqual(self.complete("run", "athena-mini", "--max-time", ""), [])
        self.assertEqual(self.complete("cosim", "--fid"), [])

    def test_nothing_installed_names_the_build(self):
        for folder in ("lib", "share"):
            for place, _, files in os.walk(os.path.join(self.prefix, folder)):
                for name in files:
                    if name.endswith(".cmake"):
                        with open(os.path.join(place, name), encoding="utf-8") as text:
                            self.assertNotIn(BUILD, text.read(), name)

    def test_an_outside_project_adds_a_block(self):
        """By the commands of docs/install.md."""
        shutil.copytree(PROJECT, os.path.join(self.folder, "examples/own-block"))
        with open(os.path.join(PROJECT, "../../docs/install.md"), encoding="utf-8") as page:
            commands = re.search(r"((?:^    .+\n)*?^    cd own .*)$", page.read(), re.M)[1]
        self.assertIn("cmake -G Ninja -S examples/own-block", commands)
        run("sh", "-euc", commands + " --stats stats.json --max-time 1ms", cwd=self.folder, env=os.environ | {"HOME": self.folder})
        out = os.path.join(self.folder, "own")
        with open(os.path.join(out, "stats.json"), encoding="utf-8") as stats:
            machine = json.load(stats)["machine"]
        self.assertEqual(machine["squarer0"]["squares"], 1)
        self.assertGreater(machine["time_ps"], 2_000_000)  # it takes 2 us
        tree = run("./own_athena", "dts", "board.toml", cwd=out).stdout
        self.assertIn("squarer0@30000000", tree)
        self.assertIn("example,squarer-1", tree)
        self.assertIn("squarer0", run("./own_athena", "describe", "board.toml", cwd=out).stdout)
        # The athena that was installed has no such device, and says where one is asked for.
        plain = run(self.athena, "run", "board.toml", "--firmware", "square.elf", cwd=out, status=2)
        self.assertRegex(plain.stderr, r"board.toml:\d+: device 'squarer0' is of kind 'squarer', this program has none of its own")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
