# SPDX-License-Identifier: Apache-2.0
"""--trace-cpu: what a run lists of its harts, and that it runs as without.

    cpu_trace_test.py ATHENA CROSS_COMPILER HELLO_ELF
"""
import collections
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "programs"))
import guests  # noqa: E402
from board_case import BoardCase  # noqa: E402

ATHENA, COMPILER, HELLO = (os.path.abspath(sys.argv[1]), sys.argv[2], os.path.abspath(sys.argv[3]))
OBJDUMP = COMPILER.replace("gcc", "objdump")
U_BOOT = "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin"
NS = 1000

# Loads, stores, an atomic, floating point, a trap, and an interrupt that MIE lets in.
guests.GUESTS["traced"] = guests.program("""
    la   t0, handler
    csrw mtvec, t0
    la   s0, data
    li   a0, 0x1122
    sh   a0, 2(s0)
    lhu  a1, 2(s0)
    amoadd.w.aq a2, a0, (s0)
    li   t1, 0x2000
    csrs mstatus, t1
    fld  fa0, 8(s0)
    fsd  fa0, 16(s0)
    .word 0xffffffff
    li   t1, 0x2000000      # MSIP of hart 0
    li   t2, 1
    sw   t2, 0(t1)
    li   t1, 8
    csrw mie, t1
    csrs mstatus, t1
after:
    li t0, 1
""" + guests.EXIT + """
    .balign 4
    .type handler, @function
handler:
    csrr t3, mcause
    bltz t3, 2f
    csrr t3, mepc
    addi t3, t3, 4
    csrw mepc, t3
    mret
2:  li   t3, 0x2000000
    sw   zero, 0(t3)
    mret
""", guests.TOHOST + """
    .balign 8
data: .word 0, 0
    .dword 0x3ff0000000000000, 0
""")

# Both harts count under a lock of LR/SC, with timer interrupts on hart 0.
guests.GUESTS["lock"] = guests.program("""
    csrr s0, mhartid
    la   t0, handler
    csrw mtvec, t0
    bnez s0, 1f
    li   t0, 0x2004000
    li   t1, 500
    sd   t1, 0(t0)
    li   t1, 1 << 7
    csrw mie, t1
    csrsi mstatus, 8
1:  la   s1, count
    li   s2, 3000
2:  lr.d t1, (s1)
    addi t1, t1, 1
    sc.d t2, t1, (s1)
    bnez t2, 2b
    addi s2, s2, -1
    bnez s2, 2b
    la   s3, done
    li   t1, 1
    amoadd.w t1, t1, (s3)
    bnez s0, 4f
3:  lw   t1, 0(s3)
    li   t2, 2
    bne  t1, t2, 3b
    ld   t1, 0(s1)
    li   t2, 6000
    li   t0, 3
    bne  t1, t2, 5f
    li   t0, 1
5:
""" + guests.EXIT + """
4:  wfi
    j 4b
    .balign 4
handler:
    csrr t3, time
    addi t3, t3, 50
    li   t4, 0x2004000
    sd   t3, 0(t4)
    mret
""", guests.TOHOST + "    .balign 64\ncount: .dword 0\ndone: .dword 0\n")

LINE = re.compile(r"(\d+) hart(\d) ([MSU]) ([0-9a-f]{16}) (?:<([^>+]+)(?:\+0x[0-9a-f]+)?> )?(.*)")


class CpuTrace(BoardCase):
    PROGRAM = ATHENA

    def trace(self, *options, window="", status=0):
        """Lines of the trace, and the machine, which is as without it."""
        file = self.path / "trace"
        machine = self.run_board(*options, "--trace-cpu", f"{file}{window}", status=status)
        self.assertEqual(machine, self.run_board(*options, status=status))
        return file.read_text().splitlines(), machine

    def test_lines_say_what_each_instruction_did(self):
        elf = guests.build(COMPILER, self.path, "traced")
        lines, machine = self.trace("--firmware", str(elf))
        nm = subprocess.run([COMPILER.replace("gcc", "nm"), str(elf)], capture_output=True,
                            text=True, check=True).stdout
        at = {name: int(address, 16) for address, _, name in map(str.split, nm.splitlines())}
        data, handler = at["data"], at["handler"]
        text = [LINE.fullmatch(line).group(6) for line in lines]
        self.assertEqual(LINE.fullmatch(lines[0]).group(1, 2, 3, 4), ("0", "0", "M", f"{0x1000:016x}"))
        for expected in (
                f"00a41123 sh a0,2(s0) # [{data + 2:#x}]=0x1122",
                f"00245583 lhu a1,2(s0) # a1=0x1122 [{data + 2:#x}]",
                f"04a4262f amoadd.w.aq a2,a0,(s0) # a2=0x11220000 [{data:#x}]",
                f"2408 c.fld fa0,8(s0) # fa0=0x3ff0000000000000 [{data + 8:#x}]",
                f"a808 c.fsd fa0,16(s0) # [{data + 16:#x}]=0x3ff0000000000000",
                f"trap: illegal instruction, tval 0xffffffff, to M {handler:#x}",
                f"trap: machine software interrupt, tval 0x0, to M {handler:#x}",
                "00732023 sw t2,0(t1) # [0x2000000]=0x1",
                "30200073 mret"):
            self.assertIn(expected, text)
        # The interrupt comes after the instruction that lets it in, before the next.
        trap = next(i for i, line in enumerate(text) if "software interrupt" in line)
        self.assertEqual(text[trap - 1], "30032073 csrrs zero,mstatus,t1")
        epc, symbol = LINE.fullmatch(lines[trap]).group(4, 5)
        self.assertEqual((int(epc, 16), symbol), (at["after"], "after"))
        self.assertIn("<handler> ", lines[trap + 1])
        # Each instruction that retired has its line, and its clock edge: 5 ns from one to the next
        # but where the bus took longer.
        retired = [line for line in text if not line.startswith("trap:")]
        hart = machine["harts"]["0"] if isinstance(machine["harts"], dict) else machine["harts"][0]
        # The run goes on to the end of the quantum in which tohost was written.
        self.assertEqual(len(retired), hart["instructions"])
        times = [int(LINE.fullmatch(line).group(1)) for line in lines]
        self.assertEqual(times, sorted(times))
        self.assertTrue(all(time % (5 * NS) == 0 for time in times))

    def test_functions_are_those_that_objdump_names(self):
        lines, _ = self.trace("--firmware", HELLO, window=",until=1500us")
        found = {}
        for line in lines:
            pc, name = LINE.fullmatch(line).group(4, 5)
            found[int(pc, 16)] = name
        found = {pc: name for pc, name in found.items() if pc >= 0x8000_0000}
        self.assertGreater(len(found), 500)
        listing = subprocess.run([OBJDUMP, "-d", HELLO], capture_output=True, text=True,
                                 check=True).stdout
        names, name = {}, None
        for line in listing.splitlines():
            if label := re.fullmatch(r"[0-9a-f]+ <(.+)>:", line):
                name = label.group(1)
            elif place := re.match(r" *([0-9a-f]+):\t", line):
                names[int(place.group(1), 16)] = name
        wrong = {hex(pc): (ours, names[pc]) for pc, ours in found.items() if ours != names[pc]}
        self.assertEqual(wrong, {})

    def test_harts_and_window_are_chosen(self):
        elf = guests.build(COMPILER, self.path, "lock")
        options = ("--firmware", str(elf), "--harts", "2")
        lines, machine = self.trace(*options)
        by_hart = collections.Counter(LINE.fullmatch(line).group(2) for line in lines
                                      if "trap:" not in line)
        self.assertEqual([by_hart["0"], by_hart["1"]],
                         [hart["instructions"] for hart in machine["harts"]])
        self.assertGreater(machine["harts"][0]["interrupts"], 5)
        self.assertEqual(sum("machine timer interrupt" in line for line in lines),
                         machine["harts"][0]["interrupts"])
        some, _ = self.trace(*options, window=",harts=1,from=20us,until=60us")
        wanted = [line for line in lines if LINE.fullmatch(line).group(2) == "1"
                  and 20_000 * NS <= int(line.split()[0]) < 60_000 * NS]
        self.assertGreater(len(wanted), 3000)
        self.assertEqual(some, wanted)

    def test_a_boot_is_the_same_with_a_trace(self):
        lines, _ = self.trace("--kernel", U_BOOT, "--harts", "2", "--max-time", "22ms",
                              window=",from=13ms,until=14ms", status=4)
        self.assertGreater(len(lines), 100_000)

    def test_bad_usage_is_told(self):
        hello = ("--firmware", HELLO)
        for options, words in (
                (("--trace-cpu", ",from=1ms"), "expected FILE[,harts=N-M]"),
                (("--trace-cpu", "x,from=2ms,until=1ms"), "the earlier time first"),
                (("--trace-cpu", "x,until=soon"), "--trace-cpu until soon: expected a whole number"),
                (("--trace-cpu", "x,harts=2-1"), "the lower number first"),
                (("--trace-cpu", "x,harts=all"), "expected harts=N or harts=N-M"),
                (("--trace-cpu", "x,harts=0-1"), "harts=1: the board has harts 0 to 0"),
                (("--trace-cpu", "/nonexistent/x"), "cannot be written"),
                (("--trace-cpu", HELLO), "would write what --firmware reads"),
                (("--symbols", "/nonexistent/x"), "cannot be read"),
                (("--symbols", __file__), "is no ELF file")):
            result = subprocess.run([ATHENA, "run", "athena-mini", *hello, *options], cwd=self.path,
                                    stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                    timeout=20, check=False)
            self.assertEqual(result.returncode, 2, options)
            self.assertIn(words, result.stderr)
            self.assertEqual(result.stderr.count("\n"), 1)

    def test_a_full_device_is_told(self):
        result = subprocess.run([ATHENA, "run", "athena-mini", "--firmware", HELLO, "--trace-cpu",
                                 "/dev/full"], stdin=subprocess.DEVNULL, capture_output=True,
                                text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn("--trace-cpu /dev/full: not all of it could be written", result.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
