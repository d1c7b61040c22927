// SPDX-License-Identifier: Apache-2.0
// What lies where in memory when the harts leave reset: programs, kernel, initrd, device tree and
// blobs (docs/running.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/board_config.h"
#include "platform/device_tree.h"
#include "sim/options.h"

namespace athena::sim {

struct Image {
    std::string name;  ///< for messages
    std::uint64_t address = 0;
    std::vector<std::byte> bytes;
    std::uint64_t memory_size = 0;  ///< the rest is zeros
};

using Blob = platform::Chosen::Blob;
using Range = platform::Chosen::Range;

struct BootPlan {
    std::vector<Image> images;  ///< without the device tree
    std::vector<Blob> blobs;
    std::optional<Range> initrd;
    std::uint64_t entry = 0;         ///< of M-mode
    std::uint64_t kernel_entry = 0;  ///< fw_dynamic_info's next_addr; 0 without --kernel
    std::uint64_t device_tree = 0;   ///< its address; kDeviceTreeSpace bytes are free there
    std::optional<std::uint64_t> tohost;
    std::optional<Range> signature;
};

/// QEMU gives its device tree so much room, and places it by this. Firmware adds to the tree in
/// place.
inline constexpr std::uint64_t kDeviceTreeSpace = 1U << 20;
static_assert(platform::kDeviceTreeBytes < kDeviceTreeSpace);

/// Reads the files and places them. Throws UsageError for files that cannot be used, segments
/// outside memory, and images that overlap.
[[nodiscard]] BootPlan plan_boot(const RunOptions& options, const platform::BoardConfig& board);

/// Where QEMU 7.2 puts the device tree: 2 MiB aligned, below the end of RAM and 3 GiB.
[[nodiscard]] std::uint64_t device_tree_address(const platform::BoardConfig& board);

}  // namespace athena::sim
