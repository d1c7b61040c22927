#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The devices against those of qemu-system-riscv64 -M virt: the same program notes on both what registers give and
which interrupts are pending; every line must be equal, except where QEMU 7.2 is not what the data sheet or
specification says.

Usage: devices_test.py build/athena riscv64-unknown-elf-gcc build/generated/c [unittest arguments]"""
import glob
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ATHENA = COMPILER = INCLUDE = ""

UNCLAIMED = "PLIC 1.0.0, Interrupt Gateways: a level that is still high at completion is a new request"
CLAIMED = "PLIC 1.0.0, Interrupt Gateways: no new request before completion"
ENABLES = "PLIC 1.0.0, Interrupt Enables: a change counts at once, not at the next event of the PLIC"
CLEARS = "28F256P30 data sheet, Word Program: programming changes 1 to 0 only"
LOCKS = "28F256P30 data sheet, Block Locking: a locked block is neither programmed nor erased"
# Record: (QEMU 7.2, right, why).
DIFFERENCES = {
    "uart modem iir": (0xC1, 0xC0, "PC16550D, Modem Control Register: loopback's changes interrupt"),
    "plic mip enabled": (0x000, 0x800, ENABLES),
    "plic mip enabled for both": (0x800, 0xA00, ENABLES),
    "plic mip enabled for the other only": (0x800, 0x200, ENABLES),
    "plic pending completed while high": (0, 1, UNCLAIMED),
    "plic mip completed while high": (0x000, 0xA00, UNCLAIMED),
    "plic claim of the same wire": (0, 10, UNCLAIMED),
    "plic pending risen while claimed": (1, 0, CLAIMED),
    "flash bits not set by program": (0xFFFFFFFF, 0x12340000, CLEARS),
    "flash array after clear status": (0xFFFFFFFF, 0x12340000, CLEARS),
    "flash status cleared": (0, 0x800080, "28F256P30 data sheet, Status Register: bit 7 is set while nothing runs"),
    "flash lock of the locked": (0, 0x10001, LOCKS),
    "flash status of a locked program": (0x800080, 0x920092, LOCKS),
    "flash locked contents": (0, 0xFFFFFFFF, LOCKS),
    "flash erase not confirmed": (0xFFFFFFFF, 0xB000B0, "28F256P30 data sheet, Status Register: bits 4 and 5 tell a "
                                                        "wrong sequence of commands"),
}


def build(folder):
    elf = os.path.join(folder, "devices.elf")
    subprocess.run([COMPILER, "-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany", "--specs=picolibc.specs",
                    "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-nostartfiles", "-nostdlib",
                    "-fno-builtin", "-T", os.path.join(HERE, "devices.ld"),
                    "-Wl,-n,--build-id=none,--no-warn-rwx-segments", "-I", INCLUDE,
                    *sorted(glob.glob(os.path.join(HERE, "*.[cS]"))), "-o", elf], check=True)
    return elf


def records(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
    lines = (line.rsplit(" ", 1) for line in done.stdout.replace("\r", "").splitlines())
    return [(name, int(value, 16)) for name, value in lines]


class Devices(unittest.TestCase):
    def test_each_record(self):
        with tempfile.TemporaryDirectory() as folder:
            elf = build(folder)
            # Its time is that of its instructions, so that it does not depend on the host's load.
            qemu = records(["qemu-system-riscv64", "-M", "virt", "-m", "256M", "-bios", "none",
                            "-icount", "shift=3,sleep=off", "-rtc", "clock=vm", "-kernel", elf, "-display", "none",
                            "-serial", "stdio", "-monitor", "none"])
            ours = records([ATHENA, "run", "athena-mini", "--firmware", elf])
        self.assertGreater(len(qemu), 400)
        self.assertEqual([name for name, _ in qemu], [name for name, _ in ours])
        unseen = set(DIFFERENCES)
        for number, ((name, theirs), (_, value)) in enumerate(zip(qemu, ours)):
            expected = theirs
            if name in DIFFERENCES:
                unseen.discard(name)
                known, expected, why = DIFFERENCES[name]
                self.assertEqual(theirs, known, f"QEMU has changed: {name}: {why}")
            with self.subTest(record=number, name=name):
                self.assertEqual(f"{value:#x}", f"{expected:#x}")
        self.assertFalse(unseen)


if __name__ == "__main__":
    ATHENA, COMPILER, INCLUDE = sys.argv[1:4]
    del sys.argv[1:4]
    unittest.main()
