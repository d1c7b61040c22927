# SPDX-License-Identifier: Apache-2.0
"""The faults that can be planted in an expression, by rule. Each keeps the expression's width."""
import re
from dataclasses import dataclass

OPERATORS = {"&&": "||", "||": "&&", "+": "-", "-": "+", "==": "!=", "!=": "==", "&": "|", "|": "&", "^": "|",
             "<<": ">>", ">>": "<<", "*": "+"}
BOUNDS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


@dataclass
class Fault:
    rule: str
    begin: int  # what of the text is replaced
    end: int
    text: str


def other_number(text):
    """A neighbour of the constant, and the constant without its highest bit, of the same width; None where there is none."""
    match = re.fullmatch(r"(\d+)'([bdh])([0-9a-fA-F_]+)", text)
    if not match:
        return None, {"'0": "'1", "'1": "'0"}.get(text)
    width, base = int(match[1]), {"b": 2, "d": 10, "h": 16}[match[2]]
    value = int(match[3].replace("_", ""), base)
    limit = (1 << width) - 1
    write = {2: "{:b}", 10: "{}", 16: "{:x}"}[base]
    if width == 1:
        return None, f"1'{match[2]}{1 - value}"
    neighbour = value + 1 if value < limit else value - 1
    # Of the value's own bits: words are wider than their values, and bits far beyond have no reader.
    bits = value ^ (1 << max(0, value.bit_length() - 1))
    return (f"{width}'{match[2]}" + write.format(neighbour), f"{width}'{match[2]}" + write.format(bits))


def plain(node, text):
    """The text without parentheses, casts and selected bits around it, nor spaces."""
    while node.kind in ("group", "cast", "select"):
        node = node.parts[-1 if node.kind == "cast" else 0]
    return "".join(text[node.begin:node.end].split())


def widens(node, text):
    """A concatenation that begins with zeros: a value in a wider word, whose upper bits nobody need read."""
    return node.kind == "concat" and re.fullmatch(r"\d+'[bdh]0+", text[node.parts[0].begin:node.parts[0].end]) is not None


def choices_of_equals(region, text):
    """Comparisons by which a minimum, a maximum, the distance of two values or their difference down to 0 is chosen.
    Where the values are equal both choices are, so `<` and `<=` are the same."""
    for node in region.node.walk():
        if node.kind == "ternary":
            comparison = node.parts[0].parts[0] if node.parts[0].kind == "group" else node.parts[0]
            if comparison.kind == "binary" and comparison.operator.text in BOUNDS:
                left, right = (plain(part, text) for part in comparison.parts)
                differences = {f"{left}-{right}", f"{right}-{left}"}
                choices = {plain(part, text) for part in node.parts[1:]}
                if choices in ({left, right}, differences) or (len(choices & differences) == 1 and "'0" in choices):
                    yield comparison.begin


def faults_of(region, text, enumerators):
    """All faults of one region. text: the file's, without comments."""
    chosen_of_equals = set(choices_of_equals(region, text))
    padding = {node.parts[0].begin for node in region.node.walk() if widens(node, text)}
    for node in region.node.walk():
        if node.kind == "binary":
            left, right = node.parts
            operator = node.operator
            if operator.text in OPERATORS:
                yield Fault("operator", operator.begin, operator.end, OPERATORS[operator.text])
            if operator.text in BOUNDS and node.begin not in chosen_of_equals:
                yield Fault("off by one", operator.begin, operator.end, BOUNDS[operator.text])
            if operator.text in BOUNDS or operator.text == "-":
                yield swap(left, right, text)
            if operator.text in ("&&", "||"):
                yield Fault("enable", node.begin, node.end, f"({text[left.begin:left.end]})")
                yield Fault("enable", node.begin, node.end, f"({text[right.begin:right.end]})")
        elif node.kind == "unary" and node.operator.text in ("!", "~"):
            if node.operator.text == "!" or node.parts[0].kind == "name":
                yield Fault("operator", node.operator.begin, node.operator.end, " ")
        elif node.kind == "ternary":
            yield swap(node.parts[1], node.parts[2], text)
        elif node.kind == "concat" and len(node.parts) > 1:
            yield swap(node.parts[0], node.parts[1], text)
        elif node.kind == "number" and node.begin not in padding:
            neighbour, bits = other_number(text[node.begin:node.end])
            if neighbour:
                yield Fault("off by one", node.begin, node.end, neighbour)
            if bits:
                yield Fault("constant", node.begin, node.end, bits)
        elif node.kind == "name" and text[node.begin:node.end] in enumerators:
            names = enumerators[text[node.begin:node.end]]
            place = names.index(text[node.begin:node.end])
            yield Fault("constant", node.begin, node.end, names[(place + 1) % len(names)])
    if region.kind == "condition":
        yield Fault("enable", region.begin, region.end, "1'b1")
        yield Fault("enable", region.begin, region.end, "1'b0")


def swap(left, right, text):
    return Fault("swapped operand", left.begin, right.end,
                 text[right.begin:right.end] + text[left.end:right.begin] + text[left.begin:left.end])
