# SPDX-License-Identifier: Apache-2.0
"""What a run has reached, and what it must reach: it fails if a cell of these tables is empty.

Instructions are counted where they surely ran: in the parts of a sequence that no branch skips, in
cases that came to their last instruction without a jump to nowhere on the way.
"""
from collections import Counter

import encode
from operand_classes import classify
from privileged import READABLE

U, S, M = 0, 1, 3
INTERRUPT = 1 << 63
SIGNED = ("zero", "subnormal", "normal", "infinity")
CLASSES = [sign + name for name in SIGNED for sign in "+-"] + ["quiet", "signaling"]
MODES = [f"{kind} {mode}" for kind in ("static", "dyn") for mode in range(5)]
RESERVED = ["static 5", "dyn 5", "dyn 6", "dyn 7"]
PLACEMENTS = ("4 KiB", "2 MiB", "1 GiB", "misaligned", "root", "middle", "bare")


def _names(matches):
    return [encode.MNEMONIC[match] for match in matches]


ROUNDED = (_names([match for match, _ in encode.FP_ROUND]) + _names(encode.FP_FUSED) +
           _names(encode.FP_TO_INT_ROUND))
PLAIN = _names([match for match, _ in encode.FP_PLAIN + encode.FP_TO_INT])
MEMORY = _names(encode.LOADS + encode.STORES + encode.FLOAT_LOADS + encode.FLOAT_STORES +
                encode.AMOS) + ["lr.w", "lr.d", "sc.w", "sc.d"]
INTEGER = _names(encode.ALU_R + encode.ALU_I + [match for match, _ in encode.SHIFTS]) + [
    "lui", "auipc"]


def is_double(mnemonic):
    """The format of what an operation reads."""
    return mnemonic.rsplit(".", 1)[1] == "d"


def _operands():
    for match, unary in encode.FP_ROUND + encode.FP_PLAIN + encode.FP_TO_INT:
        name = encode.MNEMONIC[match]
        if match >> 28 not in (0xD, 0xF):  # from integer registers
            yield name, 1
            if not unary:
                yield name, 2
    for match in encode.FP_FUSED:
        for position in (1, 2, 3):
            yield encode.MNEMONIC[match], position
    for match in encode.FP_TO_INT_ROUND:
        yield encode.MNEMONIC[match], 1


def required_traps():
    for cause in (1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 13, 15):
        modes = {8: "U", 9: "S", 11: "M", 12: "US"}.get(cause, "USM")
        for mode in modes:
            yield cause, mode, "M"
            if mode != "M":
                yield cause, mode, "S"
    for number in (1, 5, 9):
        for mode in "USM":
            yield INTERRUPT | number, mode, "M"
            if mode != "M":
                yield INTERRUPT | number, mode, "S"
    yield INTERRUPT | 3, "M", "M"
    yield INTERRUPT | 7, "M", "M"


class Coverage:
    def __init__(self):
        self.cells = Counter()
        self.traps = Counter()
        self.entered = Counter()
        self.pmp = set()

    def add(self, program, comparison):
        """One program's cases and records."""
        runs = Counter()
        for index in comparison.complete:
            case = program.cases[index]
            runs[case.sequence] += 1
            f = case.words["f"]
            for kind, *cell in case.sequence.coverage:
                if kind == "operand":
                    name, position, register = cell
                    value = classify(f[register], is_double(name))
                    self.cells["operand", name, position, value] += 1
        for sequence, count in runs.items():
            for cell in sequence.coverage:
                if cell[0] != "operand":
                    self.cells[cell] += count
        for case in program.cases:
            self.cells["table", case.placement, "USHM"[case.mode]] += 1
            if case.words["SATP"]:
                self.cells["satp", case.words["SATP"] >> 60] += 1
        self.traps += comparison.traps
        self.entered += comparison.entered
        if program.pmp:
            self.pmp |= program.pmp.coverage

    def join(self, other):
        self.cells += other.cells
        self.traps += other.traps
        self.entered += other.entered
        self.pmp |= other.pmp

    def tables(self, complete):
        """(name, {cell: count}) of all that must be reached."""
        cells = self.cells
        yield "rounded operations x rounding modes", {
            (name, mode): cells["rounding", name, mode] for name in ROUNDED for mode in MODES}
        yield "reserved rounding modes", {
            mode: sum(cells["rounding", name, mode] for name in ROUNDED) for mode in RESERVED}
        yield "floating-point operands x classes", {
            (name, position, value): cells["operand", name, position, value]
            for name, position in _operands()
            for value in CLASSES + ([] if is_double(name) else ["unboxed"])}
        yield "other floating-point operations", {name: cells["float", name] for name in PLAIN}
        yield "integer operations", {name: cells["integer", name] for name in INTEGER}
        yield "compressed forms", {kind: cells["compressed", kind] for kind in range(11)}
        yield "memory operations", {name: cells["memory", name] for name in MEMORY}
        yield "CSRs read", {f"{number:#x}": cells["csr read", number] for number in READABLE}
        yield "kinds of CSR writes", {kind: cells["csr write", kind] for kind in range(12)}
        yield "returns", {(name, mode): cells["return", name, mode]
                          for name in ("mret", "sret") for mode in "US"}
        yield "patched code, counters", {
            name: cells[cell] for name, cell in (
                ("patched", ("patched code",)), ("minstret", ("counters", 0xB02)),
                ("instret", ("counters", 0xC02)))}
        yield "trap causes x privilege x handler", {
            cell: self.traps[cell] for cell in required_traps()}
        yield "trap vectors", {
            cell: self.entered[cell]
            for cell in [("M", slot) for slot in (0, 1, 3, 5, 7, 9)] +
            [("S", 4 * slot) for slot in (0, 1, 5, 9)]}
        yield "page-table levels x privilege", {
            (place, mode): cells["table", place, mode]
            for place in PLACEMENTS for mode in "US"}
        yield "satp modes", {mode: cells["satp", mode] for mode in (8, 9)}
        permissions = (0, 1, 3, 4, 5, 7)
        wanted = [(mode, bits, "not locked") for mode in ("TOR", "NA4", "NAPOT")
                  for bits in permissions]
        if complete:
            wanted += [(mode, bits, "locked") for mode, bits, _ in wanted]
        yield "PMP modes x permissions x lock", {cell: int(cell in self.pmp) for cell in wanted}
        yield "locked PMP modes", {
            mode: sum(cell[0] == mode and cell[2] == "locked" for cell in self.pmp)
            for mode in ("TOR", "NA4", "NAPOT")}

    def report(self, complete):
        """Lines of a table, and the cells that were not reached."""
        lines, missing = [], []
        for name, cells in self.tables(complete):
            empty = [cell for cell, count in cells.items() if count == 0]
            missing += [f"{name}: {cell}" for cell in empty]
            lines.append(f"  {name}: {len(cells) - len(empty)} of {len(cells)} cells, "
                         f"{min(cells.values())} to {max(cells.values())} times")
        lines.append("  traps, by cause (rows) and privilege:handler")
        causes = sorted({cause for cause, _, _ in self.traps})
        columns = ("U:M", "U:S", "S:M", "S:S", "M:M")
        lines.append("    cause        " + "".join(f"{column:>10}" for column in columns))
        for cause in causes:
            text = f"interrupt {cause & 63}" if cause & INTERRUPT else f"{cause}"
            counts = "".join(f"{self.traps[cause, column[0], column[2]]:>10}"
                             for column in columns)
            lines.append(f"    {text:<13}{counts}")
        return lines, missing
