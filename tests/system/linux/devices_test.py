#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The board's devices as Linux's own drivers see them: uart, clock, power-off and reset, pace.

    PYTHONPATH=tests/system/boot devices_test.py --athena build/athena [unittest options]
"""
import re
import subprocess
import sys
import tempfile
import time
import unittest

import linux_test

sys.dont_write_bytecode = True

EPOCH = 1704067200  # 2024-01-01 00:00:00 UTC, models/devices/README.md


def run_lines(lines, *options, timeout=60):
    return subprocess.run(linux_test.command(*options, append=f'quiet run="{lines}"'), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=timeout)


class Case(unittest.TestCase):
    def boot(self, console):
        return console.wait_for("\n" + linux_test.PROMPT).replace("\r", "")

    def poweroff(self, console):
        console.type("poweroff\r")
        self.assertEqual(console.end(), (0, ""))


class Uart(Case):
    typed = 0

    def unhandled(self, console):
        interrupts = "cat /proc/interrupts"
        number = re.search(r"(\d+): .*ttyS0", "\n".join(console.run(interrupts))).group(1)
        line = f"cat /proc/irq/{number}/spurious"
        self.typed += len(interrupts) + len(line) + 2
        return int(re.search(r"unhandled (\d+)", "\n".join(console.run(line))).group(1))

    def test_the_driver_is_content(self):
        with linux_test.session("--harts", "2") as console:
            said = self.boot(console)
            self.assertRegex(said, r"10000000\.serial: ttyS0 at MMIO 0x10000000 \(irq = \d+, base_baud = 230400\) is a 16550A")
            # Its start-up raises and drops the transmitter's interrupt twice while it looks for a bug of other uarts,
            # and the PLIC keeps such requests: those (more on QEMU) and no others are of no use to it.
            before = self.unhandled(console)
            self.assertLessEqual(before, 2)
            typed = self.typed
            for text in ("x" * 10, "y" * 200, "z" * 700):  # FIFOs and trigger levels many times over
                line = f"write /tmp/note {text}"
                self.assertEqual(console.run(line), [])
                typed += len(line) + 1
                self.assertEqual(console.run("cat /tmp/note"), [text])
                typed += len("cat /tmp/note") + 1
            state = "cat /proc/tty/driver/serial"
            lines = "\n".join(console.run(state))
            typed += len(state) + 1
            counts = re.search(r"0: uart:16550A mmio:0x10000000 irq:(\d+) tx:\d+ rx:(\d+) (.*)", lines)
            self.assertEqual(int(counts.group(2)), typed)
            self.assertNotRegex(counts.group(3), r"\b(oe|fe|pe|brk):")
            self.assertEqual(self.unhandled(console), before)
            self.poweroff(console)
            everything = console.seen.decode(errors="replace")
        for complaint in ("too much work", "nobody cared", "spurious", "LSR safety check", "overrun"):
            self.assertNotIn(complaint, everything.replace("/spurious", ""))


class Clock(Case):
    def test_the_date_is_the_boards(self):
        lines = ("cat /sys/class/rtc/rtc0/date; cat /sys/class/rtc/rtc0/since_epoch; sleep 5000; "
                 "cat /sys/class/rtc/rtc0/since_epoch; cat /sys/class/rtc/rtc0/time")
        runs = [run_lines(lines) for _ in range(2)]
        self.assertEqual((runs[0].returncode, runs[0].stderr), (0, ""), runs[0].stdout)
        self.assertEqual(runs[0].stdout, runs[1].stdout)
        found = re.search(r"2024-01-01\n(\d+)\n(\d+)\n00:00:0(\d)\n", runs[0].stdout.replace("\r", ""))
        first, second, seconds = map(int, found.groups())
        self.assertLessEqual(first - EPOCH, 1)  # the boot takes less than a second
        self.assertIn(second - first, (5, 6))
        self.assertEqual(seconds, second - EPOCH)

    def test_it_goes_on_over_a_reboot(self):
        """As if a battery kept it."""
        with linux_test.session("--pace", "off") as console:
            self.boot(console)
            console.run("sleep 20000")
            console.type("reboot\r")
            self.boot(console)
            now = int(console.run("cat /sys/class/rtc/rtc0/since_epoch")[0]) - EPOCH
            self.assertGreaterEqual(now, 20)
            self.poweroff(console)


class Ends(Case):
    def test_power_off_and_failure_by_the_finisher(self):
        for value, status, errors in (("0x5555", 0, ""), ("0x3333", 1, "athena: the guest failed with code 0\n"),
                                      ("0x00073333", 1, "athena: the guest failed with code 7\n")):
            with self.subTest(value=value):
                done = run_lines(f"poke 0x100000 {value}")
                self.assertEqual((done.returncode, done.stderr), (status, errors), done.stdout)

    def test_power_off_by_sbi(self):
        with linux_test.session() as console:
            self.assertIn("pm_power_off already claimed for sbi_srst_power_off", self.boot(console))
            console.type("poweroff\r")
            console.wait_for("reboot: Power down")
            self.assertEqual(console.end(), (0, ""))

    def test_resets_in_place(self):
        """By SBI and by the finisher, with four harts and all virtio devices in use: all of them start anew."""
        with tempfile.TemporaryDirectory() as folder:
            drive = linux_test.Linux.make_drive(self, folder)
            with linux_test.session("--harts", "4", "--drive", str(drive), "--net", "loop", "--console-device", "virtio",
                                    append="console=hvc0") as console:
                self.boot(console)
                for turn, line in enumerate(("reboot", "poke 0x100000 0x7777", "reboot")):
                    self.assertEqual(console.run("write /tmp/note gone by the reset"), [])
                    console.run("mount /dev/vda /mnt")
                    if turn > 0:
                        self.assertEqual(console.run("cat /mnt/note"), [f"turn {turn - 1}"])
                    self.assertEqual(console.run(f"write /mnt/note turn {turn}"), [])
                    self.assertEqual(console.run("net 10.0.2.15"), [])
                    self.assertEqual(console.run("ping 10.0.2.2 2"), ["2 of 2 answered"])
                    console.type(line + "\r")
                    said = self.boot(console)
                    self.assertIn("OpenSBI v1", said)
                    self.assertIn("smp: Brought up 1 node, 4 CPUs", said)
                    self.assertIn("status 1", console.run("cat /tmp/note"))
                self.poweroff(console)
            subprocess.run(["/sbin/e2fsck", "-fp", drive], capture_output=True)
            linux_test.Linux.check_drive(self, drive)


class Pace(Case):
    def seconds(self, *options, sleep=1500):
        start = time.monotonic()
        done = run_lines(f"sleep {sleep}", *options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return time.monotonic() - start, done.stdout

    def test_paces(self):
        """A bound from below is the host's clock; that off is quicker than it is for a sleep that no boot takes."""
        slept, said = self.seconds("--pace", "1")
        self.assertGreaterEqual(slept, 1.5)
        slept, other = self.seconds("--pace", "2")
        self.assertGreaterEqual(slept, 0.75)
        self.assertEqual(said, other)
        for options in (("--pace", "off"), ("--pace", "auto"), ()):  # nobody can type
            slept, other = self.seconds(*options, sleep=300_000)
            self.assertLess(slept, 100)

    def test_auto_waits_while_somebody_may_type(self):
        with linux_test.session() as console:
            self.boot(console)
            start = time.monotonic()
            self.assertEqual(console.run("sleep 2000"), [])
            self.assertGreaterEqual(time.monotonic() - start, 2)
            self.poweroff(console)

    def test_what_is_no_pace(self):
        for pace in ("fast", "0", "-1", "nan"):
            done = run_lines("ls", "--pace", pace)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertRegex(done.stderr, r"\Aathena: --pace [^\n]*\n\Z")


if __name__ == "__main__":
    linux_test.main(__doc__)
