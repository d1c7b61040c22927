#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gdb-multiarch debugs Linux (scripts/linux) by vmlinux's symbols, as docs/debugger.md says.

    linux_gdb_test.py ATHENA CROSS_COMPILER
"""
import pathlib
import shlex
import subprocess
import sys
import unittest

from debugging import Run, gdb, sessions

ATHENA = sys.argv[1]
ROOT = pathlib.Path(__file__).resolve().parents[3]


class Linux(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.built = subprocess.run([ROOT / "scripts/linux", "--quiet"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()

    def boot(self, *commands, options, timeout=120):
        """The kernel boots and runs one program; what GDB said."""
        with Run(ATHENA, *options) as run:
            said = gdb(run, *commands, program=f"{self.built}/vmlinux", timeout=timeout)
            status, output, errors = run.end(timeout=120)
        self.assertEqual((status, errors), (0, ""), said)
        self.assertIn("init: cat /proc/version: status 0", output)
        return said

    def options(self, harts):
        return ["--harts", harts, "--kernel", f"{self.built}/Image", "--initrd", f"{self.built}/initrd", "--append",
                'console=ttyS0 run="cat /proc/version"']

    def test_the_page(self):
        pages = [page for page in sessions(ROOT / "docs/debugger.md") if "$linux" in page[1]]
        self.assertEqual(len(pages), 1)
        athena, program, typed = pages[0]
        self.assertEqual(program, "$linux/vmlinux")
        options = shlex.split(athena.replace("$linux", self.built))[1:-2]
        options[options.index("--append") + 1] += ' run="cat /proc/version"'
        said = self.boot(*typed[1:], options=options)
        self.assertRegex(said, r"hit Breakpoint 1, .*start_kernel")
        self.assertRegex(said, r"#0 .*start_kernel")
        self.assertIn("Linux version 6.1", said)

    def test_user_and_kernel(self):
        """Stops in the kernel on both harts, looks at memory through the MMU and beside it."""
        said = self.boot(
            "hbreak start_kernel", "continue", "p $priv", "p/x (unsigned long)$satp >> 60", "x/s &linux_banner",
            # The same bytes by their physical address: the kernel is loaded at RAM + 2 MiB.
            "p/x (long)&linux_banner - (long)&_start + 0x80200000", "monitor physical on", "x/s $3", "monitor physical off",
            "delete", "hbreak smp_callin", "continue", "p $priv", "info threads", "delete",
            "hbreak kernel_power_off", "continue", "backtrace 2", "delete", "detach", options=self.options(2))
        self.assertIn("$1 = 1", said)
        self.assertRegex(said, r"\$2 = 0x[89]\b")  # Sv39 or Sv48
        self.assertEqual(said.count("Linux version 6.1"), 2, said)
        self.assertRegex(said, r"hit .*reakpoint 2, .*smp_callin")
        self.assertRegex(said, r"Thread [12] \(hart[01], supervisor mode")
        self.assertRegex(said, r"#0 .*kernel_power_off")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
