# SPDX-License-Identifier: Apache-2.0
"""The description of a block: read from TOML and checked completely before anything is generated."""
import re
import tomllib
from dataclasses import dataclass, field

ACCESS = ("rw", "ro", "wo", "w1c", "rc")
TYPES = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "i64": 8}


class DescriptionError(Exception):
    pass


@dataclass
class Enum:
    name: str
    doc: str
    values: list  # of (name, value, doc)


@dataclass
class Field:
    name: str
    lsb: int
    msb: int
    access: str
    reset: int
    doc: str
    enum: str | None = None

    @property
    def mask(self):
        return ((1 << (self.msb - self.lsb + 1)) - 1) << self.lsb


@dataclass
class Register:
    name: str
    offset: int
    width: int  # bits
    count: int
    stride: int  # bytes
    access: str
    reset: int
    doc: str
    unit: str
    fields: list
    shares: str | None = None  # register that answers at this address unless the block says otherwise

    def mask_of(self, *kinds):
        if not self.fields:
            return (1 << self.width) - 1 if self.access in kinds else 0
        return sum(f.mask for f in self.fields if f.access in kinds)


@dataclass
class Member:
    """A field of a structure in memory: a whole number, or bits of one (lsb and msb within it)."""
    name: str
    offset: int
    type: str
    lsb: int
    msb: int
    doc: str
    enum: str | None = None

    @property
    def size(self):
        return TYPES[self.type]

    @property
    def whole(self):
        return self.lsb == 0 and self.msb == 8 * self.size - 1

    @property
    def first_bit(self):
        return 8 * self.offset + self.lsb

    @property
    def last_bit(self):
        return 8 * self.offset + self.msb


@dataclass
class Layout:
    name: str
    size: int
    doc: str
    base: str | None
    opcode: int | None
    members: list            # its own
    all_members: list = field(default_factory=list)  # with those of its base


@dataclass
class Block:
    name: str
    title: str
    doc: str
    source: str
    enums: list
    registers: list
    layouts: list

    @property
    def decoded(self):
        """Registers that have an address of their own: what a register bank or file decodes."""
        return [r for r in self.registers if r.shares is None]

    def full_name(self, register):
        """With those of the registers that share its address, as RBR/THR/DLL."""
        return "/".join([register.name] + [r.name for r in self.registers if r.shares == register.name])


TEXT_KEYS = ("name", "title", "doc", "unit", "access", "type", "enum", "base", "shares")
LIST_KEYS = ("register", "field", "layout", "values")
MAX_ELEMENTS = 4096
WIDTHS = (8, 32, 64)


class Checker:
    def __init__(self, path):
        self.path = path

    def fail(self, place, reason):
        raise DescriptionError(f"{self.path}: {place}: {reason}")

    def keys(self, table, place, required, optional):
        if not isinstance(table, dict):
            self.fail(place, f"expected a table, not {table!r}")
        for key in table:
            if key not in required and key not in optional:
                self.fail(place, f"unknown key '{key}', expected {', '.join((*required, *optional))}")
        for key in required:
            if key not in table:
                self.fail(place, f"'{key}' is missing")
        for key, value in table.items():
            if key in LIST_KEYS or (key == "enum" and place == "top"):
                if not isinstance(value, list):
                    self.fail(place, f"'{key}' must be a list of tables, not {value!r}")
            elif key in TEXT_KEYS and not isinstance(value, str):
                self.fail(place, f"'{key}' must be text, not {value!r}")

    def unique(self, items, place):
        """Names differ, also in the spelling that generated constants have."""
        seen = {}
        for item in items:
            spelling = camel(item.name)
            if spelling in seen:
                self.fail(place(item), "name stands twice" if seen[spelling] == item.name else
                          f"{seen[spelling]} would be generated under the same name")
            seen[spelling] = item.name

    def enum_of(self, table, place, enums, width):
        """Name of the enum that a field of `width` bits holds, if one."""
        name = table.get("enum")
        if name is not None and name not in enums:
            self.fail(place, f"unknown enum {name!r}")
        if name is not None:
            for entry, value, _ in enums[name].values:
                if value >> width:
                    self.fail(place, f"{name}.{entry} = {value:#x} does not fit {width} bits")
        return name

    def number(self, table, key, place, default=None):
        value = table.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.fail(place, f"'{key}' must be a number from 0, not {value!r}")
        return value

    def name(self, table, place, pattern):
        value = table["name"]
        if not re.fullmatch(pattern, value):
            self.fail(place, f"name {value!r} does not match {pattern}")
        return value

    def bits(self, table, place, width):
        match = re.fullmatch(r"(\d+)(?::(\d+))?", str(table["bits"]))
        if not match:
            self.fail(place, f"bits {table['bits']!r}: expected \"N\" or \"M:N\"")
        msb, lsb = int(match[1]), int(match[2] if match[2] is not None else match[1])
        if msb < lsb or msb >= width:
            self.fail(place, f"bits {table['bits']!r} do not fit {width} bits, high bit first")
        return lsb, msb


def _place(kind, table, joint=" "):
    return f"{kind}{joint}{table.get('name', '?')}" if isinstance(table, dict) else kind


def _enum(check, table):
    place = _place("enum", table)
    check.keys(table, place, ("name", "values"), ("doc",))
    name = check.name(table, place, r"[A-Z][A-Za-z0-9]*")
    values, seen = [], {}
    for entry in table["values"]:
        check.keys(entry, place, ("name", "value"), ("doc",))
        entry_name = check.name(entry, place, r"[A-Z][A-Za-z0-9]*")
        value = check.number(entry, "value", f"{place}.{entry_name}")
        if value >= 1 << 31:
            check.fail(f"{place}.{entry_name}", f"value {value:#x} is wider than 31 bits")
        if value in seen or entry_name in seen.values():
            check.fail(f"{place}.{entry_name}", "name or value stands twice")
        seen[value] = entry_name
        values.append((entry_name, value, entry.get("doc", "")))
    return Enum(name, table.get("doc", ""), values)


def _overlap(check, items, place, first, last):
    ordered = sorted(items, key=first)
    for before, after in zip(ordered, ordered[1:]):
        if first(after) <= last(before):
            check.fail(place(after), f"overlaps {before.name}")


def _register(check, table, default_width, enums):
    place = _place("register", table)
    check.keys(table, place, ("name", "offset", "access"),
               ("width", "count", "stride", "reset", "doc", "unit", "field", "shares"))
    name = check.name(table, place, r"[A-Z][A-Z0-9_]*")
    width = check.number(table, "width", place, default_width)
    if width not in WIDTHS:
        check.fail(place, f"width {width}: expected 8, 32 or 64")
    offset = check.number(table, "offset", place)
    count = check.number(table, "count", place, 1)
    stride = check.number(table, "stride", place, width // 8)
    if offset % (width // 8) or stride < width // 8 or stride % (width // 8):
        check.fail(place, f"offset and stride must be multiples of {width // 8} bytes")
    if not 1 <= count <= MAX_ELEMENTS or offset + count * stride >= 1 << 32:
        check.fail(place, f"count must be 1 to {MAX_ELEMENTS}, the last element below 4 GiB")
    if table["access"] not in ACCESS:
        check.fail(place, f"access {table['access']!r}: expected one of {', '.join(ACCESS)}")
    fields = []
    for entry in table.get("field", []):
        where = _place(place, entry, ".")
        check.keys(entry, where, ("name", "bits"), ("access", "reset", "enum", "doc"))
        field_name = check.name(entry, where, r"[A-Z][A-Z0-9_]*")
        lsb, msb = check.bits(entry, where, width)
        access = entry.get("access", table["access"])
        if access not in ACCESS:
            check.fail(where, f"access {access!r}: expected one of {', '.join(ACCESS)}")
        reset = check.number(entry, "reset", where, 0)
        if reset >> (msb - lsb + 1):
            check.fail(where, f"reset {reset:#x} is wider than its bits")
        enum = check.enum_of(entry, where, enums, msb - lsb + 1)
        fields.append(Field(field_name, lsb, msb, access, reset, entry.get("doc", ""), enum))
    check.unique(fields, lambda f: f"{place}.{f.name}")
    _overlap(check, fields, lambda f: f"{place}.{f.name}", lambda f: f.lsb, lambda f: f.msb)
    reset = check.number(table, "reset", place, 0)
    if reset and any(f.reset for f in fields):
        check.fail(place, "reset is given for the register and for its fields")
    reset |= sum(f.reset << f.lsb for f in fields)
    named = sum(f.mask for f in fields) if fields else (1 << width) - 1
    if reset & ~named:
        check.fail(place, f"reset {reset:#x} has bits outside "
                   + ("its fields" if fields else f"{width} bits"))
    return Register(name, offset, width, count, stride, table["access"], reset,
                    table.get("doc", ""), table.get("unit", ""), fields, table.get("shares"))


def _check_shared(check, register, registers):
    first = next((r for r in registers if r.name == register.shares), None)
    if first is None or first.shares is not None:
        check.fail(f"register {register.name}",
                   f"shares {register.shares!r}: no register that has an address of its own")
    if ((first.offset, first.width, first.count, first.stride)
            != (register.offset, register.width, register.count, register.stride)):
        check.fail(f"register {register.name}",
                   f"offset, width, count and stride must be those of {first.name}")


def _check_registers(check, registers):
    check.unique(registers, lambda r: f"register {r.name}")
    cells = {}
    for register in registers:
        if register.shares is not None:
            _check_shared(check, register, registers)
            continue
        for element in range(register.count):
            start = register.offset + element * register.stride
            for byte in range(start, start + register.width // 8):
                if byte in cells:
                    check.fail(f"register {register.name}", f"overlaps {cells[byte]} at {byte:#x}")
                cells[byte] = register.name


def _layout(check, table, enums, layouts):
    place = _place("layout", table)
    check.keys(table, place, ("name", "size", "field"), ("doc", "base", "opcode"))
    name = check.name(table, place, r"[A-Z][A-Za-z0-9]*")
    size = check.number(table, "size", place)
    members = []
    for entry in table["field"]:
        where = _place(place, entry, ".")
        check.keys(entry, where, ("name", "offset", "type"), ("bits", "enum", "doc"))
        member_name = check.name(entry, where, r"[a-z][a-z0-9_]*")
        if entry["type"] not in TYPES:
            check.fail(where, f"type {entry['type']!r}: expected one of {', '.join(TYPES)}")
        width = 8 * TYPES[entry["type"]]
        lsb, msb = check.bits(entry, where, width) if "bits" in entry else (0, width - 1)
        enum = check.enum_of(entry, where, enums, msb - lsb + 1)
        member = Member(member_name, check.number(entry, "offset", where), entry["type"], lsb, msb,
                        entry.get("doc", ""), enum)
        if member.type == "i64" and not member.whole:
            check.fail(where, "bits of a signed number")
        if member.offset % member.size or member.offset + member.size > size:
            check.fail(where, "not naturally aligned, or beyond the layout's size")
        members.append(member)
    opcode = check.number(table, "opcode", place) if "opcode" in table else None
    base = table.get("base")
    inherited = []
    if base is not None:
        if base not in layouts:
            check.fail(place, f"base {base!r} is not a layout before it")
        inherited = layouts[base].all_members
        if size < layouts[base].size:
            check.fail(place, "smaller than its base")
    layout = Layout(name, size, table.get("doc", ""), base, opcode, members,
                    sorted(inherited + members, key=lambda m: m.first_bit))
    check.unique(layout.all_members, lambda m: f"{place}.{m.name}")
    _overlap(check, layout.all_members, lambda m: f"{place}.{m.name}", lambda m: m.first_bit,
             lambda m: m.last_bit)
    return layout


def load(path):
    check = Checker(path)
    with open(path, "rb") as source:
        try:
            table = tomllib.load(source)
        except tomllib.TOMLDecodeError as error:
            raise DescriptionError(f"{path}: {error}") from error
    check.keys(table, "top", ("format", "name", "title"),
               ("doc", "width", "enum", "register", "layout"))
    if table["format"] != 1:
        check.fail("format", f"{table['format']!r}: this generator reads format 1")
    name = check.name(table, "top", r"[a-z][a-z0-9_]*")
    enums = [_enum(check, entry) for entry in table.get("enum", [])]
    check.unique(enums, lambda e: f"enum {e.name}")
    enum_of = {e.name: e for e in enums}
    width = check.number(table, "width", "top", 32)
    if width not in WIDTHS:
        check.fail("top", f"width {width}: expected 8, 32 or 64")
    registers = [_register(check, entry, width, enum_of) for entry in table.get("register", [])]
    _check_registers(check, registers)
    layouts = {}
    for entry in table.get("layout", []):
        layout = _layout(check, entry, enum_of, layouts)
        if layout.name in layouts:
            check.fail(f"layout {layout.name}", "name stands twice")
        layouts[layout.name] = layout
    return Block(name, table["title"], table.get("doc", "").strip(), path.split("/")[-1], enums,
                 registers, list(layouts.values()))


def camel(name):
    """RING_BASE or ring_base -> RingBase."""
    return "".join(part[:1].upper() + part[1:].lower() for part in name.split("_"))


def snake(name):
    """RingBase -> ring_base."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
