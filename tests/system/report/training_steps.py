#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reports of a training step of several models, formats and boards, and the tables of docs/training-steps.md from them.

    training_steps.py build/athena [--folder F] [--fidelity timed] [--only REGEX] [--set key=value ...]
    training_steps.py --tables F ...

The first runs what --only names, writes NAME.json, NAME.txt and NAME.host (seconds) to the folder and checks each report; both print tables."""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ONE_STEP = "steps=1 eval=0 sample=0 keep=0"
MODELS = {
    "nanogpt": {},
    "gpt2": {"layers": 12, "heads": 12, "channels": 768, "block": 512, "batch": 1, "vocabulary": 50257},
    "gpt3": {"layers": 1, "heads": 96, "channels": 12288, "shares": 8, "block": 512, "batch": 1, "vocabulary": 256},
}
DEFAULTS = {"layers": 4, "heads": 4, "channels": 128, "block": 64, "batch": 12, "shares": 1}
TEXT_VOCABULARY = 73  # of the text that gpt has by default
FORMATS = {"bf16": {}, "mxfp8": {"mxfp8": 1}}
BOARDS = ("athena-1", "athena-2")
STALLS = ("load", "store", "tile", "vector", "order", "queue", "fetch")
WORST = 3


def names():
    return [f"{model}-{form}-{board}" for model in MODELS for form in FORMATS for board in BOARDS]


def settings(name, changes):
    model, form, board = name.split("-", 2)
    return board, {**MODELS[model], **changes, **FORMATS[form]}


def shape(name, changes):
    return {**DEFAULTS, **settings(name, changes)[1]}


def macs_of_step(shape):
    """Forward once, backward twice: of the weights, of attention's two products, of the logits."""
    rows = shape["batch"] * shape["block"]
    channels, share = shape["channels"], shape["channels"] // shape["shares"]
    layer = channels * (3 + 1 + 4 + 4) * share + 2 * shape["block"] * share
    return 3 * rows * (shape["layers"] * layer + channels * shape.get("vocabulary", TEXT_VOCABULARY))


class Step:
    """A report without the start of the weights, which is before the step."""

    def __init__(self, report):
        self.sections = [section for section in report["sections"] if section["operation"] != "start of the weights"]
        self.board, self.peaks = report["board"], report["peaks_per_second"]
        self.time_ps = sum(section["time_ps"] for section in self.sections)
        self.bound, self.bound_ps = self.bound_of(self.sections)
        self.tiles = self.board["clusters"] * self.board["tiles_per_cluster"]

    def sum(self, *keys):
        total = 0
        for value in self.sections:
            for key in keys:
                value = value[key]
            total += value
        return total

    @staticmethod
    def bound_of(sections):
        bounds = {kind: sum(section["bounds_ps"][kind] for section in sections) for kind in ("compute", "vector", "hbm", "link")}
        return max(bounds.items(), key=lambda item: item[1])

    def utilisation(self):
        return self.sum("macs") / self.peaks["macs"] / (self.time_ps * 1e-12)

    def stalls(self):
        """Parts of all tiles' time, the largest first."""
        whole = self.tiles * self.time_ps
        parts = {cause: self.sum("tile_stalls_ps", cause) / whole for cause in STALLS}
        return sorted(parts.items(), key=lambda item: -item[1])

    def worst(self):
        """Operations, of all layers together, by the time that they take beyond their bound."""
        groups = collections.defaultdict(list)
        for section in self.sections:
            groups[section["operation"]].append(section)
        found = []
        for operation, sections in groups.items():
            time_ps = sum(section["time_ps"] for section in sections)
            bound, bound_ps = self.bound_of(sections)
            found.append((time_ps - bound_ps, operation, time_ps, bound, time_ps / bound_ps if bound_ps else 0))
        return sorted(found, reverse=True)[:WORST]


def milliseconds(picoseconds):
    return f"{picoseconds / 1e9:.3g} ms"


def print_tables(folder, changes):
    runs = [(name, Step(json.loads((folder / f"{name}.json").read_text()))) for name in names() if (folder / f"{name}.host").exists()]
    print("| model | format | board | board time | tokens/s | tiles | HBM | energy | bound | distance | tiles stand still for | host |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for name, step in runs:
        model, form, board = name.split("-", 2)
        of = shape(name, changes)
        stalls = ", ".join(f"{cause} {100 * part:.0f} %" for cause, part in step.stalls()[:2])
        print(f"| {model} | {form.upper()} | `{board}` | {milliseconds(step.time_ps)} | {of['batch'] * of['block'] / (step.time_ps * 1e-12):,.0f} | "
              f"{100 * step.utilisation():.1f} % | {step.sum('hbm_bytes') / 1e9:.3g} GB | {step.sum('energy_fj', 'total') / 1e15:.3g} J | "
              f"{step.bound} | {step.time_ps / step.bound_ps:.2f} | {stalls} | {float((folder / f'{name}.host').read_text()):.0f} s |")
    print()
    print("| model | format | board | operations that take most beyond their bound: time, bound, distance |")
    print("|---|---|---|---|")
    for name, step in runs:
        model, form, board = name.split("-", 2)
        worst = "; ".join(f"{operation} {milliseconds(time_ps)} ({100 * time_ps / step.time_ps:.0f} %), {bound}, {distance:.1f}"
                          for _, operation, time_ps, bound, distance in step.worst())
        print(f"| {model} | {form.upper()} | `{board}` | {worst} |")


def check(name, report, changes, timed):
    """What shapes say, and that timed engines and memories are no faster than their peaks."""
    step = Step(report)
    expected = macs_of_step(shape(name, changes))
    if step.sum("macs") != expected or report["unobserved"] != {"macs": 0, "dma_bytes": 0}:
        sys.exit(f"{name}: {step.sum('macs')} multiply-adds, {expected} expected; unobserved: {report['unobserved']}")
    if timed and step.time_ps < step.bound_ps:
        sys.exit(f"{name}: {step.time_ps} ps, less than the bound of {step.bound_ps}")


def run(athena, name, folder, fidelity, changes):
    board, words = settings(name, changes)
    append = " ".join([ONE_STEP, *(f"{key}={value}" for key, value in words.items())])
    files = [folder / f"{name}.{ending}" for ending in ("json", "txt")]
    command = [athena, "run", board, "--firmware", "gpt", "--fidelity", fidelity, "--append", append]
    host = folder / f"{name}.host"
    host.unlink(missing_ok=True)
    begin = time.monotonic()
    done = subprocess.run([*command, *(word for file in files for word in ("--report", str(file)))], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    host.write_text(f"{time.monotonic() - begin:.1f}\n")
    print(f"{name}: {host.read_text().strip()} s", file=sys.stderr, flush=True)
    check(name, json.loads(files[0].read_text()), changes, fidelity == "timed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("athena", nargs="?")
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--tables", type=pathlib.Path, metavar="F")
    parser.add_argument("--fidelity", default="timed")
    parser.add_argument("--only", default="")
    parser.add_argument("--set", action="append", default=[], metavar="key=value", help="of every model")
    args = parser.parse_args()
    changes = {key: int(value) for key, value in (word.split("=") for word in args.set)}
    if args.tables is not None:
        print_tables(args.tables, changes)
        return
    chosen = [name for name in names() if re.search(args.only, name)]
    if args.athena is None or not chosen:
        parser.error("nothing to run")
    with tempfile.TemporaryDirectory(prefix="athena-steps-") as temporary:
        folder = args.folder or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name in chosen:
            run(str(pathlib.Path(args.athena).absolute()), name, folder, args.fidelity, changes)
        print_tables(folder, changes)


if __name__ == "__main__":
    main()
