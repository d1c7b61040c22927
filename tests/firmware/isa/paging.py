# SPDX-License-Identifier: Apache-2.0
"""Sv39 and Sv48: every combination of an entry's flags, at each level, by each access, in each mode, and
page edges, reserved bits, misaligned superpages (Volume II, 4.3 to 4.5)."""
import struct
from dataclasses import dataclass

from program import Program, Section

TARGET = 0x8820_0000
ACCESSES = ("ld", "sd", "fetch", "amoadd.d", "lr.d", "lr.d, sc.d", "lhu", "sh")
LD, SD, FETCH, AMO, LR, SC, LHU, SH = range(8)
MODES = ("U by MPRV", "S by MPRV", "U", "S")
PLACES = ("level 0", "level 1", "level 2", "neighbour", "level 3")
NEIGHBOUR = 3
SHIFTS = {0: 12, 1: 21, 2: 30, 4: 39}  # by place
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


@dataclass
class Scheme:
    name: str
    bits: int  # of a virtual address
    virtual: int  # the page under test
    tables: dict[int, int]  # where the entry at a place points


SV39 = Scheme("Sv39", 39, 4 << 30 | TARGET & 0x3FFF_FFFF, {1: 0x8800_2000, 2: 0x8800_1000})
SV48 = Scheme("Sv48", 48, 5 << 39 | TARGET, {**SV39.tables, 4: 0x8800_4000})


def leaf(physical, flags):
    return physical >> 12 << 10 | flags


def aligned(place):
    """Where a leaf at this level has to point for the page to come to TARGET."""
    return TARGET & ~((1 << SHIFTS[place]) - 1)


def all_flags(scheme):
    for place in (0, *scheme.tables):
        for flags in range(256):
            if flags & 0x20 and flags not in (0xEF, 0xFF):  # G
                continue
            entry = leaf(aligned(place), flags)
            for access in (LD, SD, FETCH, AMO, LR):
                for mode in range(4):
                    if access == FETCH and mode < 2:
                        continue
                    for status in (0, SUM, MXR, SUM | MXR):
                        yield entry, scheme.virtual, place, access, mode, status


def pointers(scheme):
    """Entries that lead to the next level, with flags that are reserved there, or to nowhere."""
    for place, table in scheme.tables.items():
        for flags in (0x01, 0x11, 0x21, 0x41, 0x81, 0xF1, 0x00, 0x20):
            for access in (LD, SD, FETCH, AMO):
                for mode in (2, 3):
                    yield leaf(table, flags), scheme.virtual, place, access, mode, 0
        for access in (LD, SD, FETCH, AMO, LR):
            for mode in (2, 3):
                yield leaf(NOWHERE, 1), scheme.virtual, place, access, mode, 0


def reserved_bits(scheme):
    for place in (0, *scheme.tables):
        for bit in range(54, 64):
            for access in (LD, SD, FETCH):
                for mode in (2, 3):
                    flags = VALID & ~0x10 if mode == 3 else VALID
                    entry = leaf(aligned(place), flags) | 1 << bit
                    yield entry, scheme.virtual, place, access, mode, 0


def misaligned_superpages(scheme):
    for place in scheme.tables:
        for bit in range(12, SHIFTS[place]):
            for access in (LD, SD, FETCH):
                for flags, mode in ((VALID, 2), (VALID & ~0x10, 3)):
                    yield (leaf(aligned(place) ^ 1 << bit, flags), scheme.virtual, place, access, mode, 0)


def nowhere(scheme):
    for place in (0, *scheme.tables):
        for access in (LD, SD, FETCH, AMO, LR):
            for flags, mode in ((VALID, 2), (VALID & ~0x10, 3), (VALID & ~0xC0, 2)):
                yield leaf(NOWHERE, flags), scheme.virtual, place, access, mode, 0


def addresses(scheme):
    """Not canonical: the upper bits differ from the last of the address's (Sv39: 63 to 39 from
    38); and canonical ones without an entry."""
    half = 1 << (scheme.bits - 1)
    for address in (scheme.virtual | half << 1, scheme.virtual | half, scheme.virtual | 1 << 63, half - 4096, half,
                    2**64 - half, 2**64 - half - 8, 2**64 - 8, 0, 1 << 63):
        for access in (LD, SD, FETCH, AMO, LR, LHU, SH):
            for mode in range(4):
                if access != FETCH or mode >= 2:
                    yield leaf(TARGET, VALID), address, 0, access, mode, 0


def edges(scheme):
    """Accesses over the end of the page: into a neighbour, which is elsewhere, or from one."""
    for flags in range(0, 256):
        if flags & 0x20:
            continue
        for access, place in ((LD, 0xFF9), (LD, 0xFFC), (SD, 0xFFF), (SD, 0xFFC), (FETCH, 0xFFE),
                              (LHU, 0xFFF), (SH, 0xFFF)):
            for mode in (0, 1, 2, 3):
                if access == FETCH and mode < 2:
                    continue
                yield leaf(0x8820_5000, flags), scheme.virtual + place, NEIGHBOUR, access, mode, 0
                yield leaf(TARGET, flags), scheme.virtual + place, 0, access, mode, 0


def sequences(scheme):
    """LR and SC through one page."""
    for flags in range(0, 256):
        for mode in (2, 3):
            if not flags & 0x20:
                yield leaf(TARGET, flags), scheme.virtual, 0, SC, mode, 0


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
    if case[0] in (leaf(NOWHERE, 1), leaf(0, 1)):
        # An entry that cannot be read is an access fault (4.3.2); QEMU reads 0.
        words[0] = ACCESS_FAULT.get(words[0], words[0])
    if case[ACCESS] == AMO:
        words[0] = AS_STORE.get(words[0], words[0])
        if words[0] == STORE_PAGE_FAULT:
            words[ENTRY_AFTER] = case[0]
        elif words[0] == STORE_ACCESS_FAULT and words[ENTRY_AFTER] & A:
            words[ENTRY_AFTER] |= D  # translated as a store before memory refused it
    return words


def program(scheme):
    parts = (all_flags, pointers, reserved_bits, misaligned_superpages, nowhere, addresses, edges,
             sequences)
    cases = [case for part in parts for case in part(scheme)]
    table = b"".join(struct.pack("<3Q", entry, address, place | access << 4 | mode << 8 | status)
                     for entry, address, place, access, mode, status in cases)
    name = {"Sv39": "paging", "Sv48": "paging48"}[scheme.name]
    source = f"""#define {scheme.name.upper()}
#include "paging.S"
    .data
    .balign 8
cases:
    .incbin "{name}.table"
cases_end:
"""
    section = Section(len(cases), WORDS, lambda i: describe(cases[i]),
                      lambda i, words: as_specified(cases[i], words))
    return Program(name, source, [section], {"sfence.vma", "mret", "ecall"},
                   {f"{name}.table": table})
