# SPDX-License-Identifier: Apache-2.0
"""A random program: sequences of code, and cases, each one sequence in one state of the hart."""
import random
import struct

import layout as at
from operand_classes import floats, integers
from protection import Pmp
from privileged import FLAGS
from sequences import Sequence

MASK64 = (1 << 64) - 1
U, S, M = 0, 1, 3
NOWHERE = 0x10_0000_0000  # physical: nothing answers
RUNS = 4  # cases of a sequence
USER_ALIAS = 0x4000_0000
PAGES_OF_CODE = 0x8000_0000  # from the physical addresses to those by 4 KiB pages
SUM, MXR, TVM, TW, TSR, MPRV = (1 << bit for bit in (18, 19, 20, 21, 22, 17))
ECALL_S, ILLEGAL = 1 << 9, 1 << 2
EXCEPTIONS = 0xB3FF
TIED = ((4, 6), (5, 7), (13, 15))  # AMOs fault as loads in QEMU 7.2
WINDOW_SETS = 16
GOOD = 0xCF


def entry_of(physical, flags):
    return physical >> 12 << 10 | flags


def signed39(address):
    return (address ^ 1 << 38) - (1 << 38) & MASK64


class Case:
    """What one case is: for reports, corrections and coverage."""

    def __init__(self, sequence, start, mode):
        self.sequence, self.start, self.mode = sequence, start, mode
        self.placement = "bare"  # what its data lie in
        self.words = {}  # by name in layout.CASE; "f": its registers; "packed": all of it


class Program:
    """cases: the list; image: [(address, bytes)]."""

    def __init__(self, seed, count, vectors):
        self.seed = seed
        self.rng = rng = random.Random(f"athena {seed}")
        self.vectors = vectors  # symbols of driver.S
        self.link = rng.choice((1, 1, 5, rng.randrange(3, 32)))
        self.pmp = Pmp(rng) if rng.random() < 0.6 else None
        self.may_lock = self.pmp is not None and rng.random() < 0.6
        self.pmp_sets = []
        self.code = bytearray()
        self.cases = []
        pmp_set = 0
        while len(self.cases) < count:
            sequence = Sequence(rng, rng.random() < 0.7, self.pmp is not None, self.link)
            if len(self.code) + sequence.size + 64 > at.CODE_SIZE:
                break
            self.code += bytes(2 * rng.randrange(8))
            start = len(self.code)
            self.code += sequence.code
            for _ in range(RUNS):
                fresh = not self.cases or (self.pmp and rng.random() < 0.1)
                if fresh:
                    pmp_set = self._add_pmp_set()
                self.cases.append(self._make_case(sequence, start, pmp_set if fresh else 0))

    def _add_pmp_set(self):
        if self.pmp:
            addresses, configs = self.pmp.next_set(self.may_lock)
        else:
            addresses, configs = [(1 << 54) - 1] + [0] * 15, [0x1F] + [0] * 15
        self.pmp_sets.append(struct.pack("<16Q", *addresses) + bytes(configs))
        return at.PMP_SETS + 144 * (len(self.pmp_sets) - 1)

    # ---- one case

    def _make_case(self, sequence, start, pmp_set):
        rng = self.rng
        mode = rng.choices((U, S, M), (15, 20, 65) if sequence.privileged else (40, 40, 20))[0]
        self.quiet = rng.random() < 0.7  # most accesses do not fault
        case = Case(sequence, start, mode)
        physical = at.CODE + start
        base, pokes, virtual, pages, table = physical, [], at.DATA, at.DATA_PAGES, at.DATA_L0
        if sequence.paging:
            virtual, pages, table, pokes, case.placement = self._data_tables(mode)
            base, poke = self._code_pages(physical, sequence, mode)
            pokes.append(poke)
        while len(pokes) < at.POKES:
            pokes.append((at.SPARE_ENTRY, 0, 0))
        words = dict.fromkeys(at.CASE[:-1], 0)
        words.update(ENTRY=base + sequence.entry, MODE=mode, BASE=base, END=base + sequence.end,
                     STOP=1, INDEX=len(self.cases), PMP=pmp_set,
                     WINDOWS=at.WINDOWS + 8 * at.WINDOW_WORDS * rng.randrange(WINDOW_SETS))
        self._registers(words, sequence, mode)
        x = integers(rng, 31)
        for register in sequence.addresses:
            x[register - 1] = (self._address(sequence, mode, virtual, pages) +
                               sequence.deltas[register]) & MASK64
        x[sequence.counter - 1] = 0
        x[sequence.table - 1] = table
        x[sequence.jump - 1] = self._jump_target(mode, virtual, pages)
        case.words = words
        packed = struct.pack(f"<{len(at.CASE) - 1}Q8H", *words.values(), *sequence.recovery)
        flat = [value for poke in pokes for value in poke]
        f = floats(rng)
        case.words["packed"] = packed + struct.pack(f"<{3 * at.POKES + 63}Q", *flat, *x, *f)
        case.words["f"] = f
        return case

    def _registers(self, words, sequence, mode):
        rng = self.rng
        status = {"dirty": 3, "off": 0}.get(sequence.fs, rng.choice((1, 2))) << 13 | mode << 11
        status |= rng.getrandbits(12) & 0x1A2  # SIE, SPIE, MPIE, SPP
        for bit, chance in ((SUM, 0.5), (MXR, 0.35), (TVM, 0.12), (TW, 0.12), (TSR, 0.12),
                            (MPRV, 0.3 if mode == M and sequence.mprv else 0)):
            if rng.random() < chance:
                status |= bit
        medeleg = rng.choices((0, EXCEPTIONS, rng.getrandbits(16) & EXCEPTIONS), (35, 30, 35))[0]
        if sequence.has_amo:
            for load, store in TIED:
                medeleg = medeleg & ~(1 << store) | (medeleg >> load & 1) << store
        by_illegal = medeleg & ECALL_S
        if by_illegal:
            medeleg &= ~ILLEGAL
            if rng.random() < 0.5:
                medeleg, by_illegal = medeleg & ~ECALL_S | rng.choice((0, ILLEGAL)), 0
        stub = self.vectors["supervisor_illegals" if by_illegal else "supervisor_ecalls"]
        mideleg = rng.getrandbits(12) & 0x222
        if sequence.machine_interrupt:
            mideleg &= ~(1 << sequence.machine_interrupt)
        if sequence.supervisor_interrupt:
            mideleg |= 1 << sequence.supervisor_interrupt
        words.update(
            MSTATUS=status, MEDELEG=medeleg, MIDELEG=mideleg,
            MIE=rng.choice((0, sequence.enabled, sequence.enabled & rng.getrandbits(12))),
            MIP=rng.getrandbits(12) & 0x222 if rng.random() < 0.3 else 0,
            MTVEC=self.vectors["machine_vectors"] | rng.getrandbits(1),
            STVEC=stub | rng.getrandbits(1),
            COUNTEREN=rng.getrandbits(63) & 0x7FFFFFFF7FFFFFFF,
            FCSR=sequence.initial_frm << 5 | rng.choice((0, rng.getrandbits(5))))
        if sequence.paging:
            asid = rng.choice((0, 0, 1, 0xFFFF, rng.getrandbits(16)))
            if len(self.cases) % 5 < 2:  # Sv48, whose root leads to Sv39's
                words["SATP"] = 9 << 60 | asid << 44 | at.ROOT48 >> 12
            else:
                words["SATP"] = 8 << 60 | asid << 44 | at.ROOT >> 12

    def _data_tables(self, mode):
        """(address of the data pages, how many, address of their entries, pokes, what was chosen)"""
        rng = self.rng
        root = rng.choice((6, 7, 100, 255, 256, 300, 511))
        middle, low = rng.choice((0, 1, 64, 511)), rng.choice((0, 0, 5, 504))
        user = mode == U if self.quiet else rng.random() < 0.5
        root_entry, middle_entry = entry_of(at.DATA_L1, 1), entry_of(at.DATA_L0, 1)
        flags = (0xDF if user else 0xCF) if self.quiet or rng.random() < 0.5 else rng.choice(FLAGS)
        if flags & 0xE == 0:
            flags = 0  # not a pointer, to a data page as a table
        pages = 8
        kind = rng.choices(("4 KiB", "2 MiB", "1 GiB", "root", "middle"), (66, 14, 10, *((0, 0) if self.quiet else (7, 7))))[0]
        if kind == "2 MiB":
            low, pages = 0, at.DATA_PAGES
            middle_entry = entry_of(at.DATA, flags)
            if rng.random() < 0.12:
                middle_entry ^= 1 << rng.randrange(10, 19)  # misaligned
                kind = "misaligned"
        elif kind == "1 GiB":
            middle, low, pages = 64, 0, at.DATA_PAGES
            root_entry = entry_of(0x8000_0000, flags)
            if rng.random() < 0.12:
                root_entry ^= 1 << rng.randrange(10, 28)
                kind = "misaligned"
        elif kind == "root":
            root_entry = root_entry & ~0xFF | rng.choice((0, 0x41, 0x81, 0x11, 0x21, 0x04, 0x05))
            root_entry |= (1 << rng.randrange(54, 64)) if rng.random() < 0.3 else 0
        elif kind == "middle":
            middle_entry = middle_entry & ~0xFF | rng.choice((0, 0x41, 0x81, 0x11, 0x21, 0x04))
            middle_entry |= (1 << rng.randrange(54, 64)) if rng.random() < 0.3 else 0
        pokes = [(at.ROOT + 8 * root, root_entry, 0), (at.DATA_L1 + 8 * middle, middle_entry, 0)]
        for page in range(8):
            leaf = GOOD | (0x10 if user else 0) if rng.random() < (0.97 if self.quiet else 0.5) else rng.choice(FLAGS)
            leaf = entry_of(at.DATA + rng.randrange(4) * 4096, leaf)
            if rng.random() < 0.02:
                leaf |= 1 << rng.randrange(54, 64)
            pokes.append((at.DATA_L0 + 8 * (low + page), leaf, 0))
        virtual = signed39(root << 30 | middle << 21 | low << 12)
        return virtual, pages, at.DATA_L0 + 8 * low, pokes, kind

    def _code_pages(self, physical, sequence, mode):
        """(address of the sequence, a poke of the entry of a page that it runs from)"""
        rng = self.rng
        alias = USER_ALIAS if mode == U else 0
        user = 0x10 if mode == U else 0
        table = at.CODE_U_L0 if mode == U else at.CODE_S_L0
        page = (physical + rng.choice((0, sequence.size)) - at.CODE) >> 12
        page_physical = at.CODE + 4096 * page
        usual = entry_of(page_physical, GOOD | user)
        value = usual
        if mode == M:
            return physical, (at.SPARE_ENTRY + 8, 0, 0)
        if rng.random() < 0.6:
            return physical + alias, (table + 8 * page, usual, usual)
        if rng.random() < (0.03 if self.quiet else 0.3):
            value = entry_of(page_physical, rng.choice(FLAGS))
        return physical + alias + PAGES_OF_CODE, (table + 8 * page, value, usual)

    def _address(self, sequence, mode, virtual, pages):
        """A border of 2 KiB near which an address register points."""
        rng = self.rng
        kind = rng.random()
        if kind < (0.005 if self.quiet else 0.08):
            if sequence.paging and mode != M:
                return virtual ^ 1 << rng.randrange(39, 64)
            return NOWHERE | rng.getrandbits(20) << 12
        by_page_table = sequence.paging and (kind > (0.97 if self.quiet else 0.8) if mode == M
                                             else mode == U or kind > 0.14)
        start, count = (virtual, pages) if by_page_table else (at.DATA, at.DATA_PAGES)
        if not sequence.crossing:
            return start + 4096 * rng.randrange(count) + 2048
        return start + 2048 * rng.randrange(2, 2 * count - 1)

    def _jump_target(self, mode, virtual, pages):
        rng = self.rng
        if rng.random() < (0.02 if self.quiet else 0.2):
            return rng.choice((NOWHERE, virtual ^ 1 << rng.randrange(40, 63), NOWHERE + 0xFFE))
        page = rng.randrange(pages)
        bit = int(rng.random() < 0.1)  # which JALR clears
        if mode == M:
            return at.DATA + 4096 * (page % 4) + at.STUB + bit
        return virtual + 4096 * page + at.STUB + bit

    # ---- all of it

    def segments(self):
        rng = random.Random(f"windows {self.seed}")
        windows = b"".join(struct.pack(f"<{at.WINDOW_WORDS}Q", *integers(rng, at.WINDOW_WORDS))
                           for _ in range(WINDOW_SETS))
        stub = struct.pack("<2I", 0x13, 0x67 | self.link << 15)
        cases = b"".join(case.words["packed"] for case in self.cases) + bytes(at.CASE_SIZE)
        yield at.CODE, bytes(self.code)
        yield at.CASES, cases
        yield at.WINDOWS, windows
        yield at.PMP_SETS, b"".join(self.pmp_sets)
        for page in range(at.DATA_PAGES):
            yield at.DATA + 4096 * page + at.STUB, stub
        yield from code_tables()


def code_tables():
    """What never changes: all of RAM from 2 GiB on for S and from 3 GiB on for U; the code by 4 KiB
    pages from 4 GiB on for S and from 5 GiB on for U; and the same below Sv48's root."""
    root = {2: entry_of(0x8000_0000, GOOD), 3: entry_of(0x8000_0000, GOOD | 0x10),
            4: entry_of(at.CODE_S_L1, 1), 5: entry_of(at.CODE_U_L1, 1)}
    yield at.ROOT, b"".join(struct.pack("<Q", root.get(i, 0)) for i in range(512))
    pointer = struct.pack("<Q", entry_of(at.ROOT, 1))
    yield at.ROOT48, pointer + bytes(8 * 510) + pointer
    middle = (at.CODE & 0x3FFF_FFFF) >> 21
    for table, low, user in ((at.CODE_S_L1, at.CODE_S_L0, 0), (at.CODE_U_L1, at.CODE_U_L0, 0x10)):
        yield table + 8 * middle, struct.pack("<Q", entry_of(low, 1))
        yield low, b"".join(struct.pack("<Q", entry_of(at.CODE + 4096 * i, GOOD | user))
                            for i in range(512))
