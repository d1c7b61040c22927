// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/history_replay.h"

#include "regs/tile_regs.h"
#include "tile/tile_ports.h"

namespace athena::cosim {

namespace {

constexpr std::uint64_t kLeadCycles = 16;  // more than a write of a register or line takes

}  // namespace

std::optional<Replay> replay_of(const tile::PortHistory& history, bool from_before,
                                Replay::Kind kind) {
    const tile::PortHistory::Stretch& first = from_before ? history.before() : history.latest();
    if (first.l1.empty()) {
        return std::nullopt;
    }
    Replay replay{.kind = kind, .l1 = first.l1};
    replay.accesses.push_back(
        {.write = true,
         .address = static_cast<std::uint32_t>(tile::kRegistersWindow + regs::tile::kCtrlOffset),
         .size = 0,
         .data = {first.ctrl}});
    for (const auto& line : first.lines) {
        replay.accesses.push_back(
            {.write = true, .address = tile::kQueueWindow, .data = {line.begin(), line.end()}});
    }
    // The oldest command is as far then as it was: the queue has as much room.
    const std::uint64_t lead = kLeadCycles * (1 + first.lines.size()) + first.running;
    const auto append = [&](const tile::PortHistory::Stretch& stretch) {
        for (tile::RecordedAccess access : stretch.accesses) {
            access.cycle += lead - first.cycle;
            replay.accesses.push_back(std::move(access));
        }
    };
    append(first);
    if (from_before) {
        append(history.latest());
    }
    return replay;
}

}  // namespace athena::cosim
