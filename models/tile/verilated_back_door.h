// SPDX-License-Identifier: Apache-2.0
// What the wrapper knows of the inside of a Verilated tile: L1 and registers of our own design. Of
// another one it knows nothing but, if the build names it, a cycle counter
// (ATHENA_TILE_CYCLE_COUNTER, docs/own-tile.md). Only sources that know Verilator include this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "regs/tile_regs.h"
#include "tile/tile_config.h"

namespace athena::tile::back_door {

/// Whether the Verilated class has the public signals of rtl/tile. What is not there does not
/// compile, therefore templates over the class.
template <typename Root>
concept Known = requires(Root& root) {
    root.athena_tile__DOT__u_l1__DOT__l1_q;
    root.athena_tile__DOT__u_registers__DOT__cycle_q;
};

template <Known Root>
std::byte* l1(Root& root) {
    return reinterpret_cast<std::byte*>(&root.athena_tile__DOT__u_l1__DOT__l1_q[0]);
}

/// Adds to CYCLES; false: it cannot.
template <typename Root>
bool add_cycles(Root& root, std::uint64_t count) {
    if constexpr (Known<Root>) {
        root.athena_tile__DOT__u_registers__DOT__cycle_q += count;
        return true;
    } else {
#ifdef ATHENA_TILE_CYCLE_COUNTER
        root.ATHENA_TILE_CYCLE_COUNTER += count;
        return true;
#else
        static_cast<void>(root);
        static_cast<void>(count);
        return false;
#endif
    }
}

/// The register at `offset`, a multiple of 8; nothing where there is none.
template <Known Root>
std::optional<std::uint64_t> register_value(const Root& root, const TileConfig& config,
                                            std::uint64_t offset) {
    namespace regs = athena::regs::tile;
    switch (offset) {
        case regs::kIdOffset:
            return regs::kIdReset;
        case regs::kCapsOffset:
            return std::uint64_t{config.rows} << regs::kCapsRowsShift |
                   std::uint64_t{config.columns} << regs::kCapsColsShift |
                   std::uint64_t{config.queue_depth} << regs::kCapsQueueDepthShift |
                   std::uint64_t{config.l1_bytes} << regs::kCapsL1BytesShift;
        case regs::kCtrlOffset:
            return root.athena_tile__DOT__u_registers__DOT__enables;
        case regs::kStatusOffset:
            return root.athena_tile__DOT__u_registers__DOT__status;
        case regs::kIrqOffset:
            return root.athena_tile__DOT__u_registers__DOT__causes;
        case regs::kLastErrorOffset:
            return root.athena_tile__DOT__u_registers__DOT__last_error_q;
        case regs::kCyclesOffset:
            return root.athena_tile__DOT__u_registers__DOT__cycle_q;
        case regs::kBusyCyclesOffset:
            return root.athena_tile__DOT__u_registers__DOT__busy_cycles_q;
        case regs::kCommandsOffset:
            return root.athena_tile__DOT__u_registers__DOT__commands_q;
        case regs::kErrorsOffset:
            return root.athena_tile__DOT__u_registers__DOT__errors_q;
        case regs::kRefusedOffset:
            return root.athena_tile__DOT__u_registers__DOT__refused_q;
        case regs::kCommandCyclesOffset:
            return root.athena_tile__DOT__u_registers__DOT__command_cycles_q;
        default:
            return std::nullopt;
    }
}

}  // namespace athena::tile::back_door
