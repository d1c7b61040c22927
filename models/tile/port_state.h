// SPDX-License-Identifier: Apache-2.0
// What both halves of the tile's port save: their waiting bursts.
#pragma once

#include <string_view>

#include "base/state.h"
#include "tile/fifo.h"
#include "tile/port_burst.h"

namespace athena::tile {

inline constexpr std::uint8_t kOkay = 0;  // IHI 0022, A3.4.4
inline constexpr std::uint8_t kSlaveError = 2;

/// How many entries follow; more than there is room for is another tile's state.
[[nodiscard]] inline std::uint64_t load_count(base::StateReader& reader, std::string_view name,
                                              std::uint64_t most) {
    const std::uint64_t count = reader.value(name);
    if (count > most) {
        throw base::StateError("tile: more entries than its port or queue holds");
    }
    return count;
}

inline void save_bursts(base::StateWriter& writer, const Fifo<PortBurst>& bursts) {
    writer.value("bursts", bursts.size());
    for (std::size_t i = 0; i < bursts.size(); ++i) {
        const PortBurst& burst = bursts.at(i);
        writer.value("id", burst.id);
        writer.value("last_beat", burst.last_beat);
        writer.value("size", burst.size);
        writer.value("window", static_cast<std::uint64_t>(burst.window));
        writer.value("legal", burst.is_legal ? 1 : 0);
        writer.value("address", burst.address);
    }
}

inline void load_bursts(base::StateReader& reader, Fifo<PortBurst>& bursts) {
    bursts.clear();
    for (std::uint64_t left = load_count(reader, "bursts", 2); left > 0; --left) {
        PortBurst& burst = bursts.push();
        burst.id = static_cast<std::uint8_t>(reader.value("id"));
        burst.last_beat = static_cast<std::uint8_t>(reader.value("last_beat"));
        burst.size = static_cast<std::uint8_t>(reader.value("size"));
        burst.window = static_cast<Window>(reader.value("window"));
        burst.is_legal = reader.value("legal") != 0;
        burst.address = static_cast<std::uint32_t>(reader.value("address"));
    }
}

}  // namespace athena::tile
