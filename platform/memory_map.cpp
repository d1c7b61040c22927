// SPDX-License-Identifier: Apache-2.0
#include "platform/memory_map.h"

#include <algorithm>

namespace athena::platform {

std::vector<Region> memory_map(const BoardConfig& config) {
    std::vector<Region> regions = {
        {"rom", kRomBase, kRomSize},
        {"syscon", kSysconBase, kSysconSize},
        {"rtc", kRtcBase, kRtcSize},
        {"perf", kPerfBase, kPerfSize},
        {"clint", kClintBase, kClintSize},
        {"plic", kPlicBase, kPlicSize},
        {"uart0", kUartBase, kUartSize},
        {"ram", config.ram.base, config.ram.size},
        {"hbm", config.hbm.base, config.hbm.size},
    };
    for (unsigned bank = 0; bank < kFlashBanks; ++bank) {
        regions.push_back(
            {"flash" + std::to_string(bank), kFlashBase + bank * kFlashSize, kFlashSize});
    }
    for (std::uint64_t cluster = 0; cluster < config.cluster.count; ++cluster) {
        regions.push_back(
            {"cluster" + std::to_string(cluster), cluster_base(cluster), kClusterStride});
    }
    for (const BoardConfig::Device& device : config.devices) {
        regions.push_back({device.name, device.base, device.size});
    }
    std::ranges::stable_sort(regions, {}, &Region::base);
    return regions;
}

std::vector<Region> cluster_map(const BoardConfig& config, std::uint64_t cluster) {
    const std::string path = "cluster" + std::to_string(cluster);
    const std::uint64_t base = cluster_base(cluster);
    std::vector<Region> regions = {
        {path + ".command", base + kCommandOffset, kCommandSize},
        {path + ".dma", base + kDmaOffset, kDmaSize},
    };
    for (std::uint64_t core = 0; core < config.vector.count; ++core) {
        regions.push_back(
            {path + ".vector" + std::to_string(core), vector_base(cluster, core), kVectorStride});
    }
    regions.push_back({path + ".iopmp", base + kIopmpOffset, kIopmpSize});
    if (config.sram.size != 0) {
        regions.push_back({path + ".sram", base + kSramOffset, config.sram.size});
    }
    for (std::uint64_t tile = 0; tile < config.tile.count; ++tile) {
        const std::string name = path + ".tile" + std::to_string(tile);
        const std::uint64_t window = tile_base(cluster, tile);
        regions.push_back({name + ".l1", window, config.tile.l1_bytes});
        regions.push_back({name + ".registers", window + kTileRegisters, kTileRegistersSize});
        regions.push_back({name + ".queue", window + kTileQueue, kTileQueueSize});
    }
    return regions;
}

}  // namespace athena::platform
