# SPDX-License-Identifier: Apache-2.0
"""What the program says to bad input: one line on the standard error stream, and the exit status
of DESIGN section 8.

    bad_input_test.py ATHENA CROSS_COMPILER
"""

import fcntl
import itertools
import os
import pathlib
import random
import re
import resource
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "programs"))
import guests  # noqa: E402

ATHENA, COMPILER = sys.argv[1:3]
BOARD = pathlib.Path(ATHENA).parent / "boards" / "athena-mini.toml"


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = pathlib.Path(cls.folder.name)

    def guest(self, name):
        file = self.path / f"{name}.elf"
        return str(file if file.exists() else guests.build(COMPILER, self.path, name))

    def file(self, name, content):
        path = self.path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def check(self, arguments, status, message, timeout=60):
        """One line that matches `message` (no line for None), and the exit status. Before it the
        guest's faults may be told, and behind it where the harts were (tests/system/backtrace)."""
        result = subprocess.run([ATHENA, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                                timeout=timeout, check=False)
        log = result.stderr.decode(errors="replace").replace(str(self.path) + "/", "")
        log = re.sub(r"(?m)^athena: (guest fault: |hart\d in .-mode |  called from )[^\n]*\n", "", log)
        self.assertEqual(result.returncode, status, log)
        if message is None:
            self.assertEqual(log, "")
        else:
            self.assertRegex(log, r"\A[^\n]*\n\Z", "one line was expected")
            self.assertRegex(log, message)
        return result.stdout.decode(errors="replace")

    def check_firmware(self, file, status, message, *arguments, board="athena-mini"):
        return self.check(["run", board, "--firmware", file, *arguments], status, message)


class Descriptors(Case):
    """Standard input, output or error may be closed: no other file takes their place."""

    def run_shell(self, command, *arguments, **others):
        return subprocess.run(["/bin/sh", "-c", command, "sh", ATHENA, "run", "athena-mini", *arguments],
                              capture_output=True, timeout=60, check=False, **others)

    def test_drives_and_flash_hold_what_the_guest_writes(self):
        zeros = bytes(1 << 20)
        elf = self.guest("faults")
        for closed in (">&-", "2>&-", "<&-", ">&- 2>&- <&-"):
            with self.subTest(closed=closed):
                drive = self.file("drive", zeros)
                flash = self.file("flash", zeros * 32)
                self.run_shell(f'"$@" {closed}', "--firmware", elf, "--drive", drive, "--flash", flash)
                self.assertEqual(pathlib.Path(drive).read_bytes(), zeros)
                self.assertEqual(pathlib.Path(flash).read_bytes(), zeros * 32)

    def test_a_drive_is_not_typed(self):
        drive = self.file("drive", b"typed" * 1024 + bytes(4096 - 5 * 1024 % 4096))
        record = self.path / "record"
        result = self.run_shell('exec "$@" <&-', "--firmware", elf := self.guest("forever"), "--drive", drive, "--record",
                                str(record), "--max-time", "5ms")
        self.assertEqual(result.returncode, 4, (result.stderr, elf))
        self.assertNotIn("console", record.read_text())

    def test_what_cannot_be_said_changes_nothing_else(self):
        """Standard error is closed, or its disk is full: status and results are as ever."""
        stats = self.path / "stats.json"
        for error in ("2>&-", "2>/dev/full"):
            for arguments, status in ((["--firmware", self.guest("pass")], 0), (["--firmware", self.guest("fail-5")], 1),
                                      (["--firmware", self.guest("faults")], 0), (["--nonsense"], 2),
                                      (["--firmware", "nothing"], 2),
                                      (["--firmware", self.guest("forever"), "--max-time", "1ms"], 4)):
                with self.subTest(error=error, arguments=arguments):
                    stats.write_bytes(b"")
                    result = self.run_shell(f'exec "$@" {error}', *arguments, "--stats", str(stats),
                                            stdin=subprocess.DEVNULL)
                    self.assertEqual(result.returncode, status)
                    self.assertEqual(stats.stat().st_size > 0, status != 2)

    def test_a_list_that_is_not_whole_costs_nothing_else(self):
        stats = self.path / "stats.json"
        for option in ("--trace-cpu", "--log-file"):
            for guest, status in (("pass", 2), ("fail-5", 1)):
                stats.write_bytes(b"")
                result = self.run_shell('exec "$@"', "--firmware", self.guest(guest), option, "/dev/full", "--log", "all",
                                        *(["--log-file", str(self.path / "log")] if option == "--trace-cpu" else []),
                                        "--stats", str(stats), stdin=subprocess.DEVNULL)
                self.assertEqual(result.returncode, status, result.stderr)
                self.assertIn(f"{option} /dev/full: not all of it could be written".encode(), result.stderr)
                self.assertGreater(stats.stat().st_size, 0)

    def test_shipped_files_are_not_written(self):
        program = pathlib.Path(ATHENA).parent / "firmware" / "hello.elf"
        for file, reader in ((program, "--firmware"), (BOARD, "the board"), (program.with_name("rom.bin"), "every run")):
            for option in ("--stats", "--record", "--trace-cpu"):
                before = file.read_bytes()
                self.check(["run", "athena-mini", "--firmware", "hello", option, str(file)], 2,
                           f"{option} would write what {reader} reads")
                self.assertEqual(file.read_bytes(), before)

    def test_one_file_with_two_names_is_one(self):
        one, other = self.path / "one", self.path / "other"
        one.write_bytes(b"")
        other.unlink(missing_ok=True)
        os.link(one, other)
        self.check(["run", "athena-mini", "--firmware", "hello", "--stats", str(one), "--record", str(other)], 2,
                   "would both write it")

    def test_a_file_may_not_grow(self):
        """The signal does not end the program: the write fails."""
        result = self.run_shell('ulimit -f 1; exec "$@"', "--firmware", self.guest("forever"), "--max-time", "1ms",
                                "--trace-cpu", str(self.path / "trace"), stdin=subprocess.DEVNULL)
        self.assertEqual(result.returncode, 4, result.stderr)
        self.assertIn(b"not all of it could be written", result.stderr)


class Programs(Case):
    def test_missing(self):
        self.check_firmware("nothing", 2, r"^athena: no firmware 'nothing': neither a file nor a "
                                          r"shipped program \(.*hello.*\)$")
        self.check_firmware(str(self.path), 2, "^athena: no firmware '")
        self.check_firmware("\x1b[2J\u009b2J", 2, r"^athena: no firmware '\?\[2J\?2J'")
        self.check(["run", "athena-mini", "--kernel", "/nonexistent"], 2,
                   "^athena: /nonexistent: cannot be read: No such file or directory$")

    def test_truncated(self):
        whole = pathlib.Path(self.guest("pass")).read_bytes()
        for size in (0, 3, 20, 63, 64, 100, len(whole) // 2, len(whole) - 1):
            with self.subTest(size=size):
                self.check_firmware(self.file("cut.elf", whole[:size]), 2,
                                    r"^athena: cut\.elf: (is no ELF file|is truncated)")

    def test_other_machines(self):
        narrow = str(guests.build(COMPILER, self.path, "forever", suffix="-32",
                                  flags=["-march=rv32gc", "-mabi=ilp32d", "-Wl,-melf32lriscv"]))
        self.check_firmware(narrow, 2, "is a 32-bit ELF file, expected a 64-bit little-endian RISC-V")
        self.check_firmware(ATHENA, 2, r"is for machine \d+, not RISC-V \(243\)")
        self.check_firmware(str(BOARD), 2, "is no ELF file")

    def test_outside_memory(self):
        low = str(guests.build(COMPILER, self.path, "pass", suffix="-low",
                               flags=["-Wl,-Ttext=0x10000"]))
        self.check_firmware(low, 2, r"pass-low\.elf: \d+ bytes at 0x10000 are outside memory, "
                                    r"expected ram at 0x80000000 to 0x8fffffff or hbm at ")
        late = str(guests.build(COMPILER, self.path, "pass", suffix="-late",
                                flags=["-Wl,-Ttext=0x8ffffff8"]))
        self.check_firmware(late, 2, "are outside memory")

    def test_kernel_files(self):
        kernel = self.file("kernel", b"\0" * 100)
        self.check(["run", "athena-mini", "--kernel", kernel, "--initrd", "/nonexistent"], 2,
                   "^athena: /nonexistent: cannot be read")
        self.check(["run", "athena-mini", "--bios", self.file("empty", b""), "--kernel", kernel], 2,
                   "^athena: empty: is empty$")
        self.check(["run", "athena-mini", "--bios", self.file("big", b"\0" * (3 << 20)), "--kernel",
                    kernel], 2, "^athena: kernel at 0x80200000 to .* overlaps big at ")

    def test_blobs(self):
        firmware = self.guest("pass")
        self.check_firmware(firmware, 2, "cannot be read", "--load", "/nonexistent")
        self.check_firmware(firmware, 2, "blob: 4 bytes at 0x1000 are outside memory", "--load",
                            self.file("blob", b"1234") + "@0x1000")
        self.check_firmware(firmware, 2, r"overlaps .*pass\.elf", "--load",
                            self.file("blob", b"1234") + "@0x80000000")


    def test_what_is_no_file(self):
        firmware = self.guest("pass")
        pipe = str(self.path / "pipe")
        os.mkfifo(pipe)
        for name, why in ((pipe, "is no file"), ("/dev/zero", "is no file"), (str(self.path), "is a directory")):
            said = rf"^athena: [^ ]*: cannot be read: {why}$"
            with self.subTest(name=name):
                self.check(["run", "athena-mini", "--kernel", name], 2, said)
                self.check(["run", "athena-mini", "--kernel", firmware, "--initrd", name], 2, said)
                self.check(["run", "athena-mini", "--bios", name], 2, said)
                self.check_firmware(firmware, 2, said, "--load", name)
                self.check_firmware(firmware, 2, said, "--replay", name)
        for name in (pipe, "/dev/zero"):
            self.check_firmware(name, 2, "^athena: no firmware '")

    def test_kernels_that_are_cut(self):
        whole = pathlib.Path(self.guest("pass")).read_bytes()
        for size in (4, 63, 100, len(whole) // 2):
            with self.subTest(size=size):
                self.check(["run", "athena-mini", "--kernel", self.file("cut", whole[:size])], 2,
                           r"^athena: cut: (is no ELF file|is truncated)")
        empty = self.file("empty", b"")
        for options in (["--kernel", empty], ["--kernel", self.guest("pass"), "--initrd", empty]):
            self.check(["run", "athena-mini", *options], 2, "^athena: empty: is empty$")

    def test_kernels_of_nonsense(self):
        """Whatever it executes, the guest is dead or the time is over: one line says which."""
        for seed in range(1, 7):
            with self.subTest(seed=seed):
                nonsense = random.Random(seed).randbytes(1 << seed * 3)
                result = subprocess.run([ATHENA, "run", "athena-mini", "--kernel", self.file("nonsense", nonsense), "--harts",
                                         str(seed), "--max-time", "100ms"], stdin=subprocess.DEVNULL, capture_output=True,
                                        timeout=60, check=False)
                self.assertIn(result.returncode, (1, 4), result.stderr)
                self.assertRegex(result.stderr.decode(), r"(?m)^athena: (--max-time: |nothing can wake |hart\d+ is dead: )[^\n]*\n(athena: (hart\d in .-mode |  called from )[^\n]*\n)*\Z")


class Drives(Case):
    def test_what_is_refused(self):
        firmware = self.guest("pass")
        good = self.file("good.img", bytes(512))
        pipe = str(self.path / "pipe")
        os.mkfifo(pipe)
        (self.path / "loop").symlink_to("loop")
        for drive, why in [
                (self.file("empty.img", b""), r"has 0 bytes, which is no number of sectors of 512"),
                (self.file("odd.img", bytes(1000)), r"has 1000 bytes, which is no number of sectors of 512"),
                (pipe, "is no file"),
                ("/dev/zero", "is no file"),
                (str(self.path), "Is a directory"),
                (str(self.path / "loop"), "Too many levels of symbolic links"),
                (good + ",rw", "No such file or directory"),
                ("", "No such file or directory"),
                (",ro", "No such file or directory"),
                (good + "/x", "Not a directory"),
        ]:
            with self.subTest(drive=drive):
                self.check_firmware(firmware, 2, rf"^athena: --drive [^ ]*: {why}$", "--drive", drive)
        self.check_firmware(firmware, 0, None, "--drive", good)

    def test_one_that_is_in_use(self):
        firmware = self.guest("pass")
        good = self.file("good.img", bytes(512))
        used = "^athena: --drive good.img: another run has it$"
        with open(good, "rb") as holder:
            fcntl.flock(holder, fcntl.LOCK_SH)  # as a run that reads
            self.check_firmware(firmware, 2, used, "--drive", good)
            self.check_firmware(firmware, 0, None, "--drive", good + ",ro")
            fcntl.flock(holder, fcntl.LOCK_EX)  # as a run that writes
            self.check_firmware(firmware, 2, used, "--drive", good + ",ro")
        self.check_firmware(firmware, 2, used, "--drive", good, "--drive", good)
        self.check_firmware(firmware, 0, None, "--drive", good + ",ro", "--drive", good + ",ro")

    def test_one_that_may_not_be_written(self):
        locked = self.file("locked.img", bytes(512))
        os.chmod(locked, 0o444)
        os.chmod(self.path, 0o755)
        firmware = self.guest("pass")
        other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        if other and subprocess.run([ATHENA, "boards"], capture_output=True, check=False, **other).returncode != 0:
            self.skipTest("the program's folder is not everybody's")
        for drive, status, said in ((locked, 2, r"\Aathena: --drive [^ ]*: Permission denied; ,ro after its name takes it "
                                     r"read-only\n\Z"), (locked + ",ro", 0, r"\A\Z")):
            result = subprocess.run([ATHENA, "run", "athena-mini", "--firmware", firmware, "--drive", drive],
                                    stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False, **other)
            self.assertEqual(result.returncode, status, result.stderr)
            self.assertRegex(result.stderr, said)


class Boards(Case):
    def check_board(self, change, message):
        old, new = change
        text = BOARD.read_text()
        self.assertIn(old, text)
        board = self.file("b.toml", text.replace(old, new, 1))
        self.check_firmware(self.guest("pass"), 2, message, board=board)

    def test_missing(self):
        self.check_firmware(self.guest("pass"), 2, r"^athena: no board 'big': .*athena-mini",
                            board="big")

    def test_mistakes(self):
        for change, message in [
                (("[ram]", "[ram]\ncolour = 1"), r"^athena: b\.toml:\d+: .*colour.*expected"),
                (("[ram]", "[rom]"), r"^athena: b\.toml:\d+: .*rom.*expected"),
                (("count = 1", 'count = "one"'), r"^athena: b\.toml:\d+: .*expected a whole number"),
                (("count = 1", "count = 99"), r"^athena: b\.toml:\d+: .*from 1 to 8"),
                (("base = 0x8000_0000", "base = 0x1000_0000"), r"^athena: b\.toml:\d+: .*overlap"),
                (("format = 1", "format = 2"), r"^athena: b\.toml:\d+: .*expected format = 1"),
                (("[board]", "[board"), r"^athena: b\.toml:\d+: "),
                (('name = "', r'name = "\u001b[2J'), r"^athena: b\.toml:\d+: 'board\.name' holds a control character"),
        ]:
            with self.subTest(change=change):
                self.check_board(change, message)

    def test_overrides(self):
        firmware = self.guest("pass")
        for arguments, message in [
                (["--set", "ram.colour=1"], "ram.colour"),
                (["--set", "ram.size"], "ram.size"),
                (["--set", "ram.size=big"], "ram.size=big"),
                (["--memory", "1"], "--memory 1: expected a multiple of 4096 from"),
                (["--harts", "0"], "--harts 0: expected a whole number from 1 to 8"),
                (["--set", "hbm.base=0x8000_0000"], "overlap"),
        ]:
            with self.subTest(arguments=arguments):
                self.check_firmware(firmware, 2, message, *arguments)


class Fidelities(Case):
    def test_mistakes(self):
        firmware = self.guest("pass")
        for setting, message in [
                ("exact", r"--fidelity exact: unknown fidelity 'exact'; there is functional"),
                ("hart*=timed", r"--fidelity hart\*=timed: .*cluster0\.tile0: functional timed rtl lockstep"),
                ("cluster0.tile9=rtl", r"no block is named 'cluster0\.tile9'"),
                ("cluster9.*=rtl", r"no block matches 'cluster9\.\*'"),
                ("hart0=rtl", r"hart0.*functional"),
                ("=rtl", r"--fidelity =rtl: "),
        ]:
            with self.subTest(setting=setting):
                self.check_firmware(firmware, 2, message, "--fidelity", setting)

    def test_sizes_without_rtl(self):
        firmware = self.guest("pass")
        for size in ("tile.rows=8", "tile.cols=32", "tile.l1_bytes=524288", "tile.queue_depth=4"):
            for fidelity in ("rtl", "lockstep"):
                with self.subTest(size=size, fidelity=fidelity):
                    name, value = size.removeprefix("tile.").split("=")
                    self.check_firmware(firmware, 2, rf"'cluster0\.tile0' does not have it; .*"
                                        rf"no Verilated build has .*\b{value} {name}\b",
                                        "--set", size, "--fidelity", f"cluster0.tile0={fidelity}")


class Guests(Case):
    def test_ends(self):
        self.check_firmware(self.guest("pass"), 0, None)
        self.check_firmware(self.guest("finisher-pass"), 0, None)
        self.check_firmware(self.guest("fail-5"), 1, r"\b5\b")
        self.check_firmware(self.guest("finisher-fail-7"), 1, r"\b7\b")

    def test_dead(self):
        self.check_firmware(self.guest("nowhere"), 1,
                            "^athena: hart0 is dead: traps on its own trap vector at 0x0, cause 1$")
        self.check_firmware(self.guest("bad-vector"), 1, "^athena: hart0 is dead: traps on its own "
                            "trap vector at 0x800000[0-9a-f]*, cause 2$")
        self.check_firmware(self.guest("sleeps"), 1,
                            "^athena: nothing can wake the harts any more: hart0")

    def test_deadlock(self):
        result = subprocess.run([ATHENA, "run", "athena-mini", "--firmware", self.guest("deadlock")],
                                capture_output=True, timeout=60, check=False, text=True)
        self.assertEqual(result.returncode, 1, result.stderr)
        lines = result.stderr.splitlines()
        self.assertRegex(lines.pop(), "^athena: hart0 in M-mode at 0x")
        self.assertEqual(lines[:-1], [
            "athena: cluster0.command: ring 0's descriptor with tag 7 waits for semaphore 5 >= 3 "
            "(is 0), which dma0's descriptor with tag 8 should signal",
            "athena: cluster0.command: dma0's descriptor with tag 8 waits for semaphore 6 >= 1 "
            "(is 0), which ring 0's descriptor with tag 7 should signal",
            "athena: cluster0.command: a cycle: ring 0 waits for dma0 waits for ring 0"])
        self.assertRegex(lines[-1], "^athena: nothing can wake the harts any more: hart0")

    def test_endless(self):
        self.check_firmware(self.guest("forever"), 4, "^athena: --max-time: board time is "
                            "1000000000 ps$", "--max-time", "1ms")
        # Counted at the end of a quantum: 20,000 instructions of athena-mini's hart.
        self.check_firmware(self.guest("forever"), 4, r"^athena: --max-instructions: 1[0-2]\d{4} "
                            "have been executed$", "--max-instructions", "100000")
        self.check_firmware(self.guest("resets"), 4, "--max-time", "--max-time", "1ms")

    def test_strict(self):
        self.check_firmware(self.guest("fault"), 0, None)
        result = subprocess.run([ATHENA, "run", "athena-mini", "--firmware", self.guest("fault"),
                                 "--strict"], capture_output=True, check=False)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(b"0x50000000", result.stderr)


class Outputs(Case):
    def test_unwritable(self):
        firmware = self.guest("signature")
        for option in ("--stats", "--record", "--signature"):
            with self.subTest(option=option):
                self.check_firmware(firmware, 2, "^athena: /nonexistent/f: cannot be written", option,
                                    "/nonexistent/f")
        self.check_firmware(firmware, 2, "cannot be written", "--save",
                            "/nonexistent/f@0x80000000:16")
        self.check_firmware(firmware, 2, "cannot be written", "--console", "file:/nonexistent/f")
        self.check_firmware(firmware, 2, "cannot be written", "--stats", "/dev/full")
        self.check_firmware(firmware, 2, "not within ram", "--save", "f@0x0:16")
        self.check_firmware(self.guest("pass"), 2, "no begin_signature", "--signature", "s")

    def test_outputs_of_one_name(self):
        firmware, file = self.guest("signature"), str(self.path / "both")
        outputs = {"--stats": file, "--signature": f"{self.path}/./both", "--record": file, "--console": f"file:{file}",
                   "--save": f"{file}@0x80000000:8"}
        for first, second in itertools.combinations(outputs, 2):
            self.check_firmware(firmware, 2, "both write it", first, outputs[first], second, outputs[second])
        self.check_firmware(firmware, 2, "both write it", "--save", f"{file}@0x80000000:8", "--save", f"{file}@0x80000008:8")
        (self.path / "link").symlink_to("both")
        self.check_firmware(firmware, 2, "both write it", "--stats", file, "--signature", str(self.path / "link"))
        self.check_firmware(firmware, 2, "both write it", "--stats", file, "--signature", os.path.relpath(file))
        self.assertFalse(pathlib.Path(file).exists())
        self.check_firmware(firmware, 0, None, "--stats", "/dev/null", "--signature", "/dev/null")

    def test_written(self):
        signature, saved = self.path / "s", self.path / "saved"
        self.check_firmware(self.guest("signature"), 0, None, "--signature", str(signature),
                            "--save", f"{saved}@0x80000000:8")
        self.assertEqual(signature.read_text(), "12345678\ndeadbeef\n00000001\n")
        self.assertEqual(len(saved.read_bytes()), 8)


class Records(Case):
    def test_mistakes(self):
        firmware = self.guest("pass")
        self.check_firmware(firmware, 2, "cannot be read", "--replay", "/nonexistent")
        self.check_firmware(firmware, 2, r"^athena: r:1: is no record", "--replay",
                            self.file("r", "hello\n"))
        record = str(self.path / "good")
        self.check_firmware(firmware, 0, None, "--record", record)
        self.check_firmware(firmware, 0, None, "--replay", record)
        self.check_firmware(firmware, 2, "good:4: was made with other files or options", "--replay",
                            record, "--append", "x")
        text = pathlib.Path(record).read_text()
        self.check_firmware(firmware, 2, r"cut:5: the record is truncated", "--replay",
                            self.file("cut", text[:-1]))
        self.check_firmware(firmware, 2, r"more:5: unknown input 'sing'", "--replay",
                            self.file("more", re.sub(r" end ", " sing ", text)))
        self.check_firmware(firmware, 3, "^athena: --replay .*: the run ended at ", "--replay",
                            self.file("other", re.sub(r"\d+ end ", "5 end ", text)))


class HostMemory(Case):
    """A board whose HBM is beyond what the process may take; and whatever else the limit meets first."""

    def check_limited(self, limit, message):
        def limited():
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        result = subprocess.run([ATHENA, "run", "athena-mini", "--firmware", self.guest("pass")], stdin=subprocess.DEVNULL,
                                capture_output=True, timeout=60, check=False, text=True, preexec_fn=limited)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertRegex(result.stderr, r"\Aathena: " + message + r": the host has not enough memory: allow more "
                         r"\(ulimit -v\), or take less \(--memory, --set hbm\.size=…\)\n\Z")

    def test_address_space(self):
        self.check_limited(1 << 30, "1048576 KiB for hbm")
        self.check_limited(256 << 20, "262144 KiB for ram")

    def test_any_limit(self):
        for mebi in range(80, 120, 8):
            with self.subTest(mebi=mebi):
                self.check_limited(mebi << 20, "[^\n:]+")


class CommandLine(Case):
    def test_mistakes(self):
        for arguments in ([], ["walk"], ["run"], ["run", "athena-mini"],
                          ["run", "athena-mini", "--gdb", "1"], ["boards", "x"],
                          ["regress", "/nonexistent.toml"], ["dts", "nothing"], ["describe", "no"]):
            with self.subTest(arguments=arguments):
                self.check(arguments, 2, "^athena: ")

    def test_suites(self):
        out = ["--out", str(self.path / "out")]
        self.check(["regress", self.file("s.toml", "format = 1\n"), *out], 2,
                   r"^athena: regress: s\.toml:1: 'name' is missing$")
        self.check(["regress", self.file("s.toml", "format = \n"), *out], 2,
                   r"^athena: regress: s\.toml:1: ")
        good = self.file("s.toml", 'format = 1\nname = "s"\n[[run]]\nname = "a"\n'
                                   'board = "athena-mini"\nfirmware = "nothing"\nexit = 2\n')
        self.check(["regress", good, *out, "--filter", "("], 2, "is not a regular expression")
        self.check(["regress", good, *out, "--filter", "b"], 2, "no run of .* matches 'b'")
        self.check(["regress", good, *out, "--junit", "/nonexistent/j"], 2, "cannot be written")
        self.assertIn("s: 1 passed, 0 failed", self.check(["regress", good, *out], 0, None))

    def test_standard_output(self):
        with open("/dev/full", "wb") as full:
            result = subprocess.run([ATHENA, "describe", "athena-mini"], stdout=full,
                                    stderr=subprocess.PIPE, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, rb"\Aathena: .*cannot be written\n\Z")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
