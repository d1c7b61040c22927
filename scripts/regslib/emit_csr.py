# SPDX-License-Identifier: Apache-2.0
"""SystemVerilog register file: the storage and decoding of a block's registers, a port for each field."""
from dataclasses import dataclass

STORED = ("rw", "w1c", "rc")


@dataclass
class Part:
    """A field, or a register that is one value, of one element."""
    name: str
    lsb: int
    msb: int
    access: str
    reset: int

    @property
    def size(self):
        return self.msb - self.lsb + 1

    @property
    def range(self):
        return f" [{self.size - 1}:0]" if self.size > 1 else ""

    def slice_of(self, vector):
        """Of a vector as wide as the data port."""
        return f"{vector}[{self.msb}:{self.lsb}]" if self.size > 1 else f"{vector}[{self.lsb}]"

    @property
    def enables(self):
        """Whether an access touches a byte of this part."""
        low, high = self.lsb // 8, self.msb // 8
        return f"(|be_i[{high}:{low}])" if high > low else f"be_i[{low}]"


@dataclass
class Element:
    name: str
    offset: int
    width: int
    parts: list


def _elements(block):
    for r in block.decoded:
        for index in range(r.count):
            name = r.name.lower() + (f"_{index}" if r.count > 1 else "")
            if r.fields:
                parts = [Part(f"{name}_{f.name.lower()}", f.lsb, f.msb, f.access,
                              (r.reset & f.mask) >> f.lsb)
                         for f in sorted(r.fields, key=lambda f: f.lsb)]
            else:
                parts = [Part(name, 0, r.width - 1, r.access, r.reset)]
            yield Element(name, r.offset + index * r.stride, r.width, parts)


def _ports(part):
    ports = []
    if part.access in ("rw", "w1c", "rc", "wo"):
        ports.append(f"  output logic{part.range} {part.name}_o")
    if part.access in ("rw", "wo"):
        ports.append(f"  output logic {part.name}_we_o")
    if part.access in ("w1c", "rc"):
        ports.append(f"  input  logic{part.range} {part.name}_set_i")
    if part.access == "ro":
        ports.append(f"  input  logic{part.range} {part.name}_i")
    return ports


def _storage(part, hit):
    name, zero = part.name, f"{part.size}'h0"
    data, lanes = part.slice_of("wdata_i"), part.slice_of("lanes")
    if part.access == "wo":
        return ["", f"  assign {name}_o = {data} & {lanes};",
                f"  assign {name}_we_o = write && {hit} && {part.enables};"]
    lines = ["", f"  logic{part.range} {name}_q;", f"  assign {name}_o = {name}_q;"]
    if part.access == "rw":
        lines.append(f"  assign {name}_we_o = write && {hit} && {part.enables};")
    lines += ["  always_ff @(posedge clk_i or negedge rst_ni) begin", "    if (!rst_ni) begin",
              f"      {name}_q <= {part.size}'h{part.reset:x};"]
    if part.access == "rw":
        lines += [f"    end else if (write && {hit}) begin",
                  f"      {name}_q <= ({name}_q & ~{lanes}) | ({data} & {lanes});"]
    elif part.access == "w1c":
        lines += [f"    end else if ((write && {hit}) || {name}_set_i != {zero}) begin",
                  f"      {name}_q <= ({name}_q & ~((write && {hit}) ? ({data} & {lanes}) : {zero}))"
                  f" | {name}_set_i;"]
    else:
        lines += [f"    end else if ((read && {hit}) || {name}_set_i != {zero}) begin",
                  f"      {name}_q <= ({name}_q & ~((read && {hit}) ? {lanes} : {zero}))"
                  f" | {name}_set_i;"]
    return lines + ["    end", "  end"]


def _value(element, width):
    """The concatenation that a read gives, high bits first."""
    pieces, next_bit = [], 0
    for part in element.parts:
        if part.lsb > next_bit:
            pieces.append(f"{part.lsb - next_bit}'h0")
        source = {"ro": f"{part.name}_i", "wo": f"{part.size}'h0"}
        pieces.append(source.get(part.access, f"{part.name}_q"))
        next_bit = part.msb + 1
    if next_bit < width:
        pieces.append(f"{width - next_bit}'h0")
    return pieces[0] if len(pieces) == 1 else "{" + ", ".join(reversed(pieces)) + "}"


def _unused(elements, width):
    """Inputs that nothing reads in this block, so that lint stays on for everything else."""
    kinds = {part.access for e in elements for part in e.parts}

    def bits(*access):
        found = 0
        for part in (part for e in elements for part in e.parts if part.access in access):
            found |= ((1 << part.size) - 1) << part.lsb
        return found

    names = []
    for vector, used in (("wdata_i", bits("rw", "w1c", "wo")),
                         ("lanes", bits("rw", "w1c", "wo", "rc"))):
        names += [f"{vector}[{bit}]" for bit in range(width) if not used >> bit & 1]
    if not kinds & {"rw", "w1c", "wo"}:
        names.append("write")
    if "rc" not in kinds:
        names.append("read")
    if not kinds & set(STORED):
        names += ["clk_i", "rst_ni"]
    return names


def emit(block):
    """A module <block>_csr; docs/registers.md describes its ports."""
    header = ["// SPDX-License-Identifier: Apache-2.0",
              f"// {block.title}: register file. Generated by scripts/regs from {block.source}; "
              "edit that."]
    if not block.registers:
        return "\n".join(header + ["// It has no registers.", ""])
    width = max(r.width for r in block.registers)
    elements = list(_elements(block))
    ports = ["  input  logic clk_i", "  input  logic rst_ni", "  input  logic req_i",
             "  input  logic we_i", "  input  logic [31:0] addr_i",
             f"  input  logic [{width - 1}:0] wdata_i",
             f"  input  logic [{width // 8 - 1}:0] be_i",
             f"  output logic [{width - 1}:0] rdata_o", "  output logic error_o"]
    ports += [port for e in elements for part in e.parts for port in _ports(part)]
    lanes = ",\n                  ".join(f"{{8{{be_i[{i}]}}}}" for i in reversed(range(width // 8)))
    lines = header + ["", f"module {block.name}_csr (", ",\n".join(ports), ");", "",
             "  logic write, read;", "  assign write = req_i && we_i;",
             "  assign read = req_i && !we_i;",
             f"  logic [{width - 1}:0] lanes;", f"  assign lanes = {{{lanes}}};", ""]
    for e in elements:
        lines += [f"  logic {e.name}_hit;", f"  assign {e.name}_hit = addr_i == 32'h{e.offset:x};"]
    for e in elements:
        for part in e.parts:
            if part.access != "ro":
                lines += _storage(part, f"{e.name}_hit")
    lines += ["", "  always_comb begin", f"    rdata_o = {width}'h0;", "    error_o = req_i;",
              "    if (req_i) begin"]
    for e in elements:
        lines += [f"      if ({e.name}_hit) begin", f"        rdata_o = {_value(e, width)};",
                  "        error_o = 1'b0;", "      end"]
    lines += ["    end", "  end", ""]
    unused = _unused(elements, width)
    if unused:
        lines += ["  logic unused;", "  assign unused = ^{" + ",\n                    ".join(unused)
                  + "};", ""]
    return "\n".join(lines + ["endmodule", ""])
