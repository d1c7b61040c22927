# SPDX-License-Identifier: Apache-2.0
"""Sv39: every combination of an entry's flags, at each level, by each access, in each mode, and
page edges, reserved bits, misaligned superpages (Volume II, 4.3 and 4.4)."""
import struct

from program import Program, Section

TARGET = 0x8820_0000
VIRTUAL = 4 << 30 | TARGET & 0x3FFF_FFFF
ACCESSES = ("ld", "sd", "fetch", "amoadd.d", "lr.d", "lr.d, sc.d", "lhu", "sh")
LD, SD, FETCH, AMO, LR, SC, LHU, SH = range(8)
MODES = ("U by MPRV", "S by MPRV", "U", "S")
PLACES = ("level 0", "level 1", "level 2", "neighbour")
NEIGHBOUR = 3
SUM, MXR = 1 << 18, 1 << 19
FLAGS = "VRWXUGAD"
VALID = 0xDF
FETCH_FAULTS = (1, 12)
NOWHERE = 0x10_0000_0000  # physical: nothing answers
WORDS = ("mcause", "mtval", "read", "entry after it", "memory", "memory of the next page")
ENTRY_AFTER = 3  # in a record
ACCESS = 3  # in a case
STORE_ACCESS_FAULT, STORE_PAGE_FAULT = 7, 15
A, D = 0x40, 0x80
ACCESS_FAULT = {12: 1, 13: 5, 15: 7}  # for page faults
AS_STORE = {5: 7, 13: 15}  # access faults, page faults


def leaf(physical, flags):
    return physical >> 12 << 10 | flags


def aligned(place):
    """Where a leaf at this level has to point for VIRTUAL to come to TARGET."""
    return TARGET & ~((1 << (12 + 9 * place)) - 1)


def all_flags():
    for place in range(3):
        for flags in range(256):
            if flags & 0x20 and flags not in (0xEF, 0xFF):  # G
                continue
            entry = leaf(aligned(place), flags)
            for access in (LD, SD, FETCH, AMO, LR):
                for mode in range(4):
                    if access == FETCH and mode < 2:
                        continue
                    for status in (0, SUM, MXR, SUM | MXR):
                        yield entry, VIRTUAL, place, access, mode, status


def pointers():
    """Entries that lead to the next level, with flags that are reserved there, or to nowhere."""
    for place, table in ((1, 0x8800_2000), (2, 0x8800_1000)):
        for flags in (0x01, 0x11, 0x21, 0x41, 0x81, 0xF1, 0x00, 0x20):
            for access in (LD, SD, FETCH, AMO):
                for mode in (2, 3):
                    yield leaf(table, flags), VIRTUAL, place, access, mode, 0
        for access in (LD, SD, FETCH, AMO, LR):
            for mode in (2, 3):
                yield leaf(NOWHERE, 1), VIRTUAL, place, access, mode, 0


def reserved_bits():
    for place in range(3):
        for bit in range(54, 64):
            for access in (LD, SD, FETCH):
                for mode in (2, 3):
                    flags = VALID & ~0x10 if mode == 3 else VALID
                    entry = leaf(aligned(place), flags) | 1 << bit
                    yield entry, VIRTUAL, place, access, mode, 0


def misaligned_superpages():
    for place, bits in ((1, range(12, 21)), (2, range(12, 30))):
        for bit in bits:
            for access in (LD, SD, FETCH):
                for flags, mode in ((VALID, 2), (VALID & ~0x10, 3)):
                    yield (leaf(aligned(place) ^ 1 << bit, flags), VIRTUAL, place, access, mode, 0)


def nowhere():
    for place in range(3):
        for access in (LD, SD, FETCH, AMO, LR):
            for flags, mode in ((VALID, 2), (VALID & ~0x10, 3), (VALID & ~0xC0, 2)):
                yield leaf(NOWHERE, flags), VIRTUAL, place, access, mode, 0


def addresses():
    """Not canonical: bits 63 to 39 differ from bit 38; and canonical ones without an entry."""
    for address in (VIRTUAL | 1 << 39, VIRTUAL | 1 << 38, VIRTUAL | 1 << 63, 0x3F_FFFF_F000,
                    0x40_0000_0000, 0xFFFF_FFC0_0000_0000, 0xFFFF_FFBF_FFFF_FFF8,
                    0xFFFF_FFFF_FFFF_FFF8, 0, 0x8000_0000_0000_0000):
        for access in (LD, SD, FETCH, AMO, LR, LHU, SH):
            for mode in range(4):
                if access != FETCH or mode >= 2:
                    yield leaf(TARGET, VALID), address, 0, access, mode, 0


def edges():
    """Accesses over the end of the page: into a neighbour, which is elsewhere, or from one."""
    for flags in range(0, 256):
        if flags & 0x20:
            continue
        for access, place in ((LD, 0xFF9), (LD, 0xFFC), (SD, 0xFFF), (SD, 0xFFC), (FETCH, 0xFFE),
                              (LHU, 0xFFF), (SH, 0xFFF)):
            for mode in (0, 1, 2, 3):
                if access == FETCH and mode < 2:
                    continue
                yield leaf(0x8820_5000, flags), VIRTUAL + place, NEIGHBOUR, access, mode, 0
                yield leaf(TARGET, flags), VIRTUAL + place, 0, access, mode, 0


def sequences():
    """LR and SC through one page."""
    for flags in range(0, 256):
        for mode in (2, 3):
            if not flags & 0x20:
                yield leaf(TARGET, flags), VIRTUAL, 0, SC, mode, 0


def describe(case):
    entry, address, place, access, mode, status = case
    flags = "".join(letter if entry >> i & 1 else "-" for i, letter in enumerate(FLAGS))
    bits = "".join(name for bit, name in ((SUM, " SUM"), (MXR, " MXR")) if status & bit)
    return (f"{ACCESSES[access]} at {address:#x} from {MODES[mode]}{bits}, {PLACES[place]} entry "
            f"{entry:#x} {flags}")


def as_specified(case, words):
    """AMOs fault as stores, and then leave the entry as it is (Volume II, 3.1.15 and 4.3.2); QEMU
    has some of them fault as loads, or set A and not D."""
    words = list(words)
    if case[0] == leaf(NOWHERE, 1):
        # An entry that cannot be read is an access fault (4.3.2); QEMU reads 0.
        words[0] = ACCESS_FAULT.get(words[0], words[0])
    if case[ACCESS] == AMO:
        words[0] = AS_STORE.get(words[0], words[0])
        if words[0] == STORE_PAGE_FAULT:
            words[ENTRY_AFTER] = case[0]
        elif words[0] == STORE_ACCESS_FAULT and words[ENTRY_AFTER] & A:
            words[ENTRY_AFTER] |= D  # translated as a store before memory refused it
    return words


def program(slow=False):
    del slow
    parts = (all_flags, pointers, reserved_bits, misaligned_superpages, nowhere, addresses, edges,
             sequences)
    cases = [case for part in parts for case in part()]
    table = b"".join(struct.pack("<3Q", entry, address, place | access << 4 | mode << 8 | status)
                     for entry, address, place, access, mode, status in cases)
    source = """#include "paging.S"
    .data
    .balign 8
cases:
    .incbin "paging.table"
cases_end:
"""
    section = Section(len(cases), WORDS, lambda i: describe(cases[i]),
                      lambda i, words: as_specified(cases[i], words))
    return Program("paging", source, [section], {"sfence.vma", "mret", "ecall"},
                   {"paging.table": table})
