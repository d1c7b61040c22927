# SPDX-License-Identifier: Apache-2.0
"""From a sequence's parts to its code: an order, jumps between what does not follow, and the words.

An item of a part is a word of code, or a tuple: what to encode once places are known.
"""
from encode import *  # noqa: F403
from layout import RECOVERIES


class CodeLayout:
    """Of a Sequence."""

    def _lay_out(self):
        rng = self.rng
        order = list(range(len(self.parts)))
        if rng.random() < 0.9:
            rng.shuffle(order)
        items = []  # (part that starts here or None, item)
        for position, index in enumerate(order):
            body = self.parts[index]
            for place, item in enumerate(body or [FENCE]):
                items.append((index if place == 0 else None, item))
            if index in self.skips:
                items.append((None, ("branch", *self.skips[index])))
            if index in self.loops:
                items.append((None, i_type(ADDI, self.counter, self.counter, -1)))
                items.append((None, ("loop", self.loops[index])))
            last = index == len(self.parts) - 1
            follows = position + 1 < len(order) and order[position + 1] == index + 1
            if not last and (not follows or rng.random() < 0.1):
                kind = rng.choices(("jal", "c.j", "jalr"), (4, 4, 2))[0]
                items.append((None, (kind, index + 1, rng.choice(self.data))))
        starts, offsets, offset = {}, [], 0
        for part, item in items:
            if part is not None:
                starts[part] = offset
            offsets.append(offset)
            offset += self._size(item)
        self.size = offset
        self._encode(items, offsets, starts)
        self.entry = starts[0]
        self.end = starts[len(self.parts) - 1]
        self.recovery = [starts[rng.randrange(1, len(self.parts))] for _ in range(RECOVERIES)]

    @staticmethod
    def _size(item):
        if isinstance(item, int):
            return 4 if item & 3 == 3 else 2
        kind = item[0]
        if kind == "hold":
            return 4
        if kind == "mark":
            return 0
        if kind in ("jalr", "patch", "constant"):
            return 8
        return 2 if kind == "c.j" or (kind == "skip" and item[1] == "c") else 4

    def _encode(self, items, offsets, starts):
        code = bytearray()
        self.positions = []  # where an instruction starts
        mark = 0
        offsets = offsets + [self.size]
        for index, (_, item) in enumerate(items):
            here = offsets[index]
            if isinstance(item, int):
                code += item.to_bytes(4 if item & 3 == 3 else 2, "little")
                self.positions.append(here)
                continue
            kind = item[0]
            if kind == "mark":
                mark = here
                continue
            if kind == "hold":
                words = [item[1]]
                self.unstoppable.add(here)
            elif kind == "branch":
                words = [b_type(item[1], self.any(), self.any(), starts[item[2]] - here)]
            elif kind == "loop":
                words = [b_type(0x4063, 0, self.counter, starts[item[1]] - here)]
            elif kind == "again":
                words = [b_type(0x4063, 0, self.counter, mark - here)]
            elif kind == "jal":
                words = [jal(0, starts[item[1]] - here)]
            elif kind == "c.j":
                code += c_j(starts[item[1]] - here).to_bytes(2, "little")
                self.positions.append(here)
                continue
            elif kind == "jalr":
                away = starts[item[1]] - here
                low = (away & 0xFFF ^ 0x800) - 0x800
                words = [AUIPC | item[2] << 7 | (away - low & 0xFFFFF000),
                         i_type(JALR, 0, item[2], low)]
            elif kind == "patch":  # of the word after FENCE.I
                words = [AUIPC | item[1] << 7, s_type(0x2023, item[1], item[2], 12)]
            elif kind == "constant":
                words = load_immediate(item[1], item[2])
                if len(words) == 1:
                    words.append(i_type(ADDI, 0, 0, 0))
            elif kind == "slot":
                words = [item[1]]
                self.unstoppable.add(here)
            else:  # skip
                target = offsets[min(index + 1 + item[4], len(items))]
                if item[1] == "c":
                    code += c_branch(item[2], item[3], target - here).to_bytes(2, "little")
                    self.positions.append(here)
                    continue
                words = [b_type(item[1], item[2], item[3], target - here)]
            for i, word in enumerate(words):
                code += word.to_bytes(4, "little")
                self.positions.append(here + 4 * i)
        self.code = bytes(code)
