// SPDX-License-Identifier: Apache-2.0
#include "base/protection.h"

#include <algorithm>

namespace athena::base {

namespace {

std::uint64_t row_address(const Rows& rows, std::uint64_t row) {
    return rows.first + row * static_cast<std::uint64_t>(rows.stride);
}

}  // namespace

std::optional<std::uint64_t> refused(Protection& protection, std::uint32_t ring, bool write,
                                     const Rows& rows) {
    if (rows.count == 0 || rows.row_bytes == 0) {
        return std::nullopt;
    }
    // What is permitted as a whole is so in parts.
    const std::uint64_t last_row = row_address(rows, rows.count - 1);
    const RingAccess whole{ring, write, std::min(rows.first, last_row),
                           std::max(rows.first, last_row) + rows.row_bytes - 1};
    if (protection.permits(whole)) {
        return std::nullopt;
    }
    for (std::uint64_t row = 0; row < rows.count; ++row) {
        std::uint64_t address = row_address(rows, row);
        for (std::uint64_t left = rows.row_bytes; left != 0;) {
            const std::uint64_t length = std::min(left, kAccessBytes - address % kAccessBytes);
            const RingAccess access{ring, write, address, address + length - 1};
            if (!protection.permits(access)) {
                protection.refuse(access);
                return address;
            }
            address += length;
            left -= length;
        }
    }
    return std::nullopt;
}

}  // namespace athena::base
