#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints gates, flip-flops and logic depth of the tile's modules and holds them to the recorded figures.

usage: synth.py [--quick] [--only MODULE ...] [--record REASON]

Tiles of 4x4 and 2x2 are synthesised, with --quick only that of 2x2, with --only those modules of it. The exit status is 1 if a
figure is more than 5 % above the recorded one (figures.json) or if yosys finds a latch, a loop of gates or a signal with no
driver or two; 77 without yosys. --record writes this run's figures and the reason why they are other ones.
docs/rtl-verification.md says what the figures mean.
"""

import argparse
import concurrent.futures
import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys

import netlist

FIGURES = pathlib.Path(__file__).resolve().parent / "figures.json"
SMALL, WHOLE = 2, 4
SCALED = (8, 16, 32)
TOLERANCE = 0.05
ARRAY, FEED = "athena_tile_array", "athena_tile_feed"
FIELDS = ("gates", "flip_flops", "depth")


def size_name(size):
    return f"{size}x{size}"


def figures_of(size, only):
    """A tile's figures as they are recorded: {module: {instances, gates, flip_flops, depth}}."""
    modules, depth, path = netlist.synthesise(size, only)
    figures = {name: dataclasses.asdict(module) for name, module in modules.items()}
    if not only:
        figures["tile"] = {"instances": 1, "depth": depth,
                           **{field: sum(module[field] for module in figures.values()) for field in ("gates", "flip_flops")}}
    return figures, path


def scale(name, small, whole, size):
    """A figure at size x size from those at 2x2 and 4x4.

    The array has Rows Cols units and 2 (Rows + Cols) operands. Everything else has a fixed part and one for each lane; but
    lines of L1, and with them the panels of a feed, grow with more than 16 lanes.
    """
    if name == ARRAY:
        units = (whole - 2 * small) / (WHOLE**2 - 2 * SMALL**2)
        return units * size**2 + (small - units * SMALL**2) / SMALL * size
    lane = (whole - small) / (WHOLE - SMALL)
    longer = max(1, size / 16) if name == FEED else 1
    return (small + lane * (size - SMALL)) * longer


def show(size, figures, path):
    print(f"{'tile of ' + size_name(size):24}{'instances':>10}{'gates':>10}{'flip-flops':>12}{'depth':>7}")
    for name, module in figures.items():
        print(f"{name:24}{module['instances']:10}{module['gates']:10}{module['flip_flops']:12}{module['depth']:7}")
    if "tile" in figures:
        print(f"longest path: {path[0]} to {path[1]}\nbeside it L1: {8 * netlist.L1_BYTES} bits of memory\n")


def show_scaled(small, whole):
    print(f"{'scaled: gates, flip-flops':24}" + "".join(f"{size_name(size):>20}" for size in SCALED))
    total = {size: [0, 0] for size in SCALED}
    for name in (name for name in whole if name != "tile"):
        row = ""
        for size in SCALED:
            scaled = [round(scale(name, small[name][field], whole[name][field], size)) for field in FIELDS[:2]]
            total[size] = [a + b for a, b in zip(total[size], scaled)]
            row += f"{scaled[0]:11}{scaled[1]:9}"
        print(f"{name:24}{row}")
    print(f"{'tile':24}" + "".join(f"{gates:11}{flip_flops:9}" for gates, flip_flops in total.values()))


def compare(size, now, recorded):
    """Lines about figures that grew, and about those that shrank."""
    grown, shrunk = [], []
    for name, module in now.items():
        for field in FIELDS:
            value, before = module[field], recorded.get(name, {}).get(field)
            what = f"{size}: {name}: {field.replace('_', '-')}"
            if before is None:
                grown.append(f"{what} {value}, not recorded")
            elif value > before * (1 + TOLERANCE):
                grown.append(f"{what} {value}, recorded {before}" + (f" ({value / before - 1:+.1%})" if before else ""))
            elif value < before * (1 - TOLERANCE):
                shrunk.append(f"{what} {value}, recorded {before} ({value / before - 1:+.1%})")
    return grown, shrunk


def judge(results, record):
    grown, shrunk = [], []
    for size, figures in results.items():
        more, less = compare(size, figures, record["figures"].get(size, {}))
        grown += more
        shrunk += less
    for line in shrunk:
        print(f"synth: smaller: {line}; record it, so that it does not grow back unseen")
    for line in grown:
        print(f"synth: FAILED: {line}; undo it, or say why: scripts/synth --record REASON", file=sys.stderr)
    version = yosys_version()
    if grown and version != record["tool"]:
        print(f"synth: recorded with {record['tool']}, this is {version}", file=sys.stderr)
    if not grown:
        print("synth: no figure is more than 5 % above the recorded one")
    return 1 if grown else 0


def yosys_version():
    return " ".join(subprocess.run(["yosys", "-V"], capture_output=True, text=True, check=True).stdout.split()[:2])


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tile of 2x2 only")
    parser.add_argument("--only", action="append", default=[], metavar="MODULE", help="this module of a tile of 2x2")
    parser.add_argument("--record", metavar="REASON", help="write the figures and why they are other ones")
    options = parser.parse_args()
    if options.record is not None and not options.record.strip():
        parser.error("--record wants a reason")
    if options.record and (options.quick or options.only):
        parser.error("--record is for all figures")
    return options


def main():
    options = parse_arguments()
    if not shutil.which("yosys"):
        print("synth: no yosys; install the Debian package yosys", file=sys.stderr)
        return 77
    sizes = [SMALL] if options.quick or options.only else [WHOLE, SMALL]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = {size: pool.submit(figures_of, size, options.only) for size in sizes}
        try:
            results = {size: run.result() for size, run in runs.items()}
        except netlist.Refused as error:
            print(f"synth: FAILED: {error}", file=sys.stderr)
            return 1
    missing = [name for name in options.only if name not in results[SMALL][0]]
    if missing:
        print(f"synth: no module {', '.join(missing)} below athena_tile", file=sys.stderr)
        return 2
    for size, (figures, path) in results.items():
        show(size, figures, path)
    if WHOLE in results:
        show_scaled(results[SMALL][0], results[WHOLE][0])
    named = {size_name(size): figures for size, (figures, _) in results.items()}
    if options.record:
        FIGURES.write_text(json.dumps({"tool": yosys_version(), "reason": options.record, "figures": named}, indent=1) + "\n")
        return 0
    return judge(named, json.loads(FIGURES.read_text()))


if __name__ == "__main__":
    sys.exit(main())
