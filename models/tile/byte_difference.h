// SPDX-License-Identifier: Apache-2.0
// Values of the RTL against those of the model, mostly bytes of L1: the first difference, and how
// it is told.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tile/difference.h"
#include "tile/matmul.h"

namespace athena::tile {

/// " is X in the RTL, Y in the model", of so many bytes.
[[nodiscard]] std::string both_values(std::uint64_t rtl, std::uint64_t model, unsigned bytes);

/// "CYCLES", of an offset of 8 bytes; "register 0x78" where there is none.
[[nodiscard]] std::string register_name(std::uint64_t offset);

/// The first byte in which the two differ, which have one size and begin at `address`; the line
/// begins with `place` and the byte's address.
[[nodiscard]] Difference compare_bytes(const std::string& place, std::uint64_t address,
                                       std::span<const std::byte> rtl,
                                       std::span<const std::byte> model);

/// The first element of C that differs, or the first byte between its rows; both are the bytes of
/// C's range.
[[nodiscard]] Difference compare_result(const Matrix& c, std::span<const std::byte> rtl,
                                        std::span<const std::byte> model);

/// The same difference, if it is one, of a command, seen in `cycle`.
[[nodiscard]] Difference of_command(Difference difference, std::uint32_t tag, std::uint64_t cycle);

}  // namespace athena::tile
