// SPDX-License-Identifier: Apache-2.0
#include "tile/lockstep_tile.h"

namespace athena::tile {

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
}

Response LockstepTile::access(std::uint64_t cycle, const Request& request) {
    const Response response = PortTile::access(cycle, request);
    check_idle();
    return response;
}

void LockstepTile::advance(std::uint64_t limit) {
    PortTile::advance(limit);
    check_idle();
}

void LockstepTile::load(base::StateReader& reader) {
    PortTile::load(reader);
    l1_changed_ = true;
}

}  // namespace athena::tile
