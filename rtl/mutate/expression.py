# SPDX-License-Identifier: Apache-2.0
"""A reader of SystemVerilog expressions, as far as rtl/ uses them: enough to know what an operator's operands are."""
import re
from dataclasses import dataclass, field

TOKEN = re.compile(r"""
    (?P<space>\s+)
  | (?P<number>\d*'s?[bodhBODH][0-9a-fA-F_xzXZ]+|'[01](?![0-9a-zA-Z_])|\d[\d_]*)
  | (?P<name>[$`]?[A-Za-z_][A-Za-z0-9_$]*)
  | (?P<operator><<<|>>>|===|!==|<<|>>|<=|>=|==|!=|&&|\|\||::|\+:|-:|\*\*|'\{|~&|~\||~\^|[-+*/%&|^~!<>=?:;,.(){}\[\]@\#'])
""", re.X)

BINARY = {"||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, "<=": 7, ">": 7, ">=": 7,
          "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10}
UNARY = {"!", "~", "-", "+", "&", "|", "^"}
POSTFIX = {"[": "select", "(": "call", ".": "member", "'": "cast"}


@dataclass
class Token:
    kind: str
    text: str
    begin: int
    end: int


@dataclass
class Node:
    """kind: binary, unary, ternary, concat, number, name, group, select, call, member, cast or repeat; begin and end
    are places in the text."""
    kind: str
    begin: int
    end: int
    operator: Token | None = None
    parts: list = field(default_factory=list)
    fixed: bool = False  # must stay constant: a width, a bound, a replication count

    def walk(self, fixed=False):
        fixed = fixed or self.fixed
        if not fixed:
            yield self
        for part in self.parts:
            yield from part.walk(fixed)


def blank_comments(text):
    """Comments become spaces, so that places stay."""
    return re.sub(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\])*\"",
                  lambda match: re.sub(r"[^\n]", " ", match.group()), text, flags=re.S)


def tokens_of(text):
    tokens, place = [], 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if not match:
            raise ValueError(f"unknown character {text[place]!r} at {place}")
        if match.lastgroup != "space":
            tokens.append(Token(match.lastgroup, match.group(), match.start(), match.end()))
        place = match.end()
    return tokens


class Parser:
    """Precedence climbing over the tokens [begin, end)."""

    def __init__(self, tokens, begin, end):
        self.tokens, self.at, self.end = tokens, begin, end

    def peek(self):
        return self.tokens[self.at].text if self.at < self.end else ""

    def take(self, text=None):
        if self.at >= self.end or (text is not None and self.tokens[self.at].text != text):
            raise ValueError(f"expected {text}, found {self.peek()!r}")
        self.at += 1
        return self.tokens[self.at - 1]

    def whole(self):
        node = self.expression()
        if self.at != self.end:
            raise ValueError(f"unexpected {self.peek()!r}")
        return node

    def expression(self):
        condition = self.binary(1)
        if self.peek() != "?":
            return condition
        mark = self.take("?")
        yes = self.expression()
        self.take(":")
        no = self.expression()
        return Node("ternary", condition.begin, no.end, mark, [condition, yes, no])

    def binary(self, least):
        left = self.unary()
        while BINARY.get(self.peek(), 0) >= least:
            operator = self.take()
            right = self.binary(BINARY[operator.text] + 1)
            left = Node("binary", left.begin, right.end, operator, [left, right])
        return left

    def unary(self):
        if self.peek() in UNARY:
            operator = self.take()
            operand = self.unary()
            return Node("unary", operator.begin, operand.end, operator, [operand])
        return self.postfix(self.primary())

    def primary(self):
        token = self.take()
        if token.text == "(":
            inside = self.expression()
            return Node("group", token.begin, self.take(")").end, None, [inside])
        if token.text == "{":
            return self.concatenation(token)
        if token.kind == "number":
            return Node("number", token.begin, token.end, token)
        if token.kind == "name":
            end = token.end
            while self.peek() == "::":
                self.take()
                end = self.take().end
            return Node("name", token.begin, end, token)
        raise ValueError(f"unexpected {token.text!r}")

    def concatenation(self, brace):
        parts = [self.expression()]
        if self.peek() == "{":
            inner = self.take()
            parts[0].fixed = True
            inside = self.concatenation(inner)
            return Node("repeat", brace.begin, self.take("}").end, None, [parts[0], inside])
        while self.peek() == ",":
            self.take()
            parts.append(self.expression())
        return Node("concat", brace.begin, self.take("}").end, brace, parts)

    def postfix(self, node):
        while self.peek() in ("[", "(", ".", "'"):
            mark = self.take().text
            parts = [node]
            if mark == "[":
                first = self.expression()
                parts.append(first)
                if self.peek() in (":", "+:", "-:"):
                    first.fixed = self.take().text == ":"
                    parts.append(self.expression())
                    parts[-1].fixed = True
                end = self.take("]").end
            elif mark == "(":
                node.fixed = True
                parts.append(self.expression())
                while self.peek() == ",":
                    self.take()
                    parts.append(self.expression())
                parts[0].fixed = True
                end = self.take(")").end
                if self.tokens[self.at - 1].text == ")" and node.operator and node.operator.text.startswith("$"):
                    for part in parts:
                        part.fixed = True
            elif mark == ".":
                end = self.take().end
            else:  # a cast: width'(value)
                node.fixed = True
                self.take("(")
                parts.append(self.expression())
                end = self.take(")").end
            node = Node(POSTFIX[mark], node.begin, end, None, parts)
        return node
