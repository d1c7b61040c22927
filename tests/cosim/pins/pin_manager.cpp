// SPDX-License-Identifier: Apache-2.0
#include "pin_manager.h"

#include <algorithm>

#include "regs/tile_regs.h"

namespace athena::pins {

namespace {

namespace regs = athena::regs::tile;

constexpr std::uint32_t kNoWindow = 0x82'0000;
constexpr std::uint64_t kAll = ~std::uint64_t{0};

}  // namespace

// INCR of any size, length and alignment, where no command reads or writes.
tile::AxiAddress PinManager::l1_address() {
    tile::AxiAddress address{.valid = true, .id = static_cast<std::uint8_t>(random_.below(16))};
    for (;;) {
        address.size = static_cast<std::uint8_t>(random_.chance(50) ? 6 : random_.below(7));
        const std::uint64_t beats = random_.log_uniform(random_.chance(3) ? 8 : 4);
        address.length = static_cast<std::uint8_t>(std::min<std::uint64_t>(beats, 256) - 1);
        const std::uint64_t bytes = (std::uint64_t{address.length} + 1) << address.size;
        const std::uint64_t first = random_.below(((l1_bytes_ - bytes) >> address.size) + 1)
                                    << address.size;
        const std::uint64_t within = random_.chance(50) ? random_.below(1U << address.size) : 0;
        address.address = static_cast<std::uint32_t>(first + within);
        // Whole lines are read.
        if (is_free(commands_, {first & ~std::uint64_t{63}, (first + bytes + 63) & ~63ULL})) {
            return address;
        }
    }
}

tile::AxiAddress PinManager::register_address() {
    tile::AxiAddress address{.valid = true, .id = static_cast<std::uint8_t>(random_.below(16))};
    address.size = static_cast<std::uint8_t>(random_.chance(60) ? 3 : random_.below(4));
    const std::uint32_t offset =
        static_cast<std::uint32_t>(random_.below(random_.chance(95) ? 0x78 : tile::kWindowSize) >>
                                   address.size << address.size);
    address.address = static_cast<std::uint32_t>(tile::kRegistersWindow) + offset;
    return address;
}

// Legal but for one thing; of reads the queue too.
tile::AxiAddress PinManager::illegal_address(bool write) {
    tile::AxiAddress address = random_.chance(50) ? l1_address() : register_address();
    switch (random_.below(7)) {
        case 0:
            address.burst = random_.chance(50) ? tile::AxiBurst::Fixed : tile::AxiBurst::Wrap;
            break;
        case 1:
            address.size = 7;
            break;
        case 2:  // leaves L1, by its first beat or a later one
            address.size = static_cast<std::uint8_t>(random_.below(7));
            address.length = static_cast<std::uint8_t>(random_.below(8));
            address.address =
                l1_bytes_ - static_cast<std::uint32_t>(
                                random_.below(std::uint64_t{address.length} + 1) << address.size);
            break;
        case 3:  // registers by more than a beat, by a large one, or unaligned
            address = register_address();
            address.length = static_cast<std::uint8_t>(random_.below(3));
            address.size = static_cast<std::uint8_t>(random_.below(7));
            address.address += static_cast<std::uint32_t>(random_.below(8));
            break;
        case 4:
            address.address = kNoWindow + static_cast<std::uint32_t>(random_.below(0x7E'0000));
            break;
        default:
            address.address =
                static_cast<std::uint32_t>(tile::kQueueWindow + random_.below(0x1'0000));
            address.size = static_cast<std::uint8_t>(write ? random_.below(6) : 6);
            address.length = static_cast<std::uint8_t>(random_.below(2));
            break;
    }
    return address;
}

tile::AxiAddress PinManager::any_address(bool write) {
    const std::uint64_t kind = random_.below(100);
    return kind < 65 ? l1_address() : kind < 85 ? register_address() : illegal_address(write);
}

// The bytes that a beat may carry, a bit each.
std::uint64_t PinManager::lanes(const tile::AxiAddress& address, unsigned beat) const {
    const std::uint64_t size = std::uint64_t{1} << address.size;
    const std::uint64_t aligned = address.address & ~(size - 1);
    const std::uint64_t begin = beat == 0 ? address.address : aligned + beat * size;
    const std::uint64_t end = (begin & ~(size - 1)) + size;
    std::uint64_t lanes = 0;
    for (std::uint64_t byte = begin; byte < end && address.size <= 6; ++byte) {
        lanes |= std::uint64_t{1} << byte % 64;
    }
    return lanes;
}

void PinManager::write(const tile::AxiAddress& address) {
    aw_.push_back(address);
    ++writes_;
    const bool whole = random_.chance(60);
    for (unsigned beat = 0; beat <= address.length; ++beat) {
        WriteBeat& data = w_.emplace_back();
        std::ranges::generate(data.data, [&] { return static_cast<std::byte>(random_.bits()); });
        data.strobe = lanes(address, beat) & (whole ? kAll : random_.bits() | random_.bits());
        data.last = beat == address.length;
    }
}

void PinManager::start_write() {
    write(any_address(true));
    // Aborts are started by themselves.
    WriteBeat& data = w_.back();
    const tile::AxiAddress& address = aw_.back();
    const std::uint64_t offset = address.address - tile::kRegistersWindow;
    if (offset / 8 * 8 == regs::kCtrlOffset) {
        data.data[address.address % 64 / 8 * 8 + 1] = std::byte{0};
    }
}

void PinManager::start_abort() {
    tile::AxiAddress address{.valid = true, .size = 3};
    address.address = static_cast<std::uint32_t>(tile::kRegistersWindow + regs::kCtrlOffset);
    write(address);
    w_.back().data[regs::kCtrlOffset % 64 + 1] = std::byte{1};
}

void PinManager::start_push() {
    if (all_pushed()) {
        return;
    }
    tile::AxiAddress address{
        .valid = true, .id = static_cast<std::uint8_t>(random_.below(16)), .size = 6};
    address.address =
        static_cast<std::uint32_t>(tile::kQueueWindow + random_.below(tile::kWindowSize / 64) * 64);
    write(address);
    w_.back().data = commands_.lines[next_++];
    w_.back().strobe = random_.chance(97) ? kAll : random_.bits();
}

void PinManager::start_read() {
    ar_.push_back(any_address(false));
    ++reads_;
}

void PinManager::drive(tile::TileInputs& inputs) {
    if (!inputs.aw.valid && !aw_.empty() && !random_.chance(stalls_.aw)) {
        inputs.aw = aw_.front();
        aw_.pop_front();
    }
    if (!inputs.w_valid && !w_.empty() && !random_.chance(stalls_.w)) {
        inputs.w_valid = true;
        inputs.w_data = w_.front().data;
        inputs.w_strobe = w_.front().strobe;
        inputs.w_last = w_.front().last;
        w_.pop_front();
    }
    if (!inputs.ar.valid && !ar_.empty() && !random_.chance(stalls_.ar)) {
        inputs.ar = ar_.front();
        ar_.pop_front();
    }
    inputs.b_ready = !random_.chance(stalls_.b);
    inputs.r_ready = !random_.chance(stalls_.r);
    if (stalls_.holds && random_.below(2000) == 0) {
        holds_ = !holds_;
    }
    inputs.completion_ready = !holds_ && !random_.chance(stalls_.completion);
}

void PinManager::take(tile::TileInputs& inputs, const tile::TileOutputs& outputs) {
    inputs.aw.valid = inputs.aw.valid && !outputs.aw_ready;
    inputs.w_valid = inputs.w_valid && !outputs.w_ready;
    inputs.ar.valid = inputs.ar.valid && !outputs.ar_ready;
    writes_ -= outputs.b_valid && inputs.b_ready ? 1 : 0;
    reads_ -= outputs.r_valid && inputs.r_ready && outputs.r_last ? 1 : 0;
}

}  // namespace athena::pins
