#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gdb-multiarch debugs a program on the board.

    gdb_test.py ATHENA CROSS_COMPILER
"""
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

from debugging import Client, Run, build, gdb, sessions

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "programs"))
import guests  # noqa: E402

ATHENA, COMPILER = sys.argv[1:3]
ROOT = pathlib.Path(__file__).resolve().parents[3]
HARTS = ("--harts", "4")
WORKERS = "set var mode = 3 << 8"  # so many others are waited for


# Into U-mode, and back by an environment call.
guests.GUESTS["traps"] = guests.program("""
    la   t0, handler
    csrw mtvec, t0
    li   t0, -1
    csrw pmpaddr0, t0
    li   t0, 0x1f
    csrw pmpcfg0, t0
    la   t0, user
    csrw mepc, t0
enter:
    mret
user:
    nop
call:
    ecall
after:
    j after
    .balign 4
handler:
    li t0, 1
""" + guests.EXIT, guests.TOHOST)


# A timer interrupt every 30 instructions; its handler calls what it has interrupted.
guests.GUESTS["ticks"] = guests.program("""
    la   t0, handler
    csrw mtvec, t0
    la   sp, stack
    li   s1, 0x2004000
    li   s2, 0x200bff8
    sd   zero, 0(s1)
    li   t0, 1 << 7
    csrw mie, t0
    csrsi mstatus, 8
begin:
    li   s0, 200
loop:
    call piece
after:
    addi s0, s0, -1
    bnez s0, loop
    j    begin
end:
    nop
    .balign 4
piece:
    nop
    nop
    ret
past:
    .balign 4
handler:
    addi sp, sp, -16
    sd   ra, 0(sp)
    sd   t0, 8(sp)
    ld   t0, 0(s2)
    addi t0, t0, 2
    sd   t0, 0(s1)
    call piece
    ld   t0, 8(sp)
    ld   ra, 0(sp)
    addi sp, sp, 16
    addi s3, s3, 1
    mret
""", guests.TOHOST + "    .balign 16\n    .space 256\nstack: .dword 0\n")


class Debugger(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = pathlib.Path(cls.folder.name)
        cls.program = build(COMPILER, cls.path)
        cls.racing = build(COMPILER, cls.path, 3 << 8)

    def start(self, *options):
        return Run(ATHENA, "--firmware", self.program, *options)

    def debug(self, *commands, options=(), status=0, output="\n", errors=""):
        """A session whose run ends so; what GDB said."""
        with self.start(*options) as run:
            said = gdb(run, *commands, program=self.program)
            ended = run.end()
            self.assertEqual(ended, (status, output, errors), said)
        return said

    def test_break_step_next_finish(self):
        said = self.debug("break main", "continue", "next", "step", "info locals", "next", "print total",
                          "tbreak square", "set var number = 0", "info breakpoints", "detach", output="\n")
        self.assertRegex(said, r"Breakpoint 1, main \(\) at .*guest\.c")
        self.assertIn("note (number=385)", said)
        self.assertIn("$1 = 385", said)
        said = self.debug("tbreak square if number == 4", "continue", "backtrace", "finish", "info locals", "p $priv", "detach")
        self.assertIn("square (number=4)", said)
        self.assertRegex(said, r"#1 .*sum_of_squares \(count=10\).*\n#2 .*main \(\)")
        self.assertIn("Value returned is $1 = 16", said)
        self.assertIn("i = 4", said)
        self.assertIn("sum = 14", said)
        self.assertIn("$2 = 3", said)

    def test_the_run_ends_with_its_status(self):
        said = self.debug("break main", "continue", "delete", "continue")
        self.assertIn("[Inferior 1 (Remote target) exited normally]", said)
        said = self.debug("break main", "continue", "set var mode = 2", "continue", status=1,
                          errors="athena: guest failed with code 7 (tohost)\n")
        self.assertIn("exited with code 01", said)
        said = self.debug("kill", status=130, output="", errors="athena: ended by the debugger\n")
        said = self.debug("monitor quit", status=130, output="", errors="athena: ended by the debugger\n")
        self.assertIn("the run ends", said)

    def test_registers(self):
        said = self.debug(
            "break note", "continue", "info registers", "info registers float", "info registers csr", "next", "next",
            "p $fcsr", "p last.half", "p $fa5.double", "p $mhartid", "p $misa", "p/x $mstatus & 0x6000",
            # Written as an instruction would write them.
            "set var $mscratch = 0x123456789abcdef0", "set var $mepc = 0x80000003", "set var $mtvec = 0x80000002",
            "set var $ft3 = 2.5", "set var $t0 = 99", "set var $frm = 3", "set var $mcycle = 5",
            "flushregs", "p/x $mscratch", "p/x $mepc", "p/x $mtvec == 0x80000002", "p $ft3", "p $t0", "p $fcsr", "p $mcycle",
            "set var $mhartid = 1", "set var $priv = 1", "flushregs", "p $priv", "set var $priv = 2", "set var $priv = 3", "detach")
        for name in ("ra", "t6", "pc", "ft11", "fflags", "fcsr", "sstatus", "satp", "mstatus", "mtvec", "pmpaddr15", "mhpmcounter31",
                     "cycle", "time", "mhartid", "mimpid", "stimecmp", "tselect", "tdata1", "tdata2", "tinfo", "tcontrol"):
            self.assertRegex(said, rf"(?m)^{name} +")
        values = dict(re.findall(r"^\$(\d+) = (.*)$", said, re.M))
        self.assertEqual(values["2"], "192.5")
        self.assertEqual(values["3"], "192.5")
        self.assertEqual(values["4"], "0")
        self.assertEqual(values["6"], "0x6000")  # FS is Dirty
        self.assertEqual([values[str(i)] for i in (7, 8, 9)], ["0x123456789abcdef0", "0x80000002", "0x0"])
        self.assertIn("double = 2.5", values["10"])
        self.assertEqual(values["11"], "99")
        self.assertEqual(values["12"], "96")
        self.assertEqual(values["13"], "5")
        self.assertEqual(values["14"], "1")
        self.assertIn("cannot be written", said)

    def test_memory(self):
        said = self.debug(
            "break note", "continue", "p last", "set var last.number = -5", "p last.number", "p sizeof(last)",
            "x/2i square", "set var number = 6", "p number", "p *(int*)0x10001000",  # virtio's magic number
            "p *(int*)0x3000000", "set var *(int*)0x10001000 = 1", "p *(int*)0x10001000",
            "monitor physical on", "p *(int*)0x10001000", "monitor physical", "monitor physical off",
            "maintenance packet Qqemu.PhyMemMode:1", "maintenance packet qqemu.PhyMemMode", "p &last", "detach")
        self.assertIn("$1 = {number = 0, half = 0}", said)
        self.assertIn("$2 = -5", said)
        self.assertIn("$4 = 6", said)
        self.assertIn("$5 = 1953655158", said)
        self.assertIn("Cannot access memory at address 0x3000000", said)
        self.assertIn("Cannot access memory at address 0x10001000", said)
        self.assertIn("$6 = 1953655158", said)
        self.assertIn("memory commands take physical addresses", said)
        self.assertIn('received: "1"', said)

    def test_steps_into_traps_and_out_of_them(self):
        """A step is the hart's: GDB does not guess where an instruction leads."""
        program = guests.build(COMPILER, self.path, "traps")
        with Run(ATHENA, "--firmware", program) as run:
            said = gdb(run, "tbreak *&enter", "continue", "stepi", "p/x $pc == &user", "p $priv", "stepi 2", "p/x $pc == &handler",
                       "p $priv", "detach", program=program)
            self.assertEqual(run.end(), (0, "", ""), said)
        self.assertEqual(re.findall(r"^\$\d+ = (.*)$", said, re.M), ["0x1", "0", "0x1", "3"], said)

    def test_an_interrupt_does_not_end_the_step_through_a_range(self):
        program = guests.build(COMPILER, self.path, "ticks")
        names = subprocess.run([COMPILER.replace("gcc", "nm"), program], capture_output=True, text=True, check=True).stdout
        at = {name: int(address, 16) for address, _, name in map(str.split, names.splitlines())}

        def register(client, number):
            return int.from_bytes(bytes.fromhex(client.ask(f"p{number:x}")), "little")

        with Run(ATHENA, "--firmware", program) as run, Client(run.port) as client:
            for _ in range(60):
                client.ask(f"Z0,{at['loop']:x},4")
                client.ask("vCont;c")
                client.ask(f"z0,{at['loop']:x},4")
                for first, end, then in (("loop", "after", "piece"), ("piece", "past", "after")):
                    stop = client.ask(f"vCont;r{at[first]:x},{at[end]:x}:1")
                    self.assertTrue(stop.startswith("T05"), stop)
                    self.assertEqual(register(client, 32), at[then])
            self.assertGreater(register(client, 19), 20)  # interrupts
            client.packet("k")

    def test_what_has_been_loaded_can_be_compared(self):
        said = self.debug("load", "compare-sections", "detach")
        self.assertRegex(said, r"Section \.text, range .*: matched\.")
        self.assertNotIn("MIS-MATCHED", said)

    def test_code_that_is_written(self):
        """The next fetch sees it: `square` returns its argument."""
        with self.start() as run:
            gdb(run, "break *square", "continue", "delete", "set var *(short*)$pc = (short)0x8082", "detach", program=self.program)
            status, _, errors = run.end()
        self.assertEqual((status, errors), (1, "athena: guest failed with code 1 (tohost)\n"))

    def test_harts_at_breakpoints_of_their_own(self):
        said = self.debug(
            "break main", "continue", WORKERS, "break tick if hart == 1", "break tick if hart == 3", "hbreak say", "continue",
            "p hart", "info threads", "delete 2", "continue", "p hart", "p $mhartid", "thread 1", "p $mhartid", "bt 1",
            "delete 3", "continue", "p letter", "delete", "detach", options=HARTS, output=unittest.mock.ANY)
        self.assertRegex(said, r"Thread 2 hit Breakpoint 2, tick \(hart=1\)")
        self.assertRegex(said, r"\* 2 +Thread 2 \(hart1, machine mode\) +tick \(hart=1\)")
        self.assertRegex(said, r"  1 +Thread 1 \(hart0, machine mode\) +.*main \(\)")
        self.assertRegex(said, r"Thread 4 hit Breakpoint 3, tick \(hart=3\)")
        self.assertEqual(re.findall(r"^\$[1-4] = (.*)$", said, re.M), ["1", "3", "3", "0"])
        self.assertRegex(said, r"Thread [234] hit Breakpoint 4, say")

    def test_watch(self):
        said = self.debug("break main", "continue", "watch total", "rwatch last.number", "awatch last.half", "continue", "continue",
                          "bt 2", "info watchpoints", "delete 2", "p last.number", "delete", "detach")
        self.assertRegex(said, r"Hardware watchpoint 2: total\s+Old value = 0\s+New value = 385\s+.*main \(\)")
        self.assertRegex(said, r"Hardware access \(read/write\) watchpoint 4: last.half")
        self.assertRegex(said, r"#0 .*note \(number=385\)")
        said = self.debug("break note", "continue", "rwatch total", "delete 1", "continue", "x/i $pc", "info locals", "detach")
        self.assertRegex(said, r"Hardware read watchpoint 2: total\s+Value = 385")

    def test_watch_on_another_hart(self):
        """An atomic is seen before it is done; GDB steps over it to see what has become of the value."""
        said = self.debug("break tick if hart == 3", "break main", "continue", WORKERS, "continue", "delete", "p ticks", "watch ticks",
                          "continue", "p $mhartid", "delete", "detach", options=HARTS, output=unittest.mock.ANY)
        old, new = re.search(r"Hardware watchpoint 3: ticks\s+Old value = (\d+)\s+New value = (\d+)", said).groups()
        self.assertEqual(int(new), int(old) + 1)

    def test_scheduler_locking(self):
        said = self.debug(
            "break tick if hart == 2", "break main", "continue", WORKERS, "continue", "delete", "set scheduler-locking on",
            "thread 2", "p/x $pc", "thread 3", "p/x $minstret", "stepi 50", "p/x $minstret", "thread 2", "p/x $pc", "stepi",
            "thread 3", "p/x $minstret", "set scheduler-locking off", "detach", options=HARTS, output=unittest.mock.ANY)
        pc, before, after, pc_then, held = re.findall(r"^\$\d+ = (0x.*)$", said, re.M)
        self.assertEqual(int(after, 16) - int(before, 16), 50)
        self.assertEqual(pc, pc_then)
        self.assertEqual(after, held)

    def machine(self, stats):
        return json.loads((self.path / stats).read_text())["machine"]

    def test_a_debugger_that_only_looks_changes_nothing(self):
        """Nor do breakpoints, steps and what GDB does to step off breakpoints: three harts race, and not one turn changes."""
        plain = subprocess.run([ATHENA, "run", "athena-mini", "--firmware", self.racing, *HARTS, "--stats",
                                self.path / "plain.json"], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(plain.returncode, 0, plain.stderr)
        look = ("info threads", "info registers", "x/8gx &turns", "p last", "info all-registers", "monitor counters")
        sessions = {
            "nothing": ("detach",),
            "breakpoints": ("break tick if hart == 2 && before % 64 == 0", "break say", *["continue", *look] * 3, "delete",
                            "detach"),
            "every hit": ("break tick", "ignore 1 300", "continue", *look, "delete", "detach"),
            "device": ("break guest.c:67", "continue", "break *say+20", "continue", "x/i $pc", "stepi", *look, "stepi", "delete", "detach"),
            "watch": ("watch ended", *["continue", *look] * 3, "delete", "detach"),
            "steps": ("break worker", "continue", *["stepi", "next", "info registers"] * 20, *look, "delete", "detach"),
        }
        for name, commands in sessions.items():
            with self.subTest(session=name), Run(ATHENA, "--firmware", self.racing, *HARTS, "--stats",
                                                      self.path / "debugged.json") as run:
                said = gdb(run, *commands, program=self.racing)
                self.assertEqual(run.end(), (0, plain.stdout, ""), said)
                self.assertEqual(self.machine("debugged.json"), self.machine("plain.json"), said)
                self.assertEqual("=> " in said, name == "device")

    def test_replay(self):
        record = self.path / "record"
        with self.start("--record", record) as run:
            said = gdb(run, "break note", "continue", "p number", "set var number = 3", "set var $t0 = 1", "monitor reset",
                       "monitor fidelity timed", "delete", "detach", program=self.program)
            self.assertEqual(run.end(), (0, "\n", "athena: --gdb: a write was refused: nothing of the board may be changed with "
                                                  "--record\n"))
        self.assertIn("$1 = 385", said)
        self.assertEqual(said.count("nothing of the board may be changed with --record"), 3, said)
        with self.start("--replay", record) as run:
            said = gdb(run, "break note", "continue", "bt", "p $mcycle", "continue", program=self.program)
            self.assertEqual(run.end(), (0, "\n", ""))
        self.assertRegex(said, r"#1 .*main")
        self.assertIn("exited normally", said)
        with self.start("--replay", record) as run:
            gdb(run, "kill", program=self.program)
            self.assertEqual(run.end()[0], 130)

    def test_the_page(self):
        """The sessions of docs/debugger.md, but for Linux."""
        count = 0
        subprocess.run([ATHENA, "run", "athena-mini", "--firmware", "hello", "--record", self.path / "hello.record"], check=True,
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        for athena, program, typed in sessions(ROOT / "docs/debugger.md"):
            if "$linux" in program:
                continue
            options = shlex.split(athena)
            self.assertEqual(options[0], "athena-mini")
            self.assertEqual(typed[0], f"target remote :{options[-1]}")
            with self.subTest(command=athena), Run(pathlib.Path(ATHENA).resolve(), *options[1:-2], cwd=self.path) as run:
                said = gdb(run, *typed[1:], program=pathlib.Path(ATHENA).parent / program.removeprefix("build/"))
                status, output, errors = run.end()
                self.assertEqual((status, errors), (0, ""), said)
                self.assertIn("Hello from Athena", output)
                self.assertRegex(said, r"Breakpoint 1, program \(runtime=")
                self.assertNotRegex(said, "(?i)undefined|error|no symbol|cannot")
            count += 1
        self.assertEqual(count, 2)

    def test_monitor(self):
        said = self.debug("break note", "continue", "monitor help", "monitor board", "monitor counters harts.0",
                          "monitor counters nothing", "monitor fidelity", "monitor fidelity cluster0.tile0=timed",
                          "monitor fidelity cluster0.tile0=green", "monitor nonsense",
                          "monitor", "monitor reset", "flushregs", "p $pc", "p $minstret", "continue", "detach")
        for line in (r"monitor quit +ends", r"  tile0 \(functional\)", r"harts.0.instructions \d{3}", r"no such block",
                     r"cluster0.tile0 functional", r"set; a tile changes", r"unknown fidelity .green.", r"no such command",
                     r"the board has been reset", r"\$1 = \(void \(\*\)\(\)\) 0x1000\b", r"\$2 = 0\b"):
            self.assertRegex(said, line)
        self.assertEqual(len(re.findall(r"Breakpoint 1, note", said)), 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
