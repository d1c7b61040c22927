#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""That random programs are the same again, and that the comparison can fail and names the place.

    random_self_test.py [build/athena]
"""
import pathlib
import stat
import sys
import tempfile
import types
import unittest

import layout as at
import simulators
from cases import Program
from compare import RECORD, Comparison
from coverage import Coverage
from random_test import run_program

ATHENA = sys.argv.pop() if len(sys.argv) > 1 and not sys.argv[-1].startswith("-") else "build/athena"
SEED = 7
CASES = 120

# A hart on which sra is srl: athena with its program changed.
WRONG_HART = """#!{python}
import pathlib, struct, subprocess, sys
place = sys.argv.index("--firmware") + 1
elf = bytearray(pathlib.Path(sys.argv[place]).read_bytes())
for i in range(elf[0x36] and struct.unpack_from("<H", elf, 56)[0]):
    offset, address, _, size = struct.unpack_from("<4Q", elf, 64 + 56 * i + 8)
    if address == {code:#x}:
        for at in range(offset, offset + size - 3, 2):
            word, = struct.unpack_from("<I", elf, at)
            if word & 0xFE00707F == 0x40005033:
                struct.pack_into("<I", elf, at, word ^ 1 << 30)
wrong = sys.argv[place] + ".wrong"
pathlib.Path(wrong).write_bytes(elf)
sys.argv[place] = wrong
sys.exit(subprocess.run(["{athena}", *sys.argv[1:]], stdin=subprocess.DEVNULL).returncode)
"""


class RandomPrograms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.driver = simulators.Driver(cls.folder)
        cls.program = Program(SEED, CASES, cls.driver.symbols)
        elf = cls.folder / "program.elf"
        simulators.build(cls.driver, cls.program, elf)
        cls.qemu = simulators.run_on_qemu(elf, CASES, cls.folder)
        cls.ours = simulators.run_on_athena(ATHENA, elf, CASES, len(cls.qemu.traps), cls.folder)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def compare(self, qemu, ours):
        comparison = Comparison(self.program, self.driver.symbols)
        comparison.run(qemu, ours)
        return comparison

    def test_a_seed_is_one_program(self):
        again = Program(SEED, CASES, self.driver.symbols)
        self.assertEqual(list(again.segments()), list(self.program.segments()))

    def test_the_records_agree(self):
        comparison = self.compare(self.qemu, self.ours)
        self.assertEqual(comparison.differences, [])
        self.assertGreater(comparison.instructions, 50 * CASES)

    def test_every_word_of_a_record_counts(self):
        for place in range(0, at.RECORD_SIZE, 8):
            traps = bytearray(self.ours.traps)
            traps[place] ^= 1
            found = self.compare(self.qemu, simulators.Results(self.ours.ends, bytes(traps)))
            self.assertEqual(found.differences[0].case, 0, at.RECORD_NAMES[place // 8])

    def test_every_word_of_an_end_counts(self):
        for place in range(0, at.END_SIZE, 8):
            ends = bytearray(self.ours.ends)
            ends[place + 1] ^= 1
            found = self.compare(self.qemu, simulators.Results(bytes(ends), self.ours.traps))
            self.assertEqual(found.differences[0].case, 0, at.END_NAMES[place // 8])

    def test_what_the_specification_wants_counts_even_where_qemu_agrees(self):
        """An AMO that faults as a load on both."""
        comparison = self.compare(self.qemu, self.qemu)
        self.assertTrue(any("mcause" in difference.text or "scause" in difference.text
                            for difference in comparison.differences))

    def test_retired_instructions_are_counted_one_by_one(self):
        """The first record of the first case that runs into its end without a trap before."""
        comparison = self.compare(self.qemu, self.ours)
        words = RECORD.unpack_from(self.ours.traps, 0)
        self.assertLess(words[1], 10_000)
        self.assertGreaterEqual(words[1], 40)
        self.assertGreater(comparison.instructions, 0)

    def test_a_wrong_instruction_is_noticed_and_named(self):
        wrong = self.folder / "wrong_hart"
        wrong.write_text(WRONG_HART.format(python=sys.executable, code=at.CODE,
                                           athena=pathlib.Path(ATHENA).resolve()))
        wrong.chmod(wrong.stat().st_mode | stat.S_IXUSR)
        arguments = types.SimpleNamespace(athena=str(wrong), cases=CASES, show=1)
        outcome = run_program(SEED, arguments, self.folder)
        self.assertGreater(outcome.different, 0)
        text = "\n".join(outcome.lines)
        self.assertRegex(text, r"first differing instruction: sra x")
        self.assertRegex(text, rf"again: .*random_test\.py .*--seed {SEED} --programs 1")

    def test_a_short_run_does_not_reach_everything(self):
        coverage = Coverage()
        coverage.add(self.program, self.compare(self.qemu, self.ours))
        _, missing = coverage.report(True)
        self.assertGreater(len(missing), 10)


if __name__ == "__main__":
    unittest.main()
