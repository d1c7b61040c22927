// SPDX-License-Identifier: Apache-2.0
#include "tile/byte_difference.h"

#include <algorithm>
#include <cstring>

#include "base/hexadecimal.h"
#include "regs/tile_regs.h"

namespace athena::tile {

namespace {

std::uint64_t element_at(std::span<const std::byte> bytes, std::uint64_t offset, unsigned size) {
    std::uint64_t value = 0;
    std::memcpy(&value, &bytes[offset], std::min<std::uint64_t>(size, bytes.size() - offset));
    return value;
}

// The first byte in which the two differ; they have one size.
std::optional<std::uint64_t> first_difference(std::span<const std::byte> a,
                                              std::span<const std::byte> b) {
    if (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

Difference::Values values_at(std::span<const std::byte> rtl, std::span<const std::byte> model,
                             std::uint64_t offset, unsigned bytes) {
    return {.bytes = bytes,
            .rtl = element_at(rtl, offset, bytes),
            .model = element_at(model, offset, bytes)};
}

// The line begins with `place` and the address.
Difference wrong_byte(const std::string& place, std::uint64_t address,
                      std::span<const std::byte> rtl, std::span<const std::byte> model,
                      std::uint64_t offset) {
    Difference difference;
    difference.values = values_at(rtl, model, offset, 1);
    difference.values->address = address;
    difference.text = place + base::hexadecimal(address, 6) +
                      both_values(difference.values->rtl, difference.values->model, 1);
    return difference;
}

// `offset` counts from C's first byte.
Difference wrong_result(const Matrix& c, std::uint64_t offset, std::span<const std::byte> rtl,
                        std::span<const std::byte> model) {
    const std::uint64_t row = c.rows == 1 ? 0 : offset / c.ld;
    const std::uint64_t within = offset - row * c.ld;
    if (within >= c.row_bytes()) {
        Difference difference = wrong_byte("L1 byte ", c.address + offset, rtl, model, offset);
        difference.text = "L1 byte " + base::hexadecimal(c.address + offset, 6) +
                          " between rows of C" +
                          both_values(difference.values->rtl, difference.values->model, 1);
        return difference;
    }
    const std::uint64_t column = within / c.element_bytes();
    const std::uint64_t element = row * c.ld + column * c.element_bytes();
    Difference difference;
    difference.element = {row, column};
    difference.values = values_at(rtl, model, element, c.element_bytes());
    difference.values->address = c.address + element;
    difference.text =
        "C[" + std::to_string(row) + "][" + std::to_string(column) + "]" +
        both_values(difference.values->rtl, difference.values->model, c.element_bytes());
    return difference;
}

}  // namespace

std::string both_values(std::uint64_t rtl, std::uint64_t model, unsigned bytes) {
    return " is " + base::hexadecimal(rtl, 2 * bytes) + " in the RTL, " +
           base::hexadecimal(model, 2 * bytes) + " in the model";
}

std::string register_name(std::uint64_t offset) {
    const std::uint64_t place = offset / 8 * 8;
    for (const base::RegisterInfo& info : regs::tile::kRegisters) {
        if (info.offset == place) {
            return std::string(info.name);
        }
    }
    return "register " + base::hexadecimal(place, 2);
}

Difference compare_bytes(const std::string& place, std::uint64_t address,
                         std::span<const std::byte> rtl, std::span<const std::byte> model) {
    const auto offset = first_difference(rtl, model);
    return offset ? wrong_byte(place, address + *offset, rtl, model, *offset) : std::nullopt;
}

Difference compare_result(const Matrix& c, std::span<const std::byte> rtl,
                          std::span<const std::byte> model) {
    const auto offset = first_difference(rtl, model);
    return offset ? wrong_result(c, *offset, rtl, model) : std::nullopt;
}

Difference of_command(Difference difference, std::uint32_t tag, std::uint64_t cycle) {
    if (!difference) {
        return std::nullopt;
    }
    difference.text = "command with tag " + std::to_string(tag) + ": " + difference.text +
                      ", cycle " + std::to_string(cycle);
    difference.tag = tag;
    difference.cycle = cycle;
    return difference;
}

}  // namespace athena::tile
