// SPDX-License-Identifier: Apache-2.0
#include "tile/tile_pair.h"

#include <cstring>

#include "regs/tile_regs.h"
#include "tile/byte_difference.h"

namespace athena::tile {

namespace {

namespace regs = athena::regs::tile;

struct Flag {
    const char* name;
    bool TileOutputs::*value;
};
constexpr Flag kFlags[] = {
    {"s_axi_awready_o", &TileOutputs::aw_ready},
    {"s_axi_wready_o", &TileOutputs::w_ready},
    {"s_axi_bvalid_o", &TileOutputs::b_valid},
    {"s_axi_arready_o", &TileOutputs::ar_ready},
    {"s_axi_rvalid_o", &TileOutputs::r_valid},
    {"completion_valid_o", &TileOutputs::completion_valid},
    {"irq_o", &TileOutputs::irq},
    {"idle_o", &TileOutputs::idle},
};

bool same_flags(const TileOutputs& a, const TileOutputs& b) {
    bool same = true;
    for (const Flag& flag : kFlags) {
        same = same && a.*flag.value == b.*flag.value;
    }
    return same;
}

// Payloads count while their channel is valid.
bool same_write(const TileOutputs& a, const TileOutputs& b) {
    return !a.b_valid || (a.b_id == b.b_id && a.b_response == b.b_response);
}
// The RTL's bytes, but the model's where they belong to a result in flight.
Beat settled(const Beat& rtl, const Beat& model, const ReadPort::Place& read) {
    Beat bytes = rtl;
    const std::uint64_t first = read.address / kBeatBytes * kBeatBytes;
    for (std::uint64_t i = 0; i < kBeatBytes && read.window == Window::L1; ++i) {
        bytes[i] = read.in_flight.meets({first + i, first + i + 1}) ? model[i] : rtl[i];
    }
    return bytes;
}
bool same_read(const TileOutputs& a, const TileOutputs& b, const ReadPort::Place& read) {
    return !a.r_valid ||
           (a.r_id == b.r_id && a.r_response == b.r_response && a.r_last == b.r_last &&
            (a.r_data == b.r_data || settled(a.r_data, b.r_data, read) == b.r_data));
}
bool same_record(const TileOutputs& a, const TileOutputs& b) {
    return !a.completion_valid ||
           (a.completion_tag == b.completion_tag && a.completion_status == b.completion_status);
}

std::string levels(const char* name, bool rtl, bool model) {
    return name + std::string(" is ") + (rtl ? "1" : "0") + " in the RTL, " + (model ? "1" : "0") +
           " in the model";
}

}  // namespace

void TilePair::reset() {
    inputs = TileInputs{};
    rtl_.reset();
    timed_.reset();
    difference_ = {};
    completed_tag_ = {};
}

std::optional<std::uint32_t> TilePair::nearest_tag() const {
    const auto oldest = timed_.oldest_tag();
    return oldest ? oldest : completed_tag_;
}

void TilePair::differ(Difference difference) {
    if (difference && !difference_) {
        difference.cycle = difference.cycle.value_or(timed_.cycle_count());
        difference.nearest = nearest_tag();
        difference.assertion = assertion();
        difference_ = std::move(difference);
    }
}

void TilePair::differ_in(std::uint64_t cycle, const std::string& text) {
    Difference difference(text + ", cycle " + std::to_string(cycle));
    difference.cycle = cycle;
    differ(std::move(difference));
}

const TileOutputs& TilePair::cycle() {
    const ReadPort::Place read = timed_.shown_read();
    rtl_.inputs = inputs;
    timed_.inputs = inputs;
    rtl_.cycle();
    const TileOutputs& model = timed_.cycle();
    note_completion();
    compare(timed_.cycle_count(), model, read);
    if (const auto* finished = timed_.finished(); finished != nullptr) {
        compare_completion(*finished);
    }
    return rtl_.outputs();
}

// The RTL is looked at in every cycle, also in those that the model passes over.
std::uint64_t TilePair::run_quiet(std::uint64_t most) {
    rtl_.inputs = inputs;
    timed_.inputs = inputs;
    const bool level = timed_.outputs().irq;
    const std::uint64_t first = timed_.cycle_count();
    const std::uint64_t cycles = timed_.run_quiet(most);
    note_completion();
    TileOutputs between = timed_.outputs();
    between.completion_valid = false;
    between.irq = level;
    between.idle = false;
    for (std::uint64_t i = 1; i <= cycles; ++i) {
        rtl_.cycle();
        compare(first + i, i < cycles ? between : timed_.outputs(), {});
    }
    if (const auto* finished = timed_.finished(); finished != nullptr) {
        compare_completion(*finished);
    }
    return cycles;
}

void TilePair::note_completion() {
    if (const auto* finished = timed_.finished(); finished != nullptr) {
        completed_tag_ = finished->completion.tag;
    }
}

void TilePair::skip(std::uint64_t count) {
    rtl_.skip(count);
    timed_.skip(count);
}

void TilePair::poke(std::uint64_t offset, std::span<const std::byte> data) {
    rtl_.poke(offset, data);
    timed_.poke(offset, data);
}

void TilePair::compare(std::uint64_t cycle, const TileOutputs& model, const ReadPort::Place& read) {
    const TileOutputs& rtl = rtl_.outputs();
    const bool same = same_flags(rtl, model) && same_record(rtl, model) && same_write(rtl, model) &&
                      same_read(rtl, model, read);
    if (same || difference_) [[likely]] {
        return;
    }
    if (rtl.completion_valid != model.completion_valid || !same_record(rtl, model)) {
        compare_record(cycle, model);
    }
    for (const Flag& flag : kFlags) {
        if (rtl.*flag.value != model.*flag.value) {
            differ_in(cycle, levels(flag.name, rtl.*flag.value, model.*flag.value));
        }
    }
    if (!same_write(rtl, model)) {
        const auto packed = [](const TileOutputs& outputs) {
            return std::uint64_t{outputs.b_id} << 4 | outputs.b_response;
        };
        differ_in(cycle, "the response on B" + both_values(packed(rtl), packed(model), 1));
    }
    if (!same_read(rtl, model, read)) {
        compare_read(cycle, read);
    }
}

void TilePair::compare_read(std::uint64_t cycle, const ReadPort::Place& read) {
    const TileOutputs& rtl = rtl_.outputs();
    const TileOutputs& model = timed_.outputs();
    if (rtl.r_data != model.r_data && read.window == Window::L1) {
        differ(compare_bytes("read of L1 byte ", read.address / kBeatBytes * kBeatBytes,
                             settled(rtl.r_data, model.r_data, read), model.r_data));
    } else if (rtl.r_data != model.r_data && read.window == Window::Registers) {
        const auto word = [](const TileOutputs& outputs) {
            std::uint64_t value = 0;
            std::memcpy(&value, outputs.r_data.data(), sizeof value);
            return value;
        };
        differ_in(cycle, "read of " + register_name(register_offset(read.address)) +
                             both_values(word(rtl), word(model), 8));
    } else {
        const auto packed = [](const TileOutputs& outputs) {
            return std::uint64_t{outputs.r_id} << 4 | (outputs.r_last ? 4U : 0U) |
                   outputs.r_response;
        };
        differ_in(cycle, "the beat on R" + both_values(packed(rtl), packed(model), 1));
    }
}

void TilePair::compare_record(std::uint64_t cycle, const TileOutputs& model) {
    const TileOutputs& rtl = rtl_.outputs();
    const std::uint32_t tag = model.completion_valid ? model.completion_tag : rtl.completion_tag;
    std::string text;
    if (rtl.completion_valid != model.completion_valid) {
        text = std::string("its record shows in the ") + (rtl.completion_valid ? "RTL" : "model") +
               " only";
    } else if (rtl.completion_tag != model.completion_tag) {
        text = "tag of the record" + both_values(rtl.completion_tag, model.completion_tag, 4);
    } else {
        text = "status" + both_values(rtl.completion_status, model.completion_status, 1);
    }
    differ(of_command(Difference(text), tag, cycle));
}

void TilePair::compare_completion(const TimedCommands::Finished& finished) {
    const std::uint32_t tag = finished.completion.tag;
    const std::uint64_t cycle = timed_.cycle_count();
    ++cycle_count_.commands;
    const auto cycles = rtl_.register_value(regs::kCommandCyclesOffset);
    cycle_count_.equal += cycles == finished.cycles ? 1 : 0;
    differ(of_command(compare_registers(), tag, cycle));
    if (finished.completion.status == Status::Ok) {
        const Range range = finished.matmul.c.range();
        scratch_.resize(range.end - range.begin);
        rtl_.peek(range.begin, scratch_);
        differ(of_command(compare_result(finished.matmul.c, scratch_,
                                         timed_.l1().subspan(range.begin, scratch_.size())),
                          tag, cycle));
    }
}

Difference TilePair::compare_registers() const {
    for (const base::RegisterInfo& info : regs::kRegisters) {
        const auto rtl = rtl_.register_value(info.offset);
        const auto model = timed_.register_value(info.offset);
        if (rtl != model) {
            return std::string(info.name) +
                   both_values(rtl.value_or(0), model.value_or(0), info.width);
        }
    }
    return std::nullopt;
}

void TilePair::compare_idle() {
    differ(compare_registers());
    scratch_.resize(timed_.l1().size());
    rtl_.peek(0, scratch_);
    differ(compare_bytes("L1 byte ", 0, scratch_, timed_.l1()));
}

}  // namespace athena::tile
