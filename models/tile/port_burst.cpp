// SPDX-License-Identifier: Apache-2.0
#include "tile/port_burst.h"

namespace athena::tile {

namespace {

constexpr std::uint32_t kAddressMask = 0xFF'FFFF;
constexpr std::uint8_t kMostSize = 6;
constexpr std::uint8_t kRegisterSize = 3;

Window window_of(std::uint32_t address) {
    if (address < kRegistersWindow) {
        return Window::L1;
    }
    if (address < kRegistersWindow + kWindowSize) {
        return Window::Registers;
    }
    return address < kQueueWindow + kWindowSize ? Window::Queue : Window::None;
}

}  // namespace

PortBurst::PortBurst(const AxiAddress& channel, std::uint32_t l1_bytes)
    : id(channel.id),
      last_beat(channel.length),
      size(channel.size),
      address(channel.address & kAddressMask) {
    window = window_of(address);
    if (channel.burst != AxiBurst::Incr || size > kMostSize) {
        return;
    }
    const std::uint32_t bytes = std::uint32_t{1} << size;
    const std::uint32_t aligned = address / bytes * bytes;
    const bool single = last_beat == 0 && address == aligned;
    switch (window) {
        case Window::L1:
            is_legal = aligned + (std::uint32_t{last_beat} + 1) * bytes <= l1_bytes;
            break;
        case Window::Registers:
            is_legal = single && size <= kRegisterSize;
            break;
        case Window::Queue:
            is_legal = single && size == kMostSize;
            break;
        case Window::None:
            break;
    }
}

}  // namespace athena::tile
