// SPDX-License-Identifier: Apache-2.0
#include "tile/functional_tile.h"

#include <algorithm>
#include <cstring>

#include "base/state.h"

namespace athena::tile {

namespace {

constexpr std::uint32_t kStateVersion = 2;

std::uint64_t beats_of(const Request& request) {
    const std::uint64_t first = request.offset / kBeatBytes;
    const std::uint64_t last = (request.offset + request.data.size() - 1) / kBeatBytes;
    return last - first + 1;
}

}  // namespace

void FunctionalTile::reset(std::uint64_t cycle) {
    kernel_.end();
    core_.reset();
    base_ = cycle;
    irq_ = false;
    l1_free_ = 0;
    outputs_.clear();
}

Response FunctionalTile::access(std::uint64_t cycle, const Request& request) {
    if (request.offset < kRegistersWindow) {
        return access_l1(cycle, request);
    }
    return request.offset < kQueueWindow ? access_register(cycle, request) : push(cycle, request);
}

Response FunctionalTile::access_l1(std::uint64_t cycle, const Request& request) {
    lane_.settle();
    const std::span<std::byte> cells =
        core_.core().l1().subspan(request.offset, request.data.size());
    if (!request.write) {
        std::ranges::copy(cells, request.data.begin());
        return {true, cycle + kReadCycles + beats_of(request) - 1};
    }
    if (request.enables.empty()) {
        std::ranges::copy(request.data, cells.begin());
    } else {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            cells[i] = request.enables[i] != 0 ? request.data[i] : cells[i];
        }
    }
    return {true, cycle + kWriteCycles + beats_of(request) - 1};
}

// It takes effect at once; its beats take their cycles of L1, which serves one a cycle.
void FunctionalTile::begin(std::uint64_t cycle, const Request& request, std::uint32_t ticket) {
    const std::uint64_t start = std::max(cycle, l1_free_);
    l1_free_ = start + beats_of(request);
    outputs_.push_back(Output::ended(access_l1(start, request).cycle, ticket, true));
}

// What the host still has to do for commands and copies is done.
void FunctionalTile::settle() const {
    lane_.settle();
    kernel_.settle();
}

// Takes effect a few cycles after its instant, as in the RTL; so do completions before it.
Response FunctionalTile::access_register(std::uint64_t cycle, const Request& request) {
    const std::uint64_t offset = request.offset - kRegistersWindow;
    if (request.write) {
        const Response response{true, cycle + kWriteCycles};
        const std::uint64_t effect = response.cycle - kWriteResponseCycles;
        complete_before(TimedCore::goes_last(offset) ? effect + 1 : effect);
        const bool ok = core_.write_register(effect - base_, offset, request.data);
        update_irq(effect);
        return {ok, response.cycle};
    }
    const std::uint64_t sample = cycle + kReadSampleCycles;
    complete_before(sample + 1);
    const auto size = static_cast<unsigned>(request.data.size());
    const auto value = core_.read_register(sample - base_, offset, size);
    if (value) {
        std::memcpy(request.data.data(), &*value, size);
    }
    return {value.has_value(), cycle + kReadCycles};
}

Response FunctionalTile::push(std::uint64_t cycle, const Request& request) {
    const Response response{true, cycle + kWriteCycles};
    const std::uint64_t effect = response.cycle - kWriteResponseCycles;
    complete_before(effect);
    const bool taken = core_.push(effect - base_, CommandLine(request.data.data(), kBeatBytes));
    return {taken, response.cycle};
}

std::optional<std::uint64_t> FunctionalTile::next_output() const {
    const auto end = core_.next_end();
    return end ? std::optional(base_ + *end) : std::nullopt;
}

void FunctionalTile::advance(std::uint64_t limit) {
    const auto end = next_output();
    if (end && *end <= limit) {
        complete_oldest(*end);
    }
}

void FunctionalTile::complete_before(std::uint64_t cycle) {
    for (auto end = next_output(); end && *end < cycle; end = next_output()) {
        complete_oldest(*end);
    }
}

void FunctionalTile::complete_oldest(std::uint64_t cycle) {
    const bool written = kernel_.end();
    if (!written) {
        lane_.settle();  // the core is about to do it
    }
    outputs_.push_back(Output::completed(cycle, core_.complete(cycle - base_, written)));
    update_irq(cycle);
}

void FunctionalTile::begin_kernel(const Matmul& oldest) {
    if (kernel_.idle()) {
        kernel_.begin(oldest);
    }
}

void FunctionalTile::update_irq(std::uint64_t cycle) {
    if (core_.core().irq() != irq_) {
        irq_ = core_.core().irq();
        outputs_.push_back(Output::interrupt(cycle, irq_));
    }
}

void FunctionalTile::peek(std::uint64_t offset, std::span<std::byte> data) {
    settle();
    std::ranges::copy(core_.core().l1().subspan(offset, data.size()), data.begin());
}

void FunctionalTile::poke(std::uint64_t offset, std::span<const std::byte> data) {
    settle();
    std::ranges::copy(data, core_.core().l1().subspan(offset).begin());
}

std::optional<std::uint64_t> FunctionalTile::peek_register(std::uint64_t offset, unsigned size,
                                                           std::uint64_t cycle) {
    return core_.core().peek(offset, size, cycle - base_);
}

std::uint64_t FunctionalTile::busy_cycles(std::uint64_t cycle) const {
    return core_.core().busy_cycles(cycle - base_);
}

void FunctionalTile::save(base::StateWriter& writer) const {
    settle();
    writer.begin("functional_tile", kStateVersion);
    core_.save(writer);
    writer.value("base", base_);
    writer.value("irq", irq_ ? 1 : 0);
    writer.value("written", kernel_.is_done() ? 1 : 0);
    writer.end();
}

void FunctionalTile::load(base::StateReader& reader) {
    lane_.settle();
    kernel_.end();
    reader.begin("functional_tile", kStateVersion);
    core_.load(reader);
    base_ = reader.value("base");
    irq_ = reader.value("irq") != 0;
    kernel_.restore(reader.value("written") != 0);
    reader.end();
}

}  // namespace athena::tile
