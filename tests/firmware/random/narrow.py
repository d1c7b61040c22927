# SPDX-License-Identifier: Apache-2.0
"""From a case whose records differ to the first instruction that does something else.

The case is run again once for each of its instructions, with a C.EBREAK in that one's place, which
ends the case there. The first difference lies between the last state that is the same on both
machines and the first one that is not, in the order of retired instructions.
"""
import struct
import subprocess

import layout as at
import simulators
from compare import Comparison
from encode import C_EBREAK

ENTRIES = {name: 8 * i for i, name in enumerate(at.CASE)}


class Variants:
    """The cases before the one that differs, for what PMP entries they lock, and its variants."""

    def __init__(self, program, case):
        chosen = program.cases[case]
        sequence = chosen.sequence
        self.positions = [offset for offset in sequence.positions
                          if offset not in sequence.unstoppable]
        self.first = case
        self.code, self.pmp_sets = program.code, program.pmp_sets
        self.cases = program.cases[:case] + [chosen] * len(self.positions)
        self.program = program
        packed = [before.words["packed"] for before in program.cases[:case]]
        for number, offset in enumerate(self.positions):
            words = bytearray(chosen.words["packed"])
            old, = struct.unpack_from("<H", sequence.code, offset)
            for name, value in (("STOP", chosen.words["BASE"] + offset),
                                ("PATCH", at.CODE + chosen.start + offset),
                                ("PATCH_NEW", C_EBREAK), ("PATCH_OLD", old),
                                ("INDEX", case + number)):
                struct.pack_into("<Q", words, ENTRIES[name], value)
            if number:
                struct.pack_into("<Q", words, ENTRIES["PMP"], 0)
            packed.append(bytes(words))
        self.packed = packed

    def segments(self):
        for address, data in self.program.segments():
            if address == at.CASES:
                data = b"".join(self.packed) + bytes(at.CASE_SIZE)
            yield address, data


def last_records(results, first, count):
    """For each variant: (records, instructions, the last record)."""
    ends, place = [], 0
    for index in range(first + count):
        traps, = struct.unpack_from("<Q", results.ends, index * at.END_SIZE + 8)
        if index >= first:
            records = [struct.unpack_from(f"<{at.RECORD_SIZE // 8}Q", results.traps,
                                          place + i * at.RECORD_SIZE) for i in range(traps)]
            ends.append((traps, records[-1][1], records[-1]))
        place += traps * at.RECORD_SIZE
    return ends


def disassemble(word, folder):
    binary = folder / "instruction.bin"
    binary.write_bytes(word)
    text = subprocess.run(["riscv64-unknown-elf-objdump", "-D", "-b", "binary", "-m", "riscv:rv64",
                           "-M", "numeric", str(binary)], capture_output=True, text=True,
                          check=False).stdout.splitlines()
    return " ".join(text[7].split()[2:]) if len(text) > 7 else word.hex()


def narrow(program, case, driver, athena, folder):
    """Lines that name the instruction, its operands, and what differs after it."""
    variants = Variants(program, case)
    elf = folder / "narrow.elf"
    simulators.build(driver, variants, elf)
    count = len(variants.positions)
    if variants.first + count > 8000:
        return ["too many cases to narrow this down"]
    qemu = simulators.run_on_qemu(elf, variants.first + count, folder)
    size = len(qemu.traps) + count * at.RECORD_SIZE
    ours = simulators.run_on_athena(athena, elf, variants.first + count, size, folder)
    comparison = Comparison(variants, driver.symbols)
    comparison.run(qemu, ours)
    different = {difference.case - variants.first: difference
                 for difference in comparison.differences if difference.case >= variants.first}
    ends = last_records(qemu, variants.first, count)
    if not different:
        return ["not different when the case ends early: a matter of history or of code"]
    first_bad = min(different, key=lambda number: ends[number][:2])
    base = program.cases[case].words["BASE"]
    good = [number for number in range(count)
            if number not in different and ends[number][:2] <= ends[first_bad][:2] and
            comparison.trap_of(ends[number][2]).epc & 0xFFFFF ==
            base + variants.positions[number] & 0xFFFFF]
    lines = []
    if good:
        last = max(good, key=lambda number: ends[number][:2])
        offset = variants.positions[last]
        code = program.cases[case].sequence.code[offset:offset + 4]
        text = disassemble(code if code[0] & 3 == 3 else code[:2], folder)
        lines.append(f"first differing instruction: {text} at {base + offset:#x}, case {case}, "
                     f"begun in {'USHM'[program.cases[case].mode]}-mode")
        lines.append("  before it: " + registers_of(text, ends[last][2]))
    lines.append("  after it, QEMU's or the specification's and ours: " + different[first_bad].text)
    return lines


def registers_of(text, record):
    """The values of the registers that a disassembled instruction names."""
    names = text.replace(",", " ").replace("(", " ").replace(")", " ").split()
    values = [f"{name}={record[at.RECORD_NAMES.index(name)]:#x}" for name in names[1:]
              if name in at.RECORD_NAMES and name[0] in "xf"]
    state = [f"{name}={record[at.RECORD_NAMES.index(name)]:#x}" for name in ("fcsr", "mstatus")]
    return " ".join(values + state)
