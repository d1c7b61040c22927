# SPDX-License-Identifier: Apache-2.0
"""The expressions of a file that decide what the hardware does: right sides, conditions, inputs of instances."""
from dataclasses import dataclass, field

import expression
from idle import idle_names, target_name

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
    tokens: range    # that the statement has: left and right side, or the condition
    sets: list = field(default_factory=list)  # names that are set under the condition, or else


class Finder:
    def __init__(self, text):
        self.source = text
        self.text = expression.blank_comments(text)
        self.text = "\n".join(" " * len(line) if line.lstrip().startswith("`") else line
                              for line in self.text.split("\n"))
        self.tokens = expression.tokens_of(self.text)
        self.match = self.matching()
        self.regions, self.skipped = [], 0
        self.assertions = set()  # tokens of assertions and of their conditions

    def matching(self):
        stack, match = [], {}
        for index, token in enumerate(self.tokens):
            if token.text in OPEN:
                stack.append(index)
            elif token.text in OPEN.values():
                match[stack.pop()] = index
        return match

    def add(self, kind, begin, end, target, statement=None):
        """The tokens [begin, end) of a statement that begins there or before."""
        if begin >= end or self.tokens[begin].text == "'{":
            return
        try:
            node = expression.Parser(self.tokens, begin, end).whole()
        except ValueError:
            self.skipped += 1
            return
        self.regions.append(Region(kind, node.begin, node.end, node, target,
                                   range(begin if statement is None else statement, end)))

    def find(self):
        statement, index = 0, 0  # where the statement at hand begins
        while index < len(self.tokens):
            text = self.tokens[index].text
            if text == "initial":  # contents of L1 for simulation
                index = self.statement_end(index)
                statement = index
                continue
            if text in ("assert", "assume"):
                start, index = index, self.over_header(index)
                statement = index
                self.assertions.update(range(start, index))
                continue
            if text in ("for", "case", "function", "module", "task", "#"):
                index = self.over_header(index)
                statement = index
                continue
            if text == "if":
                close = self.match[index + 1]
                if self.is_for_assertion(close):
                    self.assertions.update(range(index, close))
                else:
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
                    self.add("assign", index + 1, end, " ".join(left.split()), statement)
                index = end
                statement = index + 1
            index += 1
        idle = idle_names(self)
        for region in self.regions:
            region.sets = self.names_set(region)
        return [region for region in self.regions
                if self.worth(region) and not (region.sets and set(region.sets) <= idle)]

    def names_set(self, region):
        """Of an assignment its name, of a condition those under it or its else."""
        if region.kind != "condition":
            return [target_name(region)]
        body = range(region.tokens.stop, self.branches_end(region.tokens.stop + 1))
        return [target_name(other) for other in self.regions if other.kind == "assign" and other.tokens.start in body]

    def branches_end(self, index):
        """Behind the statement that begins there, and its else."""
        if self.text_at(index) == "if":
            end = self.branches_end(self.match[index + 1] + 1)
        else:
            end = self.statement_end(index)
        if self.text_at(end) == "else":
            end = self.branches_end(end + 1)
        return end

    def text_at(self, index):
        return self.tokens[index].text if index < len(self.tokens) else ""

    def over_header(self, index):
        """Behind the parentheses of assert, assume, for, case, a module's or a function's header."""
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
            if index == len(self.tokens) or (depth == 0 and text in ("end", ";")):
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
            return text not in ("!rst_ni", "en_i", "active") and not constant
        if region.kind == "input":
            return region.node.kind in ("binary", "unary", "ternary", "number")
        return True
