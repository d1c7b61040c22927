# SPDX-License-Identifier: Apache-2.0
"""Privilege: traps and their delegation, xRET, WFI, fences, interrupts, and every CSR in every mode
(Volume II, chapters 2 to 4), by modes.S."""
import itertools
import struct

from program import Program, Section

STATUS, MIP = 4, 5  # their places in a record
U, S, M = 0, 1, 3
MODE_NAMES = {U: "U", S: "S", M: "M"}
WORDS = ("taken by", "cause", "epc", "tval", "mstatus after", "mip", "back", "old value",
         "new value")
# Bits of mstatus
SIE, MIE, SPIE, MPIE, SPP = 1 << 1, 1 << 3, 1 << 5, 1 << 7, 1 << 8
MPRV, SUM, MXR, TVM, TW, TSR, FS = 1 << 17, 1 << 18, 1 << 19, 1 << 20, 1 << 21, 1 << 22, 1 << 13
ILLEGAL, ECALL_S = 1 << 2, 1 << 9
SSIP, MSIP, STIP, MTIP, SEIP = 1 << 1, 1 << 3, 1 << 5, 1 << 7, 1 << 9
VECTORED_M, VECTORED_S, BACK_BY_ECALL = 1, 2, 4
EVERY_EXCEPTION = 0xB3FF
STCE = 1 << 63
TIME = 2 | 2 << 32  # of mcounteren and scounteren
SLOT = 32  # bytes of a kernel


class Kernels:
    """Code, each piece in a slot of its own."""

    def __init__(self):
        self.offsets = {}

    def offset(self, text):
        return self.offsets.setdefault(text, len(self.offsets) * SLOT)

    def source(self):
        pieces = (f"    .balign {SLOT}\n    {text}\n    ecall" for text in self.offsets)
        return f"    .text\n    .balign {SLOT}\nkernels:\n" + "\n".join(pieces)


class Cases:
    def __init__(self):
        self.kernels = Kernels()
        self.table = []
        self.texts = []
        self.corrections = {}

    def add(self, code, mode, mstatus=0, medeleg=0, mideleg=0, mie=0, mip=0, vectored=0,
            operand=0, counteren=0, envcfg=0, correct=None):
        if correct:
            self.corrections[len(self.table)] = correct
        self.table.append((self.kernels.offset(code), mode, mstatus, medeleg, mideleg, mie, mip,
                           vectored, operand, counteren, envcfg))
        self.texts.append(code)

    def describe(self, index):
        (_, mode, mstatus, medeleg, mideleg, mie, mip, vectored, operand, counteren,
         envcfg) = self.table[index]
        code = "; ".join(line.strip() for line in self.texts[index].splitlines())
        return (f"{code} in {MODE_NAMES[mode]}, mstatus={mstatus:#x} medeleg={medeleg:#x} "
                f"mideleg={mideleg:#x} mie={mie:#x} mip={mip:#x} vectored={vectored} "
                f"a0={operand:#x} counteren={counteren:#x} menvcfg={envcfg:#x}")

    def correct(self, index, words):
        correction = self.corrections.get(index)
        return correction(words) if correction else words

    def program(self, name, operations):
        source = f"""#include "modes.S"
{self.kernels.source()}
    .data
    .balign 8
cases:
    .incbin "{name}.table"
cases_end:
"""
        table = b"".join(struct.pack("<11Q", *case) for case in self.table)
        section = Section(len(self.table), WORDS, self.describe, self.correct)
        return Program(name, source, [section], operations, {f"{name}.table": table})


def leaves_m(words):
    """A return to a lower mode clears MPRV (Volume II, 3.1.6.3); QEMU 7.2 leaves it."""
    return [*words[:STATUS], words[STATUS] & ~MPRV, *words[STATUS + 1:]]


def by_priority(mideleg, mie, vectored):
    """MEI, MSI, MTI, SEI, SSI, STI (Volume II, 3.1.9); QEMU 7.2 takes the lowest number."""
    def correct(words):
        taken, cause, epc, value, status, mip, *rest = words
        if not cause >> 63:
            return words
        by_supervisor = taken >> 8
        pending = mip & mie & (mideleg if by_supervisor else ~mideleg)
        number = next(n for n in (11, 3, 7, 9, 1, 5) if pending >> n & 1)
        is_vectored = vectored & (VECTORED_S if by_supervisor else VECTORED_M)
        return [by_supervisor << 8 | (number if is_vectored else 0), 1 << 63 | number, epc, value,
                status, mip, *rest]
    return correct


def exceptions(cases):
    """Each kind of exception in each mode, delegated and not."""
    codes = ("ecall", "ebreak", ".option rvc; c.ebreak; .option norvc", ".word 0", ".word -1",
             ".half 0, 0x9002", "ld a3, 0(zero)", "sd a3, 0(zero)", "jr zero", "csrr a3, mscratch", "csrr a3, sscratch",
             "csrw cycle, zero", "li t0, 2; jr t0")
    for code, mode in itertools.product(codes, (U, S, M)):
        for medeleg in [0, *[1 << bit for bit in range(16)], EVERY_EXCEPTION & ~ILLEGAL,
                        EVERY_EXCEPTION & ~ECALL_S]:
            by_ecall = BACK_BY_ECALL if medeleg & ILLEGAL else 0
            for mstatus in (0, MIE | SIE, SPP | SPIE | MPIE):
                cases.add(code, mode, mstatus, medeleg, vectored=by_ecall | 3)
                cases.add(code, mode, mstatus, medeleg, vectored=by_ecall)


def returns(cases):
    """mret and sret from each mode, with every value of the bits they look at."""
    for code, mode in itertools.product(("mret", "sret"), (U, S, M)):
        for bits in itertools.product((0, SIE), (0, MIE), (0, SPIE), (0, MPIE), (0, SPP),
                                      (0, MPRV), (0, TSR), (0, 1 << 11, 3 << 11)):
            if mode != M and bits[-1]:
                continue
            stays = mode == M and code == "mret" and bits[-1] == 3 << 11
            cases.add(code, mode, sum(bits), correct=None if stays else leaves_m)


def privileged(cases):
    """What TVM, TW and TSR trap."""
    for code in ("wfi", "sfence.vma", "sfence.vma a0, zero", "sfence.vma zero, a0",
                 "sfence.vma a0, a0", "csrr a3, satp", "csrw satp, zero", "csrr a3, sstatus",
                 "csrs sstatus, zero", "fence.i", "fence"):
        for mode in (U, S, M):
            for bits in itertools.product((0, TVM), (0, TW), (0, TSR), (0, SUM), (0, MXR)):
                # An interrupt that is enabled and pending, but not taken, ends WFI.
                cases.add(code, mode, sum(bits), ILLEGAL, 0 if mode == M else SSIP, SSIP, SSIP,
                          BACK_BY_ECALL)
                if code != "wfi":
                    cases.add(code, mode, sum(bits))


def interrupts(cases):
    """Which interrupt is taken, by whom, from where."""
    lines = (SSIP, STIP, SEIP, MSIP, MTIP)
    every = sum(lines)
    sets = [sum(chosen) for count in range(6) for chosen in itertools.combinations(lines, count)]
    delegated = (0, SSIP, STIP, SEIP, SSIP | STIP | SEIP)
    for mip, mideleg, mode in itertools.product(sets, delegated, (U, S, M)):
        for mstatus in (0, MIE, SIE, MIE | SIE):
            for mie in (every, mip & -mip if mip else 0, every & ~(mip & -mip), SSIP | MTIP):
                cases.add("nop", mode, mstatus, 0, mideleg, mie, mip, 3,
                          correct=by_priority(mideleg, mie, 3))
            cases.add("nop", mode, mstatus, 0, mideleg, every, mip, 0,
                      correct=by_priority(mideleg, every, 0))


def timer_off(words):
    """Without STCE, STIP is what mip was written with (Sstc 2.1); QEMU 7.2 raises it all the same."""
    return [*words[:MIP], words[MIP] & ~STIP, *words[MIP + 1:]]


def timer(cases):
    """Sstc: who reaches stimecmp, and that STIP is then the comparison with time, and nothing that
    mip is written with."""
    stimecmp = 0x14D
    for mode, envcfg, counteren in itertools.product((U, S, M), (0, STCE), (0, 2, 2 << 32, TIME)):
        for operand in (0, 1 << 63, (1 << 64) - 1):
            cases.add(f"csrw {stimecmp}, a0\n    csrr a3, {stimecmp}", mode, operand=operand,
                      counteren=counteren, envcfg=envcfg, correct=None if envcfg else timer_off)
    for operand, mstatus, mie, mideleg in itertools.product(
            (0, 1, 1 << 63, (1 << 64) - 1), (0, SIE, MIE, SIE | MIE), (0, STIP, STIP | SSIP),
            (0, STIP, STIP | SSIP)):
        for mode, view in ((S, "sip"), (M, "mip")):
            for mip in (0, SSIP, STIP):
                cases.add(f"csrw {stimecmp}, a0\n    nop\n    csrr a3, {view}\n"
                          f"    csrw {stimecmp}, t5\n    csrr a4, {view}", mode, mstatus, 0,
                          mideleg, mie, mip, 3, operand, TIME, STCE)
    for operand, envcfg in itertools.product((0, 0x20, 0x222, 0x202), (0, STCE)):
        for form in ("csrw mip, a0", "csrs mip, a0", "csrc mip, a0"):
            cases.add(f"{form}\n    csrr a3, mip\n    csrr a4, sip", M, 0, 0, 0x222, 0, SSIP, 0,
                      operand, TIME, envcfg)


def program(slow=False):
    del slow
    cases = Cases()
    for part in (exceptions, returns, privileged, interrupts, timer):
        part(cases)
    return cases.program("modes", {"ecall", "ebreak", "mret", "sret", "wfi", "sfence.vma",
                                   "fence.i"})
