// SPDX-License-Identifier: Apache-2.0
// A block alone under random transactions: what it needs around it, and the loop.
#pragma once

#include <deque>
#include <memory>
#include <sstream>
#include <string>

#include "base/code_pages.h"
#include "base/diagnostics.h"
#include "base/event_queue.h"
#include "base/host_threads.h"
#include "base/register_info.h"
#include "base/statistics.h"
#include "fresh_simulation.h"
#include "fuzz/parsers/mutator.h"
#include "memory/memory.h"
#include "random_payload.h"

namespace athena::test {

inline constexpr std::uint64_t kMemorySize = 0x1'0000;
inline constexpr int kAccesses = 4000;

/// What blocks need around them.
struct Board {
    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue events{"events"};
    base::HostThreads threads{1};
    base::CodePages code;
    Probe probe{"probe"};
    std::deque<memory::Memory> memories;
    struct : base::StatisticsSource {
        void report(base::StatisticsVisitor& visitor) const override {
            visitor.counter("counter", 1);
        }
    } counted;

    base::TargetSocket& memory(const char* name, bool read_only = false) {
        const memory::Memory::Config config{.size = kMemorySize, .read_only = read_only};
        return memories.emplace_back(name, config, code).socket;
    }
};

inline Places places_of(std::span<const base::RegisterInfo> registers, std::uint64_t window,
                        std::uint64_t base = 0) {
    Places places;
    places.window = base + window;
    for (const base::RegisterInfo& info : registers) {
        const std::uint64_t first = base + info.offset;
        const std::uint64_t stride = info.stride != 0 ? info.stride : info.width;
        for (const std::uint64_t element :
             {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{info.count} - 1}) {
            places.offsets.push_back(first + stride * element);
        }
    }
    return places;
}

/// `make` builds the block, binds the probe to it, and returns what keeps it alive.
template <typename Make>
void fuzz(const std::string& program, const std::string& name, const Places& places, bool with_time,
          Make make) {
    const std::uint32_t first = first_seed();
    const std::uint32_t seeds = iterations(2);
    for (std::uint32_t seed = first; seed < first + seeds; ++seed) {
        INFO("replay: ATHENA_SEED=" << seed << " ATHENA_FUZZ=1 " << program << " '" << name
                                    << "*'");
        FreshSimulation simulation;
        Board board;
        [[maybe_unused]] const auto block = make(board);
        RandomAccess access(board.probe, places, seed);
        for (int round = 0; round < kAccesses; ++round) {
            access.run();
            if (with_time && access.below(4) == 0) {
                sc_core::sc_start(sc_core::sc_time::from_value(1 + access.below(1'000'000)));
            }
        }
        CHECK((!board.diagnostics.stopped() ||
               board.diagnostics.stopped()->status != base::ExitStatus::Simulator));
    }
}

}  // namespace athena::test
