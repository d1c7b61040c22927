#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Several harts at once: locks, atomics, reservations, memory order, interrupts and remote fences, in M-mode and in
S-mode under Debian's OpenSBI, with harts interleaved in many ways. The same programs pass on qemu-system-riscv64.

    smp_test.py --athena build/athena --generated build/generated/c [--slow] [--only HARTS,QUANTUM,SEED,MODE[,ROUNDS]] [unittest options]

A case that fails prints the line that runs it alone.
"""
import argparse
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[2]
ORIGINS = {"machine": 0x8000_0000, "supervisor": 0x8020_0000}
MODES = tuple(ORIGINS)
# A hart's cycle is 5 ns: one instruction a turn, odd numbers of them, and turns that are longer than an experiment.
QUANTA = ("5ns", "7ns", "15ns", "35ns", "185ns", "1us", "13333ns", "100us")
ARGUMENTS = None


def build(folder, mode):
    library = TOP / "firmware/lib"
    elf = folder / f"{mode}.elf"
    flags = ["-DSUPERVISOR"] if mode == "supervisor" else []
    sources = [path for path in sorted(HERE.glob("*.[cS]")) if path.stem not in MODES or path.stem == mode]
    parts = [library / name for name in ("board.c", "fdt.c", "bootargs.c", "decimal.c", "descriptor.c", "memory.c",
                                         "result.c")]
    subprocess.run(["riscv64-unknown-elf-gcc", "-march=rv64gc", "-mabi=lp64d", "-mcmodel=medany", "--specs=picolibc.specs",
                    "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-ffunction-sections",
                    "-fdata-sections", "-nostartfiles", "-I", str(library), "-I", str(ARGUMENTS.generated), *flags,
                    "-T", str(HERE / "smp.ld"), f"-Wl,--defsym=origin={ORIGINS[mode]:#x},--gc-sections,-n,--build-id=none",
                    "-Wl,--no-warn-rwx-segments", *map(str, sources), *map(str, parts), "-o", str(elf)], check=True)
    return elf


class Smp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.programs = {mode: build(cls.folder, mode) for mode in MODES}

    def run_once(self, harts, quantum, seed, mode, rounds=None, options=()):
        """What the program printed, and the machine's statistics."""
        chosen = ["--kernel" if mode == "supervisor" else "--firmware", str(self.programs[mode])]
        append = f"seed={seed} exact=1" + (f" rounds={rounds}" if rounds else "")
        stats = self.folder / "stats.json"
        # A loop that makes no progress ends here.
        command = [ARGUMENTS.athena, "run", "athena-mini", *chosen, "--harts", str(harts), "--quantum", quantum, "--append",
                   append, "--max-time", "20s", "--stats", str(stats), *options]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)
        except subprocess.TimeoutExpired as late:
            self.fail(f"no end; it printed:\n{(late.stdout or b'').decode(errors='replace')}")
        printed = done.stdout.decode(errors="replace").replace("\r", "")
        self.assertEqual(done.returncode, 0, f"{' '.join(command)}\n{printed[-2000:]}\n{done.stderr.decode()}")
        self.assertTrue(printed.endswith("smp: passed\n"), printed[-2000:])
        return printed, json.loads(stats.read_text())["machine"]

    def case(self, harts, quantum, seed, mode, **others):
        extra = f",{others['rounds']}" if others.get("rounds") else ""
        replay = f"{sys.argv[0]} --athena {ARGUMENTS.athena} --generated {ARGUMENTS.generated} " \
                 f"--only {harts},{quantum},{seed},{mode}{extra}"
        with self.subTest(replay=replay):
            return self.run_once(harts, quantum, seed, mode, **others)

    def test_all(self):
        """Every number of harts, every quantum, each mode."""
        if ARGUMENTS.only:
            harts, quantum, seed, mode, *rounds = ARGUMENTS.only.split(",")
            self.run_once(int(harts), quantum, int(seed), mode, *map(int, rounds))
            return
        cases = [(harts, quantum, mode) for harts in range(1, 9) for quantum in QUANTA for mode in MODES]
        seeds, rounds = (1, 2), None
        if not ARGUMENTS.slow:  # each quantum with few and with many harts; OpenSBI's start takes its time by short ones
            cases = [(2 + i % 3, quantum, "machine") for i, quantum in enumerate(QUANTA)]
            cases += [(8 - i % 4, quantum, "machine" if i < 4 else "supervisor") for i, quantum in enumerate(QUANTA)]
            cases += [(1, "35ns", "machine"), (2, "15ns", "supervisor")]
            seeds, rounds = (1,), 9
        for seed in seeds:
            for harts, quantum, mode in cases:
                self.case(harts, quantum, seed, mode, rounds=rounds)

    def test_harts_interleave(self):
        """The litmus tests see each outcome that the board has, so that they would see another one."""
        printed, _ = self.run_once(4, "5ns", 3, "machine", rounds=200)
        self.assertIn("store buffers: stores=3 loads=3 ok", printed)
        self.assertGreater(int(re.search(r"longest loops: tries=(\d+)", printed).group(1)), 1)

    def test_the_same_each_time(self):
        """One seed, one result: output, time and all statistics, whatever the host's threads."""
        seeds = range(8) if ARGUMENTS.slow else range(2)
        threads = ("1", "1", "2", "4") if ARGUMENTS.slow else ("1", "1", "4")
        seen = set()
        for seed in seeds:
            for harts, quantum, mode in ((8, "35ns", "machine"), (5, "1us", "supervisor")):
                first, *others = [self.case(harts, quantum, seed, mode, rounds=9,
                                            options=("--threads", count, "--seed", str(seed)))
                                  for count in threads]
                for other in others:
                    self.assertEqual(other, first)
                seen.add(json.dumps(first[1]))
        self.assertEqual(len(seen), 2 * len(seeds), "the seed has no effect")

    def test_random_quanta(self):
        number = random.Random(6)
        for _ in range(100 if ARGUMENTS.slow else 4):
            mode = number.choice(MODES)
            self.case(number.randint(2, 8), f"{number.randint(20 if mode == 'machine' else 200, 3000)}ns",
                      number.randint(0, 10**6), mode)

    def test_qemu(self):
        """The programs are right: another implementation, whose harts run on threads, passes them. But QEMU 7.2 keeps
        what one thread translates of code while another one stores to it (seen here; with one hart it does not)."""
        for harts in (1, 2) if not ARGUMENTS.slow else (1, 2, 3, 4, 8):
            for mode in MODES:
                with self.subTest(harts=harts, mode=mode):
                    bios = ["-bios", "none"] if mode == "machine" else []
                    done = subprocess.run(["qemu-system-riscv64", "-M", "virt", "-m", "256M", "-smp", str(harts), "-display",
                                           "none", "-serial", "stdio", "-monitor", "none", *bios, "-kernel",
                                           str(self.programs[mode]), "-append", f"rounds=10 code={int(harts == 1)}"], stdin=subprocess.DEVNULL,
                                          capture_output=True, timeout=300, check=False)
                    self.assertEqual(done.returncode, 0, done.stdout.decode(errors="replace"))
                    self.assertIn(b"smp: passed", done.stdout)


def main():
    global ARGUMENTS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--athena", required=True)
    parser.add_argument("--generated", required=True)
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--only")
    ARGUMENTS, rest = parser.parse_known_args()
    if ARGUMENTS.only:
        rest = ["Smp.test_all", *rest]
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
