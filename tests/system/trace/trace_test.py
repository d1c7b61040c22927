# SPDX-License-Identifier: Apache-2.0
"""--trace and `athena trace`: files against the published schema and against --stats and --report, and that nothing depends on them.

    trace_test.py ATHENA CROSS_COMPILER
"""
import collections
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import perfetto  # noqa: E402

ATHENA = str(pathlib.Path(sys.argv[1]).absolute())
GEMM = ("--firmware", "gemm", "--append", "m=300 n=48 k=700")
GPT = ("--firmware", "gpt", "--append", "layers=2 heads=2 channels=32 block=16 batch=6 vocabulary=65 every=1 eval=1 sample=0 steps=2 warmup=2")
TIMED = ("--fidelity", "*=timed")
RUNS = {"gemm": ("athena-mini", *GEMM), "gpt": ("athena-mini", *GPT), "clusters": ("athena-1", *GPT), "timed": ("athena-1", *GEMM, *TIMED)}
KINDS = {"tile": "tile", "dma": "channel", "vector": "vector"}


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="athena-trace-")
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)

    def athena(self, *words, status=0):
        done = subprocess.run([ATHENA, *words], cwd=self.path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=250, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def machine(self, file="s.json"):
        return json.loads((self.path / file).read_text())["machine"]

    def timeline(self, file="t"):
        return perfetto.Timeline((self.path / file).read_bytes())

    def traced(self, *words):
        self.athena("run", *words, "--trace", "t", "--stats", "s.json", "--report", "r.json")
        return self.timeline(), self.machine(), json.loads((self.path / "r.json").read_text())


def engines_of(machine):
    """Tracks, as in "cluster0/dma1", with the counters of their engines."""
    found = {}
    for cluster, parts in machine.items():
        if re.fullmatch(r"cluster\d+", cluster):
            for kind, part in KINDS.items():
                for name, counters in (parts["dma"] if kind == "dma" else parts).items():
                    if number := re.fullmatch(part + r"(\d+)", name):
                        found[f"{cluster}/{kind}{number[1]}"] = counters
    return found


def length(slice_):
    return slice_.notes["end_ps"] - slice_.notes["begin_ps"]


class Facts(Case):
    def test_files_keep_to_the_schema_and_say_what_statistics_and_reports_say(self):
        for name, words in RUNS.items():
            with self.subTest(run=name):
                timeline, machine, report = self.traced(*words)
                board = words[0]
                busy = collections.Counter()
                for track, counters in engines_of(machine).items():
                    slices = timeline.of(f"{board}/{track}")
                    self.assertEqual(len(slices), counters["commands"], track)
                    self.assertTrue(all(found.depth == 0 for found in slices))
                    if "bytes" in counters:
                        self.assertEqual(sum(found.notes["bytes"] for found in slices), counters["bytes"], track)
                    busy[track.split("/")[1].rstrip("0123456789")] += sum(map(length, slices))
                    for found in slices:
                        self.assertEqual((found.begin, found.end), (found.notes["begin_ps"] // 1000, found.notes["end_ps"] // 1000))
                self.assertEqual(busy, {kind: time for kind, time in report["all"]["busy_ps"].items() if kind in busy})
                self.check_harts(timeline, machine, board)
                self.check_flows(timeline, board)

    def check_harts(self, timeline, machine, board):
        for hart, counters in enumerate(machine["harts"]):
            states = timeline.of(f"{board}/harts/hart{hart} state")
            self.assertEqual({state.name for state in states} | {"running"}, {"running", "idle (wfi)"} if len(states) > 1 else {"running"})
            self.assertEqual(states[0].begin, 0)
            for before, after in zip(states, states[1:]):
                self.assertEqual(before.end, after.begin)
                self.assertNotEqual(before.name, after.name)
            self.assertAlmostEqual(states[-1].end, machine["time_ps"] // 1000, delta=100_000)  # a quantum ahead
            self.assertEqual(len(timeline.of(f"{board}/harts/hart{hart}")), counters["exceptions"] + counters["interrupts"])

    # Doorbell, ring; descriptor, engine, completion.
    def check_flows(self, timeline, board):
        kinds = collections.Counter()
        for events in timeline.flows.values():
            tracks = [re.sub(r"\d+", "N", event[0].removeprefix(board + "/")) for event in events]
            kinds[tuple(tracks)] += 1
        commands = sum(1 for found in timeline.slices if re.search(r"/(tile|dma|vector)\d+$", found.track))
        self.assertEqual(sum(count for kind, count in kinds.items() if len(kind) == 3), commands)
        for kind in kinds:
            if len(kind) == 3:
                self.assertEqual((kind[0], kind[2]), ("clusterN/ringN", "clusterN/ringN completions"))
                self.assertRegex(kind[1], r"clusterN/(tile|dma|vector)N")
            else:
                self.assertEqual(kind, ("harts/hartN", "clusterN/ringN"))
        self.assertGreater(kinds[("harts/hartN", "clusterN/ringN")], 0)

    def test_commands_are_called_by_their_shapes_and_formats(self):
        timeline, _, _ = self.traced(*RUNS["gemm"])
        macs = 0
        for found in timeline.of("athena-mini/cluster0/tile0"):
            shape = re.fullmatch(r"matmul (\d+)x(\d+)x(\d+) bf16(?:\^T)? x bf16(?:\^T)? -> fp32(?: \+ C)?", found.name)
            macs += int(shape[1]) * int(shape[2]) * int(shape[3])
            self.assertEqual(found.notes["section"], "product")
        self.assertEqual(macs, 300 * 48 * 700)
        copies = [found.name for found in timeline.of("athena-mini/cluster0/dma0")]
        self.assertTrue(all(re.fullmatch(r"(copy|copy nd|fill) \d+x\d+(x\d+)* of [1248] B.*", name) for name in copies), set(copies))
        self.assertTrue(any(name.endswith("RAM -> L1") for name in copies), set(copies))

    def test_sections_and_marks_are_those_of_the_firmware(self):
        timeline, _, report = self.traced(*RUNS["gpt"])
        named = {f"{row['layer']}/{row['operation']}" if row["layer"] else row["operation"] for row in report["sections"]}
        lanes = [found for found in timeline.slices if found.track.endswith("/sections")]
        self.assertEqual({found.name for found in lanes}, named)
        spans = collections.defaultdict(list)
        for found in lanes:
            spans[found.name].append((found.begin, found.end))
        for found in timeline.slices:
            if "section" in found.notes:
                self.assertTrue(any(begin <= found.begin and found.end <= end for begin, end in spans[found.notes["section"]]), found)
        marks = [(mark.name, mark.notes["number"]) for mark in timeline.instants if mark.track.endswith("/marks") and mark.name == "step"]
        self.assertEqual(marks, [("step", 0), ("step", 1)])

    def test_counters_add_up_to_the_statistics(self):
        timeline, machine, _ = self.traced(*RUNS["gpt"])
        for track, counters in (("hbm", machine["hbm"]), ("cluster0.crossbar.to_sram", machine["cluster0"]["crossbar"]["to_sram"])):
            values = timeline.counters[f"athena-mini/links and memories/{track}"]
            total = sum(value * (after - at) for (at, value), (after, _) in zip(values, values[1:])) / 1e9
            wanted = counters["bytes_read"] + counters["bytes_written"]
            self.assertAlmostEqual(total / wanted, 1, delta=0.01)
            self.assertEqual(values[-1][1], 0)

    def test_timed_links_are_never_busier_than_they_can_be(self):
        timeline, machine, _ = self.traced("athena-1", *GPT, *TIMED)
        channels = [track for track in timeline.counters if re.search(r"/hbm\.channel\d+$", track)]
        used = [name for name, channel in machine["hbm"].items() if name.startswith("channel") and channel["reads"] + channel["writes"]]
        self.assertEqual(sorted(track.rsplit(".", 1)[1] for track in channels), sorted(used))
        burst = 32  # bytes: 4 beats of a pseudo-channel's 64 bits
        for track in channels:
            values = timeline.counters[track]
            total = sum(value * (after - at) for (at, value), (after, _) in zip(values, values[1:])) / 1e9
            channel = machine["hbm"][track.rsplit(".", 1)[1]]
            self.assertAlmostEqual(total / burst / (channel["reads"] + channel["writes"]), 1, delta=0.01)
        busy = {track: values for track, values in timeline.counters.items() if track.endswith(" busy")}
        self.assertIn("athena-1/links and memories/cluster0.crossbar.to_tile0 busy", busy)
        for track, values in busy.items():
            self.assertTrue(all(0 <= value <= 100 for _, value in values), track)
            self.assertGreater(max(value for _, value in values), 0)

    def test_semaphores_have_the_values_of_signals_and_waits(self):
        timeline, _, _ = self.traced(*RUNS["gpt"])
        self.assertGreater(len([track for track in timeline.counters if "/semaphores/" in track]), 2)
        for track, values in timeline.counters.items():
            if "/semaphores/" not in track:
                continue
            number = int(track.rsplit(" ", 1)[1])
            signals = sum(found.notes["signal_value"] for found in timeline.slices if found.notes.get("signal_semaphore") == number)
            rises = sum(max(0, after - before) for (_, before), (_, after) in zip([(0, 0), *values], values))
            self.assertEqual(rises, signals, track)


class Sameness(Case):
    def test_a_trace_changes_nothing(self):
        for name in ("gpt", "timed"):
            with self.subTest(run=name):
                plain = self.athena("run", *RUNS[name], "--stats", "plain.json").stdout
                told = self.athena("run", *RUNS[name], "--stats", "told.json", "--trace", "t").stdout
                self.assertEqual(told, plain)
                self.assertEqual(self.machine("told.json"), self.machine("plain.json"))

    def test_traces_of_one_run_are_the_same(self):
        words = ("run", *RUNS["clusters"])
        self.athena(*words, "--trace", "a")
        self.athena(*words, "--trace", "b", "--threads", "2")
        self.assertEqual((self.path / "a").read_bytes(), (self.path / "b").read_bytes())

    def test_functions_are_calls_and_change_nothing(self):
        words = ("run", "athena-mini", "--firmware", "hello", "--max-time", "5ms")
        plain = self.athena(*words, "--stats", "plain.json").stdout
        told = self.athena(*words, "--stats", "told.json", "--trace", "t", "--trace-functions").stdout
        self.assertEqual((told, self.machine("told.json")), (plain, self.machine("plain.json")))
        calls = self.timeline().of("athena-mini/harts/hart0 functions")
        (program,) = [call for call in calls if call.name == "program"]
        (caller,) = [call for call in calls if call.begin <= program.begin and program.end <= call.end and call.depth == program.depth - 1]
        self.assertEqual(caller.name, "runtime_main")
        self.athena(*words, "--trace-cpu", "cpu")
        entered = collections.Counter(re.findall(r"(?m)^\d+ hart0 M \w+ <(\w+)> ", (self.path / "cpu").read_text()))
        for name in ("printf", "board_read", "fdt_find_path", "read_token", "program"):
            self.assertEqual(sum(1 for call in calls if call.name == name), entered[name], name)
        self.assertGreater(entered["read_token"], 100)


class Summary(Case):
    def test_utilisation_is_that_of_the_statistics(self):
        _, machine, report = self.traced(*RUNS["gpt"])
        text = self.athena("trace", "t").stdout
        for track, counters in engines_of(machine).items():
            self.assertRegex(text, rf"(?m)^  {track.replace('/', '.')} +{counters['commands']} ")
        tiles = report["all"]["busy_ps"]["tile"] * 1000 // machine["time_ps"]
        self.assertRegex(text, rf"all 1 tiles .* {tiles // 10}\.{tiles % 10} %")
        self.assertEqual(len(re.findall(r"(?m)^      waited for ", text)), 5)

    def test_the_critical_path_is_one_of_commands_without_a_gap(self):
        for name in ("gpt", "clusters", "timed"):
            with self.subTest(run=name):
                timeline, _, _ = self.traced(*RUNS[name])
                text = self.athena("trace", "t", "--path").stdout
                links = [(int(a), int(b), rest) for a, b, rest in re.findall(r"(?m)^  (\d+) ps, (\d+) ps long: (.*)$", text)]
                runs = {(found.track.split("/", 1)[1].replace("/", "."), found.notes["begin_ps"]): found for found in timeline.slices
                        if "end_ps" in found.notes}
                at = 0
                for begin, long, rest in links:
                    self.assertEqual(begin, at)
                    at = begin + long
                    if rest.startswith("cluster"):
                        found = runs[rest.split(":")[0], begin]
                        self.assertLessEqual(at, found.notes["end_ps"])
                        self.assertIn(found.name, rest)
                self.assertEqual(at, max(found.notes["end_ps"] for found in runs.values()))


class Ends(Case):
    def check_refused(self, data, text):
        (self.path / "bad").write_bytes(data)
        done = self.athena("trace", "bad", status=2)
        self.assertEqual((done.stdout, done.stderr), ("", f"athena: bad: {text}\n"))

    def test_bad_files_have_a_line(self):
        self.athena("run", *RUNS["gemm"], "--trace", "t")
        data = (self.path / "t").read_bytes()
        self.check_refused(b"", "no timeline of athena: it names no board")
        self.check_refused(b"\x7fELF" + bytes(100), "no timeline of athena: byte 0 begins no packet")
        self.check_refused(b"\x0a\xff\xff\xff\xff\xff" + bytes(100), "no timeline of athena: byte 0 begins no packet")
        self.check_refused(b"\x0a\x02\x08\x80", "no timeline of athena: the packet at byte 0 is none")
        cut = self.athena("trace", "t") and data[:-1]
        (self.path / "bad").write_bytes(cut)
        self.assertRegex(self.athena("trace", "bad", status=2).stderr, r"^athena: bad: cut within the packet at byte \d+\n$")
        self.assertEqual(self.athena("trace", "none", status=2).stderr, "athena: none: cannot be read: No such file or directory\n")
        self.assertEqual(self.athena("trace", ".", status=2).stderr, "athena: .: cannot be read: Is a directory\n")

    def test_files_that_cannot_be_written_have_a_line(self):
        done = self.athena("run", *RUNS["gemm"], "--trace", "none/t", status=2)
        self.assertEqual((done.stdout, done.stderr), ("", "athena: none/t: cannot be written: No such file or directory\n"))
        full = self.athena("run", *RUNS["gemm"], "--trace", "/dev/full", status=2)
        self.assertEqual(full.stderr, "athena: --trace /dev/full: not all of it could be written\n")
        for words in (("--trace", "s", "--stats", "s"), ("--trace", "s", "--report", "s.json", "--stats", "./s")):
            self.assertIn("would both write it", self.athena("run", *RUNS["gemm"], *words, status=2).stderr)
        self.assertEqual(self.athena("run", *RUNS["gemm"], "--trace-functions", status=2).stderr,
                         "athena: --trace-functions: only with --trace, and without --trace-cpu\n")

    def run_until_written(self, stop):
        words = [ATHENA, "run", "athena-mini", "--firmware", "gpt", "--append", "steps=100000 eval=0 sample=0", "--trace", "t"]
        with subprocess.Popen(words, cwd=self.path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            file, deadline = self.path / "t", time.monotonic() + 200
            while (not file.exists() or file.stat().st_size < 4_000_000) and time.monotonic() < deadline and run.poll() is None:
                time.sleep(0.05)
            run.send_signal(stop)
            return run.wait(timeout=100)

    def test_a_run_that_is_interrupted_has_a_whole_trace(self):
        self.assertEqual(self.run_until_written(signal.SIGINT), 130)
        timeline = self.timeline()
        self.assertGreater(len(timeline.slices), 10_000)
        self.assertEqual(self.athena("trace", "t").stderr, "")

    def test_a_run_that_is_killed_leaves_packets_that_can_be_read(self):
        self.assertEqual(self.run_until_written(signal.SIGKILL), -signal.SIGKILL)
        data = (self.path / "t").read_bytes()
        whole = perfetto.Timeline(data, ended=False)
        self.assertGreater(len(whole.slices), 10_000)
        done = self.athena("trace", "t")
        self.assertEqual(done.stderr, "athena: t: the run has not ended it; what was under way is left out\n")
        self.assertIn("critical path: ", done.stdout)


if __name__ == "__main__":
    del sys.argv[1:]
    unittest.main()
