#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Linux (scripts/linux) under Debian's unmodified OpenSBI, by typing at its console.

    PYTHONPATH=tests/system/boot linux_test.py --athena build/athena [unittest options]
"""
import argparse
import fcntl
import functools
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from session import Session

sys.dont_write_bytecode = True

TOP = pathlib.Path(__file__).resolve().parents[3]
PROMPT = "linux# "
ATHENA = "build/athena"


@functools.cache
def folder():
    """Of kernel and initial RAM disk."""
    return pathlib.Path(subprocess.run([TOP / "scripts/linux", "--quiet"], check=True,
                                       stdout=subprocess.PIPE, text=True).stdout.strip())


def command(*options, append="", board="athena-mini"):
    built = folder()
    return [ATHENA, "run", board, "--kernel", str(built / "Image"), "--initrd",
            str(built / "initrd"), "--append", f"console=ttyS0 {append}".strip(), *options]


def session(*options, **others):
    return Session(command(*options, **others), prompt=PROMPT)


def parse(parser):
    """What `parser` finds on the command line, and the program to be tested; the rest is for unittest."""
    global ATHENA
    parser.add_argument("--athena", default=ATHENA)
    arguments, rest = parser.parse_known_args()
    ATHENA = arguments.athena
    return arguments, [sys.argv[0], *rest]


def main(description):
    """The tests of the file that is run."""
    unittest.main(argv=parse(argparse.ArgumentParser(description=description))[1])


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

    def test_entropy(self):
        """Seeded: the same numbers for the same seed."""
        seen = []
        for seed in ("1", "1", "2"):
            with session("--seed", seed) as console:
                self.boot(console)
                self.assertEqual(console.run("cat /sys/class/misc/hw_random/rng_current"), ["virtio_rng.0"])
                seen.append(console.run("hex /dev/hwrng 16"))
                self.poweroff(console)
        self.assertRegex(seen[0][0], r"^[0-9a-f]{32}$")
        self.assertEqual(seen[0], seen[1])
        self.assertNotEqual(seen[0], seen[2])

    def test_the_virtio_console(self):
        for harts in ("1", "4"):
            with self.subTest(harts=harts), tempfile.TemporaryDirectory() as folder:
                options = ("--console-device", "virtio", "--harts", harts)
                with session(*options, "--record", f"{folder}/record", append="console=hvc0") as console:
                    self.assertIn("OpenSBI v1", self.boot(console))  # by the uart
                    self.assertEqual(console.run("cat /sys/class/tty/console/active"), ["ttyS0 hvc0"])
                    self.assertIn("write FILE [WORD...]", console.run("help"))
                    long_line = "write /tmp/note " + "letters " * 40
                    self.assertEqual(console.run(long_line), [])
                    self.assertEqual(console.run("cat /tmp/note"), [("letters " * 40).rstrip()])
                    self.poweroff(console)
                    seen = bytes(console.seen)
                done = subprocess.run(command(*options, "--replay", f"{folder}/record", append="console=hvc0"),
                                      stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
                self.assertEqual((done.returncode, done.stdout), (0, seen), done.stderr)

    def test_reboot(self):
        with session() as console:
            self.boot(console)
            console.type("reboot\r")
            self.assertIn("Linux version 6.1", self.boot(console))
            self.poweroff(console)

    def make_drive(self, folder, mebibytes=16):
        drive = pathlib.Path(folder) / "drive.img"
        with open(drive, "wb") as file:
            file.truncate(mebibytes << 20)
        subprocess.run(["/sbin/mkfs.ext4", "-q", drive], check=True)
        return drive

    def check_drive(self, drive):
        """Whole, without a journal to replay."""
        done = subprocess.run(["/sbin/e2fsck", "-fn", drive], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_drive_keeps_what_was_written(self):
        with tempfile.TemporaryDirectory() as folder:
            drive = self.make_drive(folder)
            with session("--drive", str(drive), "--harts", "2") as console:
                self.boot(console)
                self.assertEqual(console.run("cat /sys/block/vda/size"), [str((16 << 20) // 512)])
                console.run("mount /dev/vda /mnt")
                self.assertEqual(console.run("write /mnt/note kept on the drive"), [])
                console.run("mkdir /mnt/folder")
                console.run("umount /mnt")
                self.poweroff(console)
            self.check_drive(drive)
            with session("--drive", f"{drive},ro") as console:
                self.boot(console)
                self.assertEqual(console.run("cat /sys/block/vda/ro"), ["1"])
                console.run("mount /dev/vda /mnt ext4 ro")
                self.assertEqual(console.run("cat /mnt/note"), ["kept on the drive"])
                self.assertIn("folder", console.run("ls /mnt"))
                self.assertIn("status 1", console.run("write /mnt/note again"))
                self.poweroff(console)

    def test_a_drive_has_what_was_flushed_when_all_is_killed(self):
        with tempfile.TemporaryDirectory() as folder:
            drive = self.make_drive(folder)
            with session("--drive", str(drive)) as console:
                self.boot(console)
                console.run("mount /dev/vda /mnt")
                self.assertEqual(console.run("write /mnt/note flushed"), [])  # by fsync()
                console.process.kill()
            with session("--drive", str(drive)) as console:
                self.boot(console)
                console.run("mount /dev/vda /mnt")
                self.assertEqual(console.run("cat /mnt/note"), ["flushed"])
                console.run("umount /mnt")
                self.poweroff(console)
            self.check_drive(drive)

    def test_a_drive_that_shrinks_is_an_error_for_the_guest(self):
        with tempfile.TemporaryDirectory() as folder:
            drive = self.make_drive(folder)
            with session("--drive", str(drive)) as console:
                self.boot(console)
                os.truncate(drive, 4096)
                self.assertIn("status 1", console.run("mount /dev/vda /mnt"))
                self.poweroff(console)

    def test_drives_that_are_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            drive = self.make_drive(folder)
            odd = pathlib.Path(folder) / "odd.img"
            odd.write_bytes(b"x" * 1000)
            empty = pathlib.Path(folder) / "empty.img"
            empty.touch()
            with open(drive, "rb") as holder:
                fcntl.flock(holder, fcntl.LOCK_SH)
                for name, why in ((drive, "another run has it"), (odd, "no number of sectors of 512"),
                                  (empty, "no number of sectors of 512"), (folder, "directory"),
                                  (f"{folder}/nothing", "No such file"), ("/dev/zero", "is no file")):
                    done = subprocess.run(command("--drive", str(name)), capture_output=True,
                                          text=True, timeout=60)
                    self.assertEqual(done.returncode, 2, done.stderr)
                    self.assertRegex(done.stderr, rf"^athena: --drive {re.escape(str(name))}: .*{why}.*\n$")
                done = subprocess.run(command("--drive", f"{drive},ro", append='quiet run="cat /sys/block/vda/ro"'),
                                      capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr)
            done = subprocess.run(command(*["--drive", f"{drive},ro"] * 9), capture_output=True,
                                  text=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr),
                             (2, "athena: --drive: 9 files, expected at most 5\n"))

    def test_a_record_is_replayed_with_the_same_drive_only(self):
        with tempfile.TemporaryDirectory() as folder:
            drive = self.make_drive(folder)
            before = drive.read_bytes()
            record = f"{folder}/record"
            options = ("--drive", str(drive))
            with session(*options, "--record", record) as console:
                self.boot(console)
                console.run("mount /dev/vda /mnt")
                console.run("write /mnt/note once")
                console.run("umount /mnt")
                self.poweroff(console)
                seen = bytes(console.seen)
            after = drive.read_bytes()
            self.assertNotEqual(after, before)
            again = command(*options, "--replay", record)
            self.assertEqual(subprocess.run(again, capture_output=True, timeout=60).returncode, 2)
            drive.write_bytes(before)
            done = subprocess.run(again, capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout), (0, seen))
            self.assertEqual(drive.read_bytes(), after)

    def test_a_product_on_the_accelerator(self):
        uio = "uio_pdrv_genirq.of_id=athena,accel-1"
        with session(append=uio, board="athena-1") as console:
            self.boot(console)
            for cluster in (0, 15):
                self.assertEqual(console.run(f"gemm {cluster}"),
                                 [f"gemm: 48 x 48 x 80 on cluster {cluster}: 0 of 2304 results are wrong"])
            self.assertEqual(console.run("gemm 0"), ["gemm: 48 x 48 x 80 on cluster 0: 0 of 2304 results are wrong"])
            self.poweroff(console)
        with session() as console:  # without the setting there is no device
            self.boot(console)
            self.assertEqual(console.run("gemm")[-1], "status 2")
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


if __name__ == "__main__":
    main(__doc__)
