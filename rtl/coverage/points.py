# SPDX-License-Identifier: Apache-2.0
"""Coverage points of Verilator's data files, merged over runs, parameters and instances."""
import dataclasses
import os
import re


@dataclasses.dataclass
class Coverage:
    """lines: (file, line) -> {point: hit}, the points that stand for the line. toggles: (file, signal) -> {bit: hit},
    where a bit is a tuple of indices, () of a scalar."""
    lines: dict = dataclasses.field(default_factory=dict)
    toggles: dict = dataclasses.field(default_factory=dict)

    def read(self, text):
        """Adds the points of one data file. A point that any run, parameter or instance hits is hit."""
        for key, count in re.findall(r"^C '(.*)' (\d+)$", text, re.M):
            fields = dict(field.split("\x02", 1) for field in key.split("\x01") if field)
            file = product_file(fields["f"])
            if file is None:
                continue
            hit = int(count) != 0
            if fields["page"].startswith("v_toggle/"):
                signal, bit = split_bit(fields["o"])
                merge(self.toggles.setdefault((file, signal), {}), bit, hit)
            else:
                point = (int(fields["l"]), int(fields["n"]), fields["o"])
                for line in line_numbers(fields.get("S", "")):
                    merge(self.lines.setdefault((file, line), {}), point, hit)


def merge(points, point, hit):
    points[point] = points.get(point, False) or hit


def product_file(path):
    """The file by its name in the repository; None if it is no part of the product. A build's register files are
    those of rtl/regs."""
    path = path.replace(os.sep, "/")
    path = re.sub(r"^.*/generated/sv/", "rtl/regs/", path)
    found = re.search(r"(?:^|/)(rtl/(?:tile|common|regs)/[^/]+)$", path)
    return found.group(1) if found else None


def split_bit(name):
    """'entries_q[1][30]' -> ('entries_q', (1, 30))"""
    indices = re.search(r"((?:\[\d+\])*)$", name).group(1)
    return name[:len(name) - len(indices)], tuple(int(n) for n in re.findall(r"\d+", indices))


def line_numbers(ranges):
    """'16-18,21' -> 16, 17, 18, 21"""
    for part in filter(None, ranges.split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
