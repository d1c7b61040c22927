// SPDX-License-Identifier: Apache-2.0
#include "tile/reference.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "regs/tile_regs.h"

namespace athena::tile {

namespace {

namespace regs = athena::regs::tile;

std::string hex(std::uint64_t value, unsigned digits) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%0*llx", static_cast<int>(digits),
                  static_cast<unsigned long long>(value));
    return text;
}

std::uint64_t element_at(std::span<const std::byte> bytes, std::uint64_t offset, unsigned size) {
    std::uint64_t value = 0;
    std::memcpy(&value, &bytes[offset], std::min<std::uint64_t>(size, bytes.size() - offset));
    return value;
}

std::string both(std::uint64_t rtl, std::uint64_t model, unsigned bytes) {
    return " is " + hex(rtl, 2 * bytes) + " in the RTL, " + hex(model, 2 * bytes) + " in the model";
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
    difference.text =
        place + hex(address, 6) + both(difference.values->rtl, difference.values->model, 1);
    return difference;
}

// `offset` counts from C's first byte.
Difference wrong_result(const Matrix& c, std::uint64_t offset, std::span<const std::byte> rtl,
                        std::span<const std::byte> model) {
    const std::uint64_t row = c.rows == 1 ? 0 : offset / c.ld;
    const std::uint64_t within = offset - row * c.ld;
    if (within >= c.row_bytes()) {
        Difference difference = wrong_byte("L1 byte ", c.address + offset, rtl, model, offset);
        difference.text = "L1 byte " + hex(c.address + offset, 6) + " between rows of C" +
                          both(difference.values->rtl, difference.values->model, 1);
        return difference;
    }
    const std::uint64_t column = within / c.element_bytes();
    const std::uint64_t element = row * c.ld + column * c.element_bytes();
    Difference difference;
    difference.element = {row, column};
    difference.values = values_at(rtl, model, element, c.element_bytes());
    difference.values->address = c.address + element;
    difference.text = "C[" + std::to_string(row) + "][" + std::to_string(column) + "]" +
                      both(difference.values->rtl, difference.values->model, c.element_bytes());
    return difference;
}

// The same difference, of a command, seen in `cycle`.
Difference of_command(Difference difference, std::uint32_t tag, std::uint64_t cycle) {
    difference.text = "command with tag " + std::to_string(tag) + ": " + difference.text +
                      ", cycle " + std::to_string(cycle);
    difference.tag = tag;
    difference.cycle = cycle;
    return difference;
}

}  // namespace

void Reference::write_l1(std::uint64_t offset, std::span<const std::byte> data,
                         std::span<const unsigned char> enables) {
    const std::span<std::byte> cells = core().l1().subspan(offset, data.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
        cells[i] = enables.empty() || enables[i] != 0 ? data[i] : cells[i];
    }
}

bool Reference::is_timing(std::uint64_t offset) {
    const std::uint64_t place = offset / 8 * 8;
    return place == regs::kStatusOffset || place == regs::kCyclesOffset ||
           place == regs::kBusyCyclesOffset || place == regs::kCommandCyclesOffset;
}

Range Reference::result_of(std::size_t index) const {
    const auto line = core().outstanding(index);
    return line ? decode_matmul(*line, core().config().l1_bytes).matmul.c.range() : Range{};
}

Difference Reference::complete(const TileRecord& record, std::span<const std::byte> result) {
    const auto line = core().outstanding(0);
    const std::uint32_t tag = record.completion.tag;
    if (!line) {
        return of_command("completed in the RTL, no command is outstanding in the model", tag,
                          record.cycle);
    }
    const Matmul matmul = decode_matmul(*line, core().config().l1_bytes).matmul;
    const Completion expected = timed_.complete(record.cycle);
    ++cycle_count_.commands;
    cycle_count_.equal += timed_.last_cycles().found == timed_.last_cycles().formula ? 1 : 0;
    if (tag != expected.tag) {
        return of_command("tag of the record" + both(tag, expected.tag, 4), expected.tag,
                          record.cycle);
    }
    if (record.completion.status != expected.status) {
        return of_command("status" + both(static_cast<std::uint64_t>(record.completion.status),
                                          static_cast<std::uint64_t>(expected.status), 1),
                          tag, record.cycle);
    }
    const Range range = matmul.c.range();
    const auto model = std::span(core().l1()).subspan(range.begin, result.size());
    if (const auto offset = first_difference(result, model)) {
        return of_command(wrong_result(matmul.c, *offset, result, model), tag, record.cycle);
    }
    return std::nullopt;
}

Difference Reference::check_l1_read(std::uint64_t offset, std::span<const std::byte> data) const {
    const auto model = core().l1().subspan(offset, data.size());
    const auto place = first_difference(data, model);
    if (!place) {
        return std::nullopt;
    }
    return wrong_byte("read of L1 byte ", offset + *place, data, model, *place);
}

Difference Reference::compare_l1(const VerilatedTile& rtl) {
    scratch_.resize(core().l1().size());
    rtl.peek(0, scratch_);
    const auto place = first_difference(scratch_, core().l1());
    if (!place) {
        return std::nullopt;
    }
    return wrong_byte("L1 byte ", *place, scratch_, core().l1(), *place);
}

}  // namespace athena::tile
