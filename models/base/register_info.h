// SPDX-License-Identifier: Apache-2.0
// What scripts/regs generates for each register of a block; the register bank works from it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace athena::base {

/// A register, or an array of `count` equal registers `stride` bytes apart. Bits in no mask are
/// read-only.
struct RegisterInfo {
    std::string_view name;
    std::uint32_t offset = 0;  ///< bytes from the block's start
    std::uint32_t width = 4;   ///< bytes: 4 or 8
    std::uint32_t count = 1;
    std::uint32_t stride = 0;  ///< bytes
    std::uint64_t reset = 0;
    std::uint64_t read_mask = ~std::uint64_t{0};  ///< bits that a read gives; the others give 0
    std::uint64_t write_mask = 0;                 ///< bits that take the written value
    std::uint64_t w1c_mask = 0;                   ///< bits that a written 1 clears
    std::uint64_t rc_mask = 0;                    ///< bits that a read clears
};

/// A register, or a part of it, in a list of them.
struct RegisterPlace {
    unsigned index = 0;
    unsigned element = 0;  ///< of an array
    unsigned shift = 0;    ///< of the part within the register, in bits
};

/// The register that holds these bytes; nothing if there is none, or they are not within one.
[[nodiscard]] std::optional<RegisterPlace> find_register(std::span<const RegisterInfo> registers,
                                                         std::uint64_t offset, unsigned size);

}  // namespace athena::base
