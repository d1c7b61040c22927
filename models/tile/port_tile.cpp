// SPDX-License-Identifier: Apache-2.0
#include "tile/port_tile.h"

#include <algorithm>

#include "base/state.h"
#include "regs/tile_regs.h"

namespace athena::tile {

namespace {

namespace regs = athena::regs::tile;

constexpr std::uint64_t kBoundary = 4096;  // no burst crosses a multiple (IHI 0022, A3.4.1)
constexpr std::uint64_t kOfAccess = ~std::uint64_t{0};  // ticket: others are those of begin()

}  // namespace

template <typename Tile>
void PortTile<Tile>::reset(std::uint64_t cycle) {
    driver_.reset();
    base_ = cycle;
    irq_ = false;
    open_ = 0;
    outputs_.clear();
    failure_.clear();
}

template <typename Tile>
void PortTile<Tile>::run_to(std::uint64_t cycle) {
    while (base_ + driver_.cycle() < cycle && !driver_.failure()) {
        if (driver_.idle()) {
            driver_.skip_to(cycle - base_);
        } else {
            driver_.run(cycle - base_);
            collect();
        }
    }
}

template <typename Tile>
Response PortTile<Tile>::access(std::uint64_t cycle, const Request& request) {
    run_to(cycle);
    ok_ = true;
    start(request, kOfAccess);
    while (open_ != 0 && !driver_.failure()) {
        driver_.step();
        collect();
    }
    return {ok_ && !driver_.failure(), base_ + driver_.cycle()};
}

template <typename Tile>
void PortTile<Tile>::begin(std::uint64_t cycle, const Request& request, std::uint32_t ticket) {
    run_to(cycle);
    start(request, ticket);
}

template <typename Tile>
std::optional<std::uint64_t> PortTile<Tile>::next_end() const {
    const auto finish = driver_.earliest_finish();
    return finish ? std::optional(base_ + *finish) : std::nullopt;
}

template <typename Tile>
void PortTile<Tile>::start(const Request& request, std::uint64_t ticket) {
    AxiTransfer transfer;
    transfer.ticket = ticket;
    transfer.write = request.write;
    if (request.offset >= kRegistersWindow && request.offset < kQueueWindow) {
        while ((std::uint64_t{1} << transfer.size) > request.data.size()) {
            --transfer.size;
        }
    }
    for (std::uint64_t done = 0; done < request.data.size(); done += transfer.data.size()) {
        const std::uint64_t address = request.offset + done;
        const std::uint64_t size =
            std::min(request.data.size() - done, kBoundary - address % kBoundary);
        transfer.address = static_cast<std::uint32_t>(address);
        transfer.data = request.data.subspan(done, size);
        transfer.enables =
            request.enables.empty() ? request.enables : request.enables.subspan(done, size);
        driver_.start(transfer);
        open_ += ticket == kOfAccess ? 1 : 0;
    }
}

template <typename Tile>
void PortTile<Tile>::collect() {
    for (const TileRecord& record : driver_.records) {
        outputs_.push_back(Output::completed(base_ + record.cycle, record.completion));
        on_record(record);
    }
    driver_.records.clear();
    for (const AxiFinished& burst : driver_.finished) {
        if (burst.ticket == kOfAccess) {
            --open_;
            ok_ = ok_ && burst.ok;
            continue;
        }
        const auto ticket = static_cast<std::uint32_t>(burst.ticket);
        outputs_.push_back(Output::ended(base_ + burst.cycle, ticket, burst.ok));
        on_end(ticket, burst.ok);
    }
    driver_.finished.clear();
    if (driver_.irq() != irq_) {
        irq_ = driver_.irq();
        outputs_.push_back(Output::interrupt(base_ + driver_.cycle(), irq_));
    }
    if (driver_.failure() && failure_.empty()) {
        failure_ = *driver_.failure();
    }
}

template <typename Tile>
std::optional<std::uint64_t> PortTile<Tile>::next_output() const {
    if (driver_.idle() || driver_.failure()) {
        return std::nullopt;
    }
    return base_ + driver_.cycle() + 1;
}

template <typename Tile>
void PortTile<Tile>::advance(std::uint64_t limit) {
    while (outputs_.empty() && base_ + driver_.cycle() < limit && next_output()) {
        driver_.run(limit - base_);
        collect();
    }
}

template <typename Tile>
void PortTile<Tile>::peek(std::uint64_t offset, std::span<std::byte> data) {
    driver_.tile().peek(offset, data);
}

template <typename Tile>
void PortTile<Tile>::poke(std::uint64_t offset, std::span<const std::byte> data) {
    driver_.tile().poke(offset, data);
}

template <typename Tile>
std::optional<std::uint64_t> PortTile<Tile>::peek_register(std::uint64_t offset, unsigned size,
                                                           std::uint64_t cycle) {
    const std::uint64_t place = offset / 8 * 8;
    const bool aligned = (size == 1 || size == 2 || size == 4 || size == 8) && offset % size == 0;
    auto value = driver_.tile().register_value(place);
    if (!aligned || !value) {
        return std::nullopt;
    }
    if (place == regs::kCyclesOffset) {
        value = std::max(*value, cycle - base_);  // idle cycles are added when they are needed
    }
    const std::uint64_t mask = size == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * size) - 1;
    return *value >> 8 * (offset - place) & mask;
}

template <typename Tile>
std::uint64_t PortTile<Tile>::busy_cycles(std::uint64_t /*cycle*/) const {
    return driver_.tile().register_value(regs::kBusyCyclesOffset).value_or(0);
}

template <typename Tile>
std::vector<std::byte> PortTile<Tile>::saved_driver() const {
    base::StateWriter writer;
    driver_.save(writer);
    return writer.data();
}

template <typename Tile>
Difference PortTile<Tile>::failure_at_cycle() const {
    Difference difference(failure_);
    if (difference) {
        difference.cycle = driver_.cycle();
        if constexpr (requires { driver_.tile().assertion(); }) {
            difference.assertion = driver_.tile().assertion();
        }
        if constexpr (requires { driver_.tile().nearest_tag(); }) {
            difference.nearest = driver_.tile().nearest_tag();
        }
    }
    return difference;
}

template <typename Tile>
void PortTile<Tile>::save(base::StateWriter& writer) const {
    writer.begin("port_tile", 1);
    driver_.save(writer);
    writer.value("base", base_);
    writer.value("irq", irq_ ? 1 : 0);
    writer.end();
}

template <typename Tile>
void PortTile<Tile>::load(base::StateReader& reader) {
    reader.begin("port_tile", 1);
    driver_.load(reader);
    base_ = reader.value("base");
    irq_ = reader.value("irq") != 0;
    reader.end();
}

template class PortTile<VerilatedTile>;
template class PortTile<TimedTile>;
template class PortTile<TilePair>;

}  // namespace athena::tile
