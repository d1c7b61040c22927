#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The commands of README.md and the book work as they stand there, page by page.

Long ones are cut short: trainings and boots by --max-time, co-simulation to a few commands. Runs of the smoke suite and sessions
with a debugger are left to their own tests.

Usage: commands_test.py build/athena riscv64-unknown-elf-gcc [unittest arguments]"""
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
BEGINNINGS = ("build/athena ", "cp ", "truncate ", "/sbin/mkfs.ext4 ", "./scripts/regs ", "riscv64-unknown-elf-gcc ")
U_BOOT = "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin"
ATHENA = ""
COMPILER = ""


def pages():
    return [os.path.join(ROOT, "README.md"), *sorted(glob.glob(os.path.join(ROOT, "docs/*.md")))]


def commands(text):
    """Indented lines that begin as a command does, without their comments."""
    for line in re.findall(r"^    (\S.*)$", text, re.M):
        command = re.sub(r"\s+#\s.*$", "", line)
        if command.startswith(BEGINNINGS):
            yield command


def cut(command):
    """The command with an end that comes soon, and the exit statuses that are right."""
    if "--kernel" in command:
        return command + " --max-time 1s", (0, 4) if "run=" in command else (4,)
    if re.search(r" run .*(charlm|gpt)", command):
        return command + " --max-time 50ms", (0, 4)
    return re.sub(r"--commands \d+", "--commands 20", command), (0,)


def linux():
    """What docs/linux.md has in $linux."""
    return subprocess.run([os.path.join(ROOT, "scripts/linux"), "--quiet"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


class Commands(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.symlink(os.path.dirname(os.path.abspath(ATHENA)), os.path.join(self.folder, "build"))
        for name in ("examples", "models", "platform", "scripts", "tests"):
            os.symlink(os.path.join(ROOT, name), os.path.join(self.folder, name))

    def run_command(self, command):
        words = shlex.split(command)
        if "$linux" in command:
            words = [word.replace("$linux", linux()) for word in words]
        if words[0] == "riscv64-unknown-elf-gcc":
            words[0] = COMPILER
        return subprocess.run(words, cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, errors="replace", timeout=120, check=False)

    def test_each_command_of_each_page(self):
        count = 0
        for page in pages():
            with open(page, encoding="utf-8") as source:
                text = source.read()
            for program in re.findall(r"^```asm\n(.*?)^```", text, re.M | re.S):
                with open(os.path.join(self.folder, "my.S"), "w", encoding="utf-8") as out:
                    out.write(program)
            for command in commands(text):
                if " regress " in command and "--list" not in command or "--gdb" in command:
                    continue
                short, statuses = cut(command)
                with self.subTest(page=os.path.relpath(page, ROOT), command=short):
                    done = self.run_command(short)
                    self.assertIn(done.returncode, statuses, done.stdout[-2000:] + done.stderr)
                    if U_BOOT in short:
                        self.assertIn("U-Boot 20", done.stdout)
                    if "$linux" in short:
                        self.assertIn("Linux version 6.1", done.stdout)
                count += 1
        self.assertGreater(count, 15)


if __name__ == "__main__":
    ATHENA, COMPILER = sys.argv[1:3]
    del sys.argv[1:3]
    unittest.main()
