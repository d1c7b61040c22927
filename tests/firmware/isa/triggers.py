# SPDX-License-Identifier: Apache-2.0
"""The address trigger, type 2 ("RISC-V External Debug Support" 0.13.2, 5.2): which accesses fire it, in
which modes, and that nothing of the instruction has happened then; by triggers.S."""
import itertools
import struct

from program import Program, Section

TARGET = 0x8820_0000
TYPE = 2 << 60
LOAD, STORE, EXECUTE, USER, SUPERVISOR, MACHINE = 1, 2, 4, 8, 16, 64
MODES = {0: ("U", USER), 1: ("S", SUPERVISOR), 3: ("M", MACHINE)}
WORDS = ("mcause", "mepc", "mtval", "a3", "a4", "memory", "tdata1")
BREAKPOINT = 3
SLOT = 32
# At offset 4 of its slot stands the access; the bytes that it touches, from TARGET on.
KERNELS = {
    "lb a3, 3(a0)": (3, 1), "lhu a3, 2(a0)": (2, 2), "lw a3, 0(a0)": (0, 4),
    "ld a3, 0(a0)": (0, 8), "sb a1, 3(a0)": (3, 1), "sh a1, 2(a0)": (2, 2),
    "sw a1, 0(a0)": (0, 4), "sd a1, 0(a0)": (0, 8), "fld fa3, 0(a0)": (0, 8),
    "fsd fa3, 0(a0)": (0, 8), "amoadd.d a3, a1, (a0)": (0, 8), "amoswap.w a3, a1, (a0)": (0, 4),
    "lr.d a3, (a0)": (0, 8), ".option rvc; c.ld a1, 0(a0); .option norvc": (0, 8),
    ".option rvc; c.sd a1, 0(a0); .option norvc": (0, 8), "ld a3, -3(a0)": (-3, 8),
    "sd a1, -3(a0)": (-3, 8), "nop": (0, 0),
}


def data_addresses(first, size):
    """QEMU's trigger covers the 8 bytes from tdata2 on, ours the one at tdata2, which is what "any
    size" and "equal" mean, and QEMU reads a misaligned doubleword as two: none that differ by that."""
    yield TARGET + 64
    if size:
        yield TARGET + max(first + size, 8 if first >= 0 else 16)  # behind it
        yield TARGET + first
        yield TARGET + first + size - 1


def cases():
    for index, (first, size) in enumerate(KERNELS.values()):
        places = [(address, 0) for address in data_addresses(first, size)]
        places += [(index * SLOT + offset, 1) for offset in (0, 4, 6, 28)]
        for (tdata2, relative), mode in itertools.product(places, MODES):
            for accesses in range(8):
                for modes in (0, USER, SUPERVISOR, MACHINE, USER | SUPERVISOR | MACHINE):
                    yield index * SLOT, mode, TYPE | accesses | modes, tdata2, relative


def describe(case):
    kernel, mode, tdata1, tdata2, relative = case
    where = f"instruction at +{tdata2 - kernel}" if relative else f"TARGET{tdata2 - TARGET:+}"
    return f"{list(KERNELS)[kernel // SLOT]} in {MODES[mode][0]}, tdata1={tdata1:#x}, tdata2: {where}"


def as_specified(case, words):
    """mtval holds the address that matched (Volume II, 3.1.16); QEMU 7.2 has 0 there."""
    if words[0] == BREAKPOINT:
        words[2] = case[3]
    return words


def program(slow=False):
    del slow
    table = list(cases())
    kernels = "\n".join(f"    .balign {SLOT}\n    nop\n    {text}\n    li a4, 1\n    ecall"
                        for text in KERNELS)
    source = f"""#include "triggers.S"
    .text
    .balign {SLOT}
kernels:
{kernels}
    .data
    .balign 8
cases:
    .incbin "triggers.table"
cases_end:
"""
    section = Section(len(table), WORDS, lambda i: describe(table[i]),
                      lambda i, words: as_specified(table[i], words))
    data = b"".join(struct.pack("<5Q", *case) for case in table)
    return Program("triggers", source, [section], {"ecall"}, {"triggers.table": data})
