# SPDX-License-Identifier: Apache-2.0
"""The two machines' records, side by side: what the specification wants instead of QEMU's word, and
how many instructions they tell of."""
import struct
from collections import Counter
from dataclasses import dataclass

import layout as at
from encode import MRET, SFENCE, SRET

NAMES = {name: i for i, name in enumerate(at.RECORD_NAMES)}
INSTRET, MCAUSE, MEPC, MTVAL, SCAUSE, SEPC, STVAL, X = (
    NAMES[name] for name in ("instret", "mcause", "mepc", "mtval", "scause", "sepc", "stval", "x1"))
MSTATUS = NAMES["mstatus"]
RECORD = struct.Struct(f"<{at.RECORD_SIZE // 8}Q")
END = struct.Struct(f"<{at.END_SIZE // 8}Q")
# Instructions of the driver between its two reads of minstret, of random code's none: see driver.S,
# from SAVE_START to the handler's read.
DRIVERS_OWN = 40
INTERRUPT = 1 << 63
AS_STORE = {4: 6, 5: 7, 13: 15}
FETCH_FAULTS = (1, 12)
A_AND_D = 0xC0


@dataclass
class Trap:
    """Who trapped where: through S-mode's handler, its cause and pc; else M-mode's."""
    by_supervisor: bool
    cause: int
    epc: int
    word: int | None  # the instruction there, if it is of the program
    in_code: bool


@dataclass
class Difference:
    case: int
    text: str
    trap: int  # number of the record, or -1 for the end


class Comparison:
    def __init__(self, program, symbols):
        self.program = program
        self.code = bytes(program.code) + bytes(4)
        self.stubs = symbols["supervisor_ecalls"]
        self.supervisor_return = symbols["supervisor_return"]
        self.instructions = 0
        self.traps = Counter()
        self.entered = Counter()
        self.differences = []
        self.complete = []  # cases that ended by their last instruction, without recovery

    def trap_of(self, words):
        epc = words[MEPC]
        by_supervisor = 0 <= epc - self.stubs < 512 and epc != self.supervisor_return
        cause = words[SCAUSE if by_supervisor else MCAUSE]
        if by_supervisor:
            epc = words[SEPC]
        word = SRET if epc == self.supervisor_return else None
        in_code = False
        offset = (epc & 0x3FFF_FFFF) - (at.CODE & 0x3FFF_FFFF)
        if 2 <= epc >> 30 <= 5 and 0 <= offset < len(self.code) - 4:
            in_code = True
            word = int.from_bytes(self.code[offset:offset + 4], "little")
            if word & 3 != 3:
                word &= 0xFFFF
        return Trap(by_supervisor, cause, epc, word, in_code)

    def wanted(self, words, trap):
        """A QEMU record as the specification wants it (docs/hart.md)."""
        if trap.word is None or trap.cause & INTERRUPT:
            return words
        cause_at, value_at = (SCAUSE, STVAL) if trap.by_supervisor else (MCAUSE, MTVAL)
        is_amo = trap.word & 0x7F == 0x2F and trap.word >> 27 not in (2, 3)
        if is_amo and trap.cause in AS_STORE:
            trap.cause = words[cause_at] = AS_STORE[trap.cause]
        elif trap.cause in (5, 13):
            address = load_address(trap.word, words)
            if address is not None and words[value_at] < address:
                words[value_at] = address  # QEMU rounds a misaligned load's down
        return words

    def retired_by_qemu(self, words, trap):
        """QEMU counts an instruction as retired whose exception its translator raises, as ECALL's
        (Volume II, 3.1.10: it does not retire)."""
        own = trap.cause in (3, 8, 9, 11) or (
            trap.cause == 2 and not raised_late(trap.word, words[MSTATUS] & 0x6000))
        return words[INSTRET] - own - trap.by_supervisor

    def run(self, qemu, athena):
        place_q = place_a = 0
        for index in range(len(self.program.cases)):
            end_q = END.unpack_from(qemu.ends, index * at.END_SIZE)
            end_a = END.unpack_from(athena.ends, index * at.END_SIZE)
            count_q, count_a = end_q[1], end_a[1]
            self._case(index, qemu.traps, place_q, count_q, athena.traps, place_a, count_a,
                       end_q, end_a)
            place_q += count_q * at.RECORD_SIZE
            place_a += count_a * at.RECORD_SIZE

    def _case(self, index, traps_q, place_q, count_q, traps_a, place_a, count_a, end_q, end_a):
        resumed_by_sret = amo_faulted = recovered = False
        for number in range(min(count_q, count_a, at.MOST_TRAPS)):
            if place_q + at.RECORD_SIZE > len(traps_q) or place_a + at.RECORD_SIZE > len(traps_a):
                self._differs(index, number, "no record")
                return
            expected = list(RECORD.unpack_from(traps_q, place_q))
            found = RECORD.unpack_from(traps_a, place_a)
            trap = self.trap_of(expected)
            expected[INSTRET] = self.retired_by_qemu(expected, trap)
            expected = self.wanted(expected, trap)
            if tuple(expected) != found:
                texts = [f"{name}: {x:#x}, here {y:#x}"
                         for name, x, y in zip(at.RECORD_NAMES, expected, found) if x != y]
                self._differs(index, number, "; ".join(texts[:8]))
                return
            self.instructions += found[INSTRET] - DRIVERS_OWN - resumed_by_sret
            self._count(expected, trap)
            goes_on = trap.cause & INTERRUPT or (trap.in_code and trap.cause not in FETCH_FAULTS)
            recovered |= not goes_on
            resumed_by_sret = trap.by_supervisor and bool(goes_on)
            if trap.word is not None and trap.word & 0x7F == 0x2F:
                amo_faulted |= trap.cause in (5, 7, 13, 15)
            place_q += at.RECORD_SIZE
            place_a += at.RECORD_SIZE
        if end_q != end_a:
            texts = [f"{name}: {x:#x}, here {y:#x}"
                     for name, x, y in zip(at.END_NAMES, end_q, end_a)
                     if x != y and not (amo_faulted and name.startswith("entry") and
                                        (x ^ y) & ~A_AND_D == 0)]
            if texts:
                self._differs(index, -1, "; ".join(texts[:8]))
                return
        if not recovered and count_a < at.MOST_TRAPS:
            self.complete.append(index)

    def _count(self, words, trap):
        cause, status = trap.cause, words[MSTATUS]
        if trap.by_supervisor:
            mode = "S" if status & 0x100 else "U"
            self.entered[("S", words[MEPC] - self.stubs & 0xFF)] += 1
        else:
            mode = "USHM"[status >> 11 & 3]
            self.entered[("M", words[2])] += 1
        self.traps[(cause, mode, "S" if trap.by_supervisor else "M")] += 1

    def _differs(self, case, trap, text):
        self.differences.append(Difference(case, text, trap))


def raised_late(word, float_on):
    """Whether QEMU finds only when it executes the instruction that it is illegal: CSRs, returns,
    fences, reserved rounding modes."""
    if word is None:
        return False
    opcode = word & 0x7F
    if opcode in (0x43, 0x47, 0x4B, 0x4F, 0x53):
        return bool(float_on)
    return opcode == 0x73 and (word >> 12 & 3 != 0 or word in (MRET, SRET) or
                               word & 0xFE007FFF == SFENCE)


def load_address(word, words):
    """What a load accesses, by the registers of its record, or None if it is no load."""
    def register(number):
        return words[X + number - 1] if number else 0

    if word & 3 == 3:
        if word & 0x7F not in (0x03, 0x07):
            return None
        immediate = (word >> 20 ^ 0x800) - 0x800
        return register(word >> 15 & 31) + immediate & (1 << 64) - 1
    kind, quadrant = word >> 13, word & 3
    if quadrant == 0 and kind in (1, 2, 3):
        offset = word >> 7 & 0x38
        offset |= (word >> 4 & 4 | word << 1 & 0x40) if kind == 2 else word << 1 & 0xC0
        return register(8 + (word >> 7 & 7)) + offset & (1 << 64) - 1
    if quadrant == 2 and kind in (1, 2, 3):
        offset = word >> 7 & 0x20
        offset |= (word >> 2 & 0x1C | word << 4 & 0xC0) if kind == 2 else (
            word >> 2 & 0x18 | word << 4 & 0x1C0)
        return register(2) + offset & (1 << 64) - 1
    return None
