// SPDX-License-Identifier: Apache-2.0
#include "tile/lockstep_tile.h"

#include "regs/tile_regs.h"

namespace athena::tile {

LockstepTile::LockstepTile(History history) : history_(history) {
    if (history_.kept()) {
        record(&history_.recording());
    }
}

// The model has no half results, and a driver's state no bursts that are under way.
void LockstepTile::begin_history() {
    if (history_.due() && !driver().busy()) {
        const TimedTile& model = driver().tile().timed();
        const auto ctrl = model.register_value(regs::tile::kCtrlOffset).value_or(0);
        history_.begin(driver().cycle(), static_cast<std::byte>(ctrl), model.l1(),
                       history_.state_due() ? saved_driver() : std::vector<std::byte>{});
    }
}

Difference LockstepTile::failure_details() const {
    return difference() ? difference() : failure_at_cycle();
}

void LockstepTile::on_record(const TileRecord& record) {
    l1_changed_ = true;
    history_.completed(record.cycle);
}

const Difference& LockstepTile::compare_idle() {
    driver().tile().compare_idle();
    return difference();
}

void LockstepTile::check_idle() {
    if (l1_changed_ && driver().idle()) {
        l1_changed_ = false;
        if (compare_idle() && failure_.empty()) {
            failure_ = *difference();
        }
    }
}

void LockstepTile::reset(std::uint64_t cycle) {
    PortTile::reset(cycle);
    l1_changed_ = false;
    history_.restart(0);
}

Response LockstepTile::access(std::uint64_t cycle, const Request& request) {
    begin_history();
    const Response response = PortTile::access(cycle, request);
    if (failure_.empty()) {
        history_.accessed(driver().cycle(), request, response.ok);
    }
    check_idle();
    return response;
}

void LockstepTile::begin(std::uint64_t cycle, const Request& request, std::uint32_t ticket) {
    begin_history();
    PortTile::begin(cycle, request, ticket);
    if (failure_.empty()) {
        history_.accessed(driver().cycle(), request, true);
    }
}

void LockstepTile::poke(std::uint64_t offset, std::span<const std::byte> data) {
    PortTile::poke(offset, data);
    history_.forget();
}

void LockstepTile::advance(std::uint64_t limit) {
    if (history_.empty()) {
        begin_history();  // the tile may differ before it is asked anything
    }
    PortTile::advance(limit);
    check_idle();
}

void LockstepTile::load(base::StateReader& reader) {
    PortTile::load(reader);
    l1_changed_ = true;
    history_.restart(outstanding());
}

}  // namespace athena::tile
