# SPDX-License-Identifier: Apache-2.0
"""`athena run` as a person at a terminal sees it: single keys, the escape, Ctrl-C, progress.

    terminal_test.py ATHENA CROSS_COMPILER
"""

import json
import os
import pathlib
import pty
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "programs"))
import guests  # noqa: E402

ATHENA, COMPILER = sys.argv[1:3]


class Person:
    """Sits at a terminal on which `command` runs in the foreground."""

    def __init__(self, command, **redirected):
        self.screen, terminal = pty.openpty()
        self.before = termios.tcgetattr(terminal)
        descriptors = {"stdin": terminal, "stdout": terminal, "stderr": terminal, **redirected}
        self.process = subprocess.Popen(
            command, **descriptors, start_new_session=True,
            preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)))  # the controlling one
        self.terminal = terminal
        self.seen = b""

    def sees(self, text, timeout=30):
        end = time.monotonic() + timeout
        while text not in self.seen:
            ready, _, _ = select.select([self.screen], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise AssertionError(f"{text} has not come, but {self.seen}")
            self.seen += os.read(self.screen, 4096)

    def types(self, text):
        os.write(self.screen, text)

    def ends(self):
        status = self.process.wait(timeout=30)
        after = termios.tcgetattr(self.terminal)
        os.close(self.terminal)
        while True:
            try:
                more = os.read(self.screen, 4096)
            except OSError:
                break
            if not more:
                break
            self.seen += more
        os.close(self.screen)
        if after != self.before:
            raise AssertionError("the terminal is left in another mode")
        return status


class Terminal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = pathlib.Path(cls.folder.name)
        for name in ("echo", "forever"):
            guests.build(COMPILER, cls.path, name)

    def run_guest(self, name, *arguments):
        return [ATHENA, "run", "athena-mini", "--firmware", str(self.path / f"{name}.elf"), "--stats",
                str(self.path / "stats.json"), *arguments]

    def status_in_statistics(self):
        return json.loads((self.path / "stats.json").read_text())["machine"]["exit_status"]

    def test_single_keys_without_echo(self):
        person = Person(self.run_guest("echo"))
        person.sees(b"ready\r\n")
        person.types(b"a")
        person.sees(b"aa")
        person.types(b"\x1a")  # Ctrl-Z is the guest's
        person.sees(b"\x1a\x1a")
        person.types(b"Q")
        self.assertEqual(person.ends(), 0)
        self.assertEqual(person.seen, b"ready\r\naa\x1a\x1aQQ")

    def test_escape(self):
        person = Person(self.run_guest("echo"))
        person.sees(b"ready\r\n")
        person.types(b"\x01\x01")
        person.sees(b"\x01\x01")
        person.types(b"\x01c")
        person.sees(b"\x03\x03")
        person.types(b"\x01z\x01x")
        self.assertEqual(person.ends(), 130)
        self.assertEqual(person.seen, b"ready\r\n\x01\x01\x03\x03athena: interrupted\r\n")
        self.assertEqual(self.status_in_statistics(), 130)

    def test_control_c(self):
        person = Person(self.run_guest("echo"))
        person.sees(b"ready\r\n")
        person.types(b"\x03")
        self.assertEqual(person.ends(), 130)
        self.assertEqual(self.status_in_statistics(), 130)

    def test_termination(self):
        process = subprocess.Popen(self.run_guest("forever"), stdin=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.communicate(timeout=30)[1], b"athena: interrupted\n")
        self.assertEqual(process.returncode, 130)
        self.assertEqual(self.status_in_statistics(), 130)

    def test_interrupted_co_simulation_says_what_was_done(self):
        command = [ATHENA, "cosim", "--commands", "1000000000"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as run:
            time.sleep(3)
            run.send_signal(signal.SIGINT)
            out, err = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 130)
        self.assertRegex(out, r"^[1-9]\d* commands, 0 differences")
        self.assertEqual(err, "athena: interrupted\n")

    def test_progress(self):
        person = Person(self.run_guest("forever"), stdout=subprocess.DEVNULL)
        person.sees(b"MIPS")
        person.types(b"\x03")
        self.assertEqual(person.ends(), 130)
        self.assertRegex(person.seen, rb"\A\rathena: 2 s: board time \d+\.\d+ s, \d+ M instructions, "
                                      rb"\d+ MIPS\x1b\[K")
        self.assertRegex(person.seen, rb"\r\x1b\[K(\^C)?athena: interrupted\r\n\Z")

    def test_no_progress_after_a_prompt(self):
        # "ready" without a new line: the cursor is where a person types.
        person = Person(self.run_guest("echo"))
        person.sees(b"ready\r\n")
        person.types(b">")
        person.sees(b">>")
        time.sleep(2.6)
        person.types(b"Q")
        self.assertEqual(person.ends(), 0)
        self.assertEqual(person.seen, b"ready\r\n>>QQ")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
