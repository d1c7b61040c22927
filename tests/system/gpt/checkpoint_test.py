#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gpt's checkpoints: a resumed run has the bits of one that was never interrupted, on another board too; what cannot be resumed, parameter files
and settings that make no sense, are refused with one line.

checkpoint_test.py build/athena TEXT [unittest arguments]"""
import json
import pathlib
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

ATHENA = TEXT = ""
SIZES = "layers=2 heads=2 channels=64 block=32 batch=4"
REST = "warmup=4 every=1 eval=1 eval_every=100 sample=8"
STEPS = 24  # with cosine behind warm-up
NOT_NEGATIVE = ("rate", "rate_end", "decay", "beta1", "beta2")
WHOLE = 24  # offset of the header's word that says which state is whole
HEADER = 4096


class Checkpoints(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="athena-gpt-")
        cls.addClassCleanup(folder.cleanup)
        cls.text = pathlib.Path(folder.name) / "text"
        cls.text.write_bytes(pathlib.Path(TEXT).read_bytes()[:100000])

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="athena-gpt-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def command(self, arguments, *options, board="athena-mini", text=None):
        return [ATHENA, "run", board, "--firmware", "gpt", "--load", text or str(self.text), "--append", arguments, *options]

    def run_gpt(self, arguments, *options, **others):
        return subprocess.run(self.command(arguments, *options, **others), capture_output=True, text=True, errors="replace", timeout=120, check=False)

    def lines(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return re.sub(r"(?m)^(step .*), \d+ tokens/s.*$", r"\1", done.stdout).splitlines()

    def place(self, arguments):
        return next(line.split("@")[1] for line in self.lines(self.run_gpt(f"{arguments} stop=1 sample=0")) if "--save FILE@" in line)

    def save(self, steps, more="", board="athena-mini"):
        """A run's lines, and the checkpoint of one that stops early."""
        arguments = f"steps={STEPS} {SIZES} {REST} {more}"
        whole = self.lines(self.run_gpt(arguments))
        file = self.folder / "checkpoint"
        self.lines(self.run_gpt(f"{arguments} stop={steps}", "--save", f"{file}@{self.place(arguments)}", board=board))
        return whole, file

    def resume(self, whole, file, arguments, board="athena-mini"):
        """Checks that the rest is that of the whole run; returns the steps that the checkpoint has."""
        rest = self.lines(self.run_gpt(arguments, "--load", str(file), board=board))
        steps = int(re.search(r"^gpt: goes on after (\d+) steps$", "\n".join(rest), re.MULTILINE)[1])
        first = whole.index(next(line for line in whole if line.startswith(f"step {steps} ")))
        self.assertEqual(rest[-len(whole[first:]):], whole[first:])
        return steps

    def test_resumes_with_the_same_bits(self):
        for more in ("", "mxfp8=1"):
            for stop in (2, 15):  # within warm-up and behind it
                whole, file = self.save(stop, more)
                for board in ("athena-mini", "athena-1"):
                    with self.subTest(board=board, stop=stop, more=more):
                        self.assertEqual(self.resume(whole, file, f"steps={STEPS} {SIZES} {REST} {more}", board), stop)

    def test_a_long_run_in_pieces(self):
        arguments = f"steps={STEPS} {SIZES} {REST} keep=0"
        whole = self.lines(self.run_gpt(arguments))
        place = self.place(arguments)
        pieces, load = [], []
        for number, stop in enumerate((5, 6, 17, STEPS)):
            file = self.folder / str(number)
            done = self.lines(self.run_gpt(f"{arguments} stop={stop}", *load, "--save", f"{file}@{place}", board=("athena-mini", "athena-1")[number % 2]))
            pieces += [line for line in done if line.startswith("step ")]
            load = ["--load", str(file)]
        self.assertEqual(pieces, [line for line in whole if line.startswith("step ")])

    def nanoseconds(self, arguments):
        """Of board time that a run takes."""
        stats = self.folder / "stats"
        self.lines(self.run_gpt(arguments, "--stats", str(stats)))
        return json.loads(stats.read_text())["machine"]["time_ps"] // 1000

    def test_ended_at_any_time(self):
        """Wherever in a step a run ends, the last state that was kept is in the file."""
        arguments = f"steps={STEPS} {SIZES} {REST} keep=3"
        whole = self.lines(self.run_gpt(arguments))
        file, place = self.folder / "checkpoint", self.place(arguments)
        seen = set()
        first, end = self.nanoseconds(f"{arguments} stop=1 eval=0 sample=0"), self.nanoseconds(f"{arguments} eval=0 sample=0")
        for nanoseconds in range(first, end - (end - first) // STEPS, (end - first) // 25):
            with self.subTest(nanoseconds=nanoseconds):
                done = self.run_gpt(arguments, "--max-time", f"{nanoseconds}ns", "--save", f"{file}@{place}")
                self.assertEqual(done.returncode, 4, done.stdout)
                last = re.findall(r"(?m)^step (\d+) ", done.stdout)
                steps = self.resume(whole, file, arguments)
                self.assertTrue(not last or int(last[-1]) + 1 - 3 <= steps <= int(last[-1]) + 1, (steps, last))
                seen.add(steps)
        self.assertGreater(len(seen), 3, seen)

    def test_interrupted(self):
        arguments = f"steps={STEPS} {SIZES} {REST} keep=2"
        whole = self.lines(self.run_gpt(arguments))
        file, place = self.folder / "checkpoint", self.place(arguments)
        for step in (5, 13):
            command = self.command(arguments, "--save", f"{file}@{place}")
            with self.subTest(step=step), subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
                for line in running.stdout:
                    if line.startswith(b"step %d " % step):
                        running.send_signal(signal.SIGINT)
                self.assertEqual(running.wait(60), 130)
                self.assertGreaterEqual(self.resume(whole, file, arguments), step - 1)

    def test_interrupted_after_it_was_resumed(self):
        """Before anything else is kept, the file has what was loaded."""
        whole, file = self.save(9)
        arguments = f"steps={STEPS} {SIZES} {REST} keep=100"
        again = self.folder / "again"
        command = self.command(arguments, "--load", str(file), "--save", f"{again}@{self.place(arguments)}")
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
            for line in running.stdout:
                if line.startswith(b"step 11 "):
                    running.send_signal(signal.SIGINT)
            self.assertEqual(running.wait(60), 130)
        self.assertIn(self.resume(whole, again, arguments), (9, 12, 13, 14))

    def test_ended_before_it_was_resumed(self):
        """What has been saved is lost neither to a run that ends before its guest has made a state, nor to one that is refused."""
        whole, file = self.save(9)
        arguments = f"steps={STEPS} {SIZES} {REST}"
        saves = ("--load", str(file), "--save", f"{file}@{self.place(arguments)}")
        before = file.read_bytes()
        for status, more, options in ((4, "", ("--max-instructions", "10")), (1, " nonsense=1", ()),
                                      (2, "", ("--stats", "/nonexistent/stats")), (2, "", ("--record", "/nonexistent/record"))):
            with self.subTest(more=more, options=options):
                done = self.run_gpt(arguments + more, *saves, *options)
                self.assertEqual(done.returncode, status, done.stdout + done.stderr)
                self.assertEqual(file.read_bytes(), before)
        for hundredths in range(25):
            with self.subTest(hundredths=hundredths):
                file.write_bytes(before)
                running = subprocess.Popen(self.command(arguments, *saves), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(hundredths / 100)
                running.send_signal(signal.SIGTERM)
                self.assertIn(running.wait(60), (0, 130, -signal.SIGTERM))
                saved = file.read_bytes()
                self.assertTrue(saved.startswith(b"athena-gpt-checkpoint 4"))
                if struct.unpack_from("<I", saved, WHOLE + 4)[0] < STEPS:
                    self.assertGreaterEqual(self.resume(whole, file, arguments), 9)
        self.assertEqual([entry.name for entry in self.folder.iterdir()], ["checkpoint"])

    def refused(self, file, line, arguments=f"steps={STEPS} {SIZES} {REST}", **others):
        done = self.run_gpt(arguments, "--load", str(file), **others)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(line, done.stdout.splitlines())
        self.assertNotIn("step ", done.stdout)

    def test_refuses_what_it_cannot_resume(self):
        _, file = self.save(2)
        content = file.read_bytes()
        other = self.folder / "other"

        def changed(offset, form, *values):
            other.write_bytes(content[:offset] + struct.pack(form, *values) + content[offset + struct.calcsize(form):])

        for size in (12, 22, 25, 100, 4096, len(content) // 2 + 3000, len(content) - 1):
            other.write_bytes(content[:size])
            with self.subTest(size=size):
                self.refused(other, "gpt: the checkpoint is cut short")
        other.write_bytes(content[:22] + b"2" + content[23:])
        self.refused(other, "gpt: the checkpoint is of another version of gpt")
        for size in (1, len(content)):
            other.write_bytes(bytes(size))
            with self.subTest(zeros=size):
                self.refused(other, f"gpt: more than one text: text and other")
        changed(WHOLE, "<I", 0)
        self.refused(other, "gpt: the checkpoint was taken in the middle of a step; keep=100 keeps a state that is whole")
        for offset, form, *values in ((WHOLE, "<I", 77), (WHOLE, "<II", 2, 0xFFFFFFFF), (WHOLE + 12, "<I", 3), (WHOLE + 16, "<Q", 1 << 40)):
            changed(offset, form, *values)
            with self.subTest(values=values):
                self.refused(other, "gpt: the checkpoint is damaged")
        changed(WHOLE, "<II", 2, STEPS)
        self.refused(other, f"gpt: the checkpoint has {STEPS} steps; this run ends after 20", f"steps={STEPS} {SIZES} {REST} stop=20")

    def test_refuses_what_would_give_other_bits(self):
        _, file = self.save(2)
        for word, line in (("layers=1", "layers=2, not layers=1"), ("heads=1", "heads=2, not heads=1"), ("block=64", "block=32, not block=64"),
                           ("batch=5", "batch=4, not batch=5"), ("seed=2", "seed=1, not seed=2"), ("mxfp8=1", "mxfp8=0, not mxfp8=1"),
                           ("steps=25", "steps=24, not steps=25"), ("warmup=5", "warmup=4, not warmup=5"), ("rate=0.002", "another rate"),
                           ("rate_end=0", "another rate_end"), ("beta1=0.8", "another beta1"), ("beta2=0.8", "another beta2"),
                           ("epsilon=0.001", "another epsilon"), ("decay=0", "another decay"), ("clip=2", "another clip")):
            with self.subTest(word=word):
                self.refused(file, f"gpt: the checkpoint was made with {line}", f"steps={STEPS} {SIZES} {REST} {word}")
        other = self.folder / "text"
        content = bytearray(self.text.read_bytes())
        content[-9:-1] = content[-2:-10:-1]
        other.write_bytes(content)
        self.refused(file, "gpt: the checkpoint was made with another text", text=str(other))
        for word in ("every=2", "eval=2", "eval_every=7", "sample=0", "temperature=0.5", "keep=0", "keep=7", "e5m2=0"):  # no bit of training
            with self.subTest(word=word):
                self.assertIn("gpt: goes on after 2 steps", self.lines(self.run_gpt(f"steps={STEPS} {SIZES} {REST} stop=3 {word}", "--load", str(file))))

    def test_a_parameter_file(self):
        file = self.folder / "parameters"
        file.write_text("athena-gpt 1\n# sizes\nsteps = 2   # two\nlayers=2\n heads =2\nchannels= 64\nblock=32\nbatch = 4\n" +
                        "\n".join(REST.split()) + "\n")
        self.assertEqual(self.lines(self.run_gpt("", "--load", str(file))), self.lines(self.run_gpt(f"steps=2 {SIZES} {REST}")))
        self.assertIn("step 2 ", "\n".join(self.lines(self.run_gpt("steps=3", "--load", str(file)))))  # what is said later wins
        for content, culprit in (("steps = 2 3\n", "3"), ("nonsense\n", "nonsense"), ("layers = 0\n", "layers=0"), ("rate = fast\n", "rate=fast"),
                                 ("\x1b]0;title\x07red = 2\n", "?]0;title?red=2")):
            file.write_text("athena-gpt 1\n" + content)
            with self.subTest(content=content):
                self.refused(file, f'gpt: parameter file: "{culprit}" is unknown or out of range', "steps=1")

    def test_settings_that_make_no_sense(self):
        for arguments, line in (("channels=100", "gpt: channels must be a multiple of 16 times heads"),
                                ("block=20", "gpt: block must be a multiple of 16"),
                                *((f"{key}=-0.5", "gpt: rate, rate_end, decay, beta1 and beta2 must not be negative") for key in NOT_NEGATIVE),
                                *((f"{key}=1", "gpt: temperature, clip and epsilon must be above 0, beta1 and beta2 below 1") for key in ("beta1", "beta2")),
                                ("steps=5 stop=6", "gpt: stop must not be above steps"),
                                ("temperature=0", "gpt: temperature, clip and epsilon must be above 0, beta1 and beta2 below 1"),
                                ("layers=48 channels=16384 heads=256", "chip: HBM is exhausted: parameters needs 618525294592 bytes, 1073737728 are left"),
                                ("batch=65536", "gpt: batch times block times channels is too large")):
            with self.subTest(arguments=arguments):
                done = self.run_gpt(arguments, text=TEXT)
                self.assertEqual((done.returncode, done.stdout.splitlines()), (1, [line]))

    def test_tokens_a_second_of_the_host(self):
        """They stand in stderr and in the statistics' `run`, which nobody compares; all else is the same in every run."""
        arguments = f"steps=3 {SIZES} {REST}"
        stats, record = self.folder / "stats", self.folder / "record"
        runs = []
        for options in (("--record", record), ("--replay", record), ("--threads", "2")):
            done = self.run_gpt(arguments, "--stats", str(stats), *map(str, options))
            self.assertEqual(done.returncode, 0, done.stderr)
            said = re.fullmatch(r"athena: 384 tokens in \d+\.\d s of the host's time: ([1-9]\d*) tokens/s\n", done.stderr)
            self.assertTrue(said, done.stderr)
            statistics = json.loads(stats.read_text())
            self.assertAlmostEqual(statistics["run"]["tokens_per_second"], int(said[1]), delta=1)
            self.assertEqual(statistics["machine"]["perf"]["work"], 384)
            runs.append((done.stdout, statistics["machine"]))
        self.assertEqual(runs[0], runs[1])
        self.assertEqual(runs[0], runs[2])

    def test_a_loss_out_of_bounds_ends_the_run(self):
        done = self.run_gpt(f"steps=9 rate=100000 {SIZES} warmup=0 every=100")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"gpt: the loss of step \d+ is out of bounds; lower rate")

    def test_a_loss_that_is_no_number_is_printed_so(self):
        done = self.run_gpt(f"steps=9 rate=99999999999999 rate_end=99999999999999 clip=999999999 {SIZES} warmup=0 every=1 eval=0")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"\nstep \d+ loss nan 0x7fc00000 norm nan 0x7fc00000, .*\ngpt: the loss of step \d+ is out of bounds; lower rate\n$")


if __name__ == "__main__":
    ATHENA, TEXT = sys.argv[1:3]
    del sys.argv[1:3]
    unittest.main()
