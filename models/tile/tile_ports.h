// SPDX-License-Identifier: Apache-2.0
// The ports of rtl/tile/athena_tile.sv as plain data: AXI4 (AMBA AXI, IHI 0022) subordinate of 512
// bits, completion stream, interrupt.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace athena::tile {

// The tile's window as its port sees it; rtl/tile decodes the same.
inline constexpr std::uint64_t kRegistersWindow = 0x80'0000;
inline constexpr std::uint64_t kQueueWindow = 0x81'0000;
inline constexpr std::uint64_t kWindowSize = 0x1'0000;  ///< of registers, and of the queue
inline constexpr std::uint64_t kBeatBytes = 64;         ///< of the port, and of a command

using Beat = std::array<std::byte, kBeatBytes>;

enum class AxiBurst : std::uint8_t { Fixed = 0, Incr = 1, Wrap = 2 };

/// Channels AW and AR.
struct AxiAddress {
    bool valid = false;
    std::uint8_t id = 0;
    std::uint8_t length = 0;  ///< beats - 1
    std::uint8_t size = 0;    ///< log2 of a beat's bytes
    AxiBurst burst = AxiBurst::Incr;
    std::uint32_t address = 0;  ///< byte offset in the tile's window
};

/// What drives the tile. Payloads count only while their channel is valid.
struct TileInputs {
    AxiAddress aw;
    AxiAddress ar;
    bool w_valid = false;
    bool w_last = false;
    bool b_ready = false;
    bool r_ready = false;
    bool completion_ready = false;
    std::uint64_t w_strobe = 0;
    Beat w_data{};
};

/// What the tile drives in a clock cycle: the AXI channels as they are just before its edge, where
/// valid and ready hand over; completion record, interrupt and idle as they are behind it. AXI
/// payloads are those of the last cycle in which their channel was valid.
struct TileOutputs {
    bool aw_ready = false;
    bool w_ready = false;
    bool b_valid = false;
    bool ar_ready = false;
    bool r_valid = false;
    bool r_last = false;
    bool completion_valid = false;
    bool irq = false;
    bool idle = false;  ///< the clock may be stopped
    std::uint8_t b_id = 0;
    std::uint8_t b_response = 0;  ///< 0: OKAY
    std::uint8_t r_id = 0;
    std::uint8_t r_response = 0;
    std::uint32_t completion_tag = 0;
    std::uint32_t completion_status = 0;
    Beat r_data{};
};

}  // namespace athena::tile
