# SPDX-License-Identifier: Apache-2.0
"""Pieces of random code about privilege: CSRs, returns, page tables, traps, interrupts, code that changes."""
from encode import *  # noqa: F403

FS = 0x6000
READABLE = [0x001, 0x002, 0x003, 0x100, 0x104, 0x105, 0x106, 0x10A, 0x140, 0x141, 0x142, 0x143,
            0x144, 0x180, 0x300, 0x302, 0x303, 0x304, 0x305, 0x306, 0x30A, 0x340, 0x341, 0x342,
            0x343, 0x344, 0x3A0, 0x3A2, 0xF11, 0xF14, 0xF15, *range(0x3B0, 0x3C0),
            0x8FF, 0xCC0, 0x3A1, 0x7C0]  # the last ones do not exist
# Written with any value: scratch, sepc and mepc (even), scause, stval, mtval.
FREE = (0x140, 0x142, 0x143, 0x343)
PAIRS = (1 << 4 | 1 << 6, 1 << 5 | 1 << 7, 1 << 13 | 1 << 15, 1 << 0, 1 << 3, 1 << 8, 1 << 12)
# V R W X U G A D, and the software's two bits: mostly good ones.
FLAGS = (0xCF, 0xCF, 0xDF, 0xDF, 0x0F, 0x1F, 0xC7, 0xD7, 0x47, 0x57, 0x43, 0x53, 0x49, 0x59, 0x4B,
         0x5B, 0x1F, 0x0F, 0x07, 0x17, 0xC5, 0x00, 0xCE, 0xCD, 0x01, 0x3CF, 0x3DF, 0xEF, 0xFF, 0x87,
         0xDB, 0xD9, 0xC9, 0x8F, 0x9F)


def signed32(value):
    return (value & 0xFFFFFFFF ^ 1 << 31) - (1 << 31)


class Privileged:
    """Of a Sequence, whose registers and `part` they use."""

    def csr_read(self):
        rng = self.rng
        number = rng.choice(READABLE)
        self.part.append(rng.choice((CSRRS, CSRRC, CSRRSI, CSRRCI)) | self.dest() << 7 |
                         number << 20)
        self.cover("csr read", number)

    def csr_write(self):
        rng = self.rng
        t, u = self.two()
        out, part = self.dest(), self.part
        op = rng.choice((CSRRW, CSRRS, CSRRC))
        kind = rng.randrange(12)
        if kind == 0:
            part.append(op | out << 7 | self.any() << 15 | rng.choice(FREE) << 20)
        elif kind == 1:  # mepc, sepc: even
            part += [i_type(0x7013, t, self.any(), -2), op | out << 7 | t << 15 |
                     rng.choice((0x141, 0x341)) << 20]
        elif kind == 2:  # MIE and SIE, at once
            part.append(rng.choice((CSRRSI, CSRRCI)) | out << 7 |
                        rng.choice((2, 8, 10)) << 15 | 0x300 << 20)
        elif kind == 3:
            part.append(rng.choice((CSRRSI, CSRRCI)) | out << 7 | 2 << 15 | 0x100 << 20)
        elif kind == 4:  # SIE, MIE, SPIE, MPIE, SPP
            bits = rng.choice((0x20, 0x80, 0x100, 0x1A0, 0x1AA, 0x2, 0x8))
            part += [i_type(ADDI, t, 0, bits),
                     rng.choice((CSRRS, CSRRC)) | out << 7 | t << 15 | 0x300 << 20]
        elif kind == 5:  # SUM, MXR, TVM, TW, TSR
            bits = rng.choice((1 << 18, 1 << 19, 3 << 18, 1 << 20, 1 << 21, 1 << 22))
            where = 0x100 if bits < 1 << 20 and rng.random() < 0.5 else 0x300
            part += [*load_immediate(t, bits),
                     rng.choice((CSRRS, CSRRC, CSRRC)) | out << 7 | t << 15 | where << 20]
        elif kind == 6 and not self.mprv:
            part.append(CSRRS | out << 7 | 0x300 << 20)
        elif kind == 6:  # MPP to 0, S or M; MPRV
            part += [*load_immediate(t, 0x1800), CSRRC | t << 15 | 0x300 << 20]
            mpp = rng.choice((0, 0x800, 0x1800))
            if mpp:
                part += [*load_immediate(t, mpp), CSRRS | out << 7 | t << 15 | 0x300 << 20]
            part += [*load_immediate(t, 1 << 17),
                     rng.choice((CSRRS, CSRRC)) | out << 7 | t << 15 | 0x300 << 20]
        elif kind == 7:  # mie, sie
            bits = self.enabled if rng.random() < 0.6 else self.enabled & rng.getrandbits(12)
            part += [*load_immediate(t, bits),
                     op | out << 7 | t << 15 | rng.choice((0x104, 0x304, 0x304)) << 20]
        elif kind == 8:  # mip, sip
            bits = rng.getrandbits(12) & 0x222
            part += [i_type(ADDI, t, 0, bits), op | out << 7 | t << 15 | 0x344 << 20]
        elif kind == 9:
            part.append(rng.choice((CSRRSI, CSRRCI, CSRRWI)) | out << 7 | 2 << 15 | 0x144 << 20)
        elif kind == 10:  # medeleg by such bits that AMOs stay in one place
            part += [*load_immediate(t, rng.choice(PAIRS)),
                     rng.choice((CSRRS, CSRRC)) | out << 7 | t << 15 | 0x302 << 20]
        else:  # counter enables, FIOM
            part += [*load_immediate(t, rng.getrandbits(31)),
                     op | out << 7 | t << 15 | rng.choice((0x106, 0x306)) << 20,
                     CSRRWI | u << 7 | (rng.getrandbits(1) << 15) |
                     rng.choice((0x10A, 0x30A)) << 20]
        self.cover("csr write", kind)

    def float_off(self):
        """FS off and on again, for some instructions."""
        if self.fs != "dirty":
            return
        rng = self.rng
        t = rng.choice(self.data)
        number = rng.choice((0x100, 0x300))
        off = rng.random() < 0.5
        if off:
            self.part += [*load_immediate(t, FS), CSRRC | t << 15 | number << 20]
            always, self.always = self.always, False
            for _ in range(rng.randrange(1, 3)):
                untouched = set(self.untouched)
                self.floating()
                self.untouched &= untouched
            self.always = always
        self.part += [*load_immediate(t, FS), CSRRS | t << 15 | number << 20]

    def satp(self):
        """Reads satp, writes it: the same value, or 0 for a moment."""
        rng = self.rng
        t = rng.choice(self.data)
        if rng.random() < 0.5:
            self.part += [CSRRS | t << 7 | 0x180 << 20, CSRRW | t << 15 | 0x180 << 20]
        else:
            self.part.append(CSRRW | t << 7 | 0x180 << 20)
            for _ in range(rng.randrange(3)):
                self.memory()
            self.part.append(CSRRW | t << 15 | 0x180 << 20)
        self.part += [SFENCE, i_type(ADDI, t, 0, 0)]

    def fence(self):
        self.part.append(self.rng.choice((FENCE, FENCE_I, SFENCE, SFENCE | self.any() << 15,
                                          SFENCE | self.any() << 20, 0x0330000F, 0x8330000F)))

    def remap(self):
        """Another entry for one of the data pages, SFENCE.VMA, and an access."""
        rng = self.rng
        t = rng.choice(self.data)
        entry = 0x2200_0000 | rng.randrange(4) << 10 | rng.choice(FLAGS)
        page = rng.randrange(8)
        self.part += [*load_immediate(t, entry), s_type(0x3023, self.table, t, 8 * page), SFENCE]
        self.memory()

    def returns(self):
        """mret or sret to the next instruction, in a mode that it says."""
        rng = self.rng
        t, u = self.two()
        part = self.part
        part += [*load_immediate(t, 1 << 17), CSRRC | t << 15 | 0x300 << 20]  # MPRV off
        to_user = rng.random() < 0.5
        machine = rng.random() < 0.5
        if machine:
            part += [*load_immediate(t, 0x1800), CSRRC | t << 15 | 0x300 << 20]
            if not to_user:
                part += [*load_immediate(t, 0x800), CSRRS | t << 15 | 0x300 << 20]
        else:
            part += [i_type(ADDI, t, 0, 0x100),
                     (CSRRC if to_user else CSRRS) | t << 15 |
                     rng.choice((0x100, 0x300)) << 20]
        alias = self.paging and to_user
        after = 8 + (8 if alias else 0)
        part.append(AUIPC | t << 7)
        if alias:  # from the pages of S and M to those of U
            part += [LUI | u << 7 | 0x40000 << 12, 0x33 | t << 7 | t << 15 | u << 20]
        part += [i_type(ADDI, t, t, after + 8),
                 CSRRW | t << 15 | (0x341 if machine else 0x141) << 20, MRET if machine else SRET]
        self.cover("return", "mret" if machine else "sret", "U" if to_user else "S")

    def software_interrupt(self):
        """MSIP or MTIP through the CLINT, which is seen when it is enabled."""
        rng = self.rng
        number = self.machine_interrupt
        if number not in (3, 7):
            return
        t, u = self.two()
        # msip = 1, or mtimecmp = 0
        store, place = (0x2023, 0x2000) if number == 3 else (0x3023, 0x2004)
        self.part += [i_type(ADDI, t, 0, 1 << number), CSRRC | t << 15 | 0x304 << 20,
                      LUI | u << 7 | place << 12, i_type(ADDI, t, 0, int(number == 3)),
                      s_type(store, u, t, 0), i_type(store & 0x7000 | 3, t, u, 0), FENCE,
                      i_type(ADDI, t, 0, 1 << number), CSRRS | t << 15 | 0x304 << 20]
        if rng.random() < 0.7:
            self.part.append(CSRRSI | 8 << 15 | 0x300 << 20)

    def trap(self):
        rng = self.rng
        kind = rng.randrange(6)
        if kind == 0:
            word = ECALL
        elif kind == 1:
            word = rng.choice((EBREAK, C_EBREAK))
        elif kind == 2:
            word = rng.choice((0xFFFFFFFF, 0x0000, 0x9C41, 0x8000, 0x6081, 0x4002, 0x2001,
                               0x0000007F, 0xC0001073))
        elif kind == 3:  # reserved funct7 of OP and OP-32
            word = (rng.choice((0x33, 0x3B)) | rng.randrange(2, 32) << 25 | rng.getrandbits(18) << 7)
        elif kind == 4:  # reserved AMO, branch, load
            word = rng.choice((0x0000102F, 0x00002063, 0x00007003, 0x00004023, 0xF000202F)) | \
                rng.getrandbits(5) << 7
        else:
            word = rng.choice((0x0200_1013 | 1 << 31, 0x10500073 | 1 << 7, 0x30200073 | 1 << 7,
                               0x73 | 4 << 12))
        self.part.append(word)

    def call(self):
        """To the jump address: a piece of code in a data page, or nowhere."""
        if self.mprv:
            return
        # QEMU 7.2 lets S-mode execute a user page that SUM has let it read before: a fence between.
        self.part.append(SFENCE)
        self.part.append(i_type(JALR, self.link, self.jump, 0)
                         if self.link != 1 or self.rng.random() < 0.6
                         else 0x9002 | self.jump << 7)

    def counted(self):
        """Retired instructions between two reads."""
        rng = self.rng
        t, u = self.two()
        number, length = rng.choice((0xB02, 0xB02, 0xC02)), rng.randrange(6)
        body = []
        data, self.data = self.data, [r for r in self.data if r not in (t, u)]
        while len(body) < length:
            word = self.alu()
            if t not in (word >> 15 & 31, word >> 20 & 31):  # not yet comparable
                body.append(word)
        self.data = data
        self.part += [("hold", CSRRS | t << 7 | number << 20), *(("hold", word) for word in body),
                      ("hold", CSRRS | u << 7 | number << 20),
                      ("hold", 0x40000033 | u << 7 | u << 15 | t << 20), ("hold", i_type(ADDI, t, 0, 0))]
        self.cover("counters", number)

    def patched(self):
        """Code that is written, FENCE.I, and executed, and once more with another."""
        if self.mprv:
            return
        rng = self.rng
        t, u = self.two()
        data, self.data = self.data, [r for r in self.data if r not in (t, u)] + [0]
        first, second = self.patchable(), self.patchable()
        self.data = data
        self.part += [i_type(ADDI, self.counter, 0, 2), ("constant", t, signed32(first)),
                      ("mark",), ("patch", u, t), FENCE_I, ("slot", first),
                      ("constant", u, signed32(first ^ second)),
                      0x4033 | t << 7 | t << 15 | u << 20,
                      i_type(ADDI, self.counter, self.counter, -1), ("again",)]
        self.cover("patched code")

    def patchable(self):
        rng = self.rng
        return (rng.choice(ALU_R) | self.rng.choice(self.data) << 7 | self.any() << 15 |
                self.any() << 20)
