// SPDX-License-Identifier: Apache-2.0
// Where everything is: addresses and interrupt numbers of all boards (docs/architecture.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/board_config.h"

namespace athena::platform {

inline constexpr std::uint64_t kMostHarts = 8;
inline constexpr std::uint64_t kMostClusters = 64;
inline constexpr std::uint64_t kMostTiles = 8;
inline constexpr std::uint64_t kMostVectorCores = 8;

/// The control subsystem, as in QEMU's `virt` machine.
inline constexpr std::uint64_t kRomBase = 0x1000;
inline constexpr std::uint64_t kRomSize = 0xF000;
inline constexpr std::uint64_t kSysconBase = 0x10'0000;
inline constexpr std::uint64_t kSysconSize = 0x1000;
inline constexpr std::uint64_t kRtcBase = 0x10'1000;
inline constexpr std::uint64_t kRtcSize = 0x1000;
inline constexpr std::uint64_t kPerfBase = 0x10'2000;  // nothing of QEMU's
inline constexpr std::uint64_t kPerfSize = 0x1000;
inline constexpr std::uint64_t kClintBase = 0x200'0000;
inline constexpr std::uint64_t kClintSize = 0x1'0000;
inline constexpr std::uint64_t kPlicBase = 0xC00'0000;
inline constexpr std::uint64_t kPlicSize = 0x60'0000;
inline constexpr std::uint64_t kUartBase = 0x1000'0000;
inline constexpr std::uint64_t kUartSize = 0x100;
/// Slots of virtio devices, one after the other.
inline constexpr std::uint64_t kVirtioBase = 0x1000'1000;
inline constexpr std::uint64_t kVirtioSize = 0x1000;
inline constexpr unsigned kVirtioSlots = 8;
inline constexpr unsigned kMostDrives = 5;  ///< in the first slots
inline constexpr unsigned kConsoleSlot = 5;
inline constexpr unsigned kNetSlot = 6;
inline constexpr unsigned kEntropySlot = 7;
/// Banks of NOR flash, one after the other.
inline constexpr std::uint64_t kFlashBase = 0x2000'0000;
inline constexpr std::uint64_t kFlashSize = 0x200'0000;
inline constexpr unsigned kFlashBanks = 2;
/// Where a program's own devices lie (device.h): nothing of the board's, nor of QEMU's that is
/// modelled.
inline constexpr std::uint64_t kDevicesBase = 0x3000'0000;
inline constexpr std::uint64_t kDevicesEnd = 0x8000'0000;

/// Frequencies of the control subsystem.
inline constexpr std::uint64_t kTimebaseHz = 10'000'000;
inline constexpr std::uint64_t kUartClockHz = 3'686'400;

/// A cluster's window and what is in it.
inline constexpr std::uint64_t kApertureBase = 0x40'0000'0000;
inline constexpr std::uint64_t kClusterStride = 0x1000'0000;
inline constexpr std::uint64_t kCommandOffset = 0;
inline constexpr std::uint64_t kCommandSize = 0x1'0000;
inline constexpr std::uint64_t kDmaOffset = 0x10'0000;
inline constexpr std::uint64_t kDmaSize = 0x1'0000;
inline constexpr std::uint64_t kVectorOffset = 0x20'0000;
inline constexpr std::uint64_t kVectorStride = 0x1'0000;
inline constexpr std::uint64_t kIopmpOffset = 0x30'0000;
inline constexpr std::uint64_t kIopmpSize = 0x1'0000;
inline constexpr std::uint64_t kSramOffset = 0x400'0000;
inline constexpr std::uint64_t kSramMost = 0x400'0000;  ///< bytes
inline constexpr std::uint64_t kTileOffset = 0x800'0000;
inline constexpr std::uint64_t kTileStride = 0x100'0000;
/// Within a tile's window.
inline constexpr std::uint64_t kTileRegisters = 0x80'0000;
inline constexpr std::uint64_t kTileRegistersSize = 0x1'0000;
inline constexpr std::uint64_t kTileQueue = 0x81'0000;
inline constexpr std::uint64_t kTileQueueSize = 0x1'0000;

/// Sources of the PLIC.
inline constexpr unsigned kVirtioIrq = 1;  ///< + slot
inline constexpr unsigned kUartIrq = 10;
inline constexpr unsigned kRtcIrq = 11;
inline constexpr unsigned kFirstDeviceIrq = 12;  ///< of a program's own devices
inline constexpr unsigned kLastDeviceIrq = 31;
inline constexpr unsigned kCommandIrq = 32;  ///< + cluster
inline constexpr unsigned kTileIrq = 160;    ///< + cluster * kMostTiles + tile

[[nodiscard]] constexpr std::uint64_t cluster_base(std::uint64_t cluster) {
    return kApertureBase + cluster * kClusterStride;
}
[[nodiscard]] constexpr std::uint64_t tile_base(std::uint64_t cluster, std::uint64_t tile) {
    return cluster_base(cluster) + kTileOffset + tile * kTileStride;
}
[[nodiscard]] constexpr std::uint64_t vector_base(std::uint64_t cluster, std::uint64_t core) {
    return cluster_base(cluster) + kVectorOffset + core * kVectorStride;
}
[[nodiscard]] constexpr unsigned command_irq(std::uint64_t cluster) {
    return kCommandIrq + static_cast<unsigned>(cluster);
}
[[nodiscard]] constexpr unsigned tile_irq(std::uint64_t cluster, std::uint64_t tile) {
    return kTileIrq + static_cast<unsigned>(cluster * kMostTiles + tile);
}
/// Sources that the board's PLIC has, from 1.
[[nodiscard]] constexpr unsigned plic_sources(const BoardConfig& config) {
    return tile_irq(config.cluster.count, 0) - 1;
}

struct Region {
    std::string name;  ///< path of the block, as `athena describe` prints it
    std::uint64_t base = 0;
    std::uint64_t size = 0;

    [[nodiscard]] std::uint64_t last() const { return base + size - 1; }
    [[nodiscard]] bool overlaps(const Region& other) const {
        return base <= other.last() && other.base <= last();
    }
    [[nodiscard]] bool holds(std::uint64_t address, std::uint64_t length) const {
        return address >= base && length <= size && address - base <= size - length;
    }
};

/// What the system bus decodes, by ascending address; a cluster is one region.
[[nodiscard]] std::vector<Region> memory_map(const BoardConfig& config);

/// The parts of a cluster's window, by ascending address.
[[nodiscard]] std::vector<Region> cluster_map(const BoardConfig& config, std::uint64_t cluster);

}  // namespace athena::platform
