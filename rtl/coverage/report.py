#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Coverage of the RTL: a table by file, then each hole with its reason (docs/rtl-verification.md).

Usage: report.py --bins FILE --reasons FILE DATA…   bins of `athena cosim --bins`, data files of Verilator
Exit status: 0; 1 with lines below 95 %, a hole without a reason, or a reason without a hole; 2 of other input."""
import argparse
import collections
import os
import re
import sys

import holes
import points

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
LEAST_LINES = 95  # percent


def source_line(file, line):
    with open(os.path.join(ROOT, file), encoding="utf-8") as source:
        return source.read().splitlines()[line - 1]


def read_bins(text):
    """Names of the bins that can be hit, and of those of them that are not."""
    counts = dict(re.findall(r"^(.*\S) (\d+)$", re.sub(r"^.* excluded: .*$", "", text, flags=re.M), re.M))
    return list(counts), sorted(name for name, count in counts.items() if count == "0")


def percent(part, all_of_it):
    return 100 * part / all_of_it if all_of_it else 100


def table(coverage):
    """Rows of file, lines hit, lines, toggles hit, toggles; the last one is their sum."""
    rows = collections.defaultdict(lambda: [0, 0, 0, 0])
    for (file, _), stands_for in coverage.lines.items():
        rows[file][0] += all(stands_for.values())
        rows[file][1] += 1
    for (file, _), bits in coverage.toggles.items():
        rows[file][2] += sum(bits.values())
        rows[file][3] += len(bits)
    total = [sum(column) for column in zip(*rows.values())] or [0, 0, 0, 0]
    return [(file, *counts) for file, counts in sorted(rows.items())] + [("rtl/", *total)]


def print_table(rows, bins, missed):
    print(f"{'file':40} {'lines':>15} {'%':>6} {'toggles':>15} {'%':>6}")
    for file, lines, all_lines, toggles, all_toggles in rows:
        print(f"{file:40} {lines:>7}/{all_lines:<7} {percent(lines, all_lines):6.1f} "
              f"{toggles:>7}/{all_toggles:<7} {percent(toggles, all_toggles):6.1f}")
    print(f"bins of the co-simulation's commands: {len(bins) - len(missed)}/{len(bins)}, "
          f"{percent(len(bins) - len(missed), len(bins)):.2f} %")


def report(coverage, bins_text, reasons):
    """Prints all; returns what is wrong, a line each."""
    bins, missed = read_bins(bins_text)
    rows = table(coverage)
    print_table(rows, bins, missed)
    lines, stale_lines = holes.explain_lines(coverage, source_line, reasons["lines"])
    toggles, stale_toggles = holes.explain_toggles(coverage, reasons["toggles"])
    functional, stale_bins = holes.explain_bins(missed, reasons["bins"])
    found = [(f"{file}:{line}: {text}", reason) for file, line, text, reason in lines]
    found += [(f"{file}: {names}", reason) for file, names, reason in toggles]
    found += [(f"bin {name}", reason) for name, reason in functional]
    print(f"\n{len(lines)} lines, {len(holes.toggle_holes(coverage))} toggles and {len(missed)} bins are not hit:")
    for hole, reason in found:
        print(f"{hole}\n    {reason or 'NO REASON'}")
    wrong = [f"no reason for a hole: {hole}" for hole, reason in found if reason is None]
    wrong += [f"stale reason: {name}" for name in stale_lines + stale_toggles + stale_bins]
    share = percent(rows[-1][1], rows[-1][2])
    if share < LEAST_LINES:
        wrong.append(f"{share:.1f} % of the lines of rtl/ are hit, {LEAST_LINES} % should be")
    if not coverage.lines or not bins:
        wrong.append("nothing was counted")
    return wrong


def main():
    parser = argparse.ArgumentParser(description="Coverage of the RTL from data files")
    parser.add_argument("data", nargs="+")
    parser.add_argument("--bins", required=True)
    parser.add_argument("--reasons", default=os.path.join(ROOT, "rtl/coverage/reasons.json"))
    options = parser.parse_args()
    coverage = points.Coverage()
    try:
        for path in options.data:
            with open(path, encoding="utf-8") as data:
                coverage.read(data.read())
        with open(options.bins, encoding="utf-8") as bins:
            wrong = report(coverage, bins.read(), holes.load(options.reasons))
    except (OSError, ValueError, KeyError) as error:
        print(f"coverage: {error}", file=sys.stderr)
        return 2
    for line in wrong:
        print(f"coverage: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
