// SPDX-License-Identifier: Apache-2.0
// What is in a waveform that Verilator wrote, and a save file for GTKWave that shows it in groups.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace athena::tile {

struct WaveSignal {
    std::string scope;  ///< "tile.athena_tile.u_l1"
    std::string name;   ///< with its range: "l1_q [7:0]"
    unsigned bits = 0;
    bool port = false;
};

/// Nothing if the file is no FST.
[[nodiscard]] std::optional<std::vector<WaveSignal>> read_wave(const std::string& file);

/// First and last time of its waveform, in half cycles since reset; zeros if it is no FST.
struct WaveSpan {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};
[[nodiscard]] WaveSpan wave_span(const std::string& file);

/// The tile's ports by channel, then the registers (..._q) of each part that are at most 64 bits
/// wide. The names are taken from the FST, so they exist. False: a file could not be read or
/// written.
[[nodiscard]] bool write_save_file(const std::string& fst, const std::string& gtkw);

}  // namespace athena::tile
