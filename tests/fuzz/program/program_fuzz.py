# SPDX-License-Identifier: Apache-2.0
"""Gives the whole program damaged files: it ends in time, without a signal, with an exit status of
DESIGN section 8, and says why in lines that begin with `athena:`.

    program_fuzz.py ATHENA CROSS_COMPILER      ATHENA_SEED=N ATHENA_FUZZ=COUNT: from seed N on
"""

import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "system" / "programs"))
import guests  # noqa: E402

ATHENA, COMPILER = sys.argv[1:3]
BOARD = pathlib.Path(ATHENA).parent / "boards" / "athena-mini.toml"
FIRST = int(os.environ.get("ATHENA_SEED", "1"))
COUNT = int(os.environ.get("ATHENA_FUZZ", "60"))
LIMITS = ["--max-instructions", "20000", "--max-time", "100ms"]


def damage(data, generator):
    data = bytearray(data)
    for _ in range(generator.randint(1, 4)):
        at = generator.randrange(len(data))
        kind = generator.randrange(4)
        if kind == 0:
            del data[max(at, 1):]
        elif kind == 1:
            data[at] ^= 1 << generator.randrange(8)
        elif kind == 2:
            data[at:at + 8] = generator.choice([0, 1, 2**63, 2**64 - 1, len(data)]).to_bytes(
                8, "little")
        else:
            data[at:at] = data[at:at + generator.randint(1, 40)]
    return bytes(data)


class ProgramFuzz(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        self.guest = guests.build(COMPILER, self.path, "signature")
        self.statuses = {}

    def fuzz(self, valid, arguments, damage_it=damage):
        """`arguments` of a path to the damaged file."""
        for seed in range(FIRST, FIRST + COUNT):
            path = self.path / "damaged"
            path.write_bytes(damage_it(valid, random.Random(seed)))
            with self.subTest(replay=f"ATHENA_SEED={seed} ATHENA_FUZZ=1 {' '.join(sys.argv)} "
                                     f"{self.id().split('.', 1)[1]}"):
                result = subprocess.run([ATHENA, *arguments(str(path))], stdin=subprocess.DEVNULL,
                                        capture_output=True, timeout=30, check=False)
                log = result.stderr.decode(errors="replace")
                self.assertIn(result.returncode, range(5), log)
                # Besides guest faults and backtraces.
                lines = [line for line in log.splitlines() if not re.match(r"athena: (guest fault: |hart\d in .-mode |  called from )", line)]
                self.assertEqual(len(lines), 0 if result.returncode == 0 else 1, log)
                self.assertTrue(log == "" or log.startswith("athena: "), log)
                self.statuses[result.returncode] = self.statuses.get(result.returncode, 0) + 1
        print(f"{self.id()}: seeds {FIRST} to {FIRST + COUNT - 1}, statuses {self.statuses}")

    def test_elf(self):
        self.fuzz(self.guest.read_bytes(),
                  lambda path: ["run", "athena-mini", "--firmware", path, *LIMITS])

    def test_code(self):
        """Damaged instructions in a sound ELF file: the guest may do anything."""
        valid = (BOARD.parent.parent / "firmware" / "selftest.elf").read_bytes()
        headers, = struct.unpack_from("<Q", valid, 0x20)
        offset, size = next(
            struct.unpack_from("<8xQ16xQ", valid, at) for at in range(headers, len(valid), 56)
            if struct.unpack_from("<I", valid, at)[0] == 1)

        def damage_code(data, generator):
            data = bytearray(data)
            for _ in range(30):
                data[offset + generator.randrange(size)] ^= 1 << generator.randrange(8)
            return bytes(data)

        self.fuzz(valid, lambda path: ["run", "athena-mini", "--firmware", path,
                                       "--max-instructions", "2000000", "--max-time", "1s"],
                  damage_code)

    def test_board(self):
        self.fuzz(BOARD.read_bytes(),
                  lambda path: ["run", path, "--firmware", str(self.guest), *LIMITS])

    def test_record(self):
        record = self.path / "record"
        run = ["run", "athena-mini", "--firmware", str(self.guest)]
        subprocess.run([ATHENA, *run, "--record", str(record)], stdin=subprocess.DEVNULL, check=True)
        self.fuzz(record.read_bytes(), lambda path: [*run, "--replay", path])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
