# SPDX-License-Identifier: Apache-2.0
"""The expressions of a file that decide what the hardware does: right sides, conditions, inputs of instances."""
from dataclasses import dataclass

import expression

OPEN = {"(": ")", "[": "]", "{": "}", "'{": "}"}
STARTERS = {"begin", "end", "else", "endcase", "endtask", "endfunction", "always_comb", "initial", "endgenerate"}
DECLARATIONS = {"localparam", "parameter", "typedef", "import", "genvar", "input", "output", "int"}


@dataclass
class Region:
    kind: str        # assign, condition or input
    begin: int       # in the text
    end: int
    node: expression.Node
    target: str      # left side, or name of the input


class Finder:
    def __init__(self, text):
        self.text = expression.blank_comments(text)
        self.text = "\n".join(" " * len(line) if line.lstrip().startswith("`") else line
                              for line in self.text.split("\n"))
        self.tokens = expression.tokens_of(self.text)
        self.match = self.matching()
        self.regions, self.skipped = [], 0

    def matching(self):
        stack, match = [], {}
        for index, token in enumerate(self.tokens):
            if token.text in OPEN:
                stack.append(index)
            elif token.text in OPEN.values():
                match[stack.pop()] = index
        return match

    def add(self, kind, begin, end, target):
        """The tokens [begin, end)."""
        if begin >= end or self.tokens[begin].text == "'{":
            return
        try:
            node = expression.Parser(self.tokens, begin, end).whole()
        except ValueError:
            self.skipped += 1
            return
        self.regions.append(Region(kind, node.begin, node.end, node, target))

    def find(self):
        statement, index = 0, 0  # where the statement at hand begins
        while index < len(self.tokens):
            text = self.tokens[index].text
            if text == "initial":  # contents of L1 for simulation
                index = self.statement_end(index)
                statement = index
                continue
            if text in ("assert", "for", "case", "function", "module", "task", "#"):
                index = self.over_header(index)
                statement = index
                continue
            if text == "if":
                close = self.match[index + 1]
                if not self.is_for_assertion(close):
                    self.add("condition", index + 2, close, "")
                index = close + 1
                statement = index
                continue
            if text in (";", ":") or text in STARTERS:
                statement = index + 1
            elif text == "." and self.tokens[index + 1].kind == "name" and self.text_at(index + 2) == "(":
                close = self.match[index + 2]
                self.add("input", index + 3, close, self.tokens[index + 1].text)
                index = close
            elif text in OPEN and self.text_at(index + 1) != ".":  # an instance's connections are looked at
                index = self.match[index]
            elif text in ("=", "<="):
                end = index
                while self.text_at(end) != ";":
                    end = self.match[end] + 1 if end in self.match else end + 1
                if self.text_at(statement) not in DECLARATIONS:
                    left = self.text[self.tokens[statement].begin:self.tokens[index - 1].end]
                    self.add("assign", index + 1, end, " ".join(left.split()))
                index = end
                statement = index + 1
            index += 1
        return [region for region in self.regions if self.worth(region)]

    def text_at(self, index):
        return self.tokens[index].text if index < len(self.tokens) else ""

    def over_header(self, index):
        """Behind the parentheses of assert, for, case, a module's or a function's header."""
        text = self.tokens[index].text
        if text in ("module", "function", "task"):
            while self.text_at(index) != ";":
                index = self.match[index] + 1 if index in self.match else index + 1
            return index + 1
        while self.text_at(index) != "(":
            index += 1
        return self.match[index] + 1

    def statement_end(self, index):
        depth = 0
        while True:
            text = self.text_at(index)
            depth += (text == "begin") - (text == "end")
            index += 1
            if depth == 0 and text in ("end", ";"):
                return index

    def is_for_assertion(self, close):
        """The condition's body is nothing but an assertion."""
        index = close + 1
        if self.text_at(index) == "begin":
            index += 1
        return self.text_at(index).startswith("a_")

    def worth(self, region):
        text = self.text[region.begin:region.end]
        if region.kind == "condition":
            words = [node for node in region.node.walk() if node.kind == "name"]
            constant = all(self.text[node.begin].isupper() for node in words)
            return text != "!rst_ni" and not constant
        if region.kind == "input":
            return region.node.kind in ("binary", "unary", "ternary", "number")
        return True
