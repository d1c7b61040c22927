# SPDX-License-Identifier: Apache-2.0
"""C++: constants and the register list for models/base/register_bank.h; views of structures in memory."""
import json

from model import camel, snake


def _enums(block):
    lines = []
    for enum in block.enums:
        if enum.doc:
            lines.append(f"/// {enum.doc}")
        lines.append(f"enum class {enum.name} : std::uint32_t {{")
        lines += [f"    {name} = {value:#x}," + (f"  ///< {doc}" if doc else "")
                  for name, value, doc in enum.values]
        lines += ["};", ""]
        lines += _names(enum)
    return lines


def _names(enum):
    """Name as in the documents, and meaning, of a value; empty for numbers that are none."""
    lines = []
    for function, text in (("name_of", lambda name, doc: snake(name).upper()),
                           ("meaning_of", lambda name, doc: doc)):
        lines += [f"[[nodiscard]] constexpr std::string_view {function}({enum.name} value) {{",
                  "    switch (value) {"]
        lines += [f"        case {enum.name}::{name}: return {json.dumps(text(name, doc))};"
                  for name, value, doc in enum.values]
        lines += ["    }", "    return {};", "}", ""]
    return lines


def _constants(register):
    name = "k" + camel(register.name)
    kind = "std::uint64_t" if register.width == 64 else "std::uint32_t"
    lines = [f"/// {line}" for line in register.doc.splitlines() if line]
    lines += [f"inline constexpr std::uint32_t {name}Offset = {register.offset:#x};",
              f"inline constexpr {kind} {name}Reset = {register.reset:#x};"]
    if register.count > 1:
        lines += [f"inline constexpr std::uint32_t {name}Count = {register.count};",
                  f"inline constexpr std::uint32_t {name}Stride = {register.stride:#x};"]
    for field in register.fields:
        lines += [f"inline constexpr {kind} {name}{camel(field.name)}Mask = {field.mask:#x};",
                  f"inline constexpr unsigned {name}{camel(field.name)}Shift = {field.lsb};"]
    return lines + [""]


def _list(block):
    lines = ["/// Indexes into kRegisters.", "enum RegisterIndex : unsigned {"]
    lines += [f"    k{camel(r.name)}Index," for r in block.decoded]
    lines += ["};", "",
              f"inline constexpr std::array<base::RegisterInfo, {len(block.decoded)}> "
              "kRegisters{{"]
    for r in block.decoded:
        readable = ((1 << r.width) - 1) & ~r.mask_of("wo")
        lines.append(f'    {{"{block.full_name(r)}", {r.offset:#x}, {r.width // 8}, {r.count}, {r.stride}, '
                     f"{r.reset:#x}, {readable:#x}, {r.mask_of('rw', 'wo'):#x}, "
                     f"{r.mask_of('w1c'):#x}, {r.mask_of('rc'):#x}}},")
    return lines + ["}};", ""]


def _getter(member):
    value_type = "std::int64_t" if member.type == "i64" else f"std::uint{8 * member.size}_t"
    result = member.enum or ("std::uint32_t" if member.size < 4 else value_type)
    expression = f"load<{value_type}>(line_, {member.offset:#x})"
    if not member.whole:
        width = member.msb - member.lsb + 1
        shift = f" >> {member.lsb}" if member.lsb else ""
        expression = f"({expression}{shift}) & {(1 << width) - 1:#x}"
        if not member.enum:
            result = "std::uint32_t" if width <= 32 else value_type
    return (f"    [[nodiscard]] constexpr {result} {member.name}() const {{ "
            f"return static_cast<{result}>({expression}); }}")


def _setter(member):
    value_type = "std::int64_t" if member.type == "i64" else f"std::uint{8 * member.size}_t"
    argument = member.enum or value_type
    if member.whole:
        body = f"store<{value_type}>(line_, {member.offset:#x}, static_cast<{value_type}>(value));"
    else:
        mask = ((1 << (member.msb - member.lsb + 1)) - 1) << member.lsb
        body = (f"store_bits<{value_type}>(line_, {member.offset:#x}, {mask:#x}, {member.lsb}, "
                "static_cast<std::uint64_t>(value));")
    return f"    constexpr void set_{member.name}({argument} value) const {{ {body} }}"


def _views(layout):
    lines = [f"/// {line}" for line in layout.doc.splitlines() if line]
    lines += [f"class {layout.name}ConstView {{", "  public:",
              f"    explicit constexpr {layout.name}ConstView(std::span<const std::byte, "
              f"{layout.size}> line) : line_(line) {{}}"]
    for member in layout.all_members:
        if member.doc:
            lines.append(f"    /// {member.doc}")
        lines.append(_getter(member))
    lines += ["    /// Whether all bits that no field names are zero.",
              "    [[nodiscard]] constexpr bool reserved_is_zero() const {",
              f"        return all_zero(line_, k{layout.name}Reserved);", "    }", "", "  private:",
              f"    std::span<const std::byte, {layout.size}> line_;", "};", "",
              f"class {layout.name}View : public {layout.name}ConstView {{", "  public:",
              f"    explicit constexpr {layout.name}View(std::span<std::byte, {layout.size}> line)"
              f" : {layout.name}ConstView(line), line_(line) {{}}"]
    lines += [_setter(member) for member in layout.all_members]
    lines += ["", "  private:", f"    std::span<std::byte, {layout.size}> line_;", "};", ""]
    return lines


def _reserved(layout):
    masks = [0xFF] * layout.size
    for member in layout.all_members:
        for bit in range(member.first_bit, member.last_bit + 1):
            masks[bit // 8] &= ~(1 << bit % 8)
    text = ", ".join(f"{mask:#x}" for mask in masks)
    return [f"/// Bits of {layout.name} that no field names.",
            f"inline constexpr std::array<std::uint8_t, {layout.size}> "
            f"k{layout.name}Reserved{{{text}}};", ""]


HELPERS = """
template <typename T, std::size_t Size>
constexpr T load(std::span<const std::byte, Size> line, std::size_t offset) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        value |= static_cast<std::uint64_t>(line[offset + i]) << (8 * i);
    }
    return static_cast<T>(value);
}

template <typename T, std::size_t Size>
constexpr void store(std::span<std::byte, Size> line, std::size_t offset, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        line[offset + i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i));
    }
}

template <typename T, std::size_t Size>
constexpr void store_bits(std::span<std::byte, Size> line, std::size_t offset, std::uint64_t mask,
                          unsigned shift, std::uint64_t value) {
    const auto old = static_cast<std::uint64_t>(load<T, Size>(line, offset));
    store<T>(line, offset, static_cast<T>((old & ~mask) | ((value << shift) & mask)));
}

template <std::size_t Size>
constexpr bool all_zero(std::span<const std::byte, Size> line,
                        const std::array<std::uint8_t, Size>& masks) {
    std::uint8_t found = 0;  // without a branch a byte, so that vectors do it
    for (std::size_t i = 0; i < Size; ++i) {
        found = static_cast<std::uint8_t>(found | (std::to_integer<std::uint8_t>(line[i]) & masks[i]));
    }
    return found == 0;
}
"""


def emit(block):
    lines = ["// SPDX-License-Identifier: Apache-2.0",
             f"// {block.title}. Generated by scripts/regs from {block.source}; edit that.",
             "#pragma once", "", "#include <array>", "#include <cstddef>", "#include <cstdint>",
             "#include <span>", "#include <string_view>", "", '#include "base/register_info.h"', "",
             f"namespace athena::regs::{block.name} {{", ""]
    lines += _enums(block)
    for register in block.registers:
        lines += _constants(register)
    if block.registers:
        lines += _list(block)
    if block.layouts:
        lines += HELPERS.strip().splitlines() + [""]
        for layout in block.layouts:
            lines += _reserved(layout) + _views(layout)
    return "\n".join(lines + [f"}}  // namespace athena::regs::{block.name}", ""])
