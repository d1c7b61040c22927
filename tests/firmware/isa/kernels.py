# SPDX-License-Identifier: Apache-2.0
"""Programs that run small pieces of code, kernels, over tables of operands (kernels.S).

A kernel finds a0, a1, a2 and, with the same bits, fa0, fa1, fa2; it leaves its result in a3. It may
change a0 to a7, t0 to t6, fa0 to fa7. Its result, and the fcsr it leaves, are recorded; if it traps,
a3 as it was, and what the trap left in the CSRs.
"""
import bisect
import re
from collections.abc import Callable
from dataclasses import dataclass

from operations import BY_MNEMONIC
from program import Program, Section

ZERO = (0,)
MODES = ("rne", "rtz", "rdn", "rup", "rmm")


@dataclass(frozen=True)
class Case:
    """One kernel over every combination of its operands, or, zipped, over triples of them."""
    text: str  # the instruction that is named where it differs
    body: str = ""  # the text itself unless given
    a: tuple[int, ...] = ZERO
    b: tuple[int, ...] = ZERO
    c: tuple[int, ...] = ZERO
    fcsr: int = 0
    zipped: bool = False
    traps: bool = False
    # (operands, words of QEMU's record) to the words that the specification wants.
    correct: Callable | None = None

    def __post_init__(self):
        if not self.body:
            object.__setattr__(self, "body", self.text)

    @property
    def count(self):
        return len(self.a) if self.zipped else len(self.a) * len(self.b) * len(self.c)

    def operands(self, index):
        if self.zipped:
            return self.a[index], self.b[index], self.c[index]
        rest, k = divmod(index, len(self.c))
        i, j = divmod(rest, len(self.b))
        return self.a[i], self.b[j], self.c[k]

    def describe(self, index):
        values = list(self.operands(index))
        tables = [self.a, self.b, self.c]
        while tables and tables[-1] == ZERO:
            tables.pop()
            values.pop()
        mode = self.fcsr >> 5
        frm = f" frm={MODES[mode] if mode < len(MODES) else mode}" if self.fcsr else ""
        return f"{self.text}{frm} operands {' '.join(f'{value:#018x}' for value in values)}"


def floating(text, body=None, **tables):
    """A case whose result is in fa3."""
    return Case(text, (body or text) + "\n    fmv.x.d a3, fa3", **tables)


def mnemonics(text):
    """The operations that assembler text names."""
    return {word for word in re.findall(r"^\s*(?:\d+:)?\s*([a-z][a-z0-9.]*)", text, re.M)
            if strip_order(word) in BY_MNEMONIC}


def strip_order(mnemonic):
    return re.sub(r"\.(aq|rl|aqrl)$", "", mnemonic)


class _Tables:
    def __init__(self):
        self.labels = {}

    def label(self, values):
        return self.labels.setdefault(values, f"table{len(self.labels)}")

    def text(self):
        lines = []
        for values, label in self.labels.items():
            lines.append(f"{label}:")
            for start in range(0, len(values), 8):
                lines.append("    .dword " + ", ".join(map(hex, values[start:start + 8])))
            lines.append(f"{label}_end:")
        return "\n".join(lines)


def _sections(cases, traps):
    """Results, then flags, or records of both and of the trap."""
    chosen = [case for case in cases if case.traps == traps]
    starts, total = [], 0
    for case in chosen:
        starts.append(total)
        total += case.count

    def locate(index):
        place = bisect.bisect_right(starts, index) - 1
        return chosen[place], index - starts[place]

    def describe(index):
        case, place = locate(index)
        return case.describe(place)

    def correct(index, words):
        case, place = locate(index)
        return case.correct(case.operands(place), words) if case.correct else words

    if total == 0:
        return []
    if traps:
        return [Section(total, ("result", "fcsr", "mcause", "mepc", "mtval"), describe,
                        correct if any(case.correct for case in chosen) else None)]
    return [Section(total, ("result",), describe), Section(total, (), describe)]


def kernel_program(name, cases, data=""):
    """`data`: assembler text for section .data."""
    tables = _Tables()
    code, entries = [], []
    for i, case in enumerate(cases):
        code.append(f"kernel{i}:\n    {case.body}\n    ret")
        labels = []
        for values in (case.a, case.b, case.c):
            label = tables.label(tuple(values))
            labels += [label, f"{label}_end"]
        mode = int(case.zipped) | int(case.traps) << 1
        entries.append(f"    .dword kernel{i}, {case.fcsr:#x}, {mode}, {', '.join(labels)}")
    plain = sum(case.count for case in cases if not case.traps)
    newline = "\n"
    source = f"""#include "kernels.S"
    .text
    .option norelax
{newline.join(code)}
    .data
    .balign 8
    .global cases, cases_end, flags_offset, records_offset
flags_offset: .dword {plain * 8}
records_offset: .dword {plain * 9}
cases:
{newline.join(entries)}
cases_end:
{tables.text()}
{data}
"""
    used = {strip_order(word) for case in cases for word in mnemonics("    " + case.body)}
    return Program(name, source, _sections(cases, False) + _sections(cases, True), used)
