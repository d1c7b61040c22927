// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/history_replay.h"

#include <memory>
#include <vector>

#include "base/state.h"
#include "regs/tile_regs.h"
#include "sim/cosim/replay_run.h"
#include "tile/tile_ports.h"

namespace athena::cosim {

namespace {

constexpr std::uint64_t kLeadCycles = 16;  // more than a write of a register or line takes

// From the first access on as in the board: each burst in its cycle, behind those before it or not.
template <typename Driver>
void repeat(Driver& driver, const std::vector<const tile::PortHistory::Stretch*>& stretches,
            std::uint64_t last) {
    std::vector<std::vector<std::byte>> data;
    const auto run_to = [&](std::uint64_t cycle) {
        while (driver.cycle() < cycle && !driver.failure()) {
            driver.idle() ? driver.skip_to(cycle) : driver.run(cycle);
            driver.records.clear();
            driver.finished.clear();
        }
    };
    for (const auto* stretch : stretches) {
        for (const tile::RecordedAccess& access : stretch->accesses) {
            run_to(access.cycle);
            driver.start({.write = access.write,
                          .address = access.address,
                          .size = access.size,
                          .burst = access.burst,
                          .data = data.emplace_back(access.data),
                          .enables = access.enables});
        }
    }
    while (driver.busy() && !driver.failure()) {
        driver.step();
    }
    run_to(last);
}

}  // namespace

std::optional<Replay> replay_of(const tile::PortHistory& history, tile::PortHistory::Reach reach,
                                Replay::Kind kind) {
    const auto stretches = history.stretches(reach);
    if (stretches.empty()) {
        return std::nullopt;
    }
    const tile::PortHistory::Stretch& first = *stretches.front();
    Replay replay{.kind = kind, .l1 = first.l1};
    std::uint64_t lead = 0;
    if (first.ctrl != std::byte{0} || !first.lines.empty()) {
        replay.accesses.push_back({.write = true,
                                   .address = static_cast<std::uint32_t>(tile::kRegistersWindow +
                                                                         regs::tile::kCtrlOffset),
                                   .size = 0,
                                   .data = {first.ctrl}});
        // The oldest command is as far then as it was: the queue has as much room.
        lead = kLeadCycles * (1 + first.lines.size()) + first.running;
    }
    for (const auto& line : first.lines) {
        replay.accesses.push_back(
            {.write = true, .address = tile::kQueueWindow, .data = {line.begin(), line.end()}});
    }
    for (const auto* stretch : stretches) {
        for (const tile::RecordedAccess& access : stretch->accesses) {
            if (!access.refused) {  // it may find room in a repetition
                replay.accesses.push_back(access);
                replay.accesses.back().cycle += lead - first.cycle;
            }
        }
    }
    return replay;
}

bool repeat_with_wave(const tile::PortHistory& history, Replay::Kind kind, const std::string& file,
                      std::uint64_t cycle, std::uint64_t cycles) {
    const auto stretches = history.stretches(tile::PortHistory::Reach::All);
    if (stretches.empty()) {
        return false;
    }
    const auto run = [&](auto& driver, tile::VerilatedTile& rtl) {
        base::StateReader reader(stretches.front()->state);
        driver.load(reader);
        const std::uint64_t first = cycle > cycles ? cycle - cycles : 0;
        rtl.wave(file, first, cycle + kWaveBehind, driver.cycle());
        repeat(driver, stretches, cycle + kWaveBehind);
    };
    if (kind == Replay::Kind::Data) {
        const auto driver = std::make_unique<tile::AxiDriver>();
        run(*driver, driver->tile());
    } else {
        const auto driver = std::make_unique<PairDriver>();
        run(*driver, driver->tile().rtl());
    }
    return true;
}

}  // namespace athena::cosim
