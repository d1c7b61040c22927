#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The book agrees with the code: links lead somewhere, options and board fields are all there, examples are accepted.

Usage: docs_test.py [unittest arguments]; the repository is found from this file's place."""
import glob
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "../../.."))


def text(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as source:
        return source.read()


def pages():
    patterns = ("README.md", "docs/*.md", "*/README.md", "models/*/README.md", "rtl/*/README.md")
    return sorted(path for pattern in patterns for path in glob.glob(os.path.join(ROOT, pattern)))


class Docs(unittest.TestCase):
    def test_links_lead_to_files(self):
        for page in pages():
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text(page)):
                path = os.path.join(os.path.dirname(page), target)
                with self.subTest(page=os.path.relpath(page, ROOT), link=target):
                    self.assertTrue(os.path.exists(path))

    def test_pages_that_code_points_to_exist(self):
        for pattern in ("models/**/*", "platform/**/*", "sim/**/*", "firmware/**/*", "rtl/**/*"):
            for path in glob.glob(os.path.join(ROOT, pattern), recursive=True):
                if not path.endswith((".h", ".cpp", ".c", ".S", ".sv", ".toml", ".txt", ".md")):
                    continue
                for page in re.findall(r"\bdocs/(\w+\.md)", text(path)):
                    with self.subTest(file=os.path.relpath(path, ROOT), page=page):
                        self.assertTrue(os.path.exists(os.path.join(ROOT, "docs", page)))

    def test_running_names_the_options_of_run_and_no_others(self):
        source = text("sim/command_line.cpp")
        cosim = {"--bins", "--commands", "--stall", "--wave-cycles"}  # options of other commands
        regress = self.regress_options()
        trace = {"--path"}
        declared = set(re.findall(r'add_(?:option|flag)\(\s*"(?:-\w,)?(--[\w-]+)"', source))
        self.assertIn("--firmware", declared)
        page = text("docs/running.md")
        named = set(re.findall(r"(--[a-z][\w-]*)", page)) - {"--help"}
        self.assertEqual(named, declared - cosim - regress - trace)

    @staticmethod
    def regress_options():
        body = re.search(r"void add_regress_options\(.*?\n}", text("sim/command_line.cpp"), re.S)[0]
        return set(re.findall(r'add_(?:option|flag)\(\s*"(?:-\w,)?(--[\w-]+)"', body))

    def test_regress_names_its_options(self):
        hidden = {"--worker", "--submission"}  # what a task of a farm is told
        named = set(re.findall(r"(--[a-z][\w-]*)", text("docs/regress.md")))
        self.assertEqual(self.regress_options() - hidden - named, {"--jobs"})  # which is -j

    def test_running_names_the_exit_statuses(self):
        source = text("models/base/diagnostics.h")
        body = re.search(r"enum class ExitStatus : int \{(.*?)\}", source, re.S)[1]
        statuses = re.findall(r"= (\d+)", body)
        self.assertGreater(len(statuses), 4)
        named = re.findall(r"^\| (\d+) \|", text("docs/running.md"), re.M)
        self.assertEqual(named, statuses)

    def test_boards_names_each_field_of_a_board_file_and_no_others(self):
        fields = set(re.findall(r'\{"(\w+)", "(\w+)", AT', text("platform/board_fields.cpp")))
        self.assertGreater(len(fields), 20)
        named = set()
        for section, cells in re.findall(r"^\| `\[(\w+)\]` \|(.*)\|$", text("docs/boards.md"), re.M):
            named |= {(section, key) for key in re.findall(r"`(\w+)`", cells)}
        self.assertEqual(named, fields)

    def test_the_register_description_in_registers_is_accepted(self):
        example = re.search(r"```toml\n(.*?)```", text("docs/registers.md"), re.S)[1]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "lamp.regs.toml")
            with open(path, "w", encoding="utf-8") as out:
                out.write(example)
            page = os.path.join(folder, "lamp.md")
            done = subprocess.run([sys.executable, "-B", os.path.join(ROOT, "scripts/regs"), path,
                                   "--md", page], capture_output=True, text=True, timeout=60,
                                  check=False)
            self.assertEqual(done.stderr, "")
            with open(page, encoding="utf-8") as source:
                self.assertIn("| | CTRL.COLOUR | 3:2 | rw | 0x1 |", source.read())

    def test_registers_names_the_outputs_and_accesses_of_the_generator(self):
        page = text("docs/registers.md")
        outputs = re.findall(r'^    "([\w-]+)": \(emit', text("scripts/regs"), re.M)
        self.assertGreater(len(outputs), 5)
        self.assertEqual(re.findall(r"^\| `--([\w-]+)` \|", page, re.M), outputs)
        accesses = re.search(r"^ACCESS = \((.*)\)$", text("scripts/regslib/model.py"), re.M)[1]
        table = page[page.index("| access | a guest's read"):page.index("`shares = ")]
        self.assertEqual(re.findall(r"^\| `(\w+)` \|", table, re.M), re.findall(r'"(\w+)"', accesses))


if __name__ == "__main__":
    unittest.main()
