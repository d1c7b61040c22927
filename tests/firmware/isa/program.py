# SPDX-License-Identifier: Apache-2.0
"""A directed program: its assembler text, and what its results mean."""
import struct
from dataclasses import dataclass, field
from typing import Callable


@dataclass
class Section:
    """A part of the results: `count` records of named 64-bit words, or of bytes (one nameless)."""
    count: int
    words: tuple[str, ...]  # names; () for bytes
    describe: Callable[[int], str]  # what record i is of
    # What the specification wants in record i, from QEMU's words, where the two differ: a list of
    # the words, None for one that is not compared. docs/hart.md lists these places.
    correct: Callable[[int, list[int]], list[int]] | None = None

    @property
    def size(self):
        return self.count * max(1, 8 * len(self.words))

    def differences(self, expected, actual):
        """Yields (record, text)."""
        if expected == actual and self.correct is None:
            return
        if not self.words:
            for i in range(self.count):
                if expected[i] != actual[i]:
                    yield i, f"QEMU's fcsr {expected[i]:#04x}, here {actual[i]:#04x}"
            return
        record = struct.Struct(f"<{len(self.words)}Q")
        pairs = zip(record.iter_unpack(expected), record.iter_unpack(actual))
        for i, (qemu, found) in enumerate(pairs):
            wanted = qemu
            if self.correct:  # also where both are the same: both may be wrong
                wanted = self.correct(i, list(qemu))
            if tuple(wanted) == found:
                continue
            texts = [f"{'QEMU' if x == q else 'specification'}'s {name} {x:#x}, here {y:#x}"
                     for name, q, x, y in zip(self.words, qemu, wanted, found)
                     if x not in (None, y)]
            if texts:
                yield i, "; ".join(texts)


@dataclass
class Program:
    name: str
    source: str  # defines `run`, which stores the results from begin_signature on
    sections: list[Section]
    operations: set[str] = field(default_factory=set)  # mnemonics that it executes
    files: dict[str, bytes] = field(default_factory=dict)  # that the source includes

    @property
    def result_size(self):
        return sum(section.size for section in self.sections)

    @property
    def comparisons(self):
        return sum(section.count * max(1, len(section.words)) for section in self.sections)

    def differences(self, expected, actual):
        """Yields (section, record, text) for each record that differs."""
        start = 0
        for section in self.sections:
            end = start + section.size
            for i, text in section.differences(expected[start:end], actual[start:end]):
                yield section, i, text
            start = end

    def report(self, expected, actual, most=20):
        """Lines that name what differs, and the number of records that do."""
        lines, count = [], 0
        for section, record, text in self.differences(expected, actual):
            if count < most:
                lines.append(f"{self.name}: {section.describe(record)}: {text}")
            count += 1
        return lines, count
