// SPDX-License-Identifier: Apache-2.0
// `athena cosim`: the tile alone, its Verilated RTL against the functional core, on random
// commands, data and AXI traffic (docs/cosim.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "sim/cosim/difference_files.h"

namespace athena::sim {

struct CosimOptions {
    std::uint64_t seed = 1;
    std::uint64_t commands = 1000;
    /// Chance in percent that each channel hesitates in a cycle; unless said, each channel of each
    /// round has one of 0, 10, 50 and 90.
    std::optional<unsigned> stall = {};
    std::uint64_t wave_cycles = cosim::kWaveCycles;  ///< of the waveform, up to the difference
    std::optional<std::string> bins = {};            ///< file for the hits of every bin
    std::optional<std::string> replay = {};  ///< file that an earlier run wrote at a difference
    std::filesystem::path reports = {};      ///< folder for what is written at a difference
};

/// Prints progress on a terminal, a summary, and the first difference with the command that repeats
/// it. Returns the exit status: 0, 2 (replay or bins file), 3 (difference) or 130 (interrupted).
int cosim(const CosimOptions& options);

}  // namespace athena::sim
