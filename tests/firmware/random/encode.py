# SPDX-License-Identifier: Apache-2.0
"""Words of RV64GC for random code: base encodings come from models/riscv/operations.inc, those of
C are written out here (Volume I, chapter 16)."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "isa"))
from operations import OPERATIONS  # noqa: E402

MNEMONIC = {operation.match: operation.mnemonic for operation in OPERATIONS}


def _of(form, *opcodes):
    return [operation for operation in OPERATIONS
            if operation.format == form and (not opcodes or operation.match & 0x7F in opcodes)]


ALU_R = [operation.match for operation in _of("R", 0x33, 0x3B)]
ALU_I = [operation.match for operation in _of("I", 0x13, 0x1B)]
SHIFTS = [(operation.match, 63 if operation.mask & 1 << 25 == 0 else 31)
          for operation in _of("Shift")]
LOADS = [operation.match for operation in _of("I", 0x03)]
STORES = [operation.match for operation in _of("S", 0x23)]
FLOAT_LOADS = [operation.match for operation in _of("FpI")]
FLOAT_STORES = [operation.match for operation in _of("FpS")]
BRANCHES = [operation.match for operation in _of("B")]
AMOS = [operation.match for operation in _of("R", 0x2F) if operation.mnemonic[:2] in ("am",)]
FP_ROUND = [(o.match, o.mask >> 20 & 31 == 31) for o in _of("FpRound")]  # with one operand?
FP_FUSED = [operation.match for operation in _of("FpR4")]
FP_PLAIN = [(o.match, o.mask >> 20 & 31 == 31) for o in _of("FpR")]
FP_TO_INT_ROUND = [operation.match for operation in _of("FpToIntRound")]
FP_TO_INT = [(o.match, o.mask >> 20 & 31 == 31) for o in _of("FpToInt")]
SIZE_SHIFT = (0, 1, 2, 3, 0, 1, 2, 3)  # log2 of a load's or store's size, by funct3

LUI, AUIPC, ADDI, JAL, JALR = 0x37, 0x17, 0x13, 0x6F, 0x67
FENCE, FENCE_I, ECALL, EBREAK, C_EBREAK = 0x0FF0000F, 0x100F, 0x73, 0x100073, 0x9002
MRET, SRET, SFENCE = 0x30200073, 0x10200073, 0x12000073
LR_W, SC_W, LR_D, SC_D = 0x1000202F, 0x1800202F, 0x1000302F, 0x1800302F
CSRRW, CSRRS, CSRRC, CSRRWI, CSRRSI, CSRRCI = 0x1073, 0x2073, 0x3073, 0x5073, 0x6073, 0x7073


def i_type(match, rd, rs1, immediate):
    return match | rd << 7 | rs1 << 15 | (immediate & 0xFFF) << 20


def s_type(match, rs1, rs2, immediate):
    return (match | rs1 << 15 | rs2 << 20 | (immediate & 0x1F) << 7 |
            (immediate >> 5 & 0x7F) << 25)


def b_type(match, rs1, rs2, offset):
    return (match | rs1 << 15 | rs2 << 20 | (offset >> 11 & 1) << 7 | (offset >> 1 & 15) << 8 |
            (offset >> 5 & 63) << 25 | (offset >> 12 & 1) << 31)


def jal(rd, offset):
    return (JAL | rd << 7 | (offset >> 12 & 255) << 12 | (offset >> 11 & 1) << 20 |
            (offset >> 1 & 1023) << 21 | (offset >> 20 & 1) << 31)


def c_j(offset):
    return (0xA001 | (offset >> 11 & 1) << 12 | (offset >> 4 & 1) << 11 | (offset >> 8 & 3) << 9 |
            (offset >> 10 & 1) << 8 | (offset >> 6 & 1) << 7 | (offset >> 7 & 1) << 6 |
            (offset >> 1 & 7) << 3 | (offset >> 5 & 1) << 2)


def c_branch(not_zero, register, offset):
    return ((0xE001 if not_zero else 0xC001) | (register - 8) << 7 | (offset >> 8 & 1) << 12 |
            (offset >> 3 & 3) << 10 | (offset >> 6 & 3) << 5 | (offset >> 1 & 3) << 3 |
            (offset >> 5 & 1) << 2)


def load_immediate(rd, value):
    """lui and addi, or one of them: a signed 32-bit value."""
    low = (value & 0xFFF ^ 0x800) - 0x800
    high = value - low >> 12 & 0xFFFFF
    if high == 0:
        return [i_type(ADDI, rd, 0, low)]
    words = [LUI | rd << 7 | high << 12]
    return words + [i_type(ADDI, rd, rd, low)] if low else words


def c_imm6(match, rd, immediate):
    return match | rd << 7 | (immediate >> 5 & 1) << 12 | (immediate & 31) << 2


def c_addi4spn(rd, immediate):
    return ((rd - 8) << 2 | (immediate >> 4 & 3) << 11 | (immediate >> 6 & 15) << 7 |
            (immediate >> 2 & 1) << 6 | (immediate >> 3 & 1) << 5)


def c_addi16sp(immediate):
    return (0x6101 | (immediate >> 9 & 1) << 12 | (immediate >> 4 & 1) << 6 |
            (immediate >> 6 & 1) << 5 | (immediate >> 7 & 3) << 3 | (immediate >> 5 & 1) << 2)


def c_word(match, data, base, offset):
    """c.lw, c.sw"""
    return (match | (base - 8) << 7 | (data - 8) << 2 | (offset >> 3 & 7) << 10 |
            (offset >> 2 & 1) << 6 | (offset >> 6 & 1) << 5)


def c_double(match, data, base, offset):
    """c.ld, c.sd, c.fld, c.fsd"""
    return (match | (base - 8) << 7 | (data - 8) << 2 | (offset >> 3 & 7) << 10 |
            (offset >> 6 & 3) << 5)


def c_load_sp(match, rd, offset, double):
    if double:
        return (match | rd << 7 | (offset >> 5 & 1) << 12 | (offset >> 3 & 3) << 5 |
                (offset >> 6 & 7) << 2)
    return (match | rd << 7 | (offset >> 5 & 1) << 12 | (offset >> 2 & 7) << 4 |
            (offset >> 6 & 3) << 2)


def c_store_sp(match, rs2, offset, double):
    if double:
        return match | rs2 << 2 | (offset >> 3 & 7) << 10 | (offset >> 6 & 7) << 7
    return match | rs2 << 2 | (offset >> 2 & 15) << 9 | (offset >> 6 & 3) << 7
