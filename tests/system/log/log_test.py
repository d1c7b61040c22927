# SPDX-License-Identifier: Apache-2.0
"""--log: what the parts of a board tell, held against the statistics, the trace and the console.

    log_test.py ATHENA CROSS_COMPILER FIRMWARE_FOLDER
"""
import collections
import os
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "programs"))
import guests  # noqa: E402
from board_case import BoardCase  # noqa: E402

ATHENA, COMPILER = os.path.abspath(sys.argv[1]), sys.argv[2]
HELLO = str(pathlib.Path(sys.argv[3]).absolute() / "hello.elf")
U_BOOT = "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin"
LINE = re.compile(r"(\d+) (\w+) (\w+) ([\w.]+): (.+)")
Entry = collections.namedtuple("Entry", "time subsystem level block text")

# Writes to its uart at a baud rate, twelve loads from where nothing is, an illegal instruction, and an interrupt.
guests.GUESTS["logged"] = guests.program(f"""
    la   t0, handler
    csrw mtvec, t0
    li   s0, {guests.UART}
    li   t0, 0x83
    sb   t0, 3(s0)
    li   t0, 3
    sb   t0, 3(s0)
    li   t1, 0x2004000
    sw   t0, 4(t1)
    li   t0, 'k'
    sb   t0, 0(s0)
    li   s1, 12
    li   s2, 0x50000000
1:  lw   t1, 8(s2)
    addi s1, s1, -1
    bnez s1, 1b
    nop
    nop
    .word 0xffffffff
    li   t1, 0x2000000
    li   t2, 1
    sw   t2, 0(t1)
    li   t1, 8
    csrw mie, t1
    csrs mstatus, t1
    li   t0, 1
""" + guests.EXIT + """
    .balign 4
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
""", guests.TOHOST)


class Log(BoardCase):
    PROGRAM = ATHENA

    def log(self, levels, *options, status=0):
        """Entries of the log, and the machine, which is as without it."""
        machine = self.run_board("--log", levels, "--log-file", "log", *options, status=status)
        self.assertEqual(machine, self.run_board(*options, status=status))
        lines = (self.path / "log").read_text().splitlines()
        entries = [Entry(*LINE.fullmatch(line).groups()) for line in lines]
        return [entry._replace(time=int(entry.time)) for entry in entries], machine

    def logged(self, levels, *options):
        return self.log(levels, "--firmware", str(guests.build(COMPILER, self.path, "logged")),
                        *options)

    def test_registers_go_by_their_names(self):
        entries, _ = self.logged("bus=debug")
        self.assertEqual({entry.subsystem for entry in entries}, {"bus"})
        text = [entry.text for entry in entries if entry.level == "debug"]
        self.assertEqual(text, ["from_hart0 writes uart0.LCR = 0x83", "from_hart0 writes uart0.LCR = 0x3",
                                "from_hart0 writes clint.MTIMECMP[0]+4 (4 bytes) = 0x3",
                                "from_hart0 writes uart0.RBR/THR/DLL = 0x6b",
                                "from_hart0 writes clint.MSIP[0] = 0x1",
                                "from_hart0 writes clint.MSIP[0] = 0x0"])
        refused = [entry.text for entry in entries if entry.level == "warning"]
        self.assertEqual(refused, ["from_hart0 reads 4 bytes at 0x50000008: nothing is there"] * 12)

    def test_a_level_holds_those_before_it_and_no_other(self):
        only, _ = self.logged("bus=warning")
        self.assertEqual({entry.level for entry in only}, {"warning"})
        both, _ = self.logged("all=trace,hart=off,bus=warning")
        self.assertEqual([e for e in both if e.subsystem == "bus"], only)
        self.assertEqual([e for e in both if e.subsystem == "hart"], [])
        later, _ = self.logged("bus=trace", "--log", "bus=warning")
        self.assertEqual(later, only)

    def test_traps_are_those_of_the_trace(self):
        entries, machine = self.logged("hart")  # at full speed; the trace runs instruction by instruction
        traced, _ = self.logged("hart", "--trace-cpu", "trace")
        self.assertEqual(traced, entries)
        traps = [entry for entry in entries if entry.level == "debug"]
        hart = machine["harts"][0]
        self.assertEqual(len(traps), hart["exceptions"] + hart["interrupts"])
        self.assertEqual((hart["exceptions"], hart["interrupts"]), (13, 1))
        listed = re.findall(r"^(\d+) hart0 M (\w+) .*trap: (.*), tval (\w+), to M (\w+)$",
                            (self.path / "trace").read_text(), re.MULTILINE)
        self.assertEqual([(str(e.time), e.text) for e in traps],
                         [(time, f"{name}, tval {value}, at pc {int(pc, 16):#x} in M mode, to M mode {to}")
                          for time, pc, name, value, to in listed])

    def test_a_boot_of_two_harts_is_the_same_and_tells_every_trap(self):
        options = ("--kernel", U_BOOT, "--harts", "2", "--max-time", "25ms", "--pace", "off")
        entries, machine = self.log("hart", *options, status=4)
        for number, hart in enumerate(machine["harts"]):
            traps = [e for e in entries if e.block == f"hart{number}" and e.level == "debug"]
            self.assertEqual(len(traps), hart["exceptions"] + hart["interrupts"])
            self.assertEqual([e.time for e in traps], sorted(e.time for e in traps))
        self.assertGreater(len(entries), 4)

    def test_commands_are_those_of_the_counters(self):
        entries, machine = self.log("command", "--firmware", "gemm", "--append", "m=48 n=40 k=100")
        completed = [e for e in entries if e.text.endswith(": completed")]
        cluster = machine["cluster0"]
        self.assertEqual(len(completed), cluster["command"]["descriptors_completed"])
        sent = collections.Counter(e.text.split(": to ")[1].rstrip("0123456789") for e in entries
                                   if ": to " in e.text)
        self.assertEqual(sent["tile "], cluster["tile0"]["commands"])
        self.assertGreater(sent["DMA channel "], 0)
        enabled = [e.text for e in entries if "enabled" in e.text]
        self.assertEqual(len(enabled), 1)
        self.assertEqual({e.block for e in entries}, {"cluster0.command"})

    def test_virtio_requests_are_those_of_the_counters(self):
        (self.path / "drive").write_bytes(bytes(range(256)) * 4096)
        entries, machine = self.log("virtio", "--kernel", U_BOOT, "--drive", "drive,ro",
                                    "--max-time", "2200ms",
                                    "--pace", "off", status=4)
        buffers = [e for e in entries if e.level == "debug"]
        self.assertGreater(len(buffers), 0)
        self.assertEqual(len(buffers), sum(machine[f"virtio{slot}"]["buffers"] for slot in range(8)))
        self.assertTrue(any("status 0xe," in e.text for e in entries))  # DRIVER to DRIVER_OK

    def test_all_faults_are_told_and_how_the_run_ends(self):
        entries, machine = self.log("guest,board", "--firmware", str(
            guests.build(COMPILER, self.path, "faults")))
        faults = [e for e in entries if e.subsystem == "guest"]
        self.assertEqual(len(faults), machine["guest_faults"])
        self.assertEqual(len(faults), 14)  # standard error has ten of a block
        self.assertEqual(entries[-1].text, "the board stops, status 0")

    def test_a_reset_in_place_is_told(self):
        entries, _ = self.log("board=info,hart=info", "--firmware", str(
            guests.build(COMPILER, self.path, "resets")), "--max-time", "1us", status=4)
        text = [e.text for e in entries]
        self.assertGreater(text.count("reset"), 1)
        self.assertEqual(text.count("reset, to pc 0x1000"), text.count("reset"))

    def test_without_a_file_it_goes_to_standard_error(self):
        elf = guests.build(COMPILER, self.path, "logged")
        result = self.athena("--firmware", str(elf), "--log", "bus=warning")
        self.assertEqual(result.returncode, 0)
        lines = [line for line in result.stderr.splitlines() if not line.startswith("athena: ")]
        self.assertEqual([LINE.fullmatch(line).group(2) for line in lines], ["bus"] * 12)
        self.assertEqual(result.stdout, "k")

    def test_bad_usage_is_told(self):
        for options, words in (
                (("--log", "usb"), "there is no subsystem 'usb'; there are board, bus, command"),
                (("--log", "bus=loud"), "there is no level 'loud'; there are off, warning, info"),
                (("--log", "bus,,hart"), "there is no subsystem ''"),
                (("--log", "bus,"), "there is no subsystem ''"),
                (("--log", ""), "--log"),
                (("--log", "bus=debug="), "there is no level 'debug='"),
                (("--log-file", "x"), "there is nothing to write without --log"),
                (("--log", "bus", "--log-file", "/nonexistent/x"), "cannot be written"),
                (("--log", "bus", "--log-file", "x", "--stats", "x"), "would both write it"),
                (("--log", "bus", "--log-file", HELLO), "would write what --firmware reads")):
            result = self.athena("--firmware", HELLO, *options)
            self.assertEqual(result.returncode, 2, options)
            self.assertIn(words, result.stderr)
            self.assertEqual(result.stderr.count("\n"), 1)
        result = self.athena("--firmware", HELLO, "--log", "bus=trace", "--log-file", "/dev/full")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--log-file /dev/full: not all of it could be written", result.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
