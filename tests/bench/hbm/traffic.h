// SPDX-License-Identifier: Apache-2.0
// Traffic for an HBM controller, as the reference measurements have it, and what comes of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "memory/hbm_controller.h"

namespace athena::test {

enum class HbmStream { Sequential, Random, Stride, Several };
enum class HbmDriver {
    PerChannel,  // each channel has its own stream
    InOrder,     // one stream over the address space, which stops at the first refusal
    Sources,     // `streams` streams, each in a part of the address space, a request a cycle each
};

struct HbmTraffic {
    HbmStream stream = HbmStream::Sequential;
    HbmDriver driver = HbmDriver::PerChannel;
    double offered = 0;           // fraction of peak, of each channel; 0: full back pressure
    unsigned read_percent = 100;  // of the blocks, drawn one by one
    unsigned block_bytes = 64;    // a block is consecutive requests
    bool whole_blocks = false;    // as large as they may be, else of a burst each
    std::uint64_t stride = 256;   // bytes, of Stride
    unsigned streams = 4;         // of Several: sequential ones, far apart, in turn; and of Sources
    unsigned per_cycle = 8;       // InOrder: requests at most
    std::uint64_t span = 0;       // bytes used of a channel; 0: all
    std::uint64_t warm_up = 20'000;
    std::uint64_t cycles = 390'000;
    std::uint64_t seed = 1;
};

struct HbmMeasured {
    double achieved = 0;  // fraction of peak
    double gigabytes_per_second = 0;
    double read_latency = 0;  // mean; cycles, from acceptance or, where a rate is offered, creation
    std::uint64_t max_read_latency = 0;
    bool saturated = false;
    double row_hit_rate = 0;
    std::uint64_t reads = 0;  // commands
    std::uint64_t writes = 0;
    std::uint64_t activates = 0;
    std::uint64_t requests = 0;   // accepted, warm-up included
    std::uint64_t completed = 0;  // of them
};

/// Runs `traffic`. `each_cycle`, if given, is called before every cycle's requests.
HbmMeasured run_traffic(memory::HbmController& controller, const HbmTraffic& traffic,
                        const std::function<void(memory::HbmCycle)>& each_cycle = {});

/// Mean latency of `count` reads, one at a time, each the cycle after the one before has ended.
double serial_latency(memory::HbmController& controller, HbmStream stream, unsigned count,
                      std::uint64_t seed);

/// Sets an option of HbmTraffic by name; nothing, or what is wrong.
std::optional<std::string> set_traffic(HbmTraffic& traffic, std::string_view key,
                                       std::string_view value);

}  // namespace athena::test
