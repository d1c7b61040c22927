#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Linux with files that are damaged: kernels, initial RAM disks, drives. Each ends with its status and says why.

    PYTHONPATH=tests/system/boot bad_test.py --athena build/athena [unittest options]
"""
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import unittest

import linux_test

sys.dont_write_bytecode = True

WHERE = re.compile(r"(?m)^athena: (hart\d in .-mode |  called from |guest fault: )[^\n]*\n")


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)

    def file(self, name, content):
        path = self.path / name
        path.write_bytes(content)
        return path

    def run_files(self, kernel, initrd, *options, append=""):
        built = linux_test.folder()
        done = subprocess.run(
            [linux_test.ATHENA, "run", "athena-mini", "--kernel", str(kernel), "--initrd", str(initrd), "--append",
             f"console=ttyS0 {append}", "--symbols", str(built / "vmlinux"), *options],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=120)
        return done.returncode, done.stdout.replace("\r", ""), done.stderr.replace(f"{self.path}/", "")

    def check(self, kernel, initrd, status, line, *options, **others):
        """One line, beside where the harts were; the whole of standard error."""
        found, said, errors = self.run_files(kernel, initrd, *options, **others)
        self.assertEqual(found, status, said[-1000:] + errors)
        self.assertRegex(WHERE.sub("", errors), rf"\Aathena: {line}\n\Z")
        return said, errors


class Kernels(Case):
    def image(self):
        return bytearray((linux_test.folder() / "Image").read_bytes())

    def check_image(self, content, status, line, *options, **others):
        return self.check(self.file("Image", content), linux_test.folder() / "initrd", status, line, *options, **others)

    def test_one_without_a_beginning(self):
        """OpenSBI hands its exceptions back to it for ever; the limit says where."""
        image = self.image()
        for length in (64, 1000):
            bad = image[:length] if length > 64 else bytes(64) + image[64:]
            _, errors = self.check_image(bad, 4, "--max-time: board time is 100000000000 ps", "--max-time", "100ms")
            self.assertRegex(errors, r"last trap: illegal instruction, tval 0x0, at 0x8020")

    def test_one_that_is_cut(self):
        image = self.image()
        for length in (100_000, len(image) // 2):
            with self.subTest(length=length):
                self.check_image(image[:length], 1, r"nothing can wake the harts any more: hart0 is in WFI [^\n]*")

    def test_one_with_zeros_in_the_middle(self):
        image = self.image()
        third = len(image) // 3
        image[third:2 * third] = bytes(third)
        self.check_image(image, 1, r"nothing can wake the harts any more: hart0 is in WFI [^\n]*")

    def test_random_bytes(self):
        """What they do is not known: dead, asleep, or busy until the time is over."""
        image = self.image()
        third = len(image) // 3
        for seed in range(1, 5):
            with self.subTest(seed=seed):
                numbers = random.Random(seed)
                if seed % 2 == 0:
                    image[third:2 * third] = numbers.randbytes(third)
                else:
                    image[64:] = numbers.randbytes(len(image) - 64)
                status, said, errors = self.run_files(self.file("Image", image), linux_test.folder() / "initrd",
                                                      "--max-time", "1s")
                self.assertIn(status, (1, 4), said[-1000:] + errors)
                self.assertRegex(WHERE.sub("", errors), r"\Aathena: (--max-time: |nothing can wake |hart0 is dead: )[^\n]*\n\Z")

    def test_one_that_takes_more_memory_than_there_is(self):
        """By its header: the file alone has room."""
        image = self.image()
        struct.pack_into("<Q", image, 16, 64 << 20)
        for size, line in ((64 << 20, r"Image: 67108864 bytes at 0x80200000 are outside memory, .*: give --memory"),
                           ((1 << 64) - 1, r"Image: \d+ bytes at 0x80200000 are outside memory, .*"),
                           (50 << 20, r"Image at 0x80200000 to 0x833fffff overlaps [^\n]*initrd[^\n]*|"
                                      r"[^\n]*initrd at 0x\w+ to 0x\w+ overlaps Image at 0x80200000 to 0x833fffff")):
            struct.pack_into("<Q", image, 16, size)
            said, _ = self.check_image(image, 2, line, "--memory", "64M")
            self.assertEqual(said, "")
        struct.pack_into("<Q", image, 16, 16 << 20)
        self.check_image(image, 2, r"Image: 16777216 bytes at 0x80200000 are outside memory, .*: give --memory",
                         "--memory", "16M")

    def test_a_disk_for_which_there_is_no_room(self):
        big = self.file("initrd", bytes(12 << 20))
        self.check(linux_test.folder() / "Image", big, 2,
                   r"initrd: 12582912 bytes at 0x80a00000 are outside memory, .*: give --memory", "--memory", "16M")


class Disks(Case):
    """The kernel panics and waits, or resets the board again and again: the limit says where it was."""

    def check_panic(self, initrd, why, *options, append=""):
        said, errors = self.check(linux_test.folder() / "Image", initrd, 4, "--max-time: board time is 1000000000000 ps",
                                  "--max-time", "1s", *options, append=append)
        self.assertIn(f"Kernel panic - not syncing: {why}", said)
        return said, errors

    def test_what_is_none(self):
        """Names are vmlinux's: the backtrace goes through the kernel's page tables."""
        for name, content in (("zeros", bytes(100_000)), ("random", random.Random(1).randbytes(100_000)),
                              ("one-byte", b"0")):
            for harts in ("1", "4"):
                with self.subTest(name, harts=harts):
                    said, errors = self.check_panic(self.file(name, content), "VFS: Unable to mount root fs", "--harts", harts)
                    self.assertEqual(said.count("Linux version"), 1)
                    self.assertRegex(errors, r"(?m)^athena: hart\d in S-mode at 0x[0-9a-f]+ <\w*delay\+0x[0-9a-f]+>")
                    self.assertRegex(errors, r"called from 0x[0-9a-f]+ <panic\+0x[0-9a-f]+>\n")
                    self.assertIn("<mount_block_root+", errors)
                    self.assertIn("<prepare_namespace+", errors)

    def test_a_kernel_that_resets_the_board_then(self):
        said, _ = self.check_panic(self.file("initrd", bytes(512)), "VFS: Unable to mount root fs", append="panic=-1")
        self.assertGreater(said.count("Linux version"), 2)

    def test_one_that_is_cut(self):
        """After its first file, init: there are no programs, which is no panic; within it: there is none to run."""
        whole = (linux_test.folder() / "initrd").read_bytes()
        self.check_panic(self.file("cut", whole[:20_000]), "")
        status, said, errors = self.run_files(linux_test.folder() / "Image", self.file("cut", whole[:1_000_000]),
                                              append='quiet run="udp"')
        self.assertEqual((status, errors), (1, "athena: the guest failed with code 127\n"), said)


class Drives(Case):
    def make_drive(self):
        return linux_test.Linux.make_drive(self, self.path)

    def test_one_whose_file_system_is_garbage(self):
        drive = self.make_drive()
        content = bytearray(drive.read_bytes())
        for place, length, what in ((1024, 1024, "the superblock"), (2048, 1024, "group descriptors"),
                                    (1024, len(content) - 1024, "all of it")):
            with self.subTest(what):
                bad = bytearray(content)
                bad[place:place + length] = random.Random(place).randbytes(length)
                self.file("bad.img", bad)
                done = subprocess.run(
                    linux_test.command("--drive", str(self.path / "bad.img"), append='quiet run="mount /dev/vda /mnt"'),
                    stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
                self.assertEqual((done.returncode, done.stderr), (1, "athena: the guest failed with code 1\n"), done.stdout)
                self.assertRegex(done.stdout, r"/dev/vda: (Invalid argument|Structure needs cleaning)")

    def test_one_that_shrinks_while_it_is_mounted(self):
        """What is gone stays gone: writes there fail and do not make the file longer."""
        drive = self.make_drive()
        with linux_test.session("--drive", str(drive)) as console:
            console.wait_for("\n" + linux_test.PROMPT)
            self.assertIn("mounted filesystem", "".join(console.run("mount /dev/vda /mnt")))
            self.assertEqual(console.run("write /mnt/before kept"), [])
            os.truncate(drive, 64 << 10)
            self.assertIn("status 1", console.run("write /mnt/after lost"))
            self.assertIn("I/O error, dev vda", "\n".join(console.run("write /mnt/more lost")))
            console.type("poweroff\r")
            self.assertEqual(console.end(), (0, ""))
        self.assertEqual(drive.stat().st_size, 64 << 10)


if __name__ == "__main__":
    linux_test.main(__doc__)
