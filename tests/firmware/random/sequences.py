# SPDX-License-Identifier: Apache-2.0
"""Random code: a sequence of parts, laid out in random order, that ends whatever its operands are.

Its registers have roles. Only directed instructions write the addresses, the loop counter, the link
register and the jump address; all others are data, which anything may write and everything reads.
Control flow goes from a part to a later one, or back while a counter that no other instruction
touches is above 0, so it ends; the driver ends a case after MOST_TRAPS traps in any case.
"""
from encode import *  # noqa: F403
from code_layout import CodeLayout
from privileged import FS, Privileged


class Sequence(Privileged, CodeLayout):
    """code, and where in it: entry, end, recovery, positions (of instructions)."""

    def __init__(self, rng, paging, has_pmp, link):
        self.rng = rng
        self.paging = paging
        self.crossing = not has_pmp
        self.link = link
        self.parts = []
        self.loops = {}  # part: the part it goes back to
        self.skips = {}  # part: (branch, the part it goes to)
        self.coverage = []
        self.unstoppable = set()
        self.fs = rng.choices(("dirty", "off", "clean"), (86, 6, 8))[0]
        self.machine_interrupt = rng.choice((0, 1, 3, 3, 5, 7, 7, 9))
        self.supervisor_interrupt = rng.choice(
            [bit for bit in (0, 1, 5, 9) if bit == 0 or bit != self.machine_interrupt])
        self.enabled = ((1 << self.machine_interrupt if self.machine_interrupt else 0) |
                        (1 << self.supervisor_interrupt if self.supervisor_interrupt else 0))
        # QEMU 7.2 looks for an AMO's permissions to read first, in page tables and PMP.
        self.has_amo = rng.random() < 0.5 and not (paging and has_pmp)
        self.privileged = rng.random() < 0.4
        # QEMU 7.2 keeps one TLB for code and data in M-mode, MPRV or not.
        self.mprv = self.privileged and rng.random() < 0.25
        self.initial_frm = rng.choices(range(8), (12, 6, 6, 6, 8, 0.3, 0.3, 0.3))[0]
        self._choose_registers()
        self._build()
        self._lay_out()

    def _choose_registers(self):
        rng = self.rng
        registers = [r for r in range(1, 32) if r != self.link]
        rng.shuffle(registers)
        low = [r for r in registers if 8 <= r <= 15]
        addresses = low[:rng.choice((1, 2))]
        if rng.random() < 0.4 and self.link != 2:
            addresses.append(2)
        rest = [r for r in registers if r not in addresses]
        while len(addresses) < 4:
            addresses.append(rest.pop())
        self.counter, self.jump, self.table = rest.pop(), rest.pop(), rest.pop()
        self.data = rest
        self.low_data = [r for r in rest if 8 <= r <= 15]
        if not self.low_data:  # all eight have other roles: one of them back
            self.low_data = [addresses.pop(0)]
            self.data.append(self.low_data[0])
        self.addresses = addresses
        self.deltas = {r: rng.choice((0, 8, -8, 16, -16, 24, -24)) if rng.random() < 0.6
                       else rng.randrange(-24, 25) for r in addresses}

    # ---- parts

    def _build(self):
        rng = self.rng
        count = rng.randrange(6, 20)
        self.frm = self.initial_frm
        self.untouched = set(range(32))
        skipped, looped = set(), set()
        for index in range(count):
            if index + 2 < count and rng.random() < 0.3:
                self.skips[index] = (rng.choice(BRANCHES), index + 2)
                skipped.add(index + 1)
            self.always = index not in skipped
            self.part = []
            self._fill(rng.randrange(4, 15))
            self.parts.append(self.part)
            back = index - (rng.random() < 0.3)
            # The counter is set before the loop, so not within another one.
            if rng.random() < 0.4 and back > 0 and back - 1 not in looped:
                self.loops[index] = back
                looped.update(range(back, index + 1))
                self.parts[back - 1].append(
                    i_type(ADDI, self.counter, 0, rng.choice((1, 2, 4, 8, 16, 24))))
        self.part = []
        self.parts.append(self.part)
        self.part.append(ECALL)

    def _fill(self, count):
        rng = self.rng
        makers = self.MAKERS
        weights = self.WEIGHTS if self.privileged else self.PLAIN_WEIGHTS
        for maker in rng.choices(makers, weights, k=count):
            maker(self)

    def cover(self, *cell):
        if self.always:
            self.coverage.append(cell)

    def any(self):
        return int(self.rng.random() * 32)

    def dest(self):
        data = self.data
        pick = int(self.rng.random() * (len(data) + 1))
        return data[pick] if pick < len(data) else 0

    def two(self):
        return self.rng.sample(self.data, 2)

    def alu(self):
        rng = self.rng
        kind = rng.random()
        if kind < 0.55:
            match = rng.choice(ALU_R)
            word = match | self.dest() << 7 | self.any() << 15 | self.any() << 20
        elif kind < 0.8:
            match = rng.choice(ALU_I)
            word = i_type(match, self.dest(), self.any(), rng.choice(IMMEDIATES))
        elif kind < 0.93:
            match, most = rng.choice(SHIFTS)
            word = match | self.dest() << 7 | self.any() << 15 | rng.randrange(most + 1) << 20
        else:
            match = rng.choice((LUI, AUIPC))
            word = match | self.dest() << 7 | rng.getrandbits(20) << 12
        self.cover("integer", MNEMONIC[match])
        return word

    def arithmetic(self):
        self.part.append(self.alu())

    def compressed(self):
        rng = self.rng
        low, data = rng.choice(self.low_data), rng.choice(self.data)
        kind = rng.randrange(11)
        imm = rng.randrange(64)
        if kind == 0:
            word = c_addi4spn(low, 4 * rng.randrange(1, 256))
        elif kind == 1:
            word = c_imm6(0x0001, data, imm)  # c.addi
        elif kind == 2:
            word = c_imm6(0x2001, data, imm)  # c.addiw
        elif kind == 3:
            word = c_imm6(0x4001, data, imm)  # c.li
        elif kind == 4:
            word = c_imm6(0x6001, data, imm or 1) if data != 2 else c_addi16sp(16 * (imm or 1))
        elif kind == 5:
            word = c_imm6(0x0002, data, imm or 1)  # c.slli
        elif kind == 6:
            word = c_imm6(rng.choice((0x8001, 0x8401)), low - 8, imm or 1)  # c.srli, c.srai
        elif kind == 7:
            word = c_imm6(0x8801, low - 8, imm)  # c.andi
        elif kind == 8:
            word = (rng.choice((0x8C01, 0x8C21, 0x8C41, 0x8C61, 0x9C01, 0x9C21)) | (low - 8) << 7 |
                    rng.randrange(8) << 2)  # c.sub to c.addw
        elif kind == 9:
            word = 0x8002 | data << 7 | rng.randrange(1, 32) << 2  # c.mv
        else:
            word = 0x9002 | data << 7 | rng.randrange(1, 32) << 2  # c.add
        self.cover("compressed", kind)
        self.part.append(word)

    # ---- memory

    def place(self, size):
        """An address register, and an offset from it into a data window."""
        rng = self.rng
        register = rng.choice(self.addresses)
        delta = self.deltas[register]
        target = rng.randrange(-40, 33)
        if rng.random() < 0.5:
            target &= -size
        elif not self.crossing and size == 8:
            target &= -4  # QEMU 7.2 overlooks a PMP entry amid an access
        offset = target - delta
        if self.crossing and rng.random() < 0.2:
            offset += -2048 if offset >= 0 else 2048
        return register, offset

    def memory(self):
        rng = self.rng
        kind = rng.random()
        if kind < 0.4:
            match = rng.choice(LOADS)
            base, offset = self.place(1 << SIZE_SHIFT[match >> 12 & 7])
            word = i_type(match, self.dest(), base, offset)
        elif kind < 0.7:
            match = rng.choice(STORES)
            base, offset = self.place(1 << SIZE_SHIFT[match >> 12 & 7])
            word = s_type(match, base, self.any(), offset)
        elif kind < 0.85:
            match = rng.choice(FLOAT_LOADS)
            base, offset = self.place(1 << SIZE_SHIFT[match >> 12 & 7])
            word = i_type(match, self.any(), base, offset)
            self.untouched.discard(word >> 7 & 31)
        else:
            match = rng.choice(FLOAT_STORES)
            base, offset = self.place(1 << SIZE_SHIFT[match >> 12 & 7])
            word = s_type(match, base, self.any(), offset)
        self.cover("memory", MNEMONIC[match])
        self.part.append(word)

    def compressed_memory(self):
        rng = self.rng
        bases = [r for r in self.addresses if 8 <= r <= 15 or r == 2]
        if not bases:
            return
        base = rng.choice(bases)
        double = rng.random() < 0.7
        store = rng.random() < 0.4
        floats = double and rng.random() < 0.3
        size = 8 if double else 4
        delta = self.deltas[base]
        if double and delta & 3 and not self.crossing:
            return
        offset = (rng.randrange(-40, 33) - delta) & -size
        offset = max(offset, 0) if offset + delta <= 40 else 0
        if base == 2:
            match = ((0xA002 if floats else 0xE002) if double else 0xC002) if store else (
                (0x2002 if floats else 0x6002) if double else 0x4002)
            if store:
                word = c_store_sp(match, self.any(), offset, double)
            else:
                data = self.any() if floats else rng.choice(self.data)
                word = c_load_sp(match, data, offset, double)
        else:
            match = ((0xA000 if floats else 0xE000) if double else 0xC000) if store else (
                (0x2000 if floats else 0x6000) if double else 0x4000)
            data = rng.randrange(8, 16) if floats or store else rng.choice(self.low_data)
            word = (c_double if double else c_word)(match, data, base, offset)
        if floats and not store:
            self.untouched.discard((word >> 7 & 31) if base == 2 else 8 + (word >> 2 & 7))
        self.cover("compressed memory", f"{match:#06x}")
        self.part.append(word)

    def atomic(self):
        rng = self.rng
        if not self.has_amo:
            self.arithmetic()
            return
        match = rng.choice(AMOS)
        order = rng.getrandbits(2) << 25
        self.part.append(match | self.dest() << 7 | rng.choice(self.addresses) << 15 |
                         self.any() << 20 | order)
        self.cover("memory", MNEMONIC[match])

    def reserved(self):
        """LR, a few instructions, SC; or an SC without LR, which fails."""
        rng = self.rng
        aligned = [r for r in self.addresses if self.deltas[r] % 8 == 0]
        if not aligned:
            return
        base = rng.choice(aligned)
        load, store = rng.choice(((LR_W, SC_W), (LR_D, SC_D)))
        if rng.random() < 0.8:
            self.part.append(load | self.dest() << 7 | base << 15 | rng.getrandbits(2) << 25)
            self.cover("memory", MNEMONIC[load])
            for _ in range(rng.randrange(4)):
                self.arithmetic()
        self.part.append(store | self.dest() << 7 | base << 15 | self.any() << 20)
        self.cover("memory", MNEMONIC[store])

    # ---- floating point

    def rounding(self, match):
        rng = self.rng
        mode = rng.choices((7, 0, 1, 2, 3, 4, 5), (50, 9, 9, 9, 9, 9, 1))[0]
        if self.fs == "dirty":
            if mode == 7:
                key = f"dyn {self.frm}" if self.frm is not None else None
            else:
                key = f"static {mode}"
            if key:
                self.cover("rounding", MNEMONIC[match], key)
        return mode << 12

    def operand(self, match, register, position):
        if register in self.untouched and self.always and self.fs == "dirty":
            self.coverage.append(("operand", MNEMONIC[match], position, register))

    def floating(self):
        rng = self.rng
        if self.fs == "off" and rng.random() < 0.85:
            self.arithmetic()
            return
        kind = rng.random()
        fd, a, b, c = self.any(), self.any(), self.any(), self.any()
        if kind < 0.4:
            match, unary = rng.choice(FP_ROUND)
            word = match | fd << 7 | a << 15 | (0 if unary else b << 20) | self.rounding(match)
            if match & 0xF0000000 != 0xD0000000:  # from an integer
                self.operand(match, a, 1)
            if not unary:
                self.operand(match, b, 2)
            self.untouched.discard(fd)
        elif kind < 0.6:
            match = rng.choice(FP_FUSED)
            word = match | fd << 7 | a << 15 | b << 20 | c << 27 | self.rounding(match)
            for position, register in enumerate((a, b, c), 1):
                self.operand(match, register, position)
            self.untouched.discard(fd)
        elif kind < 0.75 or self.fs == "clean":
            match, unary = rng.choice(FP_PLAIN)
            word = match | fd << 7 | a << 15 | (0 if unary else b << 20)
            self.cover("float", MNEMONIC[match])
            if match & 0xF0000000 != 0xF0000000:
                self.operand(match, a, 1)
                self.operand(match, b, 2)
            self.untouched.discard(fd)
        elif kind < 0.88:
            match = rng.choice(FP_TO_INT_ROUND)
            word = match | self.dest() << 7 | a << 15 | self.rounding(match)
            self.operand(match, a, 1)
        else:
            match, unary = rng.choice(FP_TO_INT)
            word = match | self.dest() << 7 | a << 15 | (0 if unary else b << 20)
            self.cover("float", MNEMONIC[match])
            self.operand(match, a, 1)
            if not unary:
                self.operand(match, b, 2)
        self.part.append(word)

    def float_csr(self):
        rng = self.rng
        kind = rng.random()
        if kind < 0.6 and self.always:
            self.frm = rng.choices(range(8), (8, 6, 6, 6, 8, 1, 1, 1))[0]
            self.part.append(CSRRWI | self.dest() << 7 | self.frm << 15 | 2 << 20)
        elif kind < 0.8:
            number = rng.choice((0x001, 0x001, 0x003))
            if number == 3 and not self.always:
                number = 1
            match = rng.choice((CSRRWI, CSRRSI, CSRRCI))
            self.part.append(match | self.dest() << 7 | rng.getrandbits(5) << 15 | number << 20)
            if number == 3 and match == CSRRWI:
                self.frm = 0
        else:
            self.part.append(rng.choice((CSRRS, CSRRC)) | self.dest() << 7 |
                             rng.choice((1, 2, 3)) << 20)

    def skip(self):
        """A branch over a few instructions."""
        rng = self.rng
        count = rng.randrange(1, 4)
        if rng.random() < 0.4:
            self.part.append(("skip", "c", rng.getrandbits(1), rng.randrange(8, 16), count))
        else:
            self.part.append(("skip", rng.choice(BRANCHES), self.any(), self.any(), count))
        always, self.always = self.always, False
        for _ in range(count):
            rng.choice((self.arithmetic, self.arithmetic, self.compressed))()
        self.always = always

    MAKERS = (arithmetic, compressed, memory, compressed_memory, atomic, reserved, floating,
              float_csr, Privileged.csr_read, Privileged.csr_write, Privileged.float_off,
              Privileged.satp, Privileged.fence, Privileged.remap, Privileged.returns,
              Privileged.software_interrupt, Privileged.trap, Privileged.call, Privileged.counted,
              Privileged.patched, skip)
    WEIGHTS = (300, 120, 160, 60, 35, 20, 330, 15, 24, 16, 4, 3, 10, 8, 9,
               3, 5, 5, 3, 3, 40)
    PLAIN_WEIGHTS = (300, 120, 160, 60, 35, 20, 330, 15, 0.5, 0.5, 0.5, 0, 3, 0.5, 0.5,
                     0, 2, 3, 0.5, 3, 40)


IMMEDIATES = (0, 1, -1, 2, 3, 7, 8, 15, 31, 32, 63, 64, 127, -128, 255, 256, 0x555, -0x556, 1023,
              2047, -2048, -2047, -7, -31)
