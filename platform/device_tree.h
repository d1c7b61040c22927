// SPDX-License-Identifier: Apache-2.0
// The board's device tree: the nodes of QEMU's `virt` machine that the board has, and the
// accelerator's (docs/firmware.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/board_config.h"

namespace athena::platform {

/// What a run adds to its board's tree, under /chosen. Addresses and sizes in bytes.
struct Chosen {
    struct Blob {
        std::string name;  ///< file name without folders
        std::uint64_t address = 0;
        std::uint64_t size = 0;
    };
    struct Range {
        std::uint64_t first = 0;
        std::uint64_t end = 0;  ///< one past
    };

    std::string bootargs;
    std::vector<Blob> blobs;  ///< athena,blob@N, N from 0
    std::optional<Range> initrd{};
    std::uint64_t seed = 0;  ///< rng-seed is made from it
};

/// The flattened tree, at most kDeviceTreeBytes: whoever places it leaves room behind it, since
/// OpenSBI and U-Boot add to it in place. Throws std::runtime_error if it would be larger.
[[nodiscard]] std::vector<std::byte> make_device_tree(const BoardConfig& config,
                                                      const Chosen& chosen);

inline constexpr std::size_t kDeviceTreeBytes = 512 * 1024;

}  // namespace athena::platform
