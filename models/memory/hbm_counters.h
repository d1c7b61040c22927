// SPDX-License-Identifier: Apache-2.0
// What an HBM channel has done since reset, for statistics and conservation checks.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "memory/hbm_config.h"

namespace athena::memory {

struct HbmBankCounters {
    std::uint64_t reads = 0;  // commands
    std::uint64_t writes = 0;
    std::uint64_t activates = 0;
    std::uint64_t precharges = 0;     // by command, those of all banks included
    std::uint64_t row_hits = 0;       // column commands that are not the first in their row
    std::uint64_t row_misses = 0;     // first in their row, bank was closed
    std::uint64_t row_conflicts = 0;  // first in their row, another was closed for it
};

struct HbmPseudoChannelCounters {
    std::uint64_t refreshes = 0;  // commands, of all banks or of one
    std::uint64_t bus_busy = 0;   // cycles of the data bus
};

struct HbmChannelCounters {
    std::array<std::uint64_t, 2> accepted{};     // requests: reads, writes
    std::array<std::uint64_t, 2> bursts{};       // of them
    std::array<std::uint64_t, 2> completed{};    // requests told to the requester
    std::array<std::uint64_t, 2> merged{};       // bursts: with an equal one that waits
    std::uint64_t forwarded = 0;                 // bursts read from a write that waits
    std::array<std::uint64_t, 2> refused{};      // calls of accept(): queue full
    std::array<std::uint64_t, 2> full_cycles{};  // cycles with a full queue
    std::uint64_t urgent = 0;                    // times that a command had waited max_wait

    std::array<HbmBankCounters, kHbmMaxBanks> bank{};
    std::array<HbmPseudoChannelCounters, 2> pseudo_channel{};

    /// Calls `visit(name, value)` for each counter: saving and loading.
    template <typename Visit>
    void visit(Visit&& visit) {
        for (unsigned kind = 0; kind < 2; ++kind) {
            visit("accepted", accepted[kind]);
            visit("bursts", bursts[kind]);
            visit("completed", completed[kind]);
            visit("merged", merged[kind]);
            visit("refused", refused[kind]);
            visit("full_cycles", full_cycles[kind]);
        }
        visit("forwarded", forwarded);
        visit("urgent", urgent);
        for (HbmBankCounters& b : bank) {
            visit("reads", b.reads);
            visit("writes", b.writes);
            visit("activates", b.activates);
            visit("precharges", b.precharges);
            visit("row_hits", b.row_hits);
            visit("row_misses", b.row_misses);
            visit("row_conflicts", b.row_conflicts);
        }
        for (HbmPseudoChannelCounters& pc : pseudo_channel) {
            visit("refreshes", pc.refreshes);
            visit("bus_busy", pc.bus_busy);
        }
    }

    /// Sum of a counter over the banks.
    [[nodiscard]] std::uint64_t total(std::uint64_t HbmBankCounters::*counter) const {
        std::uint64_t sum = 0;
        for (const HbmBankCounters& b : bank) {
            sum += b.*counter;
        }
        return sum;
    }
};

}  // namespace athena::memory
