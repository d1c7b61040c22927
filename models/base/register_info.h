// SPDX-License-Identifier: Apache-2.0
// What a register is: the constant description that scripts/regs generates from a *.regs.toml file
// (docs/registers.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace athena::base {

/// Access of a whole register. A register whose fields differ is Mixed: the masks of RegisterInfo
/// tell.
enum class RegisterAccess : std::uint8_t {
    ReadWrite,
    ReadOnly,
    WriteOnly,
    Write1Clear,
    ReadClear,
    Mixed,
};

/// One named field: bits msb down to lsb of its register.
struct FieldInfo {
    std::string_view name;
    std::uint8_t msb;
    std::uint8_t lsb;
    RegisterAccess access;
};

/// One register or one array of equal registers. Bits in none of the masks read as zero and ignore
/// writes.
struct RegisterInfo {
    std::string_view name;
    std::uint64_t offset;  ///< of the first element, in bytes from the block's base
    std::uint8_t
        width;  ///< bytes of one element: 1, 2, 4 or 8; offset and stride are multiples of it
    std::uint32_t count;   ///< elements, 1 unless an array
    std::uint64_t stride;  ///< bytes from one element to the next, at least width
    std::uint64_t reset;   ///< of each element
    RegisterAccess access;
    std::uint64_t readable_mask;        ///< bits that a read returns; the others read as zero
    std::uint64_t writable_mask;        ///< bits that take the value written (rw and wo)
    std::uint64_t w1c_mask;             ///< bits that a written one clears
    std::uint64_t read_clear_mask;      ///< bits that a read clears after returning them
    std::span<const FieldInfo> fields;  ///< ascending lsb; empty when the register is one value

    [[nodiscard]] constexpr std::uint64_t value_mask() const {
        return width == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * width)) - 1;
    }
    /// One past the last byte of the last element.
    [[nodiscard]] constexpr std::uint64_t end() const {
        return offset + (count - 1) * stride + width;
    }
    /// Whether a byte at `address` (from the block's base) belongs to an element.
    [[nodiscard]] constexpr bool contains(std::uint64_t address) const {
        return address >= offset && address < end() && (address - offset) % stride < width;
    }
    /// Element that holds `address`; only if contains(address).
    [[nodiscard]] constexpr std::uint32_t index_of(std::uint64_t address) const {
        return static_cast<std::uint32_t>((address - offset) / stride);
    }
    /// Stored value after software wrote `data`: the access rules of the fields, without side
    /// effects.
    [[nodiscard]] constexpr std::uint64_t after_write(std::uint64_t old, std::uint64_t data) const {
        const std::uint64_t taken = (old & ~writable_mask) | (data & writable_mask);
        return taken & ~(data & w1c_mask);
    }
    /// Stored value after software read it.
    [[nodiscard]] constexpr std::uint64_t after_read(std::uint64_t old) const {
        return old & ~read_clear_mask;
    }
};

}  // namespace athena::base
