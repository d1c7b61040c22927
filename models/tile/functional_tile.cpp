// SPDX-License-Identifier: Apache-2.0
#include "tile/functional_tile.h"

#include <algorithm>
#include <cstring>

#include "base/state.h"

namespace athena::tile {

namespace {

std::uint64_t beats_of(const Request& request) {
    const std::uint64_t first = request.offset / kBeatBytes;
    const std::uint64_t last = (request.offset + request.data.size() - 1) / kBeatBytes;
    return last - first + 1;
}

}  // namespace

void FunctionalTile::reset(std::uint64_t cycle) {
    core_.reset();
    base_ = cycle;
    irq_ = false;
    outputs_.clear();
}

Response FunctionalTile::access(std::uint64_t cycle, const Request& request) {
    if (request.offset < kRegistersWindow) {
        return access_l1(cycle, request);
    }
    return request.offset < kQueueWindow ? access_register(cycle, request) : push(cycle, request);
}

Response FunctionalTile::access_l1(std::uint64_t cycle, const Request& request) {
    const std::span<std::byte> cells = core_.l1().subspan(request.offset, request.data.size());
    if (!request.write) {
        std::ranges::copy(cells, request.data.begin());
        return {true, cycle + kL1ReadCycles + beats_of(request) - 1};
    }
    if (request.enables.empty()) {
        std::ranges::copy(request.data, cells.begin());
    } else {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            cells[i] = request.enables[i] != 0 ? request.data[i] : cells[i];
        }
    }
    return {true, cycle + kL1WriteCycles + beats_of(request) - 1};
}

Response FunctionalTile::access_register(std::uint64_t cycle, const Request& request) {
    const std::uint64_t offset = request.offset - kRegistersWindow;
    const auto size = static_cast<unsigned>(request.data.size());
    Response response{false, cycle + kRegisterCycles};
    if (request.write) {
        std::uint64_t value = 0;
        std::memcpy(&value, request.data.data(), size);
        response.ok = core_.write(offset, size, value);
        update_irq(cycle);
    } else if (const auto value = core_.read(offset, size, cycle - base_)) {
        std::memcpy(request.data.data(), &*value, size);
        response.ok = true;
    }
    return response;
}

Response FunctionalTile::push(std::uint64_t cycle, const Request& request) {
    const bool taken = core_.push(CommandLine(request.data.data(), kBeatBytes));
    start_next(cycle + kPopCycles);
    return {taken, cycle + kPushCycles};
}

void FunctionalTile::start_next(std::uint64_t cycle) {
    if (!core_.running() && core_.queued() != 0) {
        core_.start(cycle - base_);
    }
}

std::optional<std::uint64_t> FunctionalTile::next_output() const {
    if (!core_.running()) {
        return std::nullopt;
    }
    return base_ + core_.start_cycle() + core_.running_cycles();
}

void FunctionalTile::advance(std::uint64_t limit) {
    const auto end = next_output();
    if (!end || *end > limit) {
        return;
    }
    const Completion completion = core_.finish(*end - base_);
    outputs_.push_back(Output::completed(*end, completion));
    update_irq(*end);
    start_next(*end + kNextPopCycles);
}

void FunctionalTile::update_irq(std::uint64_t cycle) {
    if (core_.irq() != irq_) {
        irq_ = core_.irq();
        outputs_.push_back(Output::interrupt(cycle, irq_));
    }
}

void FunctionalTile::peek(std::uint64_t offset, std::span<std::byte> data) {
    std::ranges::copy(core_.l1().subspan(offset, data.size()), data.begin());
}

void FunctionalTile::poke(std::uint64_t offset, std::span<const std::byte> data) {
    std::ranges::copy(data, core_.l1().subspan(offset).begin());
}

std::optional<std::uint64_t> FunctionalTile::peek_register(std::uint64_t offset, unsigned size,
                                                           std::uint64_t cycle) {
    return core_.peek(offset, size, cycle - base_);
}

std::uint64_t FunctionalTile::busy_cycles(std::uint64_t cycle) const {
    return core_.busy_cycles(cycle - base_);
}

void FunctionalTile::save(base::StateWriter& writer) const {
    writer.begin("functional_tile", 1);
    core_.save(writer);
    writer.value("base", base_);
    writer.value("irq", irq_ ? 1 : 0);
    writer.end();
}

void FunctionalTile::load(base::StateReader& reader) {
    reader.begin("functional_tile", 1);
    core_.load(reader);
    base_ = reader.value("base");
    irq_ = reader.value("irq") != 0;
    reader.end();
}

}  // namespace athena::tile
