# SPDX-License-Identifier: Apache-2.0
"""Names that hardware does not read: of registers and wires that assertions alone read, or nobody."""
import re


def target_name(region):
    """The name that an assignment sets; of a concatenation and of what is no assignment, none."""
    name = re.match(r"(?:assign )?([A-Za-z_]\w*)", region.target) if region.kind == "assign" else None
    return name[1] if name else ""


def declared(finder):
    """Names of `logic` declarations of a module, not of its ports, and of those the tokens. Such as Verilator
    shows to C++ are left out: they have a reader."""
    public = set(re.findall(r"(\w+)\s*/\*\s*verilator public", finder.source))
    names, tokens = set(), set()
    index = 0
    while index < len(finder.tokens):
        text = finder.text_at(index)
        if text == "logic" and finder.text_at(index - 1) in (";", "begin", "end", ")"):
            while finder.text_at(index) != ";":
                token = finder.tokens[index]
                if token.kind == "name" and token.text != "logic" and finder.text_at(index + 1) in (",", ";", "["):
                    names.add(token.text)
                tokens.add(index)
                index = finder.match[index] + 1 if index in finder.match else index + 1
        elif text == "(":  # ports and arguments
            header = finder.text_at(index - 2) in ("module", "function", "task") or finder.text_at(index - 1) == "#"
            index = finder.match[index] if header else index
        index += 1
    return names - public, tokens


def idle_names(finder):
    """What is left when every name is taken out that is read by anything but assertions and the assignments to
    names of the list."""
    names, declarations = declared(finder)
    sets = {index: target_name(region) for region in finder.regions if region.kind == "assign"
            for index in region.tokens}
    reads = [(token.text, sets.get(index, "")) for index, token in enumerate(finder.tokens)
             if token.text in names and index not in declarations and index not in finder.assertions]
    while True:
        read = {name for name, by in reads if by not in names}
        if not read & names:
            return names
        names = names - read
