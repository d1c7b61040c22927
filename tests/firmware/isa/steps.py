# SPDX-License-Identifier: Apache-2.0
"""Encodings executed one by one (steps.S): every compressed one, and 32-bit ones field by field."""
import re
import subprocess
import tempfile

from operands import MASK64, box
from operations import OPERATIONS
from program import Program, Section

WORDS = ("mcause", "mepc", "mtval", "changed x", "sum of changed x", "changed f",
         "sum of changed f", "FS and fcsr", "changed memory", "sum of changed memory")
MCAUSE, MTVAL, FCSR = 0, 2, 7
BREAKPOINT, LOAD_MISALIGNED, LOAD_ACCESS = 3, 4, 5
SPOT = 0x8820_0000
PAGE_END = SPOT + 0xFFE
MIDDLE = 0x8880_0000 + 0x1000
SAFE_CSRS = (0x001, 0x002, 0x003, 0x140)  # fflags, frm, fcsr, sscratch


def _floats():
    return [box(0x3F800000 + 0x00123456 * i) if i % 2 else 0x3FF0000000000000 + 0x123456789 * i
            for i in range(32)]


def _image(name, spot, fcsr, registers):
    return name, [spot, fcsr, *[value & MASK64 for value in registers[1:]], *_floats()]


IMAGES = {
    "pointers": _image("pointers", SPOT, 0, [MIDDLE + 16 * i for i in range(32)]),
    "numbers": _image("numbers", PAGE_END, 0x60,
                      [(0x0123456789ABCDE8 * (2 * i + 1)) | 1 << 62 for i in range(32)]),
    "small numbers": _image("small numbers", SPOT + 2, 0x2A,
                            [(0, 8, -8, 0x400, -0x400, 0, 16, -16)[i % 8] for i in range(32)]),
}


def disassemble(bits):
    size = 4 if bits & 3 == 3 else 2
    with tempfile.NamedTemporaryFile() as file:
        file.write(bits.to_bytes(size, "little"))
        file.flush()
        text = subprocess.run(
            ["riscv64-unknown-elf-objdump", "-D", "-b", "binary", "-m", "riscv:rv64",
             "-M", "no-aliases", file.name],
            capture_output=True, text=True, check=False).stdout
    found = re.search(r"^\s*0:\s+[0-9a-f]+\s+(.*)$", text, re.M)
    return re.sub(r"\s+", " ", found.group(1)) if found else "?"


def as_specified(bits, image, words):
    """What QEMU's record should be."""
    words = list(words)
    opcode, rs1, immediate = bits & 0x7F, bits >> 15 & 31, bits >> 20
    if opcode in (0x03, 0x07) and words[MCAUSE] == LOAD_ACCESS:
        # QEMU rounds the address of a misaligned load down (Volume II, 3.1.16).
        base = image[1 + rs1] if rs1 else 0
        words[MTVAL] = (base + (immediate ^ 0x800) - 0x800) & MASK64
    if opcode == 0x2F and bits >> 27 != 2 and words[MCAUSE] in (LOAD_MISALIGNED, LOAD_ACCESS):
        words[MCAUSE] += 2  # AMOs fault as stores (Volume II, 3.1.15), in QEMU as loads
    compares = opcode == 0x53 and bits >> 27 == 0x14 and words[MCAUSE] == BREAKPOINT
    if words[FCSR] & 0xFF != image[1] or compares:
        # New flags are a new state (Volume II, 3.1.6.6), but not in QEMU; comparisons count here
        # as if they always had some, which the section allows.
        words[FCSR] |= 3 << 8
    return words


def step_program(name, encodings, images, operations=()):
    chosen = [IMAGES[image] for image in images]

    def describe(index):
        image, place = divmod(index, len(encodings))
        bits = encodings[place]
        digits = 8 if bits & 3 == 3 else 4
        return f"{bits:#0{digits + 2}x} ({disassemble(bits)}) with {chosen[image][0]}"

    def corrected(index, words):
        image, place = divmod(index, len(encodings))
        return as_specified(encodings[place], chosen[image][1], words)

    def table(values, width):
        return "\n".join(f"    .{width} " + ", ".join(map(hex, values[i:i + 8]))
                         for i in range(0, len(values), 8))

    source = f"""#include "steps.S"
    .data
    .balign 8
images:
{table([value for _, values in chosen for value in values], "dword")}
images_end:
encodings:
{table(encodings, "word")}
encodings_end:
"""
    section = Section(len(images) * len(encodings), WORDS, describe, corrected)
    return Program(name, source, [section], set(operations))


def loops(half):
    """A compressed jump or branch to itself."""
    is_jump = half & 0xE003 in (0xA001, 0xC001, 0xE001)
    offset_bits = 0x1FFC if half & 0xE003 == 0xA001 else 0x1C7C
    return is_jump and half & offset_bits == 0


def jumps(half):
    """c.j, c.beqz, c.bnez."""
    return half & 3 == 1 and half >> 13 in (5, 6, 7)


def compressed(name, chosen):
    """chosen: which of all compressed encodings."""
    encodings = [half for half in range(0x10000)
                 if half & 3 != 3 and chosen(half) and not loops(half)]
    return step_program(name, encodings, list(IMAGES))


COMPRESSED = {  # parts that QEMU runs quickly
    "compressed0": lambda half: half & 3 == 0,
    "compressed1": lambda half: half & 3 == 1 and not jumps(half),
    "compressed_jumps": jumps,
    "compressed2": lambda half: half & 3 == 2,
}


# ---- 32-bit encodings

FIELDS = {  # format: registers that it has, and whether the immediate is I, S, B, U, J
    "R": ("rd", "rs1", "rs2"), "I": ("rd", "rs1"), "S": ("rs1", "rs2"), "B": ("rs1", "rs2"),
    "U": ("rd",), "J": ("rd",), "Shift": ("rd", "rs1"), "None": (), "FpI": ("rd", "rs1"),
    "FpS": ("rs1", "rs2"), "FpR": ("rd", "rs1", "rs2"), "FpR4": ("rd", "rs1", "rs2", "rs3"),
    "FpRound": ("rd", "rs1", "rs2"), "FpToInt": ("rd", "rs1", "rs2"),
    "FpToIntRound": ("rd", "rs1", "rs2"),
}
PLACE = {"rd": 7, "rs1": 15, "rs2": 20, "rs3": 27}


def _immediate(form, value):
    def bits(high, low, to):
        return ((value >> low) & ((1 << (high - low + 1)) - 1)) << to
    if form in ("I", "FpI", "Shift"):
        return bits(11, 0, 20)
    if form in ("S", "FpS"):
        return bits(11, 5, 25) | bits(4, 0, 7)
    if form == "B":
        return bits(12, 12, 31) | bits(10, 5, 25) | bits(4, 1, 8) | bits(11, 11, 7)
    if form == "U":
        return bits(31, 12, 12)
    return bits(20, 20, 31) | bits(10, 1, 21) | bits(11, 11, 20) | bits(19, 12, 12)


def _immediates(form):
    width, unit = {"I": (12, 1), "FpI": (12, 1), "S": (12, 1), "FpS": (12, 1), "B": (13, 2),
                   "U": (32, 4096), "J": (21, 2), "Shift": (6, 1)}[form]
    ones = ((1 << width) - 1) // unit * unit
    walking = [unit << i for i in range(width) if unit << i < 1 << width]
    return [*walking, ones, *[ones ^ bit for bit in walking], 0x555 * unit & ones]


def _of(operation):
    """An operation with each register in each field, each bit of its immediate, each mode."""
    form, free = operation.format, ~operation.mask & 0xFFFFFFFF
    base = operation.match | ((10 << 7 | 11 << 15 | 12 << 20) & free)
    if form in ("B", "J"):
        base = base & ~free | _immediate(form, 8) | ((11 << 15 | 12 << 20) & free
                                                     if form == "B" else 10 << 7)
    if form == "FpR4":
        base |= 13 << 27
    yield base
    for name in FIELDS[form]:
        place = PLACE[name]
        if operation.mask >> place & 31 == 0:
            for register in range(32):
                yield base & ~(31 << place) | register << place
    if FIELDS[form][-2:] == ("rs1", "rs2") and operation.mask >> 20 & 31 == 0:
        for register in range(0, 32, 5):  # the same register twice
            yield base & ~(31 << 15 | 31 << 20) | register << 15 | register << 20
    if form in ("I", "S", "B", "U", "J", "Shift", "FpI", "FpS"):
        clear = base & ~_immediate(form, (1 << 32) - 1)
        for value in _immediates(form):
            yield clear | _immediate(form, value)
    for mode in range(8):
        if operation.mask >> 12 & 7 == 0:
            yield base & ~0x7000 | mode << 12
    for i in range(32):  # neighbours: other operations, or reserved
        if operation.mask >> i & 1:
            yield base ^ 1 << i
    for i in range(32):  # reserved fields of fences, order bits of atomics
        if form in ("None", "R") and free >> i & 1:
            yield base ^ 1 << i


def is_safe(bits):
    """Not compressed, not a jump to itself, no CSR but those that each step sets."""
    if bits & 3 != 3:
        return False
    if bits & 0x7F == 0x73 and bits >> 12 & 7 not in (0, 4):
        return bits >> 20 in SAFE_CSRS
    is_jump = bits & 0x7F in (0x63, 0x6F)
    form = "J" if bits & 0x7F == 0x6F else "B"
    return not is_jump or bits & _immediate(form, (1 << 21) - 1) != 0


def fields(slow=False):
    del slow
    encodings = [bits for operation in OPERATIONS for bits in _of(operation)]
    encodings = [bits for bits in dict.fromkeys(encodings) if is_safe(bits)]
    return step_program("fields", encodings, ["pointers", "numbers"],
                        {operation.mnemonic for operation in OPERATIONS})


def opcodes(slow=False):
    """Every major opcode, funct3 and funct7, with some of rs2; every SYSTEM word."""
    seconds = range(32) if slow else (0, 1, 12)
    encodings = [funct7 << 25 | rs2 << 20 | 11 << 15 | funct3 << 12 | 10 << 7 | opcode << 2 | 3
                 for opcode in range(32) for funct3 in range(8) for funct7 in range(128)
                 for rs2 in seconds]
    encodings += [immediate << 20 | rest | 0x73 for immediate in range(4096)
                  for rest in (0, 11 << 15, 10 << 7)]
    encodings = [bits for bits in dict.fromkeys(encodings) if is_safe(bits)]
    return step_program("opcodes", encodings, ["pointers"])
