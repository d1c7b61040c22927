#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Linux (scripts/linux) under Debian's unmodified OpenSBI, by typing at its console.

    PYTHONPATH=tests/system/boot linux_test.py --athena build/athena [unittest options]
"""
import argparse
import pathlib
import re
import subprocess
import sys
import unittest

from session import Session

sys.dont_write_bytecode = True

TOP = pathlib.Path(__file__).resolve().parents[3]
PROMPT = "linux# "
ATHENA = "build/athena"


def folder():
    """Of kernel and initial RAM disk."""
    return pathlib.Path(subprocess.run([TOP / "scripts/linux", "--quiet"], check=True,
                                       stdout=subprocess.PIPE, text=True).stdout.strip())


def command(*options, append=""):
    built = folder()
    return [ATHENA, "run", "athena-mini", "--kernel", str(built / "Image"), "--initrd",
            str(built / "initrd"), "--append", f"console=ttyS0 {append}".strip(), *options]


def session(*options, append=""):
    return Session(command(*options, append=append), prompt=PROMPT)


class Linux(unittest.TestCase):
    def boot(self, console):
        """Up to the prompt; what the kernel said."""
        return console.wait_for("\n" + PROMPT).replace("\r", "")

    def poweroff(self, console):
        console.type("poweroff\r")
        status, errors = console.end()
        self.assertEqual((status, errors), (0, ""))

    def test_harts(self):
        for harts in (1, 2, 4, 8):
            with self.subTest(harts=harts), session("--harts", str(harts)) as console:
                said = self.boot(console)
                self.assertIn("Linux version 6.1", said)
                self.assertRegex(said, rf"Platform HART Count +: {harts}\n")
                processors = [line for line in console.run("cat /proc/cpuinfo")
                              if line.startswith("processor")]
                self.assertEqual(len(processors), harts)
                self.poweroff(console)

    def test_a_session(self):
        with session() as console:
            self.boot(console)
            self.assertIn("write FILE [WORD...]", console.run("help"))
            self.assertEqual(console.run("write /tmp/note kept in memory"), [])
            self.assertEqual(console.run("cat /tmp/note"), ["kept in memory"])
            self.assertEqual(console.run("cat /tmp/nothing"),
                             ["/tmp/nothing: No such file or directory", "status 1"])
            self.assertEqual(console.run("nonsense"),
                             ["nonsense: No such file or directory", "status 127"])
            used = "\n".join(console.run("cat /proc/interrupts"))
            self.assertRegex(used, r"SiFive PLIC +10 Edge +ttyS0")
            self.assertRegex(used, r"RISC-V INTC +5 Edge +riscv-timer")
            self.assertRegex(console.run("cat /sys/class/rtc/rtc0/date")[0], r"^20\d\d-\d\d-\d\d$")
            self.poweroff(console)

    def test_reboot(self):
        with session() as console:
            self.boot(console)
            console.type("reboot\r")
            self.assertIn("Linux version 6.1", self.boot(console))
            self.poweroff(console)

    def test_a_program_that_fails(self):
        with session() as console:
            self.boot(console)
            console.type("exit 7\r")
            status, errors = console.end()
            self.assertEqual((status, errors), (1, "athena: the guest failed with code 7\n"))

    def test_a_program_of_the_command_line(self):
        for program, status, last in (("cat /proc/version", 0, ""),
                                      ("cat /nothing", 1, "athena: the guest failed with code 1\n")):
            done = subprocess.run(command(append=f'quiet run="{program}"'), capture_output=True,
                                  text=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (status, last))
            self.assertIn(f"init: {program}: status {status}", done.stdout)

    def test_the_same_instructions_each_time(self):
        """Nothing of the host gets into the board: all that is printed is the same."""
        runs = {subprocess.run(command("--harts", "4", append='run="cat /proc/interrupts"'),
                               capture_output=True, timeout=60).stdout for _ in range(2)}
        self.assertEqual(len(runs), 1)
        self.assertTrue(re.search(rb"riscv-timer", runs.pop()))


def main():
    global ATHENA
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--athena", default=ATHENA)
    args, rest = parser.parse_known_args()
    ATHENA = args.athena
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
