# SPDX-License-Identifier: Apache-2.0
"""Control and status registers: every number in every mode, and every form of access with values
that show which bits are writable (Volume I, chapter 9; Volume II, chapter 2)."""
import itertools
import re

from modes import MXR, SUM, TVM, Cases, M, S, U

FS = 3 << 13
ALL_ONES = (1 << 64) - 1
VALUES = (0, ALL_ONES, 0x5555_5555_5555_5555, 0xAAAA_AAAA_AAAA_AAAA, 1, 0x8000_0000_0000_0000)
OLD, NEW = 7, 8  # places in a record
ILLEGAL, ECALL_FROM_M = 2, 11
COUNTERS = {"cycle": 0xC00, "time": 0xC01, "instret": 0xC02, "mcycle": 0xB00, "minstret": 0xB02}
HPM = {*range(0xC03, 0xC20), *range(0xB03, 0xB20), *range(0x323, 0x340)}
PMPADDR0 = 0x3B0
TINFO, TCONTROL, VSTIMECMP = 0x7A4, 0x7A5, 0x24D
IMPLEMENTATION = {0xF12, 0xF13}  # marchid, mimpid

# Registers whose values are compared after each form of access in M-mode.
MACHINE = {
    "mstatus": 0x300, "misa": 0x301, "medeleg": 0x302, "mideleg": 0x303, "mie": 0x304,
    "mcounteren": 0x306, "mcountinhibit": 0x320, "mscratch": 0x340, "mepc": 0x341,
    "mcause": 0x342, "mtval": 0x343, "mip": 0x344, "menvcfg": 0x30A, "mtvec": 0x305,
    "mvendorid": 0xF11, "mhartid": 0xF14, "mconfigptr": 0xF15, "pmpaddr3": 0x3B3,
    "mhpmevent4": 0x324, "cycle": 0xC00,
}
SUPERVISOR = {
    "sstatus": 0x100, "sie": 0x104, "stvec": 0x105, "scounteren": 0x106, "senvcfg": 0x10A,
    "sscratch": 0x140, "sepc": 0x141, "scause": 0x142, "stval": 0x143, "sip": 0x144,
    "satp": 0x180,
}
FLOATING = {"fflags": 1, "frm": 2, "fcsr": 3}
FORMS = ("csrrw a3, {0}, a0", "csrrs a3, {0}, a0", "csrrc a3, {0}, a0", "csrrw zero, {0}, a0",
         "csrrs zero, {0}, a0", "csrrc a3, {0}, zero", "csrrs a3, {0}, zero",
         "csrrw a3, {0}, zero", "csrrwi a3, {0}, 21", "csrrwi a3, {0}, 0", "csrrsi a3, {0}, 10",
         "csrrsi a3, {0}, 0", "csrrci a3, {0}, 31", "csrrci a3, {0}, 0", "csrrw a0, {0}, a0")


def value_not_compared(words):
    return [*words[:OLD], None, None]


def triggers_of_type_2(words):
    """As many bits as there are types; QEMU 7.2 has type 6 too."""
    return [*words[:OLD], 1 << 2, *words[OLD + 1:]]


def no_vstimecmp(words):
    """It is the H extension's, which is not there; QEMU 7.2 has it with Sstc."""
    taken, _, epc, _, mstatus, mip, back, _, _ = words
    return [taken, ILLEGAL, epc - 4, 0x24D0_26F3, mstatus, mip, back, 0, 0]


def reads_zero(words):
    """Counters 3 to 31 and their events are read-only 0 (Volume II, 3.1.10); QEMU has counters 3
    to 18 only, which count. It has no tcontrol (Debug Support 0.13.2, 5.2.6)."""
    taken, _, _, _, mstatus, mip, back, _, _ = words
    return [taken, ECALL_FROM_M, None, 0, mstatus, mip, back, 0, 0]


def pmpaddr_of_54_bits(words):
    """As in WRITABLE: start.S has written all ones."""
    return [*words[:OLD], words[OLD] & WRITABLE["pmpaddr3"], *words[OLD + 1:]]


def numbers(cases):
    """Every CSR number, read in each mode; the counters with mcounteren and scounteren as they are
    after reset."""
    for number, mode in itertools.product(range(4096), (U, S, M)):
        correct = None
        if number in COUNTERS.values() or number in IMPLEMENTATION:
            correct = value_not_compared
        elif number == VSTIMECMP and mode == M:
            correct = no_vstimecmp
        elif number == TINFO and mode == M:
            correct = triggers_of_type_2
        elif (number in HPM or number == TCONTROL) and mode == M:
            correct = reads_zero
        elif number == PMPADDR0:
            correct = pmpaddr_of_54_bits
        cases.add(f"csrr a3, {number:#x}", mode, FS, correct=correct)
        if number in (1, 2, 3, 0x180):
            for mstatus in (0, TVM, TVM | FS, SUM | MXR | FS):
                cases.add(f"csrr a3, {number:#x}", mode, mstatus)
        if number >> 10 == 3:
            cases.add(f"csrw {number:#x}, zero", mode, FS)


# Bits that a hart without H and V may keep, where QEMU keeps more.
WRITABLE = {
    "medeleg": 0xB3FF,  # what cannot occur below M-mode is read-only 0 (Volume II, 3.1.8)
    "mideleg": 0x222,  # VSSI, VSTI, VSEI and SGEI need H (Volume II, 3.1.9)
    "mie": 0xAAA,
    "mcounteren": 0xFFFF_FFFF,  # of 32 bits (Volume II, 3.1.11)
    "scounteren": 0xFFFF_FFFF,
    "mepc": ALL_ONES - 1,  # bit 0 is 0 (3.1.14)
    "sepc": ALL_ONES - 1,
    "mip": 0x222,
    "sie": 0x222,
    "sip": 0x222,
    "mhpmevent4": 0,  # its counter is read-only 0, as they all may be (3.1.10)
    "menvcfg": 1 | 1 << 63,  # FIOM, STCE; the rest needs Zicbom, Zicboz, Svpbmt (3.1.18)
    "senvcfg": 1,
    "mcountinhibit": 5,  # bit 1 is read-only 0 (3.1.12), and so are bits of counters that stay 0
    "pmpaddr3": (1 << 54) - 1,  # bits 55 to 2 of an address (Volume II, 3.7.1)
}


# No VS, UXL, GVA, MPV, and MPP is not 2.
WRITABLE_STATUS = ALL_ONES ^ (3 << 9 | 1 << 12 | 3 << 32 | 3 << 38)


def legal_mstatus(value):
    """VS, GVA and MPV are read-only 0 without V and H, MPP is never 2 (Volume II, 3.1.6); UXL is
    always 64 here."""
    value &= ~(3 << 9 | 3 << 38 | 3 << 32)
    return (value & ~(3 << 11) if value >> 11 & 3 == 2 else value) | 2 << 32


def legal(name):
    """A correction of what QEMU lets a register become."""
    def correct(words):
        value = words[NEW]
        if name in ("mstatus", "sstatus"):
            value = legal_mstatus(value)
        elif name == "satp" and value >> 60 == 10:
            value = 0  # Sv57: writing a mode that is not there has no effect (4.1.11)
        value &= WRITABLE.get(name, ALL_ONES)
        return [*words[:NEW], value, *words[NEW + 1:]]
    return correct


def access(form, name):
    """The register's value before, and after; then as it was."""
    return (f"csrr t5, {name}\n    {form.format(name)}\n    csrr a4, {name}\n"
            f"    csrw {name}, t5")


def written_read_only(words):
    """Setting or clearing no bits by a register other than x0 is a write too (Volume I, 9.1); QEMU
    lets that of a read-only CSR pass, and comes to the next write, two instructions later."""
    taken, cause, epc, _, status, mip, back, *_ = words
    return [taken, cause, epc - 8, None, status, mip, back, 0, 0]


def forms(cases):
    for name, number in MACHINE.items():
        for form, value in itertools.product(FORMS, VALUES):
            correct = value_not_compared if name == "cycle" else legal(name)
            if number >> 10 == 3 and value == 0 and re.match("csrr[sc] .*a0", form):
                correct = written_read_only
            if "a0" in form.split(",", 1)[1] or value == 0:
                cases.add(access(form, name), M, FS, operand=value, correct=correct)
    for name in SUPERVISOR:
        for form, value in itertools.product(FORMS, VALUES):
            if "a0" in form.split(",", 1)[1] or value == 0:
                cases.add(access(form, name), M, FS, mideleg=0x222, mie=0, operand=value,
                          correct=legal(name))
                if name not in ("satp", "stvec"):
                    cases.add(access(form, name), S, FS, mideleg=0x222, operand=value,
                              correct=legal(name))
    for name, mode in itertools.product(FLOATING, (U, S, M)):
        for form, value in itertools.product(FORMS, (*VALUES, 0x7F, 0xFF)):
            cases.add(access(form, name), mode, FS, operand=value)
    # Through masks: what M-mode sees of what S-mode wrote, and the other way round.
    for value, mideleg in itertools.product(VALUES, (0, 0x222, 0x2, 0x200)):
        for write, read in (("sie", "mie"), ("mie", "sie"), ("sip", "mip"), ("mip", "sip"),
                            ("sstatus", "mstatus"), ("mstatus", "sstatus"),
                            ("mideleg", "sie")):
            value &= WRITABLE.get(write, WRITABLE_STATUS)
            cases.add(f"csrw {write}, a0\n    csrr a3, {read}\n    csrr a4, {write}\n"
                      "    csrw mie, zero", M, FS, mideleg=mideleg, operand=value)


def writable(cases):
    """Each bit of mstatus, satp and the others by itself."""
    for name in ("mstatus", "sstatus", "medeleg", "mideleg", "mie", "mip", "mtvec", "stvec",
                 "menvcfg", "senvcfg", "mcounteren", "scounteren", "mcountinhibit", "mepc",
                 "sepc", "mcause", "satp"):
        for bit in range(64):
            form = "csrrw a3, {0}, a0"
            cases.add(access(form, name), M, FS, operand=1 << bit,
                      correct=legal(name))
    for mode in range(16):
        cases.add(access("csrrw a3, {0}, a0", "satp"), M, FS, operand=mode << 60 | 0x1234,
                  correct=legal("satp"))


def counters(cases):
    """mcounteren opens counters to S, and with scounteren to U."""
    for number, mode in itertools.product((0xC00, 0xC01, 0xC02, 0xC03), (U, S, M)):
        bit = 1 << (number & 31)
        others = bit ^ 0xFFFF_FFFF
        for machine, supervisor in itertools.product((0, bit, others), repeat=2):
            cases.add(f"csrr a3, {number:#x}", mode, counteren=machine | supervisor << 32,
                      correct=value_not_compared)


def program(slow=False):
    del slow
    cases = Cases()
    for part in (numbers, forms, writable, counters):
        part(cases)
    return cases.program("csrs", {"csrrw", "csrrs", "csrrc", "csrrwi", "csrrsi", "csrrci"})
