// SPDX-License-Identifier: Apache-2.0
// Where a burst of the port goes, whether it is legal as a whole, and the place of each of its
// beats (README.md, "The window"; IHI 0022, A3.4.1).
#pragma once

#include <cstdint>

#include "tile/tile_ports.h"

namespace athena::tile {

enum class Window : std::uint8_t { None, L1, Registers, Queue };

struct PortBurst {
    std::uint8_t id = 0;
    std::uint8_t last_beat = 0;  ///< its index
    std::uint8_t size = 0;       ///< log2 of a beat's bytes
    Window window = Window::None;
    /// L1: INCR inside L1; registers: one beat of up to 8 bytes, naturally aligned; queue: one beat
    /// of 64 bytes, naturally aligned. Any other is answered with errors and has no effect.
    bool is_legal = false;
    std::uint32_t address = 0;

    PortBurst() = default;
    PortBurst(const AxiAddress& channel, std::uint32_t l1_bytes);

    /// Beats start at multiples of their size, only the first may start behind one.
    [[nodiscard]] std::uint32_t beat_address(std::uint8_t beat) const {
        const std::uint32_t aligned = address & ~((std::uint32_t{1} << size) - 1);
        return beat == 0 ? address : aligned + (std::uint32_t{beat} << size);
    }
    /// The bytes of a beat of a legal burst among the port's 64, a bit each.
    [[nodiscard]] std::uint64_t lanes(std::uint8_t beat) const {
        const std::uint64_t bytes = std::uint64_t{1} << size;
        const std::uint64_t first = beat_address(beat) % kBeatBytes;
        const std::uint64_t end = first / bytes * bytes + bytes;
        const std::uint64_t below = end == kBeatBytes ? 0 : std::uint64_t{1} << end;
        return (below - 1) & (~std::uint64_t{0} << first);
    }
    [[nodiscard]] bool goes_to(Window to) const { return is_legal && window == to; }
};

/// Where a register access lies in a beat: 8 bytes of which some are accessed.
[[nodiscard]] constexpr unsigned register_lane(std::uint32_t address) {
    return address % kBeatBytes / 8 * 8;
}
/// Offset of the register.
[[nodiscard]] constexpr std::uint32_t register_offset(std::uint32_t address) {
    return address % kWindowSize / 8 * 8;
}

}  // namespace athena::tile
