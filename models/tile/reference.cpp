// SPDX-License-Identifier: Apache-2.0
#include "tile/reference.h"

#include "regs/tile_regs.h"
#include "tile/byte_difference.h"

namespace athena::tile {

namespace {

namespace regs = athena::regs::tile;

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
        return of_command("tag of the record" + both_values(tag, expected.tag, 4), expected.tag,
                          record.cycle);
    }
    if (record.completion.status != expected.status) {
        return of_command(
            "status" + both_values(static_cast<std::uint64_t>(record.completion.status),
                                   static_cast<std::uint64_t>(expected.status), 1),
            tag, record.cycle);
    }
    const Range range = matmul.c.range();
    const auto model = std::span(core().l1()).subspan(range.begin, result.size());
    return of_command(compare_result(matmul.c, result, model), tag, record.cycle);
}

Difference Reference::check_l1_read(std::uint64_t offset, std::span<const std::byte> data) const {
    return compare_bytes("read of L1 byte ", offset, data,
                         core().l1().subspan(offset, data.size()));
}

Difference Reference::compare_l1(const VerilatedTile& rtl) {
    scratch_.resize(core().l1().size());
    rtl.peek(0, scratch_);
    return compare_bytes("L1 byte ", 0, scratch_, core().l1());
}

}  // namespace athena::tile
