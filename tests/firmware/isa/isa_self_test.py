#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""That the comparison with QEMU leaves no instruction out, and that it can fail."""
import dataclasses
import pathlib
import re
import tempfile
import unittest

from isa_test import PROGRAMS
from machines import Image, run_on_qemu
from operations import OPERATIONS


def on_qemu(program):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        return run_on_qemu(Image(program, folder), folder)


class Coverage(unittest.TestCase):
    def test_every_operation_runs_over_operands(self):
        used = set()
        for name, make in PROGRAMS.items():
            if name != "fields":  # which takes its encodings from the list itself
                used |= make(False).operations
        self.assertEqual({operation.mnemonic for operation in OPERATIONS} - used, set())

    def test_every_encoding_is_executed_by_fields(self):
        program = PROGRAMS["fields"](False)
        words = re.findall(r"^    \.word (.*)$", program.source, re.M)
        bits = [int(word, 16) for line in words for word in line.split(", ")]
        for operation in OPERATIONS:
            count = sum(value & operation.mask == operation.match for value in bits)
            self.assertGreater(count, 0, operation.name)

    def test_the_assembler_agrees_about_mnemonics(self):
        """Each mnemonic, disassembled from the list's encoding."""
        from steps import disassemble
        for operation in OPERATIONS:
            registers = 0x00F7_8F80 if operation.format != "None" else 0  # x31, x15, x15
            bits = operation.match | ~operation.mask & registers
            self.assertEqual(disassemble(bits).split()[0], operation.mnemonic, operation.name)


class Comparison(unittest.TestCase):
    def test_another_instruction_is_noticed_and_named(self):
        program = PROGRAMS["floating"](False)
        broken = dataclasses.replace(program, source=program.source.replace(
            "fmax.s fa3, fa0, fa1\n", "fmin.s fa3, fa0, fa1\n", 1))
        self.assertNotEqual(program.source, broken.source)
        lines, count = program.report(on_qemu(program), on_qemu(broken))
        self.assertGreater(count, 100)
        self.assertRegex(lines[0], r"^floating: fmax\.s fa3, fa0, fa1 operands 0x\w{16} 0x\w{16}: "
                                   r"QEMU's result 0x\w+, here 0x\w+$")

    def test_another_rounding_mode_is_noticed_and_named(self):
        program = PROGRAMS["floating"](False)
        broken = dataclasses.replace(program, source=program.source.replace(
            "fcvt.s.d fa3, fa0, rup\n", "fcvt.s.d fa3, fa0, rdn\n", 1))
        lines, count = program.report(on_qemu(program), on_qemu(broken))
        self.assertGreater(count, 0)
        self.assertIn("fcvt.s.d fa3, fa0, rup", lines[0])

    def test_the_first_and_last_record_of_each_section_count(self):
        for name, make in PROGRAMS.items():
            for section in make(False).sections:
                zeros = bytes(section.size)
                before = dict(section.differences(zeros, zeros))
                for record in (0, section.count - 1):
                    flipped = bytearray(zeros)
                    flipped[record * max(1, 8 * len(section.words))] ^= 1
                    found = dict(section.differences(zeros, bytes(flipped)))
                    self.assertTrue(found.get(record) != before.get(record),
                                    f"{name}, record {record}")

    def test_what_the_specification_wants_counts_even_where_qemu_agrees(self):
        """An AMO that faults as a load on both."""
        program = PROGRAMS["paging"](False)
        results = on_qemu(program)
        lines, count = program.report(results, results)
        self.assertGreater(count, 1000)
        self.assertRegex(lines[0], r"specification's mcause 0xf, here 0xd")


if __name__ == "__main__":
    unittest.main()
