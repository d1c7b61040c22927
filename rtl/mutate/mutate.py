#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants faults in copies of SystemVerilog files; which one is active is chosen at run time.

    mutate.py --out FOLDER [--seed N] [--faults N] FILE…

Every chosen fault becomes a choice in the copy: `(mutant_pkg::selected == 17 ? faulty : original)`.
mutant_pkg asks athena_mutant() (active.cpp) once, so no testbench has to know of it. FOLDER/faults.json lists
the faults. The choice depends on the seed and on the text around a fault only: an edit elsewhere leaves it as it is.
"""
import argparse
import hashlib
import json
import re
from collections import Counter
from pathlib import Path

from faults import faults_of
from regions import Finder

PACKAGE = """// Which planted fault is active: its number, or 0.
package mutant_pkg;
  import "DPI-C" function int athena_mutant();
  int selected /* verilator public_flat_rd */ = athena_mutant();
endpackage
"""
# Verification code, not hardware: its negative tests are in tests/unit/rtl.
CHECKERS = re.compile(r"check\.sv$")
HARDWARE = {"athena_tile_check.sv"}
LEAST = 5  # faults of a file that has so many places
EACH_REGION = 2


def enumerators_of(text):
    names = {}
    for match in re.finditer(r"typedef\s+enum[^{]*\{([^}]*)\}", text):
        values = [name.strip().split()[0] for name in match[1].split(",")]
        names.update({value: values for value in values})
    return names


class File:
    def __init__(self, path, seed):
        self.path, self.text = path, path.read_text()
        finder = Finder(self.text)
        self.regions, self.unread = finder.find(), finder.skipped
        enumerators = enumerators_of(finder.text)
        self.candidates = []  # (order, region, fault)
        for region in self.regions:
            source = " ".join(self.text[region.begin:region.end].split())
            for number, fault in enumerate(faults_of(region, finder.text, enumerators)):
                key = f"{seed}|{path.name}|{region.target}|{source}|{number}|{fault.rule}|{fault.text}"
                self.candidates.append((hashlib.sha256(key.encode()).hexdigest(), region, fault))
        # Rule by rule in turn, so that each has its part.
        place = Counter()
        ordered = []
        for candidate in sorted(self.candidates, key=lambda c: c[0]):
            place[candidate[2].rule] += 1
            ordered.append((place[candidate[2].rule], candidate[0], *candidate[1:]))
        self.candidates = sorted(ordered, key=lambda c: c[:2])

    def choose(self, count):
        chosen, used, texts = [], Counter(), set()
        for _, _, region, fault in self.candidates:
            text = self.mutated(region, fault)
            if len(chosen) < count and used[region.begin] < EACH_REGION and (region.begin, text) not in texts:
                chosen.append((region, fault))
                used[region.begin] += 1
                texts.add((region.begin, text))
        return chosen

    def mutated(self, region, fault):
        return self.text[region.begin:fault.begin] + fault.text + self.text[fault.end:region.end]

    def planted(self, chosen):
        """The file's text; chosen: (number, region, fault)."""
        text = self.text
        for begin in sorted({region.begin for _, region, _ in chosen}, reverse=True):
            here = [entry for entry in chosen if entry[1].begin == begin]
            region = here[0][1]
            choice = f"({self.text[region.begin:region.end]})"
            for number, _, fault in here:
                choice = f"(mutant_pkg::selected == {number} ? ({self.mutated(region, fault)}) : {choice})"
            text = text[:region.begin] + choice + text[region.end:]
        return text


def share(files, count):
    """How many faults of each file: by the number of its places, at least LEAST."""
    places = [len(file.candidates) for file in files]
    total = sum(places)
    return [min(number, max(LEAST, round(count * number / total))) for number in places]


def describe(number, file, region, fault):
    one_line = lambda text: " ".join(text.split())
    return {"fault": number, "file": file.path.name, "line": file.text.count("\n", 0, fault.begin) + 1,
            "rule": fault.rule, "target": region.target or next(iter(region.sets), ""),
            "original": one_line(file.text[region.begin:region.end]),
            "planted": one_line(file.mutated(region, fault))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=220)
    parser.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()

    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "mutant_pkg.sv").write_text(PACKAGE)
    hardware = [path for path in options.files if not CHECKERS.search(path.name) or path.name in HARDWARE]
    for path in set(options.files) - set(hardware):
        (options.out / path.name).write_text(path.read_text())
    files = [File(path, options.seed) for path in hardware]
    listed, number = [], 0
    for file, count in zip(files, share(files, options.faults)):
        chosen = []
        for region, fault in file.choose(count):
            number += 1
            chosen.append((number, region, fault))
            listed.append(describe(number, file, region, fault))
        (options.out / file.path.name).write_text(file.planted(chosen))
    (options.out / "faults.json").write_text(json.dumps({"seed": options.seed, "faults": listed}, indent=1, ensure_ascii=False) + "\n")
    rules = Counter(entry["rule"] for entry in listed)
    unread = sum(file.unread for file in files)
    print(f"{number} faults in {len(files)} files of {sum(len(f.candidates) for f in files)} possible: "
          + ", ".join(f"{count} {rule}" for rule, count in sorted(rules.items())) + f"; {unread} expressions not read")


if __name__ == "__main__":
    main()
