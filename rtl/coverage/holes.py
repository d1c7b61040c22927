# SPDX-License-Identifier: Apache-2.0
"""Holes of coverage and their written reasons (reasons.json). A reason names a line by its text, bits of a signal as in
SystemVerilog, `name[7:4]`, or `name[*][7:4]` of all entries of an array; it holds for holes only, and all holes need one."""
import itertools
import json
import re


def line_holes(coverage):
    """(file, line) where one of the points that stand for the line is not hit."""
    return sorted(place for place, points in coverage.lines.items() if not all(points.values()))


def toggle_holes(coverage):
    """(file, signal, bit) of the bits that never change."""
    return sorted((file, signal, bit) for (file, signal), bits in coverage.toggles.items()
                  for bit, hit in bits.items() if not hit)


def load(path):
    with open(path, encoding="utf-8") as source:
        reasons = json.load(source)
    for entry in reasons["lines"] + reasons["toggles"] + reasons["bins"]:
        if len(entry["reason"].split()) < 4:
            raise ValueError(f"{path}: not a reason: '{entry['reason']}'")
    return reasons


def explain_lines(coverage, source, reasons):
    """The holes with their reasons, (file, line, text, reason or None), and the entries that fit no hole.
    source: (file, line) -> text."""
    explained, used = [], set()
    for file, line in line_holes(coverage):
        text = source(file, line).strip()
        reason = None
        for index, entry in enumerate(reasons):
            if entry["file"] == file and text in entry["lines"]:
                reason = entry["reason"]
                used.add((index, text))
        explained.append((file, line, text, reason))
    stale = [f"{entry['file']}: no hole: {text}" for index, entry in enumerate(reasons)
             for text in entry["lines"] if (index, text) not in used]
    return explained, stale


def bits_of(pattern, bits):
    """Of the bits of a signal those that the indices of a pattern name: '[*][7:4]'."""
    wanted = re.findall(r"\[([^\]]*)\]", pattern)
    def fits(bit):
        return len(bit) >= len(wanted) and all(
            index == "*" or int(index.split(":")[-1]) <= place <= int(index.split(":")[0])
            for index, place in zip(wanted, bit))
    return {bit for bit in bits if fits(bit)}


def explain_toggles(coverage, reasons):
    """(file, names of the bits, reason or None) of all holes, those of an entry together, and the entries that name a
    bit that is none or toggles."""
    holes, explained, stale = set(toggle_holes(coverage)), [], []
    left = set(holes)
    for entry in reasons:
        for pattern in entry["signals"]:
            signal = pattern.partition("[")[0]
            bits = coverage.toggles.get((entry["file"], signal), {})
            named = {(entry["file"], signal, bit) for bit in bits_of(pattern, bits)}
            if not named:
                stale.append(f"{entry['file']}: no such bits: {pattern}")
            for file, _, bit in sorted(named - holes):
                stale.append(f"{file}: toggles: {bit_name(signal, bit)}")
            left -= named
        explained.append((entry["file"], ", ".join(entry["signals"]), entry["reason"]))
    for (file, signal), bits in itertools.groupby(sorted(left), lambda hole: hole[:2]):
        explained.append((file, ", ".join(ranges(signal, [bit for _, _, bit in bits])), None))
    return sorted(explained, key=lambda hole: (hole[0], hole[2] is None)), stale


def explain_bins(missed, reasons):
    """(name, reason or None) of all missed bins, and names that are hit or are none."""
    by_name = {name: entry["reason"] for entry in reasons for name in entry["names"]}
    return ([(name, by_name.get(name)) for name in missed],
            [f"no bin that is missed: {name}" for name in by_name if name not in missed])


def bit_name(signal, bit):
    return signal + "".join(f"[{index}]" for index in bit)


def ranges(signal, bits):
    """(0, 3), (0, 4), (1, 7) -> 's[0][4:3]', 's[1][7]'"""
    names = []
    for prefix, group in itertools.groupby(sorted(bits), lambda bit: bit[:-1]):
        last = [bit[-1] for bit in group if bit]
        if not last:
            names.append(signal)
        for _, run in itertools.groupby(enumerate(last), lambda pair: pair[1] - pair[0]):
            run = [value for _, value in run]
            span = f"[{run[-1]}:{run[0]}]" if len(run) > 1 else f"[{run[0]}]"
            names.append(bit_name(signal, prefix) + span)
    return names
