# SPDX-License-Identifier: Apache-2.0
"""Guests that die three calls deep: the program names the callers in their order.

    backtrace_test.py ATHENA CROSS_COMPILER
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ATHENA, COMPILER = sys.argv[1:3]

START = r"""
    .section .text.start
    .globl _start
_start:
    la   sp, stack_end
    li   s0, 0
    csrr t0, mhartid
    slli t0, t0, 12
    sub  sp, sp, t0
    la   t0, vector
    csrw mtvec, t0
    call outermost
1:  j 1b
    .balign 4
vector: .word 0
    .bss
    .balign 16
    .zero 16384
stack_end:
"""

PROGRAM = r"""
static int volatile sink;
__attribute__((noinline)) static void innermost(int x) {
    sink = x;
    DEATH;
}
__attribute__((noinline)) static int middle(int x) {
    innermost(x + 1);
    return sink + x;
}
__attribute__((noinline)) static int outer(int x) {
    return middle(x + 1) + sink;
}
int outermost(void) {
    return outer(1) + sink;
}
"""

DEATHS = {
    "vector": '__asm__ volatile("ebreak")',
    "idle": '__asm__ volatile("csrw mie, zero\\n1: wfi\\nj 1b")',
    "loop": '__asm__ volatile("1: j 1b")',
    "fault": '*(volatile int*)0x50000000 = x',
    "code": '*(volatile int*)0x100000 = 0x3333 | 7 << 16; for (;;) ',
}
CALLERS = ["middle", "outer", "outermost"]


class Backtrace(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)

    def build(self, death, *flags):
        (self.path / "start.S").write_text(START)
        (self.path / "program.c").write_text(PROGRAM)
        elf = self.path / "program.elf"
        subprocess.run([COMPILER, "-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany", "-O1",
                        "-nostdlib", "-nostartfiles", f"-DDEATH={DEATHS[death]}", *flags,
                        "-Wl,-Ttext=0x80000000", "-Wl,-N", "-Wl,--no-warn-rwx-segments", "-Wl,--build-id=none",
                        str(self.path / "start.S"), str(self.path / "program.c"), "-o", str(elf)],
                       check=True)
        return str(elf)

    def lines(self, elf, status, *options):
        done = subprocess.run([ATHENA, "run", "athena-mini", "--firmware", elf, *options],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                              check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        lines = done.stderr.splitlines()
        self.assertTrue(all(line.startswith("athena: ") for line in lines))
        return [line.removeprefix("athena: ") for line in lines]

    def check_callers(self, lines, sure):
        """The last lines are the callers; `sure`: without a mark."""
        found = [re.fullmatch(r"  called from 0x[0-9a-f]+ <(\w+)\+0x[0-9a-f]+>( \?)?", line)
                 for line in lines]
        self.assertTrue(all(found), lines)
        names = [match.group(1) for match in found]
        self.assertEqual(names[:3], CALLERS)
        self.assertEqual(names[3:], ["_start"])
        self.assertEqual([match.group(2) is None for match in found],
                         [True] * 4 if sure else [True] + [False] * 3)

    def test_frame_pointers_name_all_callers(self):
        elf = self.build("vector", "-fno-omit-frame-pointer")
        lines = self.lines(elf, 1)
        self.assertRegex(lines[0], r"^hart0 is dead: traps on its own trap vector")
        self.assertRegex(lines[1], r"^hart0 in M-mode at 0x[0-9a-f]+ <vector>, last trap: illegal "
                                   r"instruction, tval 0x0, at 0x[0-9a-f]+ <vector>$")
        self.check_callers(lines[2:], sure=True)

    def test_without_frame_pointers_the_stack_is_searched(self):
        lines = self.lines(self.build("vector", "-fomit-frame-pointer"), 1)
        self.check_callers(lines[2:], sure=False)

    def test_all_harts_idle(self):
        lines = self.lines(self.build("idle", "-fno-omit-frame-pointer"), 1, "--harts", "2")
        self.assertIn("nothing can wake the harts any more", lines[0])
        self.assertRegex(lines[1], r"^hart0 in M-mode at 0x[0-9a-f]+ <innermost\+0x[0-9a-f]+>, no trap before$")
        self.check_callers(lines[2:6], sure=True)
        self.assertRegex(lines[6], r"^hart1 in M-mode at 0x")
        self.check_callers(lines[7:], sure=True)

    def test_a_limit(self):
        elf = self.build("loop", "-fno-omit-frame-pointer")
        for option in (("--max-time", "1ms"), ("--max-instructions", "10000")):
            lines = self.lines(elf, 4, *option)
            self.assertIn(option[0], lines[0])
            self.assertIn("<innermost", lines[1])
            self.check_callers(lines[2:], sure=True)

    def test_the_first_fault_with_strict(self):
        elf = self.build("fault", "-fno-omit-frame-pointer")
        lines = self.lines(elf, 1, "--strict")
        trace = next(i for i, line in enumerate(lines) if line.startswith("hart0 in M-mode"))
        self.assertIn("(--strict)", lines[trace - 1])
        self.check_callers(lines[trace + 1:], sure=True)

    def test_symbols_may_come_from_another_file(self):
        elf = self.build("vector", "-fno-omit-frame-pointer")
        bare = str(self.path / "bare.elf")
        subprocess.run([COMPILER.replace("gcc", "strip"), elf, "-o", bare], check=True)
        lines = self.lines(bare, 1)
        self.assertRegex(lines[2], r"^  called from 0x[0-9a-f]+$")
        self.check_callers(self.lines(bare, 1, "--symbols", elf)[2:], sure=True)

    def test_a_guest_that_says_its_code_is_no_news(self):
        self.assertEqual(self.lines(self.build("code"), 1), ["the guest failed with code 7"])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
