# SPDX-License-Identifier: Apache-2.0
"""`athena regress` as a CI owner uses it: statuses, folders, JUnit XML, Ctrl-C.

    regress_test.py ATHENA CROSS_COMPILER
"""

import html.parser
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

    def report(self):
        report = json.loads((self.path / "out" / "report.json").read_text())
        return report, {run["name"]: run["verdict"] for run in report["runs"]}

    def test_reports(self):
        suite = self.suite(("good", "pass", ""), ("bad", "fail-5", 'labels = ["<b>"]'),
                           ("known", "fail-5", 'known_failure = { reason = "bug 3", until = 9999-12-31 }'),
                           ("expired", "fail-5", 'known_failure = { reason = "bug 4", until = 2001-01-01 }'))
        for _ in range(2):
            status, output = self.regress(suite, "-j2")
            self.assertEqual(status, 1, output)
            self.assertTrue(output.endswith("test & more: 1 passed, 2 failed, 1 known to fail\n"), output)
        report, verdicts = self.report()
        self.assertEqual((report["format"], report["version"], report["ended"]), ("athena-regress", 1, True))
        self.assertEqual(verdicts, {"good": "passed", "bad": "failed", "known": "known", "expired": "failed"})
        page = (self.path / "out" / "report.html").read_text()
        for name in "bad", "expired":  # failures first
            self.assertLess(page.index(f'data-words="{name}'), page.index('data-words="known'))
        self.assertLess(page.index('data-words="known'), page.index('data-words="good'))
        self.assertIn('href="bad/log.txt"', page)
        self.assertIn("1 of the last 2 passed", page.replace("2 of the last 2", "1 of the last 2"))
        self.assertNotIn("<b>", page)
        parser = html.parser.HTMLParser()
        parser.feed(page)
        self.assertNotIn("http", page)  # it takes nothing from anywhere

    def test_matrix_shards_and_repetitions(self):
        suite = self.suite(("m", "pass", "matrix = { seed = { from = 1, to = 5 } }\nbounds = { exit_status = 0 }"),)
        names = [f"m-{seed}" for seed in range(1, 6)]
        self.assertEqual(self.regress(suite, "--list")[1].split(), names)
        shards = [self.regress(suite, "--list", "--shard", f"{i}/2")[1].split() for i in (1, 2)]
        self.assertEqual(sorted(shards[0] + shards[1]), names)
        status, output = self.regress(suite, "-j2", "--repeat", "2")
        self.assertTrue(status == 0 and output.endswith("test & more: 10 passed, 0 failed\n"), output)
        self.assertIn("--seed 3", (self.path / "out" / "m-3.repeat2" / "command.sh").read_text())

    def test_flaky(self):
        # A suite cannot make the board flaky: the outside can, by what the run prints first.
        suite = self.suite(("f", "pass", 'arguments = ["--save", "/dev/null@0x80000000:4"]'),)
        self.assertEqual(self.regress(suite)[0], 0)
        result = self.path / "out" / "f" / "result.json"
        before = json.loads(result.read_text())
        result.write_text(json.dumps({**before, "verdict": "failed", "reason": "once"}))
        status, output = self.regress(suite, "--rerun-failed")
        self.assertEqual(status, 1, output)
        self.assertIn("failed: f: was 'failed' before, passed now, and nothing has changed", output)
        self.assertEqual(self.report()[1], {"f": "flaky"})
        # Another program or input: then it is mended.
        result.write_text(json.dumps({**before, "verdict": "failed", "fingerprint": "another"}))
        self.assertEqual(self.regress(suite, "--rerun-failed")[0], 0)

    def test_killed_and_resumed(self):
        suite = self.suite(*((f"run{i}", "pass", "") for i in range(30)),)
        process = subprocess.Popen(self.command(suite), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        for _ in range(5):
            process.stdout.readline()
        process.kill()
        process.communicate()
        report, verdicts = self.report()
        self.assertFalse(report["ended"])
        self.assertEqual(len(verdicts), 30)
        done = {path.parent.name for path in (self.path / "out").glob("*/result.json")}
        self.assertGreaterEqual(len(done), 5)
        times = {name: (self.path / "out" / name / "result.json").stat().st_mtime_ns for name in done}
        status, output = self.regress(suite, "--resume")
        self.assertEqual(status, 0, output)
        self.assertTrue(output.endswith("test & more: 30 passed, 0 failed\n"), output)
        for name, time_ns in times.items():
            self.assertEqual((self.path / "out" / name / "result.json").stat().st_mtime_ns, time_ns)
        self.assertEqual({run["name"] for run in self.report()[0]["runs"] if run["carried"]}, done)

    def test_one_at_a_time_and_none_left_behind(self):
        suite = self.suite(("endless", "forever", ""))
        process = subprocess.Popen(self.command(suite), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        program = str(self.path / "forever.elf")
        end = time.monotonic() + 30
        while not processes_with(program) and time.monotonic() < end:
            time.sleep(0.01)
        other = subprocess.run(self.command(suite), stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
        self.assertEqual(other.returncode, 2)
        self.assertIn(b"another athena regress is at work there", other.stderr)
        process.kill()  # by a signal that it cannot see
        process.communicate()
        while processes_with(program) and time.monotonic() < end:
            time.sleep(0.01)
        self.assertEqual(processes_with(program), [])

    def test_rerun_failed(self):
        suite = self.suite(("good", "pass", ""), ("bad", "fail-5", ""))
        self.assertEqual(self.regress(suite)[0], 1)
        status, output = self.regress(suite, "--rerun-failed")
        self.assertEqual(status, 1)
        self.assertIn("[1/1] FAIL bad", output)
        self.assertEqual(self.report()[1], {"good": "passed", "bad": "failed"})

    def test_limits(self):
        suite = self.suite(("large", "forever", "memory_mib = 1"),)
        status, output = self.regress(suite)
        self.assertEqual(status, 1)
        self.assertIn("failed: large: took more than 1 MiB", output)
        self.assertEqual(self.report()[1], {"large": "flooded"})

    def test_usage(self):
        suite = self.suite(("one", "pass", ""),)
        (self.path / "out").write_text("")  # no folder
        self.assertEqual(subprocess.run(self.command(suite), capture_output=True, check=False).returncode, 2)
        (self.path / "out").unlink()
        for arguments, text in ((["--shard", "3/2"], "--shard 3/2: expected i/n"),
                                (["--filter", "nothing"], "no run of"),
                                (["--junit", "/nonexistent/j.xml"], "/nonexistent/j.xml: cannot be written"),
                                (["--worker", "two"], "there is no such run")):
            result = subprocess.run([*self.command(suite), *arguments], capture_output=True, check=False,
                                    stdin=subprocess.DEVNULL, timeout=60)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertEqual(result.stderr.count(b"\n"), 1, result.stderr)
            self.assertIn(text, result.stderr.decode())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
