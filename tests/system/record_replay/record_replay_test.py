# SPDX-License-Identifier: Apache-2.0
"""A run with input, recorded live and replayed: the same console bytes, the same statistics of the
machine, the same record.

    record_replay_test.py ATHENA CROSS_COMPILER
"""

import json
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "programs"))
import guests  # noqa: E402

ATHENA, COMPILER = sys.argv[1:3]


class RecordReplay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = pathlib.Path(cls.folder.name)
        cls.firmware = str(guests.build(COMPILER, cls.path, "echo"))

    def command(self, stats, *arguments):
        return [ATHENA, "run", "athena-mini", "--firmware", self.firmware, "--stats",
                str(self.path / stats), *arguments]

    def machine(self, stats):
        return json.loads((self.path / stats).read_text())["machine"]

    def record(self, pieces, pause):
        """Types `pieces`, each after a pause, once the guest is ready; returns its output."""
        process = subprocess.Popen(self.command("live.json", "--record", str(self.path / "r")),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.addCleanup(process.stdout.close)
        output = process.stdout.read(6)
        for piece in pieces:
            time.sleep(pause)
            process.stdin.write(piece)
        output += process.stdout.read()
        process.stdin.close()
        self.assertEqual(process.wait(timeout=60), 0)
        return output

    def replay(self, *arguments):
        result = subprocess.run(self.command("replay.json", "--replay", str(self.path / "r"),
                                             *arguments),
                                stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return result.stdout

    def test_typed_with_pauses(self):
        output = self.record([b"a", b"bc", b"Q"], 0.08)
        self.assertEqual(output, b"ready\naabbccQQ")
        live = self.machine("live.json")
        # Sleeping in real time: three pauses, told in board time.
        self.assertGreater(live["time_ps"], 0.2e12)
        self.assertEqual(self.replay(), output)
        self.assertEqual(self.machine("replay.json"), live)

    def test_typed_faster_than_the_guest_reads(self):
        generator = random.Random(7)
        text = bytes(generator.choice(b"abcdefgh\n") for _ in range(3000))
        output = self.record([text, b"Q"], 0.01)
        self.assertEqual(output, b"ready\n" + b"".join(bytes([c, c]) for c in text + b"Q"))
        live = self.machine("live.json")
        self.assertEqual(self.replay(), output)
        self.assertEqual(self.machine("replay.json"), live)

    def test_ended_by_a_signal(self):
        record = self.path / "r"
        process = subprocess.Popen(self.command("live.json", "--record", str(record)), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        self.addCleanup(process.stdout.close)
        process.stdout.read(6)
        process.stdin.write(b"ab")
        process.stdout.read(4)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), 130)
        process.stdin.close()
        text = record.read_text()
        replay = self.command("replay.json", "--replay", str(record))
        for changed, status in ((text, 130), (re.sub(r"end 130 \d+", "end 130 5", text), 3),
                                (re.sub(r"console 61(62)?", "console 51", text, count=1), 3)):
            with self.subTest(changed=changed[-80:]):
                record.write_text(changed)
                done = subprocess.run(replay, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertEqual("recorded were" in done.stderr, status == 3)

    def test_a_terminal_that_has_gone_ends_it_too(self):
        for number in (signal.SIGHUP, signal.SIGQUIT):
            process = subprocess.Popen(self.command("live.json", "--record", str(self.path / "r")), stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
            self.addCleanup(process.stdout.close)
            process.stdout.read(6)
            process.send_signal(number)
            self.assertEqual(process.wait(timeout=60), 130)
            process.stdin.close()
            self.assertRegex((self.path / "r").read_text(), r"\d+ end 130 \d+\n\Z")

    def test_a_frame_for_a_board_without_network_is_refused(self):
        self.record([b"Q"], 0.01)
        record = self.path / "r"
        head, end = record.read_text().splitlines()[:4], record.read_text().splitlines()[-1]
        record.write_text("\n".join([*head, "1000000 net 41", end, ""]))
        done = subprocess.run(self.command("replay.json", "--replay", str(record)), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("/r:5: a frame for a board without --net", done.stderr)

    def test_holes_of_a_drive_are_zeros_and_cost_nothing(self):
        drive, record = self.path / "drive", self.path / "r"
        with drive.open("wb") as file:
            file.truncate(100 << 30)
            file.seek(50 << 30)
            file.write(b"data")
        passes = str(guests.build(COMPILER, self.path, "pass"))

        def run(*options, status=0):
            done = subprocess.run([ATHENA, "run", "athena-mini", "--firmware", passes, "--drive", str(drive), *options],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, status, done.stderr)

        run("--record", str(record))
        run("--replay", str(record))
        with drive.open("r+b") as file:
            file.seek(30 << 30)
            file.write(bytes(3 << 20))  # no hole any more, and the same
        run("--replay", str(record))
        with drive.open("r+b") as file:
            file.seek(30 << 30)
            file.write(b"d")
        run("--replay", str(record), status=2)

    def test_replay_does_not_wait(self):
        self.record([b"Q"], 1.0)
        start = time.monotonic()
        self.replay()
        self.assertLess(time.monotonic() - start, 0.8)

    def test_runs_without_input_are_the_same(self):
        machines = []
        for arguments in [], ["--pace", "off", "--console", f"file:{self.path / 'console'}"]:
            command = [ATHENA, "run", "athena-mini", "--firmware", "selftest", "--stats",
                       str(self.path / "same.json"), *arguments]
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=60, check=True)
            machines.append(self.machine("same.json"))
        self.assertGreater(machines[0]["harts"][0]["instructions"], 100_000)
        self.assertEqual(machines[0], machines[1])

    def test_another_input_is_another_run(self):
        self.record([b"a", b"Q"], 0.05)
        one = self.machine("live.json")
        self.record([b"aaaa", b"Q"], 0.05)
        self.assertNotEqual(self.machine("live.json"), one)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
