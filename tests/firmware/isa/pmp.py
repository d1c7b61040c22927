# SPDX-License-Identifier: Apache-2.0
"""PMP: every mode and permission, at each edge, overlapping entries, accesses that match in part, in U, S and
M-mode and by MPRV (Volume II, 3.7); by pmp.S. Locked entries: tests/unit/riscv."""
import itertools
import struct

from program import Program, Section

TARGET = 0x8820_0000
ACCESSES = ("ld", "sd", "fetch", "amoadd.d", "lr.d", "lw", "sw", "lbu", "sb")
LD, SD, FETCH, AMO, LR, LW, SW, LBU, SB = range(9)
SIZES = (8, 8, 4, 8, 8, 4, 4, 1, 1)
MODES = ("U", "S", "U by MPRV", "M")
TOR, NA4, NAPOT = 1 << 3, 2 << 3, 3 << 3
WORDS = ("mcause", "mtval", "read", "memory", "memory behind it", "pmpcfg0", "pmpaddr0")
READ, WRITE, EXECUTE = 1, 2, 4
STORE_FAULT, LOAD_FAULT = 7, 5
ECALLS = (8, 9, 11, 11)  # by mode


def napot(address, size):
    return address >> 2 | (size // 8 - 1)


def offsets(access, edge):
    """Where an access of this kind lies before, over and behind an edge. Naturally aligned: a
    misaligned one may be split, and QEMU splits it elsewhere (Volume II, 3.7.1)."""
    size = SIZES[access]
    start = edge - edge % size
    return start - size, start, start + size


def around(addresses, config, edges, everything, accesses=range(9)):
    for access, mode in itertools.product(accesses, range(4)):
        if access == FETCH and mode == 2:
            continue
        places = {place for edge in edges for place in offsets(access, edge)}
        for place in sorted(places):
            yield addresses, config, TARGET + place, access | mode << 8 | everything << 16


def single():
    """One entry of each mode and permission. W without R is reserved: QEMU keeps it, here W is then 0."""
    ranges = (((TARGET + 8) >> 2, NA4, (8, 12)), (napot(TARGET, 8), NAPOT, (0, 8)),
              (napot(TARGET, 32), NAPOT, (0, 32)))
    for permission, everything in itertools.product((0, 1, 3, 4, 5, 7), (0, 1)):
        for address, mode, edges in ranges:
            yield from around((address, 0, 0, 0), mode | permission, edges, everything)
        yield from around((TARGET >> 2, (TARGET + 20) >> 2, 0, 0), (TOR | permission) << 8, (0, 20),
                          everything)


def overlapping():
    """The lowest entry that matches any byte decides, also where a later one covers more."""
    inner, outer = napot(TARGET + 8, 8), napot(TARGET, 32)
    for first, second in itertools.product((0, READ, READ | WRITE, EXECUTE, 7), repeat=2):
        for addresses in ((inner, outer, 0, 0), (outer, inner, 0, 0)):
            config = (NAPOT | first) | (NAPOT | second) << 8
            yield from around(addresses, config, (0, 8, 16, 32), 0, (LD, SD, FETCH, AMO, LW))


def tops():
    """TOR: entry 0 from 0 on, chains, empty and inverted ranges, a lower end from an entry that is off."""
    low, high = TARGET >> 2, (TARGET + 16) >> 2
    for permission in (0, READ, 7):
        for addresses, config in (
                ((low, high, 0, 0), (TOR | 7) | (TOR | permission) << 8),
                ((low, 0, 0, 0), TOR | permission),
                ((high, low, 0, 0), (TOR | permission) << 8),
                ((low, low, high, 0), (TOR | permission) << 8 | (TOR | 7) << 16),
                ((0, low, high, 0), (NAPOT | 0) << 8 * 3 | (TOR | permission) << 16),
                ((high, 0, 0, 0), (TOR | permission) << 8)):
            yield from around(addresses, config, (0, 16), 1, (LD, SD, FETCH, LBU, SB))


def all_addresses():
    """Every NAPOT size that there is around the page, and all of memory."""
    for bits in range(3, 57):
        size = 1 << bits
        address = napot(TARGET & ~(size - 1), size)
        for access, mode in itertools.product((LD, SD, FETCH), (0, 1, 3)):
            yield (address, 0, 0, 0), NAPOT | READ, TARGET, access | mode << 8
            yield (address, 0, 0, 0), NAPOT | READ, TARGET + 32, access | mode << 8 | 1 << 16


def describe(case):
    addresses, config, address, control = case
    entries = ", ".join(f"{config >> 8 * i & 0xFF:#04x} {addresses[i] << 2:#x}" for i in range(4)
                        if addresses[i] or config >> 8 * i & 0xFF)
    rest = "all" if control >> 16 else "nothing"
    return (f"{ACCESSES[control & 15]} at TARGET{address - TARGET:+} in {MODES[control >> 8 & 3]} under "
            f"{entries}, else {rest}")


def as_specified(case, words):
    """An AMO faults as a store (Volume II, 3.1.15). TOR up to 0 matches nothing (3.7.1); QEMU 7.2 takes
    it for the end of memory."""
    addresses, config, _, control = case
    if control & 15 == AMO and words[0] == LOAD_FAULT:
        words[0] = STORE_FAULT
    if config >> 8 & NAPOT == TOR and addresses[1] == 0:
        words[:5] = [ECALLS[control >> 8 & 3], 0, None, None, None]
    return words


def program(slow=False):
    del slow
    cases = [case for part in (single, overlapping, tops, all_addresses) for case in part()]
    table = b"".join(struct.pack("<7Q", *addresses, config, address, control)
                     for addresses, config, address, control in cases)
    source = """#include "pmp.S"
    .data
    .balign 8
cases:
    .incbin "pmp.table"
cases_end:
"""
    section = Section(len(cases), WORDS, lambda i: describe(cases[i]),
                      lambda i, words: as_specified(cases[i], words))
    return Program("pmp", source, [section], {"mret", "ecall"}, {"pmp.table": table})
