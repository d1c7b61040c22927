# SPDX-License-Identifier: Apache-2.0
"""`athena regress` as a CI owner uses it: statuses, folders, JUnit XML, Ctrl-C.

    regress_test.py ATHENA CROSS_COMPILER
"""

import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree as tree

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "programs"))
import guests  # noqa: E402

ATHENA, COMPILER = sys.argv[1:3]


def processes_with(argument):
    found = []
    for line in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = line.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue  # it has just ended
        if argument in words:
            found.append(words)
    return found


class Regress(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        for name in ("pass", "fail-5", "forever"):
            guests.build(COMPILER, self.path, name)

    def suite(self, *runs):
        text = 'format = 1\nname = "test & more"\n'
        for name, firmware, more in runs:
            text += (f'[[run]]\nname = "{name}"\nboard = "athena-mini"\n'
                     f'firmware = "{self.path / firmware}.elf"\n{more}\n')
        path = self.path / "suite.toml"
        path.write_text(text)
        return str(path)

    def command(self, suite, *arguments):
        return [ATHENA, "regress", suite, "--out", str(self.path / "out"), *arguments]

    def regress(self, suite, *arguments):
        result = subprocess.run(self.command(suite, *arguments), stdin=subprocess.DEVNULL,
                                capture_output=True, timeout=60, check=False)
        self.assertEqual(result.stderr, b"")
        return result.returncode, result.stdout.decode()

    def test_all_passed(self):
        suite = self.suite(("one", "pass", ""), ("two", "fail-5", "exit = 1"),
                           ("three", "forever", 'arguments = ["--max-time", "1ms"]\nexit = 4'))
        status, output = self.regress(suite, "-j2")
        self.assertEqual(status, 0, output)
        self.assertTrue(output.endswith("test & more: 3 passed, 0 failed\n"), output)
        for name, code in ("one", 0), ("two", 1), ("three", 4):
            run = self.path / "out" / name
            self.assertEqual(json.loads((run / "stats.json").read_text())["machine"]["exit_status"],
                             code)
            self.assertTrue((run / "console.txt").exists())
        self.assertIn("code 5", (self.path / "out" / "two" / "log.txt").read_text())

    def test_some_failed(self):
        suite = self.suite(("good", "pass", ""), ("bad", "fail-5", ""),
                           ("text", "pass", 'console = ["hello"]'),
                           ("hangs", "forever", "timeout_s = 1"))
        status, output = self.regress(suite, "-j4", "--junit", str(self.path / "j.xml"))
        self.assertEqual(status, 1, output)
        self.assertIn("failed: bad: exit status 1, expected 0\n  again: sh ", output)
        self.assertIn("failed: text: output lacks /hello/", output)
        self.assertIn("failed: hangs: did not end within 1 s", output)
        self.assertTrue(output.endswith("test & more: 1 passed, 3 failed\n"), output)
        root = tree.parse(self.path / "j.xml").getroot()
        suite_node = root.find("testsuite")
        self.assertEqual((root.tag, suite_node.get("name")), ("testsuites", "test & more"))
        self.assertEqual((suite_node.get("tests"), suite_node.get("failures")), ("4", "3"))
        cases = {case.get("name"): case for case in suite_node.iter("testcase")}
        self.assertIsNone(cases["good"].find("failure"))
        self.assertIn("code 5", cases["bad"].find("failure").text)
        again = subprocess.run(["sh", str(self.path / "out" / "bad" / "command.sh")], check=False,
                               stdin=subprocess.DEVNULL, capture_output=True)
        self.assertEqual(again.returncode, 1)

    def test_choice(self):
        suite = self.suite(("one-a", "pass", 'labels = ["quick"]'), ("one-b", "fail-5", ""),
                           ("two", "pass", 'labels = ["quick", "night"]'))
        self.assertEqual(self.regress(suite, "--list"),
                         (0, "one-a [quick]\none-b\ntwo [quick] [night]\n"))
        self.assertEqual(self.regress(suite, "--list", "--filter", "^one"), (0, "one-a [quick]\none-b\n"))
        self.assertEqual(self.regress(suite, "--list", "--filter", "night"),
                         (0, "two [quick] [night]\n"))
        self.assertFalse((self.path / "out").exists())
        self.assertEqual(self.regress(suite, "--filter", "quick")[0], 0)

    def test_interrupted(self):
        suite = self.suite(("endless", "forever", ""), ("later", "pass", ""))
        junit = self.path / "j.xml"
        process = subprocess.Popen(self.command(suite, "--junit", str(junit)),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        end = time.monotonic() + 30  # the console's file is there before the program runs
        while not processes_with(str(self.path / "forever.elf")) and time.monotonic() < end:
            time.sleep(0.01)
        self.assertEqual(len(processes_with(str(self.path / "forever.elf"))), 1)
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=30)[0].decode()
        self.assertEqual(process.returncode, 130, output)
        self.assertIn("failed: endless: stopped by Ctrl-C", output)
        self.assertIn("failed: later: not run", output)
        self.assertEqual(processes_with(str(self.path / "forever.elf")), [])
        self.assertEqual(tree.parse(junit).getroot().find("testsuite").get("skipped"), "2")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
