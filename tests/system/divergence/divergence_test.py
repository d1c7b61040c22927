#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A mistake planted in the RTL is found in a training on the board, after a change to lockstep at step 900: the page, the waveform, and a
replay that differs with the mistake and does not without.

Usage: divergence_test.py build/athena build/faulty/faulty_athena faults.json [unittest arguments]"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ATHENA = FAULTY = ""
FAULTS = []
# Six products a step.
TRAINING = ["run", "athena-mini", "--firmware", "charlm", "--append", "steps=905 every=100 eval=32 sample=5 batch=8 ctx=3 emb=8 hidden=16"]
NAME = "lockstep-cluster0.tile0"


class Divergence(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="athena-divergence-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_program(self, program, arguments, fault=0):
        environment = {**os.environ, "ATHENA_MUTANT": str(fault)}
        return subprocess.run([program, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False,
                              timeout=300)

    def train(self, lockstep, fault):
        return self.run_program(FAULTY, [*TRAINING, "--fidelity", f"cluster0.tile0=functional,{lockstep}@5400,functional@+30"], fault)

    def find_fault(self, lockstep):
        """The first mistake of the adder that the training meets."""
        for fault in FAULTS:
            if fault["file"] == "athena_fma_functions.svh":
                done = self.train(lockstep, fault["fault"])
                if done.returncode != 0:
                    return fault["fault"], done
        raise AssertionError("the training meets no mistake of the adder")

    def check(self, lockstep, kind):
        fault, done = self.find_fault(lockstep)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertRegex(done.stderr, re.compile(
            r"^athena: cluster0\.tile0: command with tag \d+: C\[\d+\]\[\d+\] is 0x[0-9a-f]+ in the RTL, 0x[0-9a-f]+ in the model, cycle \d+\n"
            rf"athena: cluster0\.tile0: see {NAME}\.txt\nreplay: athena cosim --replay {NAME}\.replay\n$"))
        page = (self.folder / f"{NAME}.txt").read_text()
        for line in (r"^element +C\[\d+\]\[\d+\]$", r"^expected +0x", r"^actual +0x", r"^  opcode 1 ", r"^operands +row \d+ of A",
                     r"^in the run +cluster0\.tile0: command with tag ", r"^its number +54\d\d of this tile's commands, as in --fidelity X@54\d\d$",
                     r"^sent by +ring \d+, descriptor with tag ", r"^made short +command with tag ",
                     rf"^replay +athena cosim --replay {NAME}\.replay$", rf"^waves +gtkwave {NAME}\.fst {NAME}\.gtkw$"):
            self.assertRegex(page, re.compile(line, re.MULTILINE))
        self.assertGreater((self.folder / f"{NAME}.fst").stat().st_size, 1000)
        self.assertGreater((self.folder / f"{NAME}.gtkw").stat().st_size, 100)
        replay = (self.folder / f"{NAME}.replay").read_text()
        self.assertIn(f"\nkind {kind}\n", replay)
        self.assertLess(replay.count("\n"), 40)  # one command, a few lines of L1
        self.assertRegex(replay, re.compile("^write 0 ", re.MULTILINE))  # it begins with its first access
        arguments = ["cosim", "--replay", f"{NAME}.replay"]
        self.assertEqual(self.run_program(FAULTY, arguments, fault).returncode, 3)
        good = self.run_program(ATHENA, arguments)
        self.assertEqual((good.returncode, good.stdout), (0, "1 commands, 0 differences\n"), good.stderr)

    def test_lockstep(self):
        self.check("lockstep", "lockstep")

    def test_lockstep_data(self):
        self.check("lockstep-data", "data")

    def test_a_replay_differs_by_itself(self):
        # What such a mistake leaves in the feed's panels survives a reset: a shortened replay must not live on the runs before it.
        replays = 0
        for fault in FAULTS:
            if fault["file"] == "athena_tile_feed.sv":
                self.run_program(FAULTY, ["cosim", "--commands", "300"], fault["fault"])
                for replay in self.folder.glob("*.replay"):
                    replays += 1
                    with self.subTest(fault=fault["planted"]):
                        again = self.run_program(FAULTY, ["cosim", "--replay", replay.name], fault["fault"])
                        self.assertEqual(again.returncode, 3, again.stdout)
                    replay.unlink()
        self.assertGreater(replays, 0)

    def faults_in(self, file):
        return [fault for fault in FAULTS if fault["file"] == file]

    def test_a_tile_that_differs_before_any_access_has_a_page(self):
        pages = 0
        for fault in self.faults_in("athena_tile_axi_write.sv"):
            if fault["target"] == "assign idle_o":
                done = self.run_program(FAULTY, ["run", "athena-mini", "--firmware", "gemm", "--fidelity", "cluster0.tile0=lockstep"],
                                        fault["fault"])
                self.assertEqual(done.returncode, 3, done.stderr)
                with self.subTest(fault=fault["planted"]):
                    self.assertIn(f"\nathena: cluster0.tile0: see {NAME}.txt\nreplay: athena cosim --replay {NAME}.replay\n", done.stderr)
                    self.assertEqual(self.run_program(FAULTY, ["cosim", "--replay", f"{NAME}.replay"], fault["fault"]).returncode, 3)
                    pages += 1
        self.assertGreater(pages, 0)

    def test_a_short_replay_still_has_a_wrong_element(self):
        # Byte enables of C: what is wrong beside an element of C must not take its place.
        elements = 0
        for fault in self.faults_in("athena_tile_convert.sv"):
            done = self.run_program(FAULTY, ["run", "athena-mini", "--firmware", "gemm", "--fidelity", "cluster0.tile0=lockstep"],
                                    fault["fault"])
            if not re.search(r"^athena: cluster0\.tile0: command with tag \d+: C\[", done.stderr, re.MULTILINE):
                continue
            with self.subTest(fault=fault["planted"]):
                page = (self.folder / f"{NAME}.txt").read_text()
                for line in (r"^made short +command with tag \d+: C\[\d+\]\[\d+\] is ", r"^command +tag \d+", r"^expected +", r"^actual +"):
                    self.assertRegex(page, re.compile(line, re.MULTILINE))
                elements += 1
        self.assertGreater(elements, 0)

    def test_lockstep_data_sees_what_never_completes(self):
        # What has no wrong byte to show: an end that does not come, an idle tile that is not, a register that no guest reads.
        for file, line in (("athena_tile_check.sv", r"command with tag 0: not completed after \d+ cycles, cycle \d+"),
                           ("athena_tile.sv", r"idle_o is high in the RTL, 1 commands are outstanding, cycle \d+"),
                           ("athena_tile_registers.sv", r"[A-Z_]+ is 0x[0-9a-f]+ in the RTL, 0x[0-9a-f]+ in the model, cycle \d+")):
            with self.subTest(line):
                for fault in self.faults_in(file):
                    done = self.run_program(FAULTY, ["run", "athena-mini", "--firmware", "gemm", "--append", "m=16 n=16 k=8",
                                                     "--fidelity", "cluster0.tile0=lockstep-data"], fault["fault"])
                    if re.search(f"^athena: cluster0\\.tile0: {line}$", done.stderr, re.MULTILINE):
                        break
                else:
                    self.fail(f"no mistake in {file} ends so")
                self.assertEqual(done.returncode, 3)
                page = (self.folder / f"{NAME}.txt").read_text()
                self.assertRegex(page, re.compile(r"^  opcode 1  M 16  N 16  K 8$", re.MULTILINE))
                replay = ["cosim", "--replay", f"{NAME}.replay"]
                self.assertEqual(self.run_program(FAULTY, replay, fault["fault"]).returncode, 3)
                self.assertEqual(self.run_program(ATHENA, replay).returncode, 0)

    def test_a_hang_of_a_large_command_is_made_short(self):
        # The steps of an element are never counted to their end.
        fault, = [fault for fault in self.faults_in("athena_tile_sequencer.sv") if "state_q != Settle" in fault["planted"]]
        done = self.run_program(FAULTY, ["run", "athena-mini", "--firmware", "gemm", "--fidelity", "cluster0.tile0=lockstep-data"],
                                fault["fault"])
        self.assertEqual(done.returncode, 3, done.stderr)
        page = (self.folder / f"{NAME}.txt").read_text()
        run, short = page.split("made short")
        self.assertRegex(run, re.compile(r"^  opcode 1  M 64  N 48  K 100$", re.MULTILINE))
        self.assertRegex(short, r"^ +command with tag 0: not completed after 1\d{5} cycles, cycle \d+\n")
        self.assertRegex(short, re.compile(r"^  opcode 1  M 1  N 1  K [01]$", re.MULTILINE))
        self.assertIn(" 1 accesses, 1 of them commands,", short)

    def test_an_assertion_is_named_once_and_not_on_the_console(self):
        named = 0
        clean = self.run_program(ATHENA, ["run", "athena-mini", "--firmware", "gemm"])
        for fault in self.faults_in("athena_tile_array.sv"):
            done = self.run_program(FAULTY, ["run", "athena-mini", "--firmware", "gemm", "--fidelity", "cluster0.tile0=lockstep"],
                                    fault["fault"])
            found = re.search(r"^athena: cluster0\.tile0: the RTL stops: (\S+\.sv:\d+: Assertion failed in \S+: .*) \(cycle \d+\)$",
                              done.stderr, re.MULTILINE)
            if not found:
                continue
            with self.subTest(fault=fault["planted"]):
                self.assertTrue(clean.stdout.startswith(done.stdout), done.stdout)
                page = (self.folder / f"{NAME}.txt").read_text()
                self.assertIn(found.group(1), page.split("made short")[0])
                self.assertRegex(page, re.compile(r"^its number +0 of this tile's commands", re.MULTILINE))
                self.assertRegex(page, re.compile(r"^  opcode 1  M 64  N 48  K 100$", re.MULTILINE))
                named += 1
        self.assertGreater(named, 0)

    def test_a_change_that_is_not_reached_is_told(self):
        done = self.run_program(ATHENA, ["run", "athena-mini", "--firmware", "gemm", "--fidelity", "cluster0.tile0=functional,lockstep@1000"])
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr, "athena: cluster0.tile0: the change of fidelity at command 1000 has not been reached, its queue took 1\n")

    def test_a_page_on_the_whole_run(self):
        # A cause of an interrupt that is set by what another round has left in the tile.
        whole = 0
        for fault in self.faults_in("athena_tile_registers.sv"):
            done = self.run_program(FAULTY, ["cosim", "--commands", "300"], fault["fault"])
            if done.returncode == 0:
                continue
            with self.subTest(fault=fault["planted"]):
                found = re.search(r"; see (\S+)\.txt\nreplay: (athena cosim .*)\n$", done.stderr)
                self.assertIsNotNone(found, done.stderr)
                name, command = found.groups()
                page = (self.folder / f"{name}.txt").read_text()
                self.assertEqual("--seed" in command, "the whole run: its last" in page)
                if "--seed" in command:
                    whole += 1
                    for line in (r"^cycle +\d+$", r"^command +tag \d+", f"^replay +{re.escape(command)}$",
                                 rf"^waves +gtkwave {name}\.fst {name}\.gtkw$"):
                        self.assertRegex(page, re.compile(line, re.MULTILINE))
                    self.assertGreater((self.folder / f"{name}.fst").stat().st_size, 1000)
        self.assertGreater(whole, 0)

    def test_reports_go_into_the_folder_named(self):
        (self.folder / "mine").mkdir()
        fault = next(f for f in self.faults_in("athena_tile_axi_write.sv") if f["target"] == "assign idle_o")
        done = self.run_program(FAULTY, ["run", "athena-mini", "--firmware", "gemm", "--fidelity", "cluster0.tile0=lockstep",
                                         "--reports", "mine"], fault["fault"])
        self.assertIn(f": see mine/{NAME}.txt\n", done.stderr)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["mine"])
        self.assertEqual(len(list((self.folder / "mine").iterdir())), 4)

    def test_no_page_where_nothing_can_be_written(self):
        if os.geteuid() == 0:
            self.folder = pathlib.Path("/proc/self")
        else:
            self.folder.chmod(0o500)
        _, done = self.find_fault("lockstep")
        self.assertEqual(done.returncode, 3)
        self.assertIn("\nathena: cluster0.tile0: no page: ", done.stderr)


if __name__ == "__main__":
    ATHENA, FAULTY = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
    with open(sys.argv.pop(1), encoding="utf-8") as file:
        FAULTS = json.load(file)["faults"]
    unittest.main()
