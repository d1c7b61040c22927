# SPDX-License-Identifier: Apache-2.0
"""--report of gemm and gpt: sums against --stats, JSON against its documentation, the page by a parser, and that nothing depends on it.

    report_test.py ATHENA CROSS_COMPILER docs/report.md
"""
import html.parser
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ATHENA, PAGE = str(pathlib.Path(sys.argv[1]).absolute()), pathlib.Path(sys.argv[3]).read_text(encoding="utf-8")
GEMM = ("--firmware", "gemm", "--append", "m=300 n=48 k=700")
GPT = ("--firmware", "gpt", "--append", "layers=2 heads=2 channels=32 block=16 batch=6 vocabulary=65 every=1 eval=1 sample=0 steps=2 warmup=2")
RUNS = {(board, name): (board, *program) for board in ("athena-mini", "athena-1") for name, program in (("gemm", GEMM), ("gpt", GPT))}
MXFP8 = (*GPT[:3], GPT[3] + " mxfp8=1")


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="athena-report-")
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)

    def athena(self, *words, status=0):
        done = subprocess.run([ATHENA, "run", *words], cwd=self.path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def report(self, *words):
        self.athena(*words, "--report", "r.json", "--stats", "s.json")
        return json.loads((self.path / "r.json").read_text()), json.loads((self.path / "s.json").read_text())["machine"]


def clusters(machine):
    return [part for name, part in machine.items() if re.fullmatch(r"cluster\d+", name)]


def of_engines(machine, kind, counter):
    """The sum of a counter of all tiles or vector cores, or of all DMA channels."""
    total = 0
    for cluster in clusters(machine):
        parts = cluster["dma"] if kind == "channel" else cluster
        total += sum(part[counter] for name, part in parts.items() if re.fullmatch(kind + r"\d+", name))
    return total


def added(row, other):
    """Of numbers and objects of numbers."""
    if isinstance(row, dict):
        return {key: added(value, other[key]) for key, value in row.items()}
    return row + other


class Sums(Case):
    # What can be added up; time_ps too, which is shared.
    ADD = ("time_ps", "commands", "macs", "macs_by_format", "vector_elements", "vector_operations", "dma_bytes", "hbm_bytes", "link_in_bytes",
           "link_out_bytes", "read_bytes", "written_bytes", "tile_l1_bytes", "vector_sram_bytes", "busy_ps", "tile_stalls_ps")

    def check(self, report, machine):
        every = report["all"]
        self.assertEqual(every["macs"], of_engines(machine, "tile", "multiply_accumulates"))
        self.assertEqual(every["dma_bytes"], of_engines(machine, "channel", "bytes"))
        self.assertEqual(every["vector_elements"], of_engines(machine, "vector", "elements"))
        self.assertEqual(every["commands"], sum(of_engines(machine, kind, "commands") for kind in ("tile", "channel", "vector")))
        self.assertEqual(report["unobserved"], {"macs": 0, "dma_bytes": 0})
        for key in self.ADD:
            total = report["sections"][0][key]
            for section in report["sections"][1:]:
                total = added(total, section[key])
            self.assertEqual(every[key], total, key)
            for layer in report["layers"]:
                parts = [section[key] for section in report["sections"] if section["layer"] == layer["layer"]]
                total = parts[0]
                for part in parts[1:]:
                    total = added(total, part)
                self.assertEqual(layer[key], total, key)
        self.assertEqual(report["time_ps"], machine["time_ps"])
        self.assertEqual(every["time_ps"] + report["idle_ps"], report["time_ps"])
        self.assertEqual(every["active_ps"], every["time_ps"])
        tiles = report["board"]["clusters"] * report["board"]["tiles_per_cluster"]
        self.assertEqual(every["busy_ps"]["tile"] + sum(every["tile_stalls_ps"].values()) + report["tiles_nothing_to_do_ps"], tiles * report["time_ps"])
        for row in (*report["sections"], *report["layers"], every):
            self.assertLessEqual(row["time_ps"], row["active_ps"])
            self.assertEqual(sum(row["macs_by_format"].values()), row["macs"])
            self.assertEqual(sum(row["written_bytes"].values()), row["dma_bytes"])
            self.assertEqual(row["hbm_bytes"], row["read_bytes"]["hbm"] + row["written_bytes"]["hbm"])
            self.assertEqual(2 * row["energy_fj"]["total"], sum(row["energy_fj"].values()))
        # Engines are no faster than their peaks (memories with flat timing may be), and busy no longer than there is time.
        for bound in ("compute", "vector", "link"):
            self.assertGreaterEqual(every["time_ps"], every["bounds_ps"][bound], bound)
        self.assertLessEqual(every["busy_ps"]["tile"], tiles * every["time_ps"])

    def test_sums_are_those_of_the_statistics(self):
        for (board, name), words in RUNS.items():
            with self.subTest(board=board, program=name):
                self.check(*self.report(*words))

    def test_sums_of_a_run_with_timed_tiles(self):
        self.check(*self.report("athena-1", *GPT, "--fidelity", "*.tile*=timed"))

    def test_sums_of_a_run_in_mxfp8(self):
        report, machine = self.report("athena-mini", *MXFP8)
        self.check(report, machine)
        self.assertGreater(report["all"]["macs_by_format"]["mxfp8"], 0)

    def test_busy_times_are_those_of_the_engines(self):
        report, machine = self.report("athena-mini", *GPT)
        for kind, engine, hertz in (("dma", "channel", 1_500_000_000), ("vector", "vector", 1_500_000_000)):
            cycles = of_engines(machine, engine, "busy_cycles")
            commands = of_engines(machine, engine, "commands")
            # Each command begins at a clock edge: up to a cycle after it was issued.
            self.assertLessEqual(abs(report["all"]["busy_ps"][kind] - cycles * 10**12 / hertz), commands * 10**12 / hertz)


class Sections(Case):
    def test_gpt_names_its_layers_and_operations(self):
        report, _ = self.report("athena-mini", *GPT)
        self.assertEqual([layer["layer"] for layer in report["layers"]], ["layer 0", "layer 1"])
        names = [(section["layer"], section["operation"]) for section in report["sections"]]
        self.assertEqual(len(names), len(set(names)))
        self.assertNotIn(0, [section["section"] for section in report["sections"]])  # every command has a section
        for layer in ("layer 0", "layer 1"):
            for operation in ("layernorm 1", "qkv", "attention", "projection", "layernorm 2", "mlp in", "gelu", "mlp out", "qkv backward",
                              "attention backward", "mlp in gradient", "vector gradients"):
                self.assertIn((layer, operation), names)
        for operation in ("embedding", "last layernorm", "logits", "loss", "logits backward", "embedding gradient", "clipping", "optimiser"):
            self.assertIn(("", operation), names)

    def test_products_have_the_multiply_adds_of_their_shapes(self):
        report, _ = self.report("athena-mini", *GPT)
        macs = {(section["layer"], section["operation"]): section["macs"] for section in report["sections"]}
        # Training steps of 96 rows; without a text there is no validation.
        rows, channels, steps = 6 * 16, 32, 2
        self.assertEqual(macs["layer 1", "qkv"], steps * rows * channels * 3 * channels)
        self.assertEqual(macs["layer 1", "mlp in"], steps * rows * channels * 4 * channels)
        self.assertEqual(macs["layer 0", "mlp out backward"], steps * rows * channels * 4 * channels)
        self.assertEqual(macs["layer 0", "projection gradient"], steps * rows * channels * channels)
        self.assertEqual(macs["", "logits"], steps * rows * channels * 65)
        self.assertEqual(macs["layer 0", "gelu"], 0)

    def test_gemm_has_one(self):
        report, _ = self.report("athena-mini", *GEMM)
        self.assertEqual([section["operation"] for section in report["sections"]], ["product"])
        self.assertEqual(report["all"]["macs"], 300 * 48 * 700)
        self.assertEqual(report["all"]["macs_by_format"]["bf16"], 300 * 48 * 700)
        # A, B and C lie in RAM.
        self.assertEqual(report["all"]["written_bytes"]["ram"], 300 * 48 * 4)

    def test_a_program_without_sections_has_a_report(self):
        self.athena("athena-mini", "--firmware", "hello", "--report", "r.json", "--report", "r.txt", "--report", "r.html")
        report = json.loads((self.path / "r.json").read_text())
        self.assertEqual((report["sections"], report["layers"], report["idle_ps"]), ([], [], report["time_ps"]))
        report, machine = self.report("athena-mini", "--firmware", "charlm", "--append", "steps=1")
        self.assertEqual([section["section"] for section in report["sections"]], [0])
        self.assertEqual(report["all"]["macs"], of_engines(machine, "tile", "multiply_accumulates"))


class Sameness(Case):
    def files(self, *words):
        done = self.athena(*words, "--report", "r.txt", "--report", "r.json", "--report", "r.html")
        return [(self.path / name).read_bytes() for name in ("r.txt", "r.json", "r.html")], done.stdout

    def test_a_report_changes_nothing(self):
        for (board, name), words in RUNS.items():
            with self.subTest(board=board, program=name):
                plain = self.athena(*words, "--stats", "plain.json").stdout
                told = self.athena(*words, "--stats", "told.json", "--report", "r.html").stdout
                self.assertEqual(told, plain)
                machines = [json.loads((self.path / file).read_text())["machine"] for file in ("plain.json", "told.json")]
                self.assertEqual(*machines)

    def test_reports_of_one_run_are_the_same(self):
        words = RUNS["athena-1", "gpt"]
        first = self.files(*words)
        self.assertEqual(self.files(*words), first)
        self.assertEqual(self.files(*words, "--threads", "2"), first)

    def test_reports_do_not_depend_on_the_quantum(self):
        words = (*RUNS["athena-1", "gpt"], "--fidelity", "*.tile*=timed")
        first = self.files(*words)
        self.assertEqual(self.files(*words, "--quantum", "10us"), first)
        self.assertEqual(self.files(*words, "--quantum", "1ms"), first)


class Documented(Case):
    TYPES = {"number": int, "text": str, "list": list, "object": dict, "row": dict}

    @staticmethod
    def table(after):
        """Fields of the first table behind a line: name, type, and the names in the last cell."""
        part = PAGE[PAGE.index(after):]
        rows = re.search(r"\| field \|.*?\n\|---.*?\n(.*?)\n\n", part + "\n\n", re.S)[1]
        fields = {}
        for line in rows.splitlines():
            names, kind, text = [cell.strip() for cell in line.strip("|").split(" | ")]
            for name in re.findall(r"`(\w+)`", names):
                fields[name] = (kind, re.findall(r"`(\w+)`", text))
        return fields

    def check(self, value, fields, extra=()):
        self.assertEqual(set(value), set(fields) | set(extra))
        for name, (kind, parts) in fields.items():
            with self.subTest(field=name):
                self.assertIs(type(value[name]), self.TYPES[kind])
                if kind == "object" and name not in ("timeline", "fabric"):
                    self.assertEqual(list(value[name]), parts)
                    for part, number in value[name].items():
                        self.assertIs(type(number), str if part == "name" else int)

    def test_fields_are_those_of_the_page(self):
        top, row = self.table("## JSON"), self.table("A row has:")
        self.assertGreater(len(row), 20)
        for (board, name), words in RUNS.items():
            with self.subTest(board=board, program=name):
                report, _ = self.report(*words)
                self.assertEqual((report["format"], report["version"]), ("athena-report", 1))
                self.check(report, top)
                self.check(report["all"], row)
                for section in report["sections"]:
                    self.check(section, row, top["sections"][1])
                for layer in report["layers"]:
                    self.check(layer, row, top["layers"][1])
                timeline = report["timeline"]
                self.assertEqual(list(timeline), ["bin_ps", "busy_thousandths"])
                self.assertEqual(len(timeline["busy_thousandths"]), report["board"]["clusters"])
                bins = -(-report["all"]["time_ps"] // timeline["bin_ps"])
                for cluster in timeline["busy_thousandths"]:
                    self.assertEqual(list(cluster), ["tile", "dma", "vector"])
                    for busy in cluster.values():
                        self.assertEqual(len(busy), bins)
                        self.assertTrue(all(0 <= part <= 1000 for part in busy))
                self.assertEqual(report["fabric"], {"nodes": [], "links": []})


class Parser(html.parser.HTMLParser):
    """That all tags are closed, ids unique, and nothing comes from elsewhere."""
    VOID = {"meta", "br", "hr"}
    OUTSIDE = {"src", "href", "srcset", "action", "data", "poster", "xlink:href"}

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.labelled, self.counts, self.errors, self.texts = [], [], [], {}, [], []

    def handle_starttag(self, tag, attrs):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        for name, value in attrs:
            if name in self.OUTSIDE:
                self.errors.append(f"{tag} has {name}")
            if name == "id":
                self.ids.append(value)
            if name == "aria-labelledby":
                self.labelled.append(value)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.errors.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data):
        self.texts.append(data)


class Page(Case):
    def test_pages_are_whole_and_take_nothing_from_elsewhere(self):
        for (board, name), words in RUNS.items():
            with self.subTest(board=board, program=name):
                self.athena(*words, "--report", "r.html", "--report", "r.json")
                page = (self.path / "r.html").read_text(encoding="utf-8")
                report = json.loads((self.path / "r.json").read_text())
                parser = Parser()
                parser.feed(page)
                parser.close()
                self.assertEqual((parser.errors, parser.open), ([], []))
                self.assertEqual(len(parser.ids), len(set(parser.ids)))
                self.assertLessEqual(set(parser.labelled), set(parser.ids))
                self.assertNotRegex(page, r"(?i)https?:|@import|url\(|\bnan\b|\binf\b")
                self.assertLess(len(page), 2_000_000)
                # A row for each section in each of three tables, one for each layer, and the last and first rows.
                sections, layers = len(report["sections"]), len(report["layers"])
                self.assertEqual(parser.counts["tr"], 3 * (sections + 2) + (layers + 1 if layers else 0))
                marks = sum(1 for section in report["sections"] if section["macs"] and section["hbm_bytes"])
                self.assertEqual(parser.counts.get("circle", 0), marks)
                self.assertIn("The fabric of this board is flat: it has no nodes and no links.", parser.texts)
                self.assertIn("prefers-color-scheme: dark", page)

    def test_heads_of_columns_are_buttons(self):
        self.athena(*RUNS["athena-mini", "gpt"], "--report", "r.html")
        page = (self.path / "r.html").read_text(encoding="utf-8")
        heads = re.findall(r'<th scope="col".*?</th>', page)
        self.assertGreater(len(heads), 40)
        for head in heads:
            self.assertRegex(head, r'aria-sort="none".*<button type="button">.+</button></th>$')

    def test_text_is_aligned_and_short(self):
        self.athena(*RUNS["athena-1", "gpt"], "--report", "r.txt")
        lines = (self.path / "r.txt").read_text(encoding="utf-8").splitlines()
        self.assertLessEqual(max(map(len, lines)), 150)
        rule = next(index for index, line in enumerate(lines) if line.startswith("---"))
        columns = [match.span() for match in re.finditer(r"-+", lines[rule])]
        for line in lines[rule - 1:lines.index("", rule)]:
            for (_, end), (start, _) in zip(columns, columns[1:]):
                self.assertEqual(line[end:start].strip(), "", line)


class Refusals(Case):
    def test_names_without_a_known_ending(self):
        for name in ("r.pdf", "r", "r.json.gz", ".txt"):
            done = self.athena("athena-mini", *GEMM, "--report", name, status=2)
            self.assertEqual(done.stderr, f"athena: --report {name}: expected a file name that ends in .txt, .json or .html\n")
            self.assertFalse((self.path / name).exists())

    def test_files_that_others_write_or_that_cannot_be_written(self):
        for words, text in ((("--report", "r.json", "--report", "./r.json"), "--report and --report would both write it"),
                            (("--report", "s.json", "--stats", "s.json"), "would both write it"),
                            (("--report", "none/r.txt"), "none/r.txt: cannot be written")):
            with self.subTest(words=words):
                self.assertIn(text, self.athena("athena-mini", *GEMM, *words, status=2).stderr)

    def test_a_run_that_is_cut_short_has_a_report(self):
        self.athena("athena-mini", *GEMM, "--max-time", "30ms", "--report", "r.json", "--stats", "s.json", status=4)
        report = json.loads((self.path / "r.json").read_text())
        machine = json.loads((self.path / "s.json").read_text())["machine"]
        self.assertEqual(report["time_ps"], machine["time_ps"])
        self.assertEqual(report["all"]["time_ps"] + report["idle_ps"], report["time_ps"])


if __name__ == "__main__":
    del sys.argv[1:]
    unittest.main()
